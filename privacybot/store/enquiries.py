"""Mails that opened no case, kept for a while so that staff can look at those which might have."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from privacybot.store.ledger import Outcome
from privacybot.store.tables import Arrival, Mail


def not_looked_at(session: Session, *, most: int) -> list[Mail]:
    """The latest mails that opened no case and that nobody has looked at."""
    return list(
        session.exec(
            select(Mail)
            .where(col(Mail.case_id).is_(None), col(Mail.looked_at).is_(None))
            .order_by(col(Mail.received_at).desc())
            .limit(most)
        )
    )


def look(session: Session, arrival_id: int, now: datetime) -> bool:
    """Mark it as looked at: False where somebody was quicker."""
    done = session.execute(
        update(Mail)
        .where(col(Mail.arrival_id) == arrival_id, col(Mail.looked_at).is_(None), col(Mail.case_id).is_(None))
        .values(looked_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def by_number(session: Session, arrival_id: int) -> Mail | None:
    return session.exec(select(Mail).where(Mail.arrival_id == arrival_id)).first()


def becomes_request(session: Session, mail: Mail, case_id: int) -> str:
    """The mail opens a case after all; the reason its answer had been silent, or nothing."""
    session.flush()  # The case is there before anything refers to it.
    mail.case_id = case_id
    session.add(mail)
    arrival = session.get(Arrival, mail.arrival_id)
    if arrival is None:
        return ""
    silence, arrival.outcome, arrival.case_id = arrival.reason, Outcome.OPENED.value, case_id
    session.add(arrival)
    return silence
