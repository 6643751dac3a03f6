"""The verbs with which staff work cases: the queue, one case, and a decision a command."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from privacybot.app import App
from privacybot.cli import casefile
from privacybot.cli.screen import console, say
from privacybot.cli.table import queue_table
from privacybot.config import load
from privacybot.errors import StaffError
from privacybot.flows import desk
from privacybot.gdpr.rights import Right, in_order
from privacybot.store.tables import Case


def show_queue(config: Path | None, *, as_json: bool, rows: int) -> None:
    app = App(load(config))
    if as_json:
        found, _ = desk.queue(app.engine)
        _print_json([casefile.summary(case, rights) for case, rights in found])
        return
    found, total = desk.queue(app.engine, most=rows)
    if not found:
        say("No case is open.")
        return
    console().print(queue_table(found, datetime.now(UTC)))
    if total > len(found):
        say(f"{len(found)} of {total} open cases; --rows shows more.")
    for warning in desk.warnings(app.engine):
        say(warning)


def show_case(config: Path | None, reference: str, *, as_json: bool) -> None:
    app = App(load(config))
    file = desk.case_file(app.engine, reference)
    if as_json:
        _print_json(casefile.as_json(file))
    else:
        casefile.show(file, datetime.now(UTC))


def confirm_case(config: Path | None, reference: str, *, as_json: bool) -> None:
    app = App(load(config))
    if sys.stdin.isatty() and not as_json:
        casefile.ask_to_confirm(desk.case_file(app.engine, reference))
    case = desk.confirm(app.engine, reference, app.office_named, staff=_staff(), now=datetime.now(UTC))
    _report(app, case, "confirmed", as_json=as_json)


def correct_case(config: Path | None, reference: str, rights: Sequence[str], *, as_json: bool) -> None:
    app = App(load(config))
    wanted = _rights(rights)
    case = desk.correct(app.engine, reference, wanted, app.office_named, staff=_staff(), now=datetime.now(UTC))
    _report(app, case, "corrected", as_json=as_json)


def dismiss_case(config: Path | None, reference: str, reason: str, *, as_json: bool) -> None:
    app = App(load(config))
    case = desk.dismiss(app.engine, reference, reason, staff=_staff(), now=datetime.now(UTC))
    _report(app, case, "dismissed", as_json=as_json)


def note_case(config: Path | None, reference: str, text: str, *, as_json: bool) -> None:
    app = App(load(config))
    case = desk.note(app.engine, reference, text, staff=_staff(), now=datetime.now(UTC))
    _report(app, case, "noted", as_json=as_json)


def assign_case(config: Path | None, reference: str, to: str, *, as_json: bool) -> None:
    app = App(load(config))
    case = desk.assign(app.engine, reference, to, staff=_staff(), now=datetime.now(UTC))
    _report(app, case, f"assigned to {to}", as_json=as_json)


def _report(app: App, case: Case, done: str, *, as_json: bool) -> None:
    file = desk.case_file(app.engine, case.reference)
    if as_json:
        _print_json(casefile.summary(file.case, file.rights))
        return
    say(f"{case.reference} {done}: {casefile.rights_in_words(file.rights)}; answer by {casefile.day(case.respond_by)}.")


def _rights(words: Sequence[str]) -> tuple[Right, ...]:
    """The rights by name. Raises StaffError that lists them where a word is none."""
    names = [name for word in words for name in word.replace("+", ",").split(",") if name]
    wrong = [name for name in names if name not in list(Right)]
    if wrong or not names:
        known = ", ".join(right.value for right in Right)
        raise StaffError(f"{', '.join(wrong) or 'Nothing'} is no right; choose from {known}.")
    return in_order(Right(name) for name in names)


def _staff() -> str:
    """Who acts: PRIVACYBOT_STAFF, else the login name."""
    return os.environ.get("PRIVACYBOT_STAFF") or getpass.getuser()


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
