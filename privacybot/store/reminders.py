"""On which days staff have been reminded: a row a day, which only one transaction can write."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session, col, func, select

from privacybot.store.ledger import insert_if_new
from privacybot.store.tables import Reminder, SetAside


def take_day(session: Session, day: date, now: datetime) -> bool:
    """Make the digest of a day ours: False when it has been made, by us or by another worker."""
    taken = insert_if_new(session, Reminder).returning(col(Reminder.day))
    return session.execute(taken, {"day": day, "made_at": now}).scalar_one_or_none() is not None


def is_taken(session: Session, day: date) -> bool:
    return session.get(Reminder, day) is not None


def count_set_aside(session: Session) -> int:
    return session.exec(select(func.count()).select_from(SetAside)).one()
