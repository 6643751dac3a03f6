"""How the bytes of a mail fall into header fields and parts  (RFC 5322, 2; RFC 2045, 5; RFC 2046, 5).

Only places are noted; nothing is decoded or copied before somebody asks. The standard library's parser takes each line
through every boundary that encloses it and recurses as deep as the mail; here the depth, the number of parts and the
number of fields are bounded, and what lies beyond a bound is one undivided part. So time is linear in the size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from privacybot.mail.signed import signed_content
from privacybot.mail.transfer import decode_transfer
from privacybot.mail.values import parameters, unfold

MAX_DEPTH = 25
MAX_PARTS = 12_000
MAX_FIELDS = 100_000

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_BLANK = re.compile(rb"\r*(?:\n|\Z)")
_PREFIX = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:>?From [^\n]*\n)?")
_HEADER_END = re.compile(rb"\n\r*\n")
_LINE_END = re.compile(rb"[\r\n]+")
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*\r*(?:\n|\Z)")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")

MAIL_TYPES = frozenset({"message/rfc822", "message/global"})
SMIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


@dataclass(slots=True)
class Budget:
    """What may still be made of this mail, and what was found wrong with it."""

    parts: int = MAX_PARTS
    fields: int = MAX_FIELDS
    defects: list[str] = field(default_factory=list)

    def note(self, defect: str | None) -> None:
        """Each fault once, and no more than a person would read."""
        if defect and defect not in self.defects and len(self.defects) < 50:
            self.defects.append(defect)


@dataclass(frozen=True)
class Part:
    """One entity: its fields, and where its body stands in `source`. `parts` are those of a multipart, or the one mail
    that a message/rfc822 carries."""

    source: bytes
    start: int
    end: int
    fields: tuple[tuple[str, bytes], ...] = ()
    default_type: str = "text/plain"
    parts: tuple[Part, ...] = ()
    stray: bytes = b""
    """Lines among the fields that are no fields: a person's words, where the blank line is missing."""
    too_deep: bool = False

    @property
    def body(self) -> bytes:
        return self.source[self.start : self.end]

    @property
    def size(self) -> int:
        return self.end - self.start

    def field(self, name: str) -> str:
        """The first field of that name, unfolded; empty where there is none."""
        return next(self.field_all(name), "")

    def field_all(self, *names: str) -> Iterator[str]:
        """Every field of these names (in lower case), in order, unfolded."""
        return (unfold(value) for key, value in self.fields if key.lower() in names)

    @cached_property
    def _typed(self) -> tuple[str, dict[str, str]]:
        value, arguments = parameters(self.field("content-type"))
        return (value if _TYPE.fullmatch(value) else self.default_type), arguments

    @property
    def content_type(self) -> str:
        return self._typed[0]

    @property
    def parameters(self) -> Mapping[str, str]:
        return self._typed[1]

    @cached_property
    def _disposition(self) -> tuple[str, dict[str, str]]:
        return parameters(self.field("content-disposition"))

    @property
    def disposition(self) -> str:
        return self._disposition[0]

    @property
    def filename(self) -> str:
        return self._disposition[1].get("filename") or self.parameters.get("name", "")

    def content(self, budget: Budget) -> bytes:
        """The body without its transfer encoding."""
        content, defect = decode_transfer(self.body, self.field("content-transfer-encoding"))
        budget.note(defect)
        return content


def read_mail(raw: bytes, budget: Budget) -> Part:
    """The mail as a tree of parts. One without any field is no mail."""
    source = _with_line_feeds(raw)
    prefix = _PREFIX.match(source)
    return _mail(source, prefix.end() if prefix else 0, len(source), budget, MAX_DEPTH)


def read_fields(source: bytes, start: int = 0, end: int | None = None, budget: Budget | None = None) -> Part:
    """The header fields from `start` on, and all that follows as one undivided body."""
    budget = budget or Budget()
    position, end = start, len(source) if end is None else end
    fields: list[tuple[str, bytes]] = []
    stray: list[bytes] = []
    while not (blank := _BLANK.match(source, position, end)):
        if budget.fields <= 0:
            position = _skip_fields(source, position, end, budget)
            break
        if found := _FIELD.match(source, position, end):
            fields.append((found[1].decode("ascii"), found[2]))
            budget.fields -= 1
            position = found.end()
        elif fields and (following := _odd_line(source, position, end)):
            budget.note("A line of the header is no header field.")
            stray.append(source[position:following])
            position = following
        else:
            budget.note("No blank line separates header and text.")
            break
    start = blank.end() if blank else position
    return Part(source, start, end, tuple(fields), stray=b"".join(stray))


