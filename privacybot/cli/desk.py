"""The queue, one case, and the decisions of staff, a command each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer

from privacybot.app import App
from privacybot.cli import casefile
from privacybot.cli.clerk import at_terminal, given, print_json, staff
from privacybot.cli.screen import console, say
from privacybot.cli.table import queue_list, queue_table, wants_list
from privacybot.config import load
from privacybot.errors import StaffError
from privacybot.flows import decisions, desk
from privacybot.gdpr.rights import Right, in_order
from privacybot.store.tables import Case


def show_queue(config: Path | None, *, as_json: bool, rows: int, as_list: bool) -> None:
    app = App(load(config))
    if as_json:
        found, _ = desk.queue(app.engine)
        print_json([casefile.summary(case, rights) for case, rights in found])
        return
    found, total = desk.queue(app.engine, most=rows)
    if not found:
        say("No case is open.")
    elif as_list or wants_list(console().width):
        queue_list(found, datetime.now(UTC))
    else:
        console().print(queue_table(found, datetime.now(UTC), console().width))
    if total > len(found):
        say(f"{len(found)} of {total} open cases; --rows shows more.")
    for warning in desk.warnings(app.engine):
        say(warning)


def show_case(config: Path | None, reference: str, *, as_json: bool) -> None:
    app = App(load(config))
    file = desk.case_file(app.engine, reference)
    if as_json:
        print_json(casefile.as_json(file, datetime.now(UTC)))
    else:
        casefile.show(file, datetime.now(UTC))


def confirm_case(config: Path | None, reference: str, *, as_json: bool) -> None:
    app = App(load(config))
    seen = None
    if at_terminal() and not as_json:
        file = desk.case_file(app.engine, reference)
        casefile.ask_to_confirm(file)
        seen = file.case.revision
    case = decisions.confirm(app.engine, reference, given(seen=seen), app.office_named)
    report(app, case, "confirmed", as_json=as_json)


def correct_case(config: Path | None, reference: str, rights: Sequence[str], *, as_json: bool) -> None:
    app, wanted = App(load(config)), rights_named(rights)
    case = decisions.correct(app.engine, reference, wanted, given(), app.office_named)
    report(app, case, "corrected", as_json=as_json)


def dismiss_case(config: Path | None, reference: str, reason: str, *, as_json: bool) -> None:
    app = App(load(config))
    if not reason and at_terminal() and not as_json:
        reason = typer.prompt(f"Why is {desk.case_file(app.engine, reference).case.reference} no request")
    report(app, decisions.dismiss(app.engine, reference, given(reason)), "dismissed", as_json=as_json)


def note_case(config: Path | None, reference: str, text: str, *, as_json: bool) -> None:
    app = App(load(config))
    report(app, decisions.note(app.engine, reference, given(text=text)), "noted", as_json=as_json)


def assign_case(config: Path | None, reference: str, to: str, *, as_json: bool) -> None:
    app, whom = App(load(config)), staff() if to == "me" else to.strip()
    if not whom:
        raise StaffError(f"There is no name; say who takes the case: privacybot assign {reference} me")
    case = decisions.assign(app.engine, reference, whom, given())
    report(app, case, f"assigned to {whom}", as_json=as_json)


def link_cases(config: Path | None, reference: str, other: str, reason: str, *, as_json: bool) -> None:
    app = App(load(config))
    case = decisions.link(app.engine, reference, other, given(reason))
    second = desk.case_file(app.engine, other).case.reference
    report(app, case, f"linked to {second}", as_json=as_json)


def close_case(config: Path | None, reference: str, reason: str, *, as_json: bool) -> None:
    app = App(load(config))
    report(app, decisions.close(app.engine, reference, given(reason)), "closed", as_json=as_json)


def reopen_case(config: Path | None, reference: str, reason: str, *, as_json: bool) -> None:
    app = App(load(config))
    report(app, decisions.reopen(app.engine, reference, given(reason)), "reopened", as_json=as_json)


def report(app: App, case: Case, done: str, *, as_json: bool) -> None:
    """Say what was done, and what comes next."""
    file = desk.case_file(app.engine, case.reference)
    if as_json:
        print_json(casefile.summary(file.case, file.rights))
        return
    about = casefile.rights_in_words(file.rights)
    until = "" if file.case.closed_at else f"; answer by {casefile.day(file.case.respond_by)}"
    say(f"{case.reference} {done}: {about}{until}.")
    if not file.case.closed_at:
        say(casefile.next_step(file))


def rights_named(words: Sequence[str]) -> tuple[Right, ...]:
    """The rights by name. Raises StaffError that lists them where a word is none."""
    names = [name.lower() for word in words for name in word.replace("+", ",").split(",") if name]
    wrong = [name for name in names if name not in list(Right)]
    if wrong or not names:
        known = ", ".join(right.value for right in Right)
        raise StaffError(f"{', '.join(wrong) or 'Nothing'} is no right; choose from {known}.")
    return in_order(Right(name) for name in names)
