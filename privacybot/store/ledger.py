"""Which mails have come, where they lie, and the one outcome of each.

A mail is admitted by its fingerprint, in the database's own INSERT … ON CONFLICT: two workers, two folders or a
new UIDVALIDITY cannot admit it twice. Fingerprints are keyed digests and stay for ever, so that a mail whose text
was erased is not admitted again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from privacybot.store import rows
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
class Entry:
    """A mail to be admitted: where it lies, and by what it is known, its Message-ID and content."""

    place: Place | None
    fingerprint: tuple[str | None, bytes]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Admission:
    """The arrival of a mail; `again` is set when the same mail was admitted before."""

    arrival_id: int
    again: bool


def admit(session: Session, entries: Sequence[Entry], now: datetime) -> list[Admission]:
    """Enter mails, in one statement, and where each lies. The first of all that is written about them."""
    fingerprints = [_fingerprint(session, entry) for entry in entries]
    new = _enter(session, dict(zip(reversed(fingerprints), reversed(entries), strict=True)), now)
    known = new | _known(session, set(fingerprints) - set(new))
    arrivals = [known[fingerprint] for fingerprint in fingerprints]
    _place(session, [(entry.place, arrival) for entry, arrival in zip(entries, arrivals, strict=True) if entry.place])
    return [
        Admission(arrival, again=new.pop(fingerprint, None) is None)
        for fingerprint, arrival in zip(fingerprints, arrivals, strict=True)
    ]


def record(
    session: Session, arrival_id: int, outcome: Outcome, *, reason: str = "", case_id: int | None = None
) -> None:
    """Write down what became of an arrival."""
    rows.change(session, Arrival, id=arrival_id, outcome=outcome.value, reason=reason, case_id=case_id)


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


def insert_if_new(session: Session, table: type[SQLModel]) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the dialect of the session's database."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]


def _fingerprint(session: Session, entry: Entry) -> str:
    return digests(session).of_mail(*entry.fingerprint)


def _enter(session: Session, entries: Mapping[str, Entry], now: datetime) -> dict[str, int]:
    """The arrivals that are new, by fingerprint. In order, lest two workers with the same mails wait for each other."""
    keyed = digests(session)
    new = [
        {
            "fingerprint": fingerprint,
            "message_id_digest": keyed.of_message_id(message_id) if (message_id := entry.fingerprint[0]) else None,
            "received_at": entry.received_at,
            "outcome": "",
            "reason": "",
            "recorded_at": now,
        }
        for fingerprint, entry in sorted(entries.items())
    ]
    entered = insert_if_new(session, Arrival).returning(col(Arrival.fingerprint), col(Arrival.id))
    return dict(session.execute(entered, new).all())


def _known(session: Session, fingerprints: Collection[str]) -> dict[str, int]:
    if not fingerprints:
        return {}
    known = select(Arrival.fingerprint, Arrival.id).where(col(Arrival.fingerprint).in_(sorted(fingerprints)))
    return {fingerprint: arrival_id for fingerprint, arrival_id in session.exec(known) if arrival_id is not None}


def _place(session: Session, placed: Sequence[tuple[Place, int]]) -> None:
    if placed:
        lying = [{**asdict(place), "arrival_id": arrival_id} for place, arrival_id in placed]
        session.execute(insert_if_new(session, Placement), lying)


def _portions(uids: list[int], size: int = 500) -> Iterable[list[int]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))
