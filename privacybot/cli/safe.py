"""What a stranger wrote, made harmless for a terminal: no escape sequence, no control, no trick of direction."""

from __future__ import annotations

import unicodedata

from privacybot.mail.cpr import masked

__all__ = ["masked", "paragraphs", "plain"]

_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain(text: str) -> str:
    """One line: every control, format or unassigned character becomes a space, and CPR numbers are masked."""
    return masked(" ".join("".join(_harmless(character) for character in text).split()))


def paragraphs(text: str) -> str:
    """Several lines, each of them plain; indentation and blank lines stay."""
    lines = text.replace("\r\n", "\n").replace("\t", "    ").split("\n")
    return masked("\n".join("".join(_harmless(character) for character in line).rstrip() for line in lines))


def _harmless(character: str) -> str:
    return " " if unicodedata.category(character) in _CONTROLS else character
