"""Content-Transfer-Encoding undone  (RFC 2045, 6).

Nothing raises and nothing is thrown away: what is not base64 in a base64 part is read as it stands.
"""

from __future__ import annotations

import binascii
import re

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BASE64_AND_SPACE = _BASE64 + b" \t\r\n"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}[ \t]*\r*$")

_PLAIN = frozenset({"", "7bit", "8bit", "binary"})


def decode_transfer(body: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The content, and what was wrong with its encoding."""
    match encoding.strip().lower():
        case "base64":
            return _decode_base64(body)
        case "quoted-printable":
            return binascii.a2b_qp(body), None
        case plain if plain in _PLAIN:
            return body, None
    return body, f"The transfer encoding {encoding[:40]!r} is unknown."


def _decode_base64(body: bytes) -> tuple[bytes, str | None]:
    foreign = body.translate(None, _BASE64_AND_SPACE)
    if not foreign.strip(b"="):
        return lenient_base64(body), None
    lines = body.split(b"\n")
    encoded = next((i for i, line in enumerate(lines) if line.strip() and not _is_base64(line)), len(lines))
    if not any(map(_BASE64_LINE.match, lines[:encoded])):
        return body, "A part is labelled base64 but is plain text."
    return lenient_base64(b"\n".join(lines[:encoded])) + b"\n".join(lines[encoded:]), "The base64 of a part is broken."


def _is_base64(line: bytes) -> bool:
    """A line with a foreign byte here and there still counts; words with spaces between them do not."""
    foreign = len(line.strip().translate(None, _BASE64).strip(b"="))
    return foreign * 20 <= len(line) and b" " not in line.strip()


def lenient_base64(text: bytes) -> bytes:
    """Every run up to its padding by itself: some mailers join encoded pieces, some cut the last one short."""
    content = bytearray()
    for run in re.finditer(rb"[^=]+", text):
        content += _decode_run(run[0])
    return bytes(content)


def _decode_run(run: bytes) -> bytes:
    run = run.translate(None, _NOT_BASE64)
    run = run[:-1] if len(run) % 4 == 1 else run
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))
