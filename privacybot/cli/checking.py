"""`privacybot check` on the screen."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.text import Text

from privacybot.app import App
from privacybot.checks import Check, Grade, check
from privacybot.cli.safe import plain
from privacybot.cli.screen import console, say
from privacybot.config import load

_STYLES = {Grade.FINE: "green", Grade.WARNING: "yellow", Grade.FAILED: "bold red"}

_GRADE = 8


def check_everything(config: Path | None, *, as_json: bool) -> None:
    """Print each check as it ends; exit with 1 when one failed."""
    done: list[Check] = []
    for one in check(App(load(config))):
        done.append(one)
        if not as_json:
            _print(one)
    failed = sum(one.grade is Grade.FAILED for one in done)
    if as_json:
        rows = [{"subject": one.subject, "grade": one.grade.value, "sentence": one.sentence} for one in done]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        say("Everything is ready: privacybot run" if not failed else f"{failed} of {len(done)} checks failed.")
    if failed:
        raise typer.Exit(1)


def _print(one: Check) -> None:
    """The grade in a column of its own; a long sentence goes on beside it."""
    grade = Text(f"{one.grade.value:{_GRADE}}", _STYLES[one.grade])
    lines = Text(f"{one.subject}: {plain(one.sentence)}").wrap(console(), max(20, console().width - _GRADE))
    for number, line in enumerate(lines):
        line.rstrip()
        console().print((grade if number == 0 else Text(" " * _GRADE)) + line)
