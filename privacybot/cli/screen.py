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
