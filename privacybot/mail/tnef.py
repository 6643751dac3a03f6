"""The text inside winmail.dat  (MS-OXTNEF: the wrapping of an Outlook that writes to an Outlook).

Only a plain or HTML body is taken out. What is compressed rich text or an attachment stays inside, and the caller
says so to staff.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from privacybot.mail import charset
from privacybot.mail.html import html_to_text

SIGNATURE = 0x223E9F78
_BODY = 0x0002800C
_MAPI_PROPERTIES = 0x00069003

_PR_BODY, _PR_HTML = 0x1000, 0x1013
_STRING8, _UNICODE, _BINARY, _OBJECT = 0x001E, 0x001F, 0x0102, 0x000D
_FIXED_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
"""MS-OXCDATA, 2.11.1: the property types of fixed size, padded to four bytes as TNEF pads them."""


def tnef_text(content: bytes) -> str:
    """The text of the message body; empty where there is none that can be read."""
    try:
        bodies = list(_bodies(content))
    except struct.error:
        return ""
    return next((body for body in bodies if body.strip()), "")


def _bodies(content: bytes) -> Iterator[str]:
    for identifier, value in _attributes(content):
        if identifier == _BODY:
            yield charset.decode(value, "cp1252")[0]
        elif identifier == _MAPI_PROPERTIES:
            yield from _mapi_bodies(value)


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Level, identifier, length, value, checksum, again and again."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != SIGNATURE:
        return
    position = 6
    while position + 9 <= len(content):
        _, identifier, length = struct.unpack_from("<BII", content, position)
        yield identifier, content[position + 9 : position + 9 + length]
        position += 9 + length + 2


def _mapi_bodies(value: bytes) -> Iterator[str]:
    for identifier, kind, content in _mapi_properties(value):
        if identifier == _PR_BODY:
            yield charset.decode(content, "utf-16-le" if kind == _UNICODE else "cp1252")[0]
        elif identifier == _PR_HTML:
            yield html_to_text(charset.decode(content)[0])


def _mapi_properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, identifier and value of each property, until one that cannot be measured."""
    (count,) = struct.unpack_from("<I", value)
    position = 4
    for _ in range(min(count, 10_000)):
        kind, identifier = struct.unpack_from("<HH", value, position)
        position = _after_name(value, position + 4) if identifier >= 0x8000 else position + 4
        if kind in _FIXED_SIZES:
            position += _FIXED_SIZES[kind]
            continue
        if kind not in {_STRING8, _UNICODE, _BINARY, _OBJECT}:
            return
        values, length = struct.unpack_from("<II", value, position)
        if values != 1:
            return
        yield identifier, kind, value[position + 8 : position + 8 + length]
        position += 8 + length + (-length % 4)


def _after_name(value: bytes, position: int) -> int:
    """A named property has a GUID, and then a number or a padded name."""
    by_name, length = struct.unpack_from("<II", value, position + 16)
    return position + 24 + (int(length) + (-length % 4) if by_name else 0)
