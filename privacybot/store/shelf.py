"""The shelf: mails that could not be taken in, with their bytes where we have them, until they can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from privacybot.store.ledger import Place
from privacybot.store.tables import Placement, SetAside


@dataclass(frozen=True, slots=True)
class Withheld:
    """A mail on the shelf that the server has not handed over, and where it lies."""

    arrival_id: int
    place: Place


def put(
    session: Session,
    arrival_id: int,
    mailbox: str,
    sentence: str,
    raw: bytes | None,
    received_at: datetime,
    now: datetime,
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


def by_number(session: Session, arrival_id: int) -> SetAside | None:
    return session.get(SetAside, arrival_id)


def withheld(session: Session, mailbox: str, folder: str) -> list[Withheld]:
    """The mails of a folder that the server has not handed over."""
    found = session.exec(
        select(Placement)
        .join(SetAside, col(SetAside.arrival_id) == col(Placement.arrival_id))
        .where(Placement.mailbox == mailbox, Placement.folder == folder, col(SetAside.raw).is_(None))
        .order_by(col(Placement.uid))
    )
    return [Withheld(row.arrival_id, Place(row.mailbox, row.folder, row.uidvalidity, row.uid)) for row in found]
