"""What the value of a header field says  (RFC 5322, 2.2.3; RFC 2047; RFC 2231; RFC 6532).

The standard library's header objects raise on values that strangers do send and cost more than the rest of a mail,
so the few forms that matter are read here: unfolded text, encoded words, parameters and Message-IDs. Always linear.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from privacybot.mail import charset
from privacybot.mail.transfer import lenient_base64

_FOLDS = re.compile(rb"[\r\n]+")
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,30})?\?([bBqQ])\?([^?]*)\?=")
_IDENTIFIER = re.compile(r"<([^<>]*)>")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*(?:"|\\?\Z)|[^;]*)', re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_SEGMENTS = 1000


def unfold(value: bytes) -> str:
    """The value on one line, encoded words still encoded."""
    return charset.decode_unlabelled(_FOLDS.sub(b"", value)).strip(" \t")


def decode_words(text: str) -> str:
    """Encoded words decoded; every control character becomes a space, so no field can grow a second line."""
    if "=?" in text:
        text = "".join(_decoded(text))
    return _CONTROLS.sub(" ", charset.composed(text))


def decode_field(value: bytes) -> str:
    return decode_words(unfold(value)).strip()


def plain_field(value: bytes) -> str:
    """A field that only servers write: unfolded, and what looks like an encoded word left as it stands."""
    return _CONTROLS.sub(" ", unfold(value))


def identifiers(text: str) -> tuple[str, ...]:
    """The Message-IDs of a Message-ID, In-Reply-To or References field, in their brackets, without white space."""
    found = (_bare(identifier) for identifier in _IDENTIFIER.findall(text))
    return tuple(f"<{identifier}>" for identifier in found if identifier)


def identifier(text: str) -> str | None:
    """The one Message-ID of a field; some mailers forget the brackets."""
    bare = _bare(text.strip(" <>"))
    return next(iter(identifiers(text)), f"<{bare}>" if bare else None)


def parameters(text: str) -> tuple[str, dict[str, str]]:
    """A value such as `text/plain; charset=utf-8`: its first word in lower case, and its parameters decoded."""
    value, semicolon, rest = text.partition(";")
    raw: dict[str, str] = {}
    for name, parameter in _PARAMETER.findall(semicolon + rest):
        raw.setdefault(name.lower(), _unquote(parameter))
    return value.strip().lower(), dict(_assembled(raw))


def _bare(text: str) -> str:
    return _CONTROLS.sub("", "".join(text.split()))


def _unquote(value: str) -> str:
    value = value.strip()
    return _ESCAPED.sub(r"\1", value[1:].removesuffix('"')) if value.startswith('"') else value


def _decoded(text: str) -> Iterator[str]:
    """Neighbouring words of one charset are joined before decoding: mailers cut letters in two."""
    pending, label, end = bytearray(), "", 0
    for word in _WORD.finditer(text):
        gap = text[end : word.start()]
        joined = bool(end) and not gap.strip()
        if not joined or word[1].lower() != label:
            yield charset.decode(bytes(pending), label)[0]
            yield "" if joined else gap
            pending, label = bytearray(), word[1].lower()
        pending += _word_bytes(word)
        end = word.end()
    yield charset.decode(bytes(pending), label)[0]
    yield text[end:]


def _word_bytes(word: re.Match[str]) -> bytes:
    encoded = word[3].encode("utf-8", "replace")
    return lenient_base64(encoded) if word[2] in "bB" else binascii.a2b_qp(encoded, header=True)


def _assembled(raw: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in raw.items():
        base, star, rest = name.partition("*")
        if not star:
            yield name, decode_words(value)
        elif rest in {"", "0", "0*"}:
            yield base, decode_words(_extended(raw, base, first=name))


def _extended(raw: dict[str, str], base: str, *, first: str) -> str:
    """RFC 2231: `name*=charset'language'text`, or the segments name*0*, name*1 and so on."""
    label, _, rest = raw[first].partition("'") if first.endswith("*") else ("", "", "")
    pieces = [unquote_to_bytes(rest.partition("'")[2] or raw[first]) if label or rest else raw[first].encode()]
    for number in range(1, _SEGMENTS) if "*0" in first else ():
        plain, encoded = raw.get(f"{base}*{number}"), raw.get(f"{base}*{number}*")
        if plain is None and encoded is None:
            break
        pieces.append(unquote_to_bytes(encoded) if encoded is not None else (plain or "").encode())
    return charset.decode(b"".join(pieces), label)[0]
