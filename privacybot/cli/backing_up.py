"""`privacybot backup` and `restore`: copies of the database."""

from __future__ import annotations

from pathlib import Path

from privacybot.app import App
from privacybot.cli.screen import say
from privacybot.config import load


def back_up(config: Path | None, to: Path) -> None:
    """An online copy, tried before it is put in place."""
    App(load(config)).back_up(to)
    say(f"{to}: a copy of the database, {to.stat().st_size / 2**20:.1f} MB. It holds personal data: keep it as safely.")


def restore(config: Path | None, copy: Path, *, replace: bool) -> None:
    """The copy becomes the database."""
    App(load(config)).restore(copy, replace=replace)
    say(f"The database is that of {copy} now.")
    say("What was erased since the copy was made is there again: privacybot purge, and repeat erasures by person.")
    say("Mails that came since then are taken in, and acknowledged, once more.")
