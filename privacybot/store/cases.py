"""Case files: opened, found again, listed and changed, never by two at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from privacybot.store import rows
from privacybot.store.numbers import next_number
from privacybot.store.tables import Breaker, Case, CaseRight, Correction, Mail


def add(session: Session, case: Case, rights: Sequence[CaseRight]) -> Case:
    """Enter a new case with its rights; it has its id at once, and is written with the rows that belong to it."""
    case.id = next_number(session, Case)
    session.add(case)
    for right in rights:
        rows.put(session, CaseRight, **right.model_dump() | {"case_id": case.id})
    return case


def take(session: Session, case: Case, before: Collection[str] = (), after: str = "") -> bool:
    """Make the next step on `case` ours, from a status in `before` to `after`.

    False when somebody has changed it since it was read, or it stands elsewhere: of two clerks one wins.
    """
    taken = session.execute(
        update(Case)
        .where(
            col(Case.id) == case.id,
            col(Case.revision) == case.revision,
            col(Case.status).in_(list(before) or [case.status]),
        )
        .values(revision=case.revision + 1, status=after or case.status)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return False
    session.refresh(case)
    return True


def locked(session: Session, case_id: int) -> Case:
    """A case to write to: PostgreSQL lets one transaction at a time hold it, SQLite has one writer in any case."""
    session.flush()
    return session.exec(
        select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def by_id(session: Session, case_id: int) -> Case | None:
    return session.get(Case, case_id)


def by_reference(session: Session, reference: str) -> Case | None:
    return session.exec(select(Case).where(Case.reference == reference)).first()


def rights_of(session: Session, case_id: int) -> list[CaseRight]:
    return list(session.exec(select(CaseRight).where(CaseRight.case_id == case_id)))


def standing_rights(session: Session, case_id: int) -> list[CaseRight]:
    """The rights that are to be met: staff have confirmed or not yet judged them, and not refused them."""
    return [row for row in rights_of(session, case_id) if row.confirmed is not False and row.refused_at is None]


def rights_of_all(session: Session, case_ids: Collection[int]) -> dict[int, list[CaseRight]]:
    """The rights of many cases in few queries."""
    found: dict[int, list[CaseRight]] = {case_id: [] for case_id in case_ids}
    ids = list(case_ids)
    for start in range(0, len(ids), 500):
        for row in session.exec(select(CaseRight).where(col(CaseRight.case_id).in_(ids[start : start + 500]))):
            found[row.case_id].append(row)
    return found


def open_cases(session: Session, *, most: int | None = None, status: str = "") -> list[Case]:
    """Cases that are not closed, the most pressing first.

    Urgent ones and the others are asked for apart: so an index gives each in order, and nothing is sorted.
    """
    found: list[Case] = []
    for urgent in (True, False):
        query = (
            select(Case)
            .where(col(Case.closed_at).is_(None), col(Case.urgent).is_(urgent))
            .order_by(col(Case.respond_by), col(Case.received_at))
        )
        if status:
            query = query.where(Case.status == status)
        found += session.exec(query.limit(most - len(found)) if most else query)
        if most and len(found) >= most:
            break
    return found


def count_open(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Case).where(col(Case.closed_at).is_(None))).one()


def earlier_of(session: Session, case: Case, *, most: int = 5) -> list[Case]:
    """Other cases of the same data subject, the latest first."""
    return list(
        session.exec(
            select(Case)
            .where(Case.data_subject_digest == case.data_subject_digest, col(Case.id) != case.id)
            .order_by(col(Case.received_at).desc())
            .limit(most)
        )
    )


def linking_to(session: Session, case_id: int) -> list[Case]:
    """The cases that were linked to this one."""
    return list(session.exec(select(Case).where(Case.linked_case_id == case_id).order_by(col(Case.id))))


def open_of_person(session: Session, case: Case) -> list[Case]:
    """Other cases of the same data subject that are not closed."""
    if not case.data_subject_digest:
        return []
    return list(
        session.exec(
            select(Case)
            .where(
                Case.data_subject_digest == case.data_subject_digest,
                col(Case.id) != case.id,
                col(Case.closed_at).is_(None),
            )
            .order_by(col(Case.id))
        )
    )


def waiting(session: Session, *, most: int) -> list[Case]:
    """What waits for staff's eyes, the most pressing first: cases that nobody has decided on, and cases with news."""
    undecided = open_cases(session, most=most, status="new")
    with_news = session.exec(select(Case).where(Case.news != "").limit(most))
    found = {case.id: case for case in [*undecided, *with_news]}
    return sorted(found.values(), key=lambda case: (not case.urgent, case.respond_by, case.received_at))[:most]


def in_portions(session: Session, *, size: int) -> Iterator[list[Case]]:
    """Every case there is, in order, a portion at a time."""
    last = 0
    while portion := list(session.exec(select(Case).where(col(Case.id) > last).order_by(col(Case.id)).limit(size))):
        yield portion
        last = portion[-1].id or last
        session.expunge_all()


def mails_of(session: Session, case_id: int) -> list[Mail]:
    return list(session.exec(select(Mail).where(Mail.case_id == case_id).order_by(col(Mail.received_at))))


def breaker(session: Session, mailbox: str) -> Breaker | None:
    return session.get(Breaker, mailbox)


def trip(session: Session, mailbox: str, now: datetime) -> None:
    session.merge(Breaker(mailbox=mailbox, tripped_at=now))


def breakers(session: Session) -> list[Breaker]:
    return list(session.exec(select(Breaker)))


def close_breakers(session: Session) -> list[str]:
    """Close every breaker; the names of their mailboxes."""
    names = [tripped.mailbox for tripped in breakers(session)]
    session.execute(delete(Breaker))
    return names


def keep_correction(session: Session, correction: Correction) -> None:
    session.add(correction)


def corrections(session: Session) -> list[Correction]:
    """In the order in which they were made."""
    return list(session.exec(select(Correction).order_by(col(Correction.id))))
