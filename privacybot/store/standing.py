"""How matters stand in numbers: what waits, since when, and which last day is next. Nothing of a person is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from privacybot.gdpr.states import Status
from privacybot.store.tables import Breaker, Case, Letter, SetAside


@dataclass(frozen=True, slots=True)
class Standing:
    """Each query reads a partial index of what is open, not all that has ever been."""

    letters_waiting: int
    oldest_letter_at: datetime | None
    cases_open: int
    cases_unconfirmed: int
    oldest_unconfirmed_at: datetime | None
    nearest_deadline: date | None
    mails_set_aside: int
    mailboxes_stopped: int
    """How many mailboxes send nothing by themselves, since their breaker has tripped."""


def standing(session: Session) -> Standing:
    letters = session.exec(
        select(func.count(), func.min(Letter.created_at)).where(col(Letter.settled_at).is_(None))
    ).one()
    cases = session.exec(select(func.count(), func.min(Case.respond_by)).where(col(Case.closed_at).is_(None))).one()
    unconfirmed = session.exec(
        select(func.count(), func.min(Case.received_at)).where(
            col(Case.closed_at).is_(None), Case.status == Status.NEW.value
        )
    ).one()
    return Standing(
        letters_waiting=letters[0],
        oldest_letter_at=letters[1],
        cases_open=cases[0],
        cases_unconfirmed=unconfirmed[0],
        oldest_unconfirmed_at=unconfirmed[1],
        nearest_deadline=cases[1],
        mails_set_aside=session.exec(select(func.count()).select_from(SetAside)).one(),
        mailboxes_stopped=session.exec(select(func.count()).select_from(Breaker)).one(),
    )
