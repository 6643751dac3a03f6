"""Which mails have come, where they lie, and the one outcome of each.

A mail is admitted by its fingerprint, in the database's own INSERT … ON CONFLICT: two workers, two folders or a
new UIDVALIDITY cannot admit it twice. Fingerprints are keyed digests and stay for ever, so that a mail whose text
was erased is not admitted again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from privacybot.store.digests import digests
from privacybot.store.tables import Arrival, Case, Folder, Placement


class Outcome(StrEnum):
    """What became of an arrival. Each has exactly one."""

    OPENED = "opened a case"
    APPENDED = "appended to a case"
    ENQUIRY = "general enquiry"
    IGNORED = "ignored"
    SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies: the only identity that IMAP gives it (RFC 3501, 2.3.1.1)."""

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Admission:
    """The arrival of a mail; `again` is set when the same mail was admitted before."""

    arrival_id: int
    again: bool


def admit(
    session: Session,
    place: Place | None,
    fingerprint: tuple[str | None, bytes],
    *,
    received_at: datetime,
    now: datetime,
) -> Admission:
    """Enter a mail, known by its Message-ID and content, and where it lies. The first statement of a mail's story."""
    message_id, content = fingerprint
    keyed = digests(session)
    values = {
        "fingerprint": keyed.of_mail(message_id, content),
        "message_id_digest": keyed.of_message_id(message_id) if message_id else None,
        "received_at": received_at,
        "outcome": "",
        "reason": "",
        "recorded_at": now,
    }
    arrival_id = session.execute(
        insert_if_new(session, Arrival, values).returning(col(Arrival.id))
    ).scalar_one_or_none()
    again = arrival_id is None
    if arrival_id is None:
        known = select(Arrival.id).where(Arrival.fingerprint == values["fingerprint"])
        arrival_id = session.exec(known).one()
    assert arrival_id is not None  # noqa: S101  (a primary key is never null)
    if place:
        _place(session, place, arrival_id)
    return Admission(arrival_id, again)


def record(
    session: Session, arrival_id: int, outcome: Outcome, *, reason: str = "", case_id: int | None = None
) -> None:
    """Write down what became of an arrival."""
    session.execute(
        update(Arrival)
        .where(col(Arrival.id) == arrival_id)
        .values(outcome=outcome.value, reason=reason, case_id=case_id)
    )


def replace(session: Session, old: int, new: int) -> None:
    """Let the arrival `new` stand for `old`, a mail from the shelf: wherever that lay, this lies now."""
    session.execute(update(Placement).where(col(Placement.arrival_id) == old).values(arrival_id=new))
    session.execute(delete(Arrival).where(col(Arrival.id) == old))


def case_of_message_ids(session: Session, message_ids: Collection[str]) -> Case | None:
    """The latest case to which a mail with one of these Message-IDs belongs."""
    if not message_ids:
        return None
    keyed = digests(session)
    return session.exec(
        select(Case)
        .join(Arrival, col(Arrival.case_id) == col(Case.id))
        .where(col(Arrival.message_id_digest).in_([keyed.of_message_id(known) for known in message_ids]))
        .order_by(col(Case.id).desc())
    ).first()


def without_outcome(session: Session, mailbox: str, folder: str, uidvalidity: int, uids: Collection[int]) -> list[int]:
    """Those of `uids` that the ledger does not know in this folder, in order."""
    known: set[int] = set()
    for few in _portions(sorted(uids)):
        known.update(
            session.exec(
                select(Placement.uid).where(
                    Placement.mailbox == mailbox,
                    Placement.folder == folder,
                    Placement.uidvalidity == uidvalidity,
                    col(Placement.uid).in_(few),
                )
            )
        )
    return sorted(set(uids) - known)


def folder_state(session: Session, mailbox: str, folder: str) -> Folder | None:
    return session.get(Folder, (mailbox, folder))


def save_folder(session: Session, state: Folder) -> None:
    session.merge(state)


def advance(session: Session, mailbox: str, folder: str, *, next_uid: int, now: datetime) -> None:
    """Every message below `next_uid` has its outcome now; the mark never goes back within one UIDVALIDITY."""
    session.execute(
        update(Folder)
        .where(col(Folder.mailbox) == mailbox, col(Folder.name) == folder, col(Folder.next_uid) <= next_uid)
        .values(next_uid=next_uid, read_at=now)
    )


def set_back(session: Session, mailbox: str, folder: str, uid: int) -> None:
    """Look again from `uid` on; what has its outcome is passed over."""
    session.execute(
        update(Folder)
        .where(col(Folder.mailbox) == mailbox, col(Folder.name) == folder, col(Folder.next_uid) > uid)
        .values(next_uid=uid)
    )


def tally(session: Session) -> dict[tuple[str, str], int]:
    """How many arrivals ended how: (outcome, reason) to count."""
    rows = session.exec(select(Arrival.outcome, Arrival.reason, func.count()).group_by(Arrival.outcome, Arrival.reason))
    return {(outcome, reason): count for outcome, reason, count in rows}


def insert_if_new(session: Session, table: type[SQLModel], row: dict[str, Any]) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the dialect of the session's database."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table).values(**row).on_conflict_do_nothing()


def _place(session: Session, place: Place, arrival_id: int) -> None:
    session.execute(insert_if_new(session, Placement, {**asdict(place), "arrival_id": arrival_id}))


def _portions(uids: list[int], size: int = 500) -> Iterable[list[int]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))
