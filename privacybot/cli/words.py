"""Words that follow a number."""

from __future__ import annotations


def counted(number: int, word: str) -> str:
    """“1 mail”, “2 mails”."""
    return f"{number} {word}{'' if number == 1 else 's'}"
