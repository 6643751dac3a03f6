"""Text whose lines flow  (format=flowed, RFC 3676)."""

from __future__ import annotations

import re

_QUOTES = re.compile(">*")
SIGNATURE = "-- "


def unflow(text: str, *, delete_space: bool = False) -> str:
    """One line a paragraph: a line that ends with a space goes on in the next one of the same quoting depth."""
    lines: list[str] = []
    pieces: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = _depth(line)
        content = line[depth:].removeprefix(" ")
        if depth != open_depth or content == SIGNATURE:
            lines += _closed(pieces, open_depth)
            pieces = []
        flows = content.endswith(" ") and content != SIGNATURE
        pieces.append(content[:-1] if flows and delete_space else content)
        open_depth = depth if flows else -1
        if not flows:
            lines += _closed(pieces, depth)
            pieces = []
    return "\n".join(lines + _closed(pieces, open_depth))


def _depth(line: str) -> int:
    quotes = _QUOTES.match(line)
    return quotes.end() if quotes else 0


def _closed(pieces: list[str], depth: int) -> list[str]:
    if not pieces:
        return []
    return [(">" * depth + " " if depth > 0 else "") + "".join(pieces)]
