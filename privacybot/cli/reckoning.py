"""`ledger`, `retry` and `breaker`: what became of every mail, and what waits for a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.table import Table

from privacybot.app import App
from privacybot.cli.casefile import moment
from privacybot.cli.safe import plain
from privacybot.cli.screen import console, say
from privacybot.config import load
from privacybot.errors import StaffError
from privacybot.flows import desk, intake
from privacybot.mail.silence import SENTENCES, Reason


def show_ledger(config: Path | None, *, as_json: bool) -> None:
    """Outcomes counted, mails set aside listed."""
    account = desk.ledger_account(App(load(config)).engine)
    if as_json:
        print(json.dumps(_as_json(account), ensure_ascii=False, indent=2))
    else:
        show_account(account)


def show_account(account: desk.LedgerAccount) -> None:
    """The outcomes as a table, and a line for each mail that is set aside."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Outcome", "Why", "Mails"):
        table.add_column(heading, justify="right" if heading == "Mails" else "left")
    for (outcome, reason), count in sorted(account.tally.items()):
        table.add_row(outcome, _why(reason), str(count))
    console().print(table)
    for kept in account.set_aside:
        say(f"Set aside: mail {kept.arrival_id}, received {moment(kept.received_at)}: {plain(kept.sentence)}")
    if account.set_aside:
        say("Look at why; `privacybot retry NUMBER` takes a mail in again.")


def _why(reason: str) -> str:
    """The sentence behind a reason's word; other reasons are sentences already."""
    return SENTENCES[Reason(reason)] if reason in list(Reason) else plain(reason)


def retry_mail(config: Path | None, mail: int) -> None:
    app = App(load(config))
    mailbox = desk.mailbox_of_set_aside(app.engine, mail)
    taken = intake.retry(app.engine, mail, app.office_named(mailbox), datetime.now(UTC))
    say(f"Mail {mail}: {taken.outcome.value}{' ' + taken.reference if taken.reference else ''}.")


def show_or_reset_breaker(config: Path | None, action: str) -> None:
    app = App(load(config))
    match action:
        case "show":
            lines = desk.warnings(app.engine)
            for sentence in lines or ["No breaker is open: automatic mails leave."]:
                say(sentence)
        case "reset":
            names = desk.reset_breakers(app.engine)
            say(f"Automatic mails leave again for {', '.join(names)}." if names else "No breaker was open.")
        case _:
            raise StaffError(f"{action!r} is neither show nor reset.")


def _as_json(account: desk.LedgerAccount) -> dict[str, object]:
    return {
        "outcomes": [
            {"outcome": outcome, "reason": reason, "mails": count}
            for (outcome, reason), count in sorted(account.tally.items())
        ],
        "set_aside": [
            {
                "mail": kept.arrival_id,
                "mailbox": kept.mailbox,
                "received_at": kept.received_at.isoformat(),
                "reason": kept.sentence,
            }
            for kept in account.set_aside
        ],
    }
