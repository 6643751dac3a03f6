"""The terminal: one console, no markup in what strangers wrote, colours only where they are wanted (NO_COLOR)."""

from __future__ import annotations

from functools import cache

from rich.console import Console
from rich.text import Text

from privacybot.cli.safe import plain


@cache
def console() -> Console:
    return Console(highlight=False, markup=False, emoji=False)


def say(sentence: str, style: str = "") -> None:
    """One line of ours."""
    console().print(Text(sentence, style=style))


def line(label: str, value: str, style: str = "") -> Text:
    """A label and what stands behind it; the value may be a stranger's."""
    return Text.assemble((f"{label}: ", "bold"), (plain(value), style))


def indented(text: Text, left: int, *, above: int = 0) -> None:
    """A text set in from the left, its wrapped lines too, and without the spaces that padding leaves behind."""
    screen = console()
    room = max(20, screen.width - left)
    lines = [piece for part in text.split("\n", allow_blank=True) for piece in (part.wrap(screen, room) or [Text()])]
    for line in [*[Text()] * above, *lines]:
        line.rstrip()
        screen.print(Text(" " * left).append_text(line) if line else Text())
