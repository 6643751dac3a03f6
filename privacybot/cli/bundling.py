"""`privacybot audit export`: everything about a case in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from privacybot.app import App
from privacybot.cli.clerk import print_json, staff
from privacybot.cli.files import write_new
from privacybot.cli.screen import say
from privacybot.cli.words import counted
from privacybot.config import load
from privacybot.flows import evidence


def export(config: Path | None, reference: str, to: Path | None, *, as_json: bool) -> None:
    """Write the zip, and say what it holds and whether the chain of events is whole."""
    app = App(load(config))
    made = evidence.bundle(app.engine, reference, policy_text=app.policy_text(), made_by=staff(), now=datetime.now(UTC))
    path = to or Path(f"{made.reference}-evidence.zip")
    write_new(path, made.zipped)
    if as_json:
        counts = {"mails": made.mails, "letters": made.letters, "events": made.events}
        print_json({"reference": made.reference, "file": str(path), **counts, "faults": list(made.faults)})
        return
    held = [counted(made.mails, "mail"), f"{counted(made.letters, 'letter')} of ours", counted(made.events, "event")]
    say(f"{path}: {', '.join(held)}; begin with its README.txt.")
    for fault in made.faults:
        say(f"The chain is broken: {fault}.", style="bold red")
    say("It holds personal data as it is, unmasked: send it by a safe way only.")