def _odd_line(source: bytes, position: int, end: int) -> int:
    """Where the next line starts, if that is a field again; 0 where the text has begun."""
    following = source.find(b"\n", position, end) + 1
    return following if following and _FIELD.match(source, following, end) else 0


def _skip_fields(source: bytes, position: int, end: int, budget: Budget) -> int:
    budget.note(f"There are more than {MAX_FIELDS} header fields; the rest is not read.")
    blank = _HEADER_END.search(source, position, end)
    return blank.end() if blank else end


def _mail(source: bytes, start: int, end: int, budget: Budget, depth: int) -> Part:
    return _divided(read_fields(source, start, end, budget), budget, depth)


def _divided(part: Part, budget: Budget, depth: int) -> Part:
    """The part with its own parts, as far down as `depth` allows."""
    budget.parts -= 1
    multipart, mail = part.content_type.startswith("multipart/"), part.content_type in MAIL_TYPES
    signed = part.content_type in SMIME_TYPES
    if not (multipart or mail or signed):
        return part
    if depth <= 0:
        budget.note(f"Parts more than {MAX_DEPTH} levels deep are not read.")
        return replace(part, too_deep=True)
    if signed:
        return _with_signed(part, budget, depth - 1)
    return _with_parts(part, budget, depth - 1) if multipart else _with_mail(part, budget, depth - 1)


def _with_signed(part: Part, budget: Budget, depth: int) -> Part:
    """What is signed and not encrypted is one more part; what is encrypted stays closed."""
    content = signed_content(part.content(Budget()))
    if content is None:
        return part
    source = _with_line_feeds(content)
    return replace(part, parts=(_mail(source, 0, len(source), budget, depth),))


def _with_mail(part: Part, budget: Budget, depth: int) -> Part:
    encoding = part.field("content-transfer-encoding").strip().lower()
    if encoding in {"base64", "quoted-printable"}:  # Forbidden by RFC 2046, 5.2.1, and met all the same.
        content = _with_line_feeds(part.content(budget))
        return replace(part, parts=(_mail(content, 0, len(content), budget, depth),))
    return replace(part, parts=(_mail(part.source, part.start, part.end, budget, depth),))


def _with_parts(part: Part, budget: Budget, depth: int) -> Part:
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace")
    spans = list(_spans(part, boundary, budget)) if boundary else []
    if not spans:
        budget.note("A multipart has no boundary that divides it.")
        return part
    inner = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    entities = (read_fields(part.source, start, end, budget) for start, end in spans)
    return replace(
        part, parts=tuple(_divided(replace(entity, default_type=inner), budget, depth) for entity in entities)
    )


def _spans(part: Part, boundary: bytes, budget: Budget) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart start and end. Without a closing delimiter the last one goes on to the end."""
    started, allowed = -1, budget.parts
    for before, after, closing in _delimiters(part, b"--" + boundary):
        if started >= 0:
            yield started, before
            allowed -= 1
        if closing:
            return
        if allowed <= 0:
            budget.note(f"There are more than {MAX_PARTS} parts; the rest is not read.")
            return
        started = after
    if started >= 0:
        budget.note("A multipart does not end.")
        yield started, part.end


def _delimiters(part: Part, marker: bytes) -> Iterator[tuple[int, int, bool]]:
    """Each delimiter line: where the part before it ends, where the next one starts, whether it is the last."""
    position = part.source.find(marker, part.start, part.end)
    while position >= 0:
        after = _AFTER_BOUNDARY.match(part.source, position + len(marker), part.end)
        if after and (position == part.start or part.source[position - 1] == _LINE_FEED):
            yield _before_line_end(part.source, part.start, position), after.end(), bool(after[1])
        position = part.source.find(marker, position + len(marker), part.end)


_LINE_FEED = ord("\n")


def _before_line_end(source: bytes, start: int, position: int) -> int:
    """The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1)."""
    position -= position > start
    return position - (position > start and source[position - 1] == ord("\r"))


def _with_line_feeds(raw: bytes) -> bytes:
    """Mails with bare CR at the line ends, as old Macintosh programs stored them, get LF; all others stay."""
    first = _LINE_END.search(raw)
    if first and b"\n" not in first[0]:
        return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw
