"""The shelf: mails that could not be taken in, with their bytes, until staff retry them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from privacybot.store.tables import SetAside


def put(
    session: Session, arrival_id: int, mailbox: str, sentence: str, raw: bytes, received_at: datetime, now: datetime
) -> None:
    session.add(
        SetAside(
            arrival_id=arrival_id,
            mailbox=mailbox,
            sentence=sentence,
            raw=raw,
            received_at=received_at,
            set_aside_at=now,
        )
    )
    session.flush()


def take_down(session: Session, arrival_id: int) -> SetAside | None:
    """Take a mail from the shelf, to be given another outcome in the same transaction."""
    kept = session.get(SetAside, arrival_id)
    if kept is not None:
        session.delete(kept)
        session.flush()
    return kept


def listed(session: Session) -> list[SetAside]:
    """Everything on the shelf, the oldest first."""
    return list(session.exec(select(SetAside).order_by(col(SetAside.set_aside_at))))
