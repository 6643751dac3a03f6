"""`ledger`, `set-aside`, `retry` and `breaker`: what became of every mail, and what waits for a person."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from privacybot.app import App
from privacybot.cli.casefile import moment
from privacybot.cli.clerk import print_json
from privacybot.cli.safe import paragraphs, plain
from privacybot.cli.screen import console, line, say
from privacybot.config import MailboxSection, load
from privacybot.errors import StaffError, Unavailable
from privacybot.flows import desk, intake, reckon
from privacybot.flows.reckon import Reckoning
from privacybot.mail.silence import SENTENCES, Reason
from privacybot.store.ledger import Outcome
from privacybot.store.tables import SetAside

SHOWN = 4000
"""Of a mail that is set aside so many bytes are shown."""


def show_ledger(config: Path | None, *, as_json: bool, offline: bool, again: bool) -> None:
    """Outcomes counted, mails set aside listed, and every mail in the mailboxes that has no outcome."""
    app = App(load(config))
    account = desk.ledger_account(app.engine)
    compared = {} if offline else {box.name: _compare(app, box, again=again) for box in app.config.mailbox}
    if as_json:
        print_json(_as_json(account) | {"compared": [_compared_json(name, its) for name, its in compared.items()]})
        return
    show_account(account)
    for name, its in compared.items():
        _show_reckoning(name, its, again=again)


def _compare(app: App, box: MailboxSection, *, again: bool) -> Reckoning:
    """A mailbox that does not answer is no reason to say nothing of the others."""
    from privacybot.edges.imap import open_folder

    try:
        with open_folder(app.imap_account(box)) as folder:
            found = reckon.reckon(app.engine, folder, box.name, box.folder)
    except Unavailable as failure:
        return Reckoning(note=str(failure))
    if again and found.named:
        reckon.look_again(app.engine, box.name, box.folder, found.named[0].uid)
    return found


def _show_reckoning(name: str, its: Reckoning, *, again: bool) -> None:
    if its.note:
        say(f"{name}: not compared: {its.note.rstrip('.')}.")
        return
    if not its.missing:
        say(f"{name}: {its.mails} mails compared; each has its outcome.")
        return
    say(f"{name}: {its.missing} of {its.mails} mails have no outcome:", style="bold red")
    for mail in its.named:
        say(f"  UID {mail.uid}, received {moment(mail.received_at)}, {plain(mail.originator)}: {plain(mail.subject)}")
    if again:
        say("The worker looks at them again with its next pass.")
    else:
        say("The worker takes new mail in with its next pass; what it has passed by: privacybot ledger --again")


def show_set_aside(config: Path | None, mail: int | None, *, raw: bool, as_json: bool) -> None:
    """The mails set aside, or one of them: why, and what it says as far as it can be read."""
    engine = App(load(config)).engine
    if mail is None:
        kept = reckon.all_shelved(engine)
        if as_json:
            print_json([_set_aside_json(one) for one in kept])
        else:
            _list_set_aside(kept)
        return
    one = reckon.shelved(engine, mail)
    if one is None:
        raise StaffError(f"No mail {mail} is set aside; `privacybot set-aside` lists those that are.")
    if raw:
        sys.stdout.buffer.write(one.raw or b"")
    elif as_json:
        print_json(_set_aside_json(one) | {"text": _words(one)})
    else:
        _show_set_aside(one)


def _list_set_aside(kept: Sequence[SetAside]) -> None:
    for one in kept:
        say(f"Mail {one.arrival_id}, {one.mailbox}, received {moment(one.received_at)}: {plain(one.sentence)}")
    if kept:
        say("Look at one: privacybot set-aside NUMBER. Take it in again: privacybot retry NUMBER")
    else:
        say("No mail is set aside.")


def _show_set_aside(one: SetAside) -> None:
    screen = console()
    screen.print(line("Mail", f"{one.arrival_id} in {one.mailbox}, received {moment(one.received_at)}"))
    screen.print(line("Set aside", f"{moment(one.set_aside_at)}: {one.sentence}"))
    screen.print(line("Bytes", "not handed over by the server" if one.raw is None else str(len(one.raw))))
    screen.print(Text(paragraphs(_words(one))))


def _words(one: SetAside) -> str:
    """The beginning of the mail as it came: whatever stopped the program has not been read here."""
    return (one.raw or b"")[:SHOWN].decode("utf-8", "replace").replace("\r\n", "\n")


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
        say("Look at one: privacybot set-aside NUMBER. Take it in again: privacybot retry NUMBER")


def _why(reason: str) -> str:
    """The sentence behind a reason's word; other reasons are sentences already."""
    return SENTENCES[Reason(reason)] if reason in list(Reason) else plain(reason)


