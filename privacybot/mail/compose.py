"""A letter of ours as bytes  (RFC 5322, 2045-2047, 3834).

Written by hand, because the standard library's EmailMessage takes forty times as long. Nothing that a stranger wrote
gets in but the Message-IDs of the thread, and of those only well-formed ones: the rest is dropped. A line break or
NUL in a field of our own is a fault of this program and raises ValueError.
"""

from __future__ import annotations

import hashlib
import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from privacybot.mail.addresses import well_formed
from privacybot.mail.domains import ascii_domain
from privacybot.mail.marks import loop_mark, new_message_id
from privacybot.mail.message import Address
from privacybot.mail.outgoing import Content, Enclosure, Thread

__all__ = ["Letter", "compose", "new_message_id"]

MAX_REFERENCES = 20
LONGEST_MESSAGE_ID = 250
_LINE = 76
_SAME_LINE, _NEXT_LINE = " ", "\r\n "
_ENCODED_WORD = _LINE - len("Subject: =?utf-8?q??=")
"""RFC 2047, 2: a line with encoded words has at most 76 characters."""

_ATOM = r"[\w!#$%&'*+/=?^`{|}~.-]+"
_MESSAGE_ID = re.compile(rf"<{_ATOM}@(?:{_ATOM}|\[[!-Z^-~]*\])>", re.ASCII)
_DOT_ATOM = re.compile(r"""[^\s"(),:;<>@\[\\\].]+(?:\.[^\s"(),:;<>@\[\\\].]+)*""")
_PLAIN = re.compile(r"[ -~]*")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_SEGMENT = 48
"""A length in characters that keeps a piece of a name (RFC 2231, 3) within its line."""
_BREAK = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. `automatic`: no human wrote it, and other programs are told so."""

    originator: Address
    recipient: str
    content: Content
    message_id: str
    thread: Thread
    sent_at: datetime
    automatic: bool
    enclosures: tuple[Enclosure, ...] = ()


def compose(letter: Letter) -> bytes:
    """The whole mail, with CRLF line ends; the same bytes for the same letter.

    Raises ValueError for an address or Message-ID that is none, for a line break in the subject or a name, and for a
    time without zone. An address beyond ASCII is written as UTF-8, and needs a server that offers SMTPUTF8.
    """
    header = "".join(f"{name}: {value}\r\n" for name, value in _header(letter))
    return header.encode() + _body(letter)


def _header(letter: Letter) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox(letter.originator)
    yield "To", _addr_spec(letter.recipient)
    yield "Subject", _unstructured(letter.content.subject, len("Subject: "))
    yield "Date", _date(letter.sent_at)
    yield "Message-ID", _own_id(letter.message_id)
    yield from _threading(letter.thread)
    if letter.automatic:
        yield "Auto-Submitted", "auto-replied" if letter.thread.message_id else "auto-generated"
        yield from _quieting(letter.originator)
    yield "MIME-Version", "1.0"


def _quieting(originator: Address) -> Iterator[tuple[str, str]]:
    """Exchange's word for RFC 3834, 5; and a mark by which we know the mail should it come back."""
    yield "X-Auto-Response-Suppress", "All"
    yield "X-Loop", loop_mark(originator.address)


def _threading(thread: Thread) -> Iterator[tuple[str, str]]:
    """RFC 5322, 3.6.4. Of a long thread its first mail and its latest are kept."""
    answered = _well_formed_ids((thread.message_id or "",))
    if answered:
        yield "In-Reply-To", answered[0]
    references = _well_formed_ids((*thread.references, *answered))
    if references:
        yield "References", _NEXT_LINE.join(_shortened(references))


