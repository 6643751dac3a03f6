"""`privacybot audit`: whether anybody has changed the past."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from privacybot.app import App
from privacybot.cli.clerk import print_json
from privacybot.cli.screen import say
from privacybot.config import load
from privacybot.flows import audit


def verify(config: Path | None, reference: str, *, as_json: bool) -> None:
    """Go through one chain of events, or all; exit with 1 where one is broken."""
    engine = App(load(config)).engine
    found = audit.verify_one(engine, reference) if reference else audit.verify(engine)
    if as_json:
        print_json(asdict(found))
    else:
        for fault in found.faults:
            say(f"{fault.reference}, event {fault.number}: {fault.sentence}.", style="bold red")
        what = f"{found.cases} case{'s' * (found.cases != 1)} with {found.events} events"
        say(f"{what}: {'no event was changed, removed or put in' if not found.faults else 'NOT as written'}.")
    if found.faults:
        raise typer.Exit(1)