def retry_mails(config: Path | None, mail: int | None, *, as_json: bool) -> None:
    """Take in one mail that is set aside, or all that we have; one that still fails stays, and the others go on."""
    app = App(load(config))
    if mail is not None:
        tried = [_retried(app, mail)]
    else:
        tried = [_tried(app, kept.arrival_id) for kept in reckon.all_shelved(app.engine) if kept.raw is not None]
    if as_json:
        print_json(tried)
        return
    for one in tried:
        say(f"Mail {one['mail']}: {one['outcome']}{' ' if one['case'] else ''}{one['case']}.")
    if not tried:
        say("No mail is set aside that could be taken in.")


def _tried(app: App, mail: int) -> dict[str, object]:
    try:
        return _retried(app, mail)
    except StaffError as error:
        return {"mail": mail, "outcome": Outcome.SET_ASIDE.value, "case": "", "reason": str(error)}


def _retried(app: App, mail: int) -> dict[str, object]:
    office = app.office_named(desk.mailbox_of_set_aside(app.engine, mail))
    taken = intake.retry(app.engine, mail, office, datetime.now(UTC))
    return {"mail": mail, "outcome": taken.outcome.value, "case": taken.reference, "reason": taken.reason}


def show_or_reset_breaker(config: Path | None, action: str, *, as_json: bool) -> None:
    app = App(load(config))
    match action:
        case "show":
            _show_breakers(app, as_json=as_json)
        case "reset":
            _reset_breakers(app, as_json=as_json)
        case _:
            raise StaffError(f"{action!r} is neither show nor reset.")


def _show_breakers(app: App, *, as_json: bool) -> None:
    if as_json:
        tripped = desk.breakers(app.engine)
        print_json([{"mailbox": one.mailbox, "tripped_at": one.tripped_at.isoformat()} for one in tripped])
        return
    for sentence in desk.warnings(app.engine) or ["No breaker is open: automatic mails leave."]:
        say(sentence)


def _reset_breakers(app: App, *, as_json: bool) -> None:
    names = desk.reset_breakers(app.engine)
    if as_json:
        print_json({"reset": names})
    else:
        say(f"Automatic mails leave again for {', '.join(names)}." if names else "No breaker was open.")


def _as_json(account: desk.LedgerAccount) -> dict[str, object]:
    return {
        "outcomes": [
            {"outcome": outcome, "reason": reason, "mails": count}
            for (outcome, reason), count in sorted(account.tally.items())
        ],
        "set_aside": [_set_aside_json(kept) for kept in account.set_aside],
    }


def _set_aside_json(kept: SetAside) -> dict[str, object]:
    return {
        "mail": kept.arrival_id,
        "mailbox": kept.mailbox,
        "received_at": kept.received_at.isoformat(),
        "set_aside_at": kept.set_aside_at.isoformat(),
        "bytes": None if kept.raw is None else len(kept.raw),
        "reason": kept.sentence,
    }


def _compared_json(name: str, its: Reckoning) -> dict[str, object]:
    return {
        "mailbox": name,
        "mails": its.mails,
        "without_outcome": its.missing,
        "named": [
            {
                "uid": mail.uid,
                "received_at": mail.received_at.isoformat(),
                "from": mail.originator,
                "subject": mail.subject,
            }
            for mail in its.named
        ],
        "not_compared": its.note,
    }
