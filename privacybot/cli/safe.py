"""What a stranger wrote, made harmless for a terminal: no escape sequence, no control, no trick of direction."""

from __future__ import annotations

import re
import unicodedata

_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CPR = re.compile(r"\b([0-3]\d[01]\d\d{2})[- ]?(\d{4})\b")


def plain(text: str) -> str:
    """One line: every control, format or unassigned character becomes a space, and CPR numbers are masked."""
    return masked(" ".join("".join(_harmless(character) for character in text).split()))


def paragraphs(text: str) -> str:
    """Several lines, each of them plain; indentation and blank lines stay."""
    lines = text.replace("\r\n", "\n").replace("\t", "    ").split("\n")
    return masked("\n".join("".join(_harmless(character) for character in line).rstrip() for line in lines))


def masked(text: str) -> str:
    """A CPR number shows its birth date alone."""
    return _CPR.sub(r"\1-xxxx", text)


def _harmless(character: str) -> str:
    return " " if unicodedata.category(character) in _CONTROLS else character
