"""A very large mail without the bodies of its files, cut down as it streams by  (RFC 2046, 5.1).

What a person wrote may stand behind any attachment, so the whole mail is looked at, a piece at a time; headers, texts
and enclosed mails are kept, and in the place of each file stands its SHA-256, so that two copies of one mail remain
equal. Memory is bounded by what is kept, whatever comes: text beyond what `parse` would read is left out too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from privacybot.mail.mime import MAIL_TYPES, Part, read_fields
from privacybot.mail.parse import is_text, may_speak


class _Kind(Enum):
    """What a line belongs to, and how many bytes of its kind are kept over the whole mail."""

    HEADER = 4 * 2**20
    TEXT = 24 * 2**20  # The two million characters that `parse` reads, in the longest encoding.
    SPARE = 2 * 2**20  # Texts sent as files, which are read only where there is no other, and mails in base64.
    FILE = 0


_LONGEST_HEADER = 2**20
_LONGEST_LINE = 2**16
_MOST_BOUNDARIES = 10_000


def thin(pieces: Iterable[bytes]) -> bytes:
    """The mail without the bodies of its files. The pieces may be cut anywhere."""
    sieve = _Sieve()
    for line in _lines(pieces):
        sieve.take(line)
    return sieve.all_kept()


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends; a very long one in several pieces, of which only the last has an end."""
    left = b""
    for piece in pieces:
        *lines, left = (left + piece).split(b"\n")
        yield from (line + b"\n" for line in lines)
        while len(left) > _LONGEST_LINE:
            yield left[:_LONGEST_LINE]
            left = left[_LONGEST_LINE:]
    if left:
        yield left


@dataclass(slots=True)
class _Sieve:
    """Takes a mail line by line, and knows of each whether it stands in a header, a text or a file."""

    kept: bytearray = field(default_factory=bytearray)
    room: dict[_Kind, int] = field(default_factory=lambda: {kind: kind.value for kind in _Kind})
    kind: _Kind = _Kind.HEADER
    header: bytearray = field(default_factory=bytearray)
    """The fields of the part whose header is being read."""
    boundaries: set[bytes] = field(default_factory=set)
    within_line: bool = False
    file: hashlib._Hash | None = None

    def take(self, line: bytes) -> None:
        begins, self.within_line = not self.within_line, not line.endswith(b"\n")
        if begins and line.startswith(b"--") and self._divides(line.rstrip()[2:]):
            self._end_part()
            self.kind, self.header = _Kind.HEADER, bytearray()
            self._keep(line)
        elif self.kind is not _Kind.HEADER:
            self._keep(line)
        else:
            self._take_field(line, ends=begins and not line.strip(b"\r\n"))

    def all_kept(self) -> bytes:
        self._end_part()
        return bytes(self.kept)

    def _divides(self, boundary: bytes) -> bool:
        return boundary in self.boundaries or boundary.removesuffix(b"--") in self.boundaries

    def _take_field(self, line: bytes, *, ends: bool) -> None:
        if not ends and len(self.header) > _LONGEST_HEADER:
            return
        self._keep(line)
        self.header += line
        if not ends:
            return
        part = read_fields(bytes(self.header))
        self.kind, self.header = _kind_of(part), bytearray()
        boundary = part.parameters.get("boundary", "").encode("utf-8", "replace")
        if boundary and len(self.boundaries) < _MOST_BOUNDARIES:
            self.boundaries.add(boundary)

    def _keep(self, line: bytes) -> None:
        """As far as there is room for its kind."""
        if self.kind is _Kind.FILE:
            self.file = self.file or hashlib.sha256()
            self.file.update(line)
            return
        self.kept += line[: self.room[self.kind]]
        self.room[self.kind] -= min(len(line), self.room[self.kind])

    def _end_part(self) -> None:
        """A delimiter begins a line, also behind what was cut off in the middle of one."""
        if self.file:
            self.kept += self.file.hexdigest().encode()
        if self.file or not self.kept.endswith(b"\n"):
            self.kept += b"\r\n"
        self.file = None


def _kind_of(part: Part) -> _Kind:
    """What follows the header of this part."""
    if part.content_type in MAIL_TYPES:
        is_encoded = part.field("content-transfer-encoding").strip().lower() in {"base64", "quoted-printable"}
        return _Kind.SPARE if is_encoded else _Kind.HEADER
    if is_text(part) or part.content_type.startswith("message/"):
        return _Kind.TEXT
    return _Kind.SPARE if may_speak(part) else _Kind.FILE