def _well_formed_ids(message_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Each once; the last mention counts, so that the mail answered comes last."""
    ids = (one for one in reversed(message_ids) if len(one) <= LONGEST_MESSAGE_ID and _MESSAGE_ID.fullmatch(one))
    return tuple(reversed(dict.fromkeys(ids)))


def _shortened(references: tuple[str, ...]) -> tuple[str, ...]:
    if len(references) <= MAX_REFERENCES:
        return references
    return (references[0], *references[1 - MAX_REFERENCES :])


def _own_id(message_id: str) -> str:
    if len(message_id) > LONGEST_MESSAGE_ID or not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"This is no Message-ID: {message_id!r}.")
    return message_id


def _date(sent_at: datetime) -> str:
    if sent_at.tzinfo is None:
        raise ValueError("The time of sending has no time zone.")
    return format_datetime(sent_at.astimezone(UTC))


def _mailbox(address: Address) -> str:
    addr_spec = _addr_spec(address.address)
    if not address.display_name:
        return f"<{addr_spec}>"
    phrase = _phrase(address.display_name)
    fits = len("From: ") + len(phrase) + len(addr_spec) + len(" <>") <= _LINE
    return f"{phrase}{_SAME_LINE if fits else _NEXT_LINE}<{addr_spec}>"


def _addr_spec(address: str) -> str:
    """The address with its local part quoted where it must be, and its domain in A-labels where that is enough."""
    if not well_formed(address):
        raise ValueError(f"This address cannot be written to: {address!r}.")
    local_part, _, domain = address.rpartition("@")
    if not (local_part.startswith('"') or _DOT_ATOM.fullmatch(local_part)):
        local_part = f'"{local_part}"'
    return f"{local_part}@{domain if domain.startswith('[') else ascii_domain(domain)}"


def _phrase(name: str) -> str:
    """A display name as a quoted string, or as encoded words where that cannot hold it."""
    _refuse_breaks(name)
    if _PLAIN.fullmatch(name) and "=?" not in name and len(name) + len("From: ") <= _LINE:
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _encoded(name)


def _unstructured(text: str, indent: int) -> str:
    _refuse_breaks(text)
    plain = _PLAIN.fullmatch(text) and "=?" not in text and text == text.strip()
    return text if plain and indent + len(text) <= _LINE else _encoded(text)


def _refuse_breaks(text: str) -> None:
    if _BREAK.search(text):
        raise ValueError("A header field may not hold a line break or NUL.")


def _encoded(text: str) -> str:
    """Encoded words, one a line (RFC 2047, 4.2 and 5); no character is cut in two."""
    words = [""]
    for character in text:
        piece = _q(character)
        if len(words[-1]) + len(piece) > _ENCODED_WORD:
            words.append("")
        words[-1] += piece
    return _NEXT_LINE.join(f"=?utf-8?q?{word}?=" for word in words)


def _q(character: str) -> str:
    """The letters, digits and signs that are safe even within a display name; a space is an underscore."""
    if character.isascii() and (character.isalnum() or character in "!*+-/"):
        return character
    return "_" if character == " " else "".join(f"={byte:02X}" for byte in character.encode())


def _body(letter: Letter) -> bytes:
    """The words, and behind them the enclosures (RFC 2046, 5.1.3)."""
    if not letter.enclosures:
        return _words(letter)
    return _multipart("mixed", letter, [_words(letter), *(_enclosed(enclosure) for enclosure in letter.enclosures)])


def _words(letter: Letter) -> bytes:
    """Text and HTML as alternatives (RFC 2046, 5.1.4)."""
    if not letter.content.html:
        return _part("plain", letter.content.text)
    return _multipart("alternative", letter, [_part("plain", letter.content.text), _part("html", letter.content.html)])


def _multipart(subtype: str, letter: Letter, parts: Sequence[bytes]) -> bytes:
    # "=_" occurs in no quoted-printable or base64 text (RFC 2045, 6.7 and 6.8), so no part can hold the boundary.
    digest = hashlib.sha256(f"{letter.message_id}{'' if subtype == 'alternative' else subtype}".encode()).hexdigest()
    boundary = b"=_" + digest[:32].encode()
    head = b'Content-Type: multipart/%b;\r\n boundary="%b"\r\n' % (subtype.encode(), boundary)
    bodies = b"".join(b"\r\n--%b\r\n%b" % (boundary, part) for part in parts)
    return b"%b%b\r\n--%b--\r\n" % (head, bodies, boundary)


def _enclosed(enclosure: Enclosure) -> bytes:
    """A file in base64. Its name goes as RFC 2231 wants it where it is more than ASCII."""
    if not _MEDIA_TYPE.fullmatch(enclosure.content_type):
        raise ValueError(f"This is no media type: {enclosure.content_type!r}.")
    head = (
        f"Content-Type: {enclosure.content_type}\r\n"
        f"Content-Disposition: attachment;\r\n {_filename(enclosure.filename)}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + encodebytes(enclosure.content).replace(b"\n", b"\r\n")


def _filename(name: str) -> str:
    _refuse_breaks(name)
    if _PLAIN.fullmatch(name) and len(name) < _LINE - len("filename") and not set(name) & set('"\\'):
        return f'filename="{name}"'
    encoded = quote(name, safe="")
    pieces = [encoded[start : start + _SEGMENT] for start in range(0, len(encoded), _SEGMENT)]
    if len(pieces) == 1:
        return f"filename*=utf-8''{encoded}"
    first, *rest = pieces
    lines = [f"filename*0*=utf-8''{first}", *(f"filename*{number}*={piece}" for number, piece in enumerate(rest, 1))]
    return ";\r\n ".join(lines)


def _part(subtype: str, text: str) -> bytes:
    return (
        b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        % subtype.encode()
    ) + _quoted_printable(text)


def _quoted_printable(text: str) -> bytes:
    """With a final line end: without any CRLF in it, `b2a_qp` would break long lines with a bare LF."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").replace("\n", "\r\n")
    return b2a_qp(lines.encode() + b"\r\n", istext=True)
