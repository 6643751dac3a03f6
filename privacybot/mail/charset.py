"""Bytes to text, whatever the label says  (RFC 2046, 4.1.2; the WHATWG reading of the Latin labels).

Labels lie: UTF-8 is sent as iso-8859-1, cp1252 as UTF-8, and some name no charset at all. The result is always text
that any database can hold: no NUL, no lone surrogate, letters composed, LF line ends.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from contextlib import suppress

_LATIN = frozenset({"ascii", "iso8859-1", "cp1252", "iso8859-15"})
"""Labels that are put on anything; cp1252 holds what their senders meant."""

_ASCII_BASED = _LATIN | {"utf-8"}

_NOT_A_CHARSET = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "raw-unicode-escape", "unicode-escape", "undefined"}
)
"""Python codecs that are no charset; some are slow on hostile input, one raises whatever it is given."""

_SEPARATORS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_DECOMPOSED = re.compile("[A-Za-z][\u0300-\u030c\u0327\u0328](?![\u0300-\u036f])")


def decode(content: bytes, label: str = "") -> tuple[str, str | None]:
    """The text, and what was wrong with its label."""
    name = _codec_name(label)
    if name in _ASCII_BASED and content.isascii():
        return _clean(content.decode("ascii")), None
    text, defect = _decode(content, name)
    unknown = None if name else f"The charset {label[:40]!r} is unknown."
    return _clean(text), unknown or defect


def decode_unlabelled(content: bytes) -> str:
    """UTF-8 where it is UTF-8, otherwise cp1252; the bytes of a header field, untouched beyond that."""
    if content.isascii():
        return content.decode("ascii")
    return _FORBIDDEN.sub("\ufffd", _decode(content, "utf-8")[0])


def composed(text: str) -> str:
    """Letters with one accent in composed form: Apple writes å as two characters.

    Only the pairs are composed, because full normalisation takes quadratic time on a long run of accents.
    """
    if text.isascii():
        return text
    return _DECOMPOSED.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), text)


def _codec_name(label: str) -> str:
    """The name of Python's codec; "" for a label that names no charset; "utf-8" where there is no label."""
    label = label.strip(" \t\"';,.").lower().removeprefix("x-") or "utf-8"
    try:
        name = codecs.lookup(label).name
        return "" if name in _NOT_A_CHARSET or not _makes_text(name) else name
    except (LookupError, ValueError):
        return ""


def _makes_text(name: str) -> bool:
    """Python also has codecs that make bytes, such as zlib: `decode` refuses them, but not for empty bytes."""
    with suppress(UnicodeError):
        b"ab".decode(name)
    return True


def _decode(content: bytes, name: str) -> tuple[str, str | None]:
    if name in _ASCII_BASED or not name:
        return _decode_latin_or_utf8(content, name)
    try:
        return content.decode(name), None
    except (UnicodeError, ValueError):
        return content.decode(name, "replace"), f"Some bytes are not {name}."


def _decode_latin_or_utf8(content: bytes, name: str) -> tuple[str, str | None]:
    """No Danish text in cp1252 is valid UTF-8 by chance, so UTF-8 is tried first under any Latin label."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _mend(content), None if name in _LATIN else "The text is not valid UTF-8."
    return text, f"The text is labelled {name} but is UTF-8." if name in _LATIN else None


def _mend(content: bytes) -> str:
    """Mostly UTF-8 with a few foreign bytes, or cp1252 throughout: whichever spoils less."""
    text = content.decode("utf-8", "replace")
    if text.count("\ufffd") * 4 < sum(1 for byte in content.translate(None, _ASCII)):
        return text
    return content.decode("cp1252", "replace") if b"\x00" not in content else content.decode("latin-1")


_ASCII = bytes(range(128))


def _clean(text: str) -> str:
    text = _SEPARATORS.sub("\n", text).removeprefix("\ufeff").replace("\x00", "")
    return composed(_FORBIDDEN.sub("\ufffd", text))
