"""The clock of a case on the screen: every step of the reckoning, and the pauses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from privacybot.app import App
from privacybot.cli.casefile import IDENTITY, WORDS, day
from privacybot.cli.clerk import given, print_json
from privacybot.cli.desk import report
from privacybot.cli.safe import plain
from privacybot.cli.screen import console, indented, say
from privacybot.config import load
from privacybot.errors import StaffError
from privacybot.flows import clock, desk
from privacybot.flows.clock import CaseClock, RightClock
from privacybot.gdpr.pause import PauseKind
from privacybot.gdpr.rights import PROVISIONS


def show_clock(config: Path | None, reference: str, *, as_json: bool) -> None:
    app = App(load(config))
    found = clock.explained(app.engine, reference, app.office_named, datetime.now(UTC))
    if as_json:
        print_json(_as_json(found))
    else:
        _show(found)


def pause_case(config: Path | None, reference: str, kind: str, reason: str, *, as_json: bool) -> None:
    app = App(load(config))
    if kind not in list(PauseKind):
        raise StaffError(f"{kind!r} stops no clock; it is identity or clarification.")
    case = clock.pause(app.engine, reference, PauseKind(kind), given(reason))
    report(app, case, "paused", as_json=as_json)


def resume_case(config: Path | None, reference: str, reason: str, *, as_json: bool) -> None:
    app = App(load(config))
    report(app, clock.resume(app.engine, reference, given(reason)), "goes on", as_json=as_json)


def prove_identity(config: Path | None, reference: str, how: str, *, as_json: bool) -> None:
    app = App(load(config))
    case = clock.prove_identity(app.engine, reference, given(how))
    report(app, case, "is by the person themselves", as_json=as_json)


def _show(found: CaseClock) -> None:
    say(f"{found.case.reference}: answer by {day(found.case.respond_by)}", style="bold")
    for one in found.rights:
        _show_right(one)
    if not found.rights:
        say("No right is known yet: the month of Art. 12(3) runs from the day of receipt.")
    for caution in found.cautions:
        say(caution, style="yellow")


def _show_right(one: RightClock) -> None:
    article = PROVISIONS[one.right].article
    console().print(Text(f"\n{WORDS[one.right]} (Art. {article}): by {day(one.last_day)}", style="bold"))
    for step in one.steps:
        indented(Text(f"{step.day:%d-%m-%Y}: {step.sentence}"), 2)
    if one.if_paused != one.last_day:
        say(f"  By {day(one.if_paused)} if the pause counts; the earlier date is the safe one.")


def _as_json(found: CaseClock) -> dict[str, Any]:
    return {
        "reference": found.case.reference,
        "respond_by": found.case.respond_by.isoformat(),
        "rights": [
            {
                "right": one.right.value,
                "respond_by": one.last_day.isoformat(),
                "if_paused": one.if_paused.isoformat(),
                "steps": [{"day": step.day.isoformat(), "sentence": step.sentence} for step in one.steps],
            }
            for one in found.rights
        ],
        "cautions": list(found.cautions),
    }


def show_identity(config: Path | None, reference: str, *, as_json: bool) -> None:
    """How sure we are who asks."""
    case = desk.case_file(App(load(config)).engine, reference).case
    if as_json:
        print_json({"reference": case.reference, "identity": case.identity or None})
    else:
        say(f"{case.reference}, {plain(case.data_subject)}: {IDENTITY[case.identity]}.")
