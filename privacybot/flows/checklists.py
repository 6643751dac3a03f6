"""A case's checklist: written when its rights are decided, settled point by point, and held where erasing must wait.

While an access request of the same person is open, nothing of theirs is erased: first the copy, then the deletion.
"""

from __future__ import annotations

from collections.abc import Sequence

from privacybot.errors import StaffError
from privacybot.flows.office import Office
from privacybot.flows.steps import Given, taking
from privacybot.gdpr.checklist import COPIES, PointState, checklist
from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Step
from privacybot.store import cases, events, outbox, tasks
from privacybot.store.engine import Engine, Session
from privacybot.store.outbox import LetterKind
from privacybot.store.tables import Case, CaseRight, Task

ALL: tuple[int, ...] = ()
"""Settle every point that is open."""


def write(session: Session, office: Office, case: Case, rights: Sequence[Right]) -> list[Task]:
    """Make the checklist follow the rights that staff have decided on."""
    return tasks.write(session, case.id or 0, checklist(rights, office.systems, urgent=case.urgent))


def done(engine: Engine, shortened: str, numbers: Sequence[int], given: Given) -> Case:
    """These points are done. Raises StaffError where erasing must wait."""
    with taking(engine, shortened, Step.SETTLE, given) as (session, case):
        points = _points(session, case, numbers)
        hold = erasure_hold(session, case) if any(point.right == Right.ERASURE for point in points) else ""
        if hold:
            raise StaffError(hold)
        _settle(session, case, points, PointState.DONE, given)
    return case


def leave(engine: Engine, shortened: str, numbers: Sequence[int], given: Given) -> Case:
    """These points are not done, for the reason given."""
    if not given.reason.strip():
        raise StaffError("A point is left only with a reason: --reason WHY")
    with taking(engine, shortened, Step.SETTLE, given) as (session, case):
        _settle(session, case, _points(session, case, numbers), PointState.LEFT, given)
    return case


def leave_refused(session: Session, case: Case, refused: Sequence[Right], given: Given) -> None:
    """What was to be done for rights that are refused is left, for the reason that the person was told."""
    for task in tasks.of_case(session, case.id or 0):
        if task.state == PointState.OPEN and Right(task.right) in refused:
            task.state, task.reason = PointState.LEFT.value, "refused"
            task.settled_by, task.settled_at = given.staff, given.now
            session.add(task)


def erasure_hold(session: Session, case: Case) -> str:
    """Why nothing of this person may be erased yet, and what comes first; or nothing."""
    for other in cases.open_of_person(session, case):
        if _asks_for_copy(cases.standing_rights(session, other.id or 0)):
            return (
                f"Erase nothing yet: {other.reference} of the same person asks for a copy and is open; "
                f"answer and close it first: privacybot show {other.reference}"
            )
    rights = cases.standing_rights(session, case.id or 0)
    if _asks_for_copy(rights) and not _copy_has_left(session, case):
        return (
            f"Erase nothing yet: {case.reference} asks for a copy first; do those points, "
            f"then send it: privacybot reply {case.reference} --attach FILE"
        )
    return ""


def _copy_has_left(session: Session, case: Case) -> bool:
    still = any(
        task.state == PointState.OPEN and Right(task.right) in COPIES for task in tasks.of_case(session, case.id or 0)
    )
    replied = any(letter.kind == LetterKind.REPLY for letter in outbox.of_case(session, case.id or 0))
    return replied and not still


def _asks_for_copy(rights: Sequence[CaseRight]) -> bool:
    return any(Right(row.right) in COPIES for row in rights)


def _points(session: Session, case: Case, numbers: Sequence[int]) -> list[Task]:
    """The points with these numbers that are not settled yet. Raises StaffError for a number there is not."""
    every = {task.number: task for task in tasks.of_case(session, case.id or 0)}
    if unknown := [number for number in numbers if number not in every]:
        raise StaffError(
            f"{case.reference} has no point {unknown[0]}; they are listed by privacybot checklist {case.reference}"
        )
    chosen = [every[number] for number in numbers] if numbers else list(every.values())
    return [task for task in chosen if numbers or task.state == PointState.OPEN]


def _settle(session: Session, case: Case, points: Sequence[Task], state: PointState, given: Given) -> None:
    for task in points:
        task.state, task.reason = state.value, given.reason.strip()
        task.settled_by, task.settled_at = given.staff, given.now
        session.add(task)
    events.record(
        session,
        case,
        f"points {state.value}",
        actor=given.staff,
        at=given.now,
        payload={
            "points": [f"{task.number} {task.right}: {task.system}" for task in points],
            "reason": given.reason.strip(),
        },
    )
