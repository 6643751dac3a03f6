"""Bytes to a Message: whatever arrives is read as far as a person could read it  (RFC 5322, 2045-2047, 2183, 3676).

Only what has no header field at all is no mail; every other fault is a sentence in `defects`. Time and memory are
linear in the size of the mail: depth, parts, fields and text have bounds, and what goes over them is said, not hidden.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field

from privacybot.errors import UnreadableMessage
from privacybot.mail import charset
from privacybot.mail.address_list import addresses, bare_address
from privacybot.mail.flowed import unflow
from privacybot.mail.html import html_to_text
from privacybot.mail.message import Attachment, Message
from privacybot.mail.mime import MAIL_TYPES, SMIME_TYPES, Budget, Part, read_mail
from privacybot.mail.tnef import tnef_text
from privacybot.mail.values import decode_field, decode_words, identifier, identifiers, plain_field

HTML_TYPES = frozenset({"text/html", "text/enriched", "text/richtext", "application/xhtml+xml"})
FILE_TYPES = frozenset({"text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/directory"}) | frozenset(
    {"text/rfc822-headers", "text/x-amp-html", "text/css", "text/xml"}
)
"""Texts that a mail program offers as files."""

TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
SEALED = {
    "application/pkcs7-mime": "A part is sealed or encrypted with S/MIME and is not read.",
    "application/x-pkcs7-mime": "A part is sealed or encrypted with S/MIME and is not read.",
    "multipart/encrypted": "The mail is encrypted with PGP and is not read.",
}

_ARMOUR = "-----BEGIN PGP MESSAGE-----"

WORDS_OF_SUBSTANCE = 20
"""So many own words say something of their own; fewer hand on, or ask: then what they come with is read too."""

SINGLE_FIELDS = ("From", "Subject", "Date", "Message-ID", "Content-Type")
"""RFC 5322, 3.6: at most once; a second one is a fault or a trick."""

TRACE_FIELDS = frozenset({"received", "authentication-results"})
"""Servers' own words (RFC 5321, 4.4; RFC 8601, 2.2): a stranger's encoded word, decoded, would pass for one of ours,
which our server has not known for a forgery and so not removed."""

_STUB = re.compile(
    r"(?:not|n't|ikke|kan|cannot)\b.{0,80}\bhtml\b|\bhtml\b.{0,80}\b(?:not|n't|ikke|e-?mail|mail|format|version|viewer)\b"
    r"|view (?:this|it) (?:e-?mail )?(?:online|in (?:your|a) browser)|(?:se|vis|læs) .{0,40}i (?:din |en )?browser",
    re.IGNORECASE | re.DOTALL,
)
_STUB_LENGTH = 400
_SHORT = 200
"""A plain text so short may be the beginning of the HTML, or its footer, and no more."""
_PICTURE = re.compile(rb"data:[\w./+;=-]{0,200},[A-Za-z0-9+/=%\s]*+")
"""A picture within HTML: some web mailers write it there, before the words."""
_CALENDAR_FOLD = re.compile(r"\n[ \t]")
_CALENDAR_TEXT = re.compile(r"^(?:SUMMARY|DESCRIPTION)[^:\n]{0,200}:(.*)", re.MULTILINE)


def parse(raw: bytes, *, text_limit: int = 2_000_000) -> Message:
    """Read a mail; `text_limit` counts characters, over all its texts together.

    Raises UnreadableMessage where there is nothing that a person could call a mail.
    """
    budget = Budget()
    part = read_mail(raw, budget)
    if not part.fields:
        raise UnreadableMessage("This is no mail: it has no header field. Look at its bytes, or retry it later.")
    return _message(part, len(raw), _Reader(budget, text_limit), outermost=True)


def content(message: Message) -> bytes:
    """What the mail says, whatever way it came: equal for two copies of one mail, different for a Message-ID that is
    used again with other words. Received and other fields of transport do not count."""
    return json.dumps(_content(message), ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _content(message: Message) -> list[object]:
    return [
        [originator.address.lower() for originator in message.originators],
        " ".join(message.subject.split()),
        message.header("Date") or "",
        [line.rstrip() for line in message.text.strip().split("\n")],
        [[attachment.content_type, attachment.digest] for attachment in message.attachments],
        [_content(enclosed) for enclosed in message.enclosed],
    ]


@dataclass(slots=True)
class _Reader:
    """What is left of the bounds while one mail, and those enclosed in it, are read."""

    budget: Budget
    room: int

    def text(self, part: Part) -> str:
        """The part as plain text, as long as there is room."""
        encoded, most = part.content(self.budget), 4 * self.room + 4
        if len(encoded) > most and part.content_type in HTML_TYPES:
            encoded = _PICTURE.sub(b"", encoded)
        text, defect = charset.decode(encoded[:most], part.parameters.get("charset", ""))
        self.budget.note(defect)
        return self.take(_plain(part, self._fit(text)))

    def _fit(self, text: str) -> str:
        if len(text) > self.room:
            self.budget.note("The text is longer than is read; its end is cut off.")
        return text[: self.room]

    def take(self, text: str) -> str:
        text = self._fit(text)
        self.room -= len(text)
        return text


@dataclass(slots=True)
class _Contents:
    """What is found in the body of one mail. `spare` are files that hold text, should there be no other."""

    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    enclosed: list[Message] = field(default_factory=list)
    spare: list[Part] = field(default_factory=list)
    sealed: bool = False

    @property
    def text(self) -> str:
        return "\n\n".join(text.strip("\n") for text in self.texts if text.strip())

    def add_files(self, other: _Contents) -> None:
        self.attachments += other.attachments
        self.enclosed += other.enclosed
        self.spare += other.spare
        self.sealed |= other.sealed


def _message(part: Part, size: int, reader: _Reader, *, outermost: bool = False) -> Message:
    known = 0 if outermost else len(reader.budget.defects)
    _note_doubled(part, reader.budget)
    contents = _Contents()
    _gather(part, contents, reader)
    text = _whole_text(part, contents, reader)
    return Message(
        size=size,
        headers=tuple((name, _value(name, value)) for name, value in part.fields),
        originators=addresses(", ".join(part.field_all("from"))),
        recipients=addresses(", ".join(part.field_all("to", "cc"))),
        return_path=next((bare_address(path) for path in part.field_all("return-path")), None),
        subject=decode_words(part.field("subject")).strip(),
        message_id=identifier(part.field("message-id")),
        in_reply_to=identifiers(part.field("in-reply-to")),
        references=identifiers(part.field("references")),
        content_type=part.content_type,
        text=text,
        attachments=tuple(contents.attachments),
        enclosed=tuple(contents.enclosed),
        sealed=contents.sealed or _ARMOUR in text,
        defects=tuple(reader.budget.defects[known:]),
    )


def _value(name: str, value: bytes) -> str:
    return plain_field(value) if name.lower() in TRACE_FIELDS else decode_field(value)


def _note_doubled(part: Part, budget: Budget) -> None:
    names = [name.lower() for name, _ in part.fields]
    for name in SINGLE_FIELDS:
        if names.count(name.lower()) > 1:
            budget.note(f"There is more than one {name} field.")


def _whole_text(part: Part, contents: _Contents, reader: _Reader) -> str:
    """The texts in order; where there is none, or hardly any, what stands in a text file too."""
    stray = charset.decode(part.stray)[0].strip("\n")
    text = "\n\n".join(filter(None, (stray, contents.text)))
    if len(text.split()) >= WORDS_OF_SUBSTANCE or not contents.spare:
        return text
    files = (spare for spare in contents.spare if not text.strip() or spare.content_type != "text/calendar")
    spare = next(filter(str.strip, (_spare_text(file, reader) for file in files)), "")
    reader.budget.note("It has hardly a word of its own; what an attached file says is read." if spare else None)
    return "\n\n".join(filter(str.strip, (text, spare)))


def _gather(part: Part, contents: _Contents, reader: _Reader, *, shown: bool = True) -> None:
    """Sort the parts into texts, files and enclosed mails. What is not `shown` gives its files only."""
    if part.content_type in SEALED and not (part.parts and part.content_type in SMIME_TYPES):
        reader.budget.note(SEALED[part.content_type])
        contents.sealed = True
    if part.content_type in MAIL_TYPES and part.parts:
        contents.enclosed.append(_message(part.parts[0], part.size, reader))
    elif part.content_type == "multipart/alternative" and part.parts:
        _gather_alternatives(part, contents, reader, shown=shown)
    elif part.parts:
        for inner in part.parts:
            _gather(inner, contents, reader, shown=shown)
    elif not is_text(part):
        _gather_file(part, contents, reader)
    elif shown:
        contents.texts.append(reader.text(part))


def _gather_alternatives(part: Part, contents: _Contents, reader: _Reader, *, shown: bool) -> None:
    """The plain text, unless it is empty, only says that there is HTML, or is a greeting to what the HTML says."""
    chosen = stub = ""
    for inner in sorted(part.parts, key=lambda inner: inner.content_type != "text/plain"):
        branch = _Contents()
        _gather(inner, branch, reader, shown=shown and len(chosen) < _SHORT)
        contents.add_files(branch)
        if _says_something(branch.text) and (not chosen or _says_more(branch.text, chosen)):
            chosen = branch.text
        stub = stub or branch.text
    contents.texts.append(chosen or stub)


def _says_more(text: str, other: str) -> bool:
    """Whether it has words that the other lacks, and not only another way to count them."""
    return 4 * len(text.split()) > 5 * len(other.split()) + 4


def _says_something(text: str) -> bool:
    stub = len(text) < _STUB_LENGTH and _STUB.search(text)
    return not stub and any(map(str.isalnum, text))


def is_text(part: Part) -> bool:
    """Whether a mail program shows it as text of the mail; a multipart that nothing divides is such a text."""
    kind = part.content_type
    if part.too_deep or part.disposition == "attachment" or part.filename or kind in FILE_TYPES:
        return False
    return kind.startswith(("text/", "multipart/")) or kind in HTML_TYPES


def _gather_file(part: Part, contents: _Contents, reader: _Reader) -> None:
    file = part.content(reader.budget)
    digest = hashlib.sha256(file).hexdigest()
    contents.attachments.append(Attachment(part.filename, part.content_type, len(file), digest))
    if _is_tnef(part):
        reader.budget.note("A part is packed by Outlook (winmail.dat); files in it are not read.")
    if may_speak(part):
        contents.spare.append(part)


def may_speak(part: Part) -> bool:
    """Whether a file holds text, which is read where the mail has none of its own."""
    return _is_tnef(part) or part.content_type in {"text/plain", "text/html", "text/calendar"}


def _is_tnef(part: Part) -> bool:
    return part.content_type in TNEF_TYPES or part.filename.lower() == "winmail.dat"


def _spare_text(part: Part, reader: _Reader) -> str:
    if _is_tnef(part):
        return reader.take(tnef_text(part.content(reader.budget)))
    return reader.text(part)


def _plain(part: Part, text: str) -> str:
    if part.content_type in HTML_TYPES:
        return html_to_text(text)
    if part.content_type == "text/calendar":
        return "\n".join(_CALENDAR_TEXT.findall(_CALENDAR_FOLD.sub("", text))).replace("\\n", "\n").replace("\\,", ",")
    if part.parameters.get("format", "").lower() == "flowed":
        return unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text
