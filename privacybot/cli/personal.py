"""`privacybot person`: what the bot itself holds about an address."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from privacybot.app import App
from privacybot.cli.casefile import moment
from privacybot.cli.clerk import at_terminal, print_json, staff
from privacybot.cli.files import write_new
from privacybot.cli.safe import plain
from privacybot.cli.screen import console, line, say
from privacybot.cli.words import counted
from privacybot.config import load
from privacybot.flows import person
from privacybot.flows.person import Erasing, Person


def show(config: Path | None, address: str, *, as_json: bool) -> None:
    """What is held, and what would happen to it if it were to be erased."""
    app, now = App(load(config)), datetime.now(UTC)
    found = person.look_up(app.engine, address)
    planned = person.plan(app.engine, address, app.terms, now, with_closed_cases=False)
    if as_json:
        print_json(_as_json(found, planned))
        return
    if found.is_unknown:
        say(f"Nothing is held about {plain(found.address)}.")
        return
    _show(found)
    _show_plan(planned, done=False)


def export(config: Path | None, address: str, to: Path, *, as_json: bool) -> None:
    """A copy of everything that is held."""
    app = App(load(config))
    found = person.look_up(app.engine, address)
    if not found.is_unknown:
        write_new(to, person.export(app.engine, address, datetime.now(UTC)))
    if as_json:
        print_json({"held": not found.is_unknown, "file": None if found.is_unknown else str(to)})
    elif found.is_unknown:
        say(f"Nothing is held about {plain(found.address)}; no file was written.")
    else:
        counts = [counted(len(found.cases), "case"), counted(len(found.mails), "mail")]
        say(f"{to}: {', '.join(counts)}, {counted(len(found.letters), 'letter')} of ours.")
        say("Look through it before you hand it on: notes and mails may speak of others.")


def erase(
    config: Path | None, address: str, *, with_cases: bool, reason: str, without_asking: bool, as_json: bool
) -> None:
    """Erase what may go; a person at a terminal agrees first."""
    app, now = App(load(config)), datetime.now(UTC)
    if at_terminal() and not without_asking and not as_json:
        planned = person.plan(app.engine, address, app.terms, now, with_closed_cases=with_cases)
        _show_plan(planned, done=False)
        if planned.hold or planned.is_empty or not typer.confirm("Erase this for ever?"):
            raise typer.Exit(1)
    done = person.erase(app.engine, address, app.terms, now, with_closed_cases=with_cases, staff=staff(), reason=reason)
    if as_json:
        print_json(_plan_json(done))
    else:
        _show_plan(done, done=True)


def _show(found: Person) -> None:
    say(plain(found.address), style="bold")
    for case, rights in found.cases:
        names = ", ".join(row.right for row in rights if row.confirmed is not False) or "unsure"
        console().print(line(case.reference, f"{case.status}, {names}, received {moment(case.received_at)}"))
    console().print(line("Mails", str(len(found.mails))))
    console().print(line("Letters of ours", str(len(found.letters))))
    if found.shelf:
        console().print(line("Set aside, naming the address", ", ".join(str(kept.arrival_id) for kept in found.shelf)))


def _show_plan(planned: Erasing, *, done: bool) -> None:
    if planned.hold:
        say(f"Nothing may be erased now: {planned.hold}")
        return
    gone = [f"case {reference}" for reference in planned.cases]
    gone += [counted(len(planned.mails), "ordinary mail")] if planned.mails else []
    gone += [counted(len(planned.letters), "letter")] if planned.letters else []
    say(f"{'Erased' if done else 'May be erased'}: {', '.join(gone) or 'nothing'}.")
    for kept in planned.kept:
        say(f"Kept: {kept.what}. {kept.why}")


def _as_json(found: Person, planned: Erasing) -> dict[str, object]:
    return {
        "address": found.address,
        "cases": [case.reference for case, _ in found.cases],
        "mails": len(found.mails),
        "letters": len(found.letters),
        "set_aside": [kept.arrival_id for kept in found.shelf],
        "erasure": _plan_json(planned),
    }


def _plan_json(planned: Erasing) -> dict[str, object]:
    return {
        "hold": planned.hold or None,
        "cases": list(planned.cases),
        "mails": len(planned.mails),
        "letters": len(planned.letters),
        "kept": [{"what": kept.what, "why": kept.why} for kept in planned.kept],
    }
