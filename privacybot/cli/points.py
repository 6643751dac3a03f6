"""A case's checklist on the screen, and its points settled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from privacybot.app import App
from privacybot.cli.casefile import WORDS, checklist_line, task_json
from privacybot.cli.clerk import given, print_json
from privacybot.cli.desk import report
from privacybot.cli.screen import indented, say
from privacybot.config import load
from privacybot.errors import StaffError
from privacybot.flows import checklists, desk
from privacybot.flows.desk import CaseFile
from privacybot.gdpr.rights import Right


def show_checklist(config: Path | None, reference: str, *, as_json: bool) -> None:
    file = desk.case_file(App(load(config)).engine, reference)
    if as_json:
        print_json(_as_json(file))
        return
    say(f"{file.case.reference}: {checklist_line(file.tasks)}", style="bold")
    show_points(file)


def show_points(file: CaseFile) -> None:
    """Every point with what is done, by whom, and what must be kept; a hold before all."""
    if file.erasure_hold and any(task.right == Right.ERASURE for task in file.tasks):
        say(file.erasure_hold, style="yellow")
    for task in file.tasks:
        mark = {"open": " ", "done": "x", "left": "-"}[task.state]
        who = f" ({task.who})" if task.who else ""
        head = f"[{mark}] {task.number}. {WORDS[Right(task.right)]}, {task.system}: {task.what}{who}"
        indented(Text(head), 2)
        further = [("Keep", task.keep), ("Settled", _settled(task.state, task.settled_by, task.reason))]
        for label, value in further:
            if value:
                indented(Text(f"{label}: {value}", style="dim"), 9)


def settle(config: Path | None, reference: str, words: Sequence[str], note: str, *, as_json: bool) -> None:
    app = App(load(config))
    case = checklists.done(app.engine, reference, _numbers(words), given(note))
    report(app, case, "is a step further", as_json=as_json)


def leave(config: Path | None, reference: str, words: Sequence[str], reason: str, *, as_json: bool) -> None:
    app = App(load(config))
    case = checklists.leave(app.engine, reference, _numbers(words), given(reason))
    report(app, case, "is a step further", as_json=as_json)


def _settled(state: str, by: str, reason: str) -> str:
    return "" if state == "open" else f"{state} by {by}{': ' + reason if reason else ''}"


def _numbers(words: Sequence[str]) -> tuple[int, ...]:
    """The numbers of points; none means all that are open. Raises StaffError for another word."""
    if [word.lower() for word in words] == ["all"]:
        return checklists.ALL
    if wrong := [word for word in words if not word.isdecimal()]:
        raise StaffError(f"{wrong[0]!r} is no number of a point; write numbers, or all.")
    return tuple(int(word) for word in words)


def _as_json(file: CaseFile) -> dict[str, Any]:
    return {
        "reference": file.case.reference,
        "erasure_hold": file.erasure_hold or None,
        "points": [task_json(task) for task in file.tasks],
    }
