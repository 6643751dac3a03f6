"""The checklists of cases: each point open, done, or left for a reason that is written down."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, delete, select

from privacybot.gdpr.checklist import Point, PointState
from privacybot.store.tables import Task


def of_case(session: Session, case_id: int) -> list[Task]:
    """Every point, in the order in which they are worked."""
    return list(session.exec(select(Task).where(Task.case_id == case_id).order_by(col(Task.number))))


def write(session: Session, case_id: int, points: Sequence[Point]) -> list[Task]:
    """Make these the points of the case. What is settled stays; what is no longer wanted and still open goes."""
    before = of_case(session, case_id)
    settled = [task for task in before if task.state != PointState.OPEN]
    known = {_name(task.right, task.system, task.kind, task.what) for task in settled}
    session.execute(delete(Task).where(col(Task.case_id) == case_id, col(Task.state) == PointState.OPEN.value))
    number = max((task.number for task in settled), default=0)
    for point in points:
        if _name(point.right, point.system, point.kind, point.what) not in known:
            number += 1
            session.add(_task(case_id, number, point))
    session.flush()
    return of_case(session, case_id)


def _name(right: str, system: str, kind: str, what: str) -> tuple[str, ...]:
    return str(right), system, str(kind), what


def _task(case_id: int, number: int, point: Point) -> Task:
    return Task(
        case_id=case_id,
        number=number,
        right=point.right.value,
        system=point.system,
        kind=point.kind.value,
        what=point.what,
        who=point.who,
        keep=point.keep,
        state=PointState.OPEN.value,
    )
