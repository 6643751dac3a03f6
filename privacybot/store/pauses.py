"""The pauses of a case: begun and ended, never changed afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from privacybot.store.tables import Pause


def begin(session: Session, case_id: int, kind: str, reason: str, now: datetime) -> None:
    session.add(Pause(case_id=case_id, kind=kind, reason=reason, began_at=now))
    session.flush()


def end(session: Session, case_id: int, now: datetime) -> None:
    """End whatever pause of the case still runs."""
    for pause in of_case(session, case_id):
        if pause.ended_at is None:
            pause.ended_at = now
            session.add(pause)
    session.flush()


def of_case(session: Session, case_id: int) -> list[Pause]:
    """Every pause, the earliest first."""
    return list(session.exec(select(Pause).where(Pause.case_id == case_id).order_by(col(Pause.began_at))))
