"""A mail's text with the sentences marked that show what it asks: by *asterisks*, which survive without colours."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.text import Text

from privacybot.cli.safe import paragraphs, plain


def marked(text: str, sentences: Iterable[str]) -> Text:
    """The text, made harmless; each sentence that stands in it is marked, wherever its lines break."""
    shown = paragraphs(text)
    made, end = Text(), 0
    for start, stop in _spans(shown, sentences):
        made.append(shown[end:start]).append(f"*{shown[start:stop]}*", style="bold")
        end = stop
    return made.append(shown[end:])


def _spans(text: str, sentences: Iterable[str]) -> list[tuple[int, int]]:
    """Where the sentences stand, in order; those that overlap are one."""
    patterns = [r"\s+".join(map(re.escape, plain(sentence).split())) for sentence in sentences]
    found = sorted(
        match.span() for pattern in patterns if pattern for match in re.finditer(pattern, text, re.IGNORECASE)
    )
    merged: list[tuple[int, int]] = []
    for start, stop in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged
