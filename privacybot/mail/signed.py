"""The mail inside an opaque signature of S/MIME, which needs no key to be read  (RFC 8551, 3.5.2; RFC 5652, 5; X.690).

Whether the signature holds is not asked. Outlook writes lengths that are not known beforehand, and the content in
chunks; whatever is no SignedData, or is damaged, gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _OBJECT, _OCTETS, _OCTET_CHUNKS, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_CONSTRUCTED = 0x20
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class _Element:
    """A tag, where its content stands, and where the next element starts."""

    tag: int
    start: int
    end: int
    next: int


def signed_content(ber: bytes) -> bytes | None:
    """What was signed; None where there is no such thing."""
    try:
        kind, content = list(_within(ber, _first(ber, 0, _SEQUENCE)))[:2]
        if ber[kind.start : kind.end] != SIGNED_DATA or kind.tag != _OBJECT:
            return None
        signed = _first(ber, content.start, _SEQUENCE)
        encapsulated = next(element for element in _within(ber, signed) if element.tag == _SEQUENCE)
        wrapped = next(element for element in _within(ber, encapsulated) if element.tag == _EXPLICIT)
        return _octets(ber, _element(ber, wrapped.start))
    except (IndexError, ValueError, StopIteration):
        return None


def _octets(ber: bytes, element: _Element) -> bytes:
    if element.tag == _OCTETS:
        return ber[element.start : element.end]
    if element.tag != _OCTET_CHUNKS:
        raise ValueError
    return b"".join(ber[chunk.start : chunk.end] for chunk in _within(ber, element))


def _first(ber: bytes, position: int, tag: int) -> _Element:
    element = _element(ber, position)
    if element.tag != tag:
        raise ValueError
    return element


def _within(ber: bytes, outer: _Element, depth: int = 0) -> Iterator[_Element]:
    position = outer.start
    while position < outer.end:
        element = _element(ber, position, depth)
        yield element
        position = element.next


def _element(ber: bytes, position: int, depth: int = 0) -> _Element:
    tag, length, start = ber[position], ber[position + 1], position + 2
    if length == 0x80 and tag & _CONSTRUCTED:
        end = _end_of_contents(ber, start, depth + 1)
        return _Element(tag, start, end, end + 2)
    if length > 0x80:
        start, length = start + length - 0x80, int.from_bytes(ber[start : start + length - 0x80], "big")
    if start + length > len(ber):
        raise ValueError
    return _Element(tag, start, start + length, start + length)


def _end_of_contents(ber: bytes, position: int, depth: int) -> int:
    """Where the two zeros stand that close an element of unknown length (X.690, 8.1.5)."""
    if depth > _DEEPEST:
        raise ValueError
    while ber[position] or ber[position + 1]:
        position = _element(ber, position, depth).next
    return position
