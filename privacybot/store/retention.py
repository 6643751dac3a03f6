"""What is old enough to go, class by class, and whom nothing may be erased of just now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, or_
from sqlmodel import Session, col, select

from privacybot.store.tables import Case, CaseRight, Letter, Mail, SetAside


def persons_held(session: Session, rights: Collection[str]) -> frozenset[str]:
    """The digests of everybody who has an open case with one of these rights, which staff have not denied."""
    held = (
        select(Case.data_subject_digest)
        .join(CaseRight, col(CaseRight.case_id) == col(Case.id))
        .where(
            col(Case.closed_at).is_(None),
            col(CaseRight.right).in_(list(rights)),
            or_(col(CaseRight.confirmed).is_(None), col(CaseRight.confirmed).is_(True)),
            Case.data_subject_digest != "",
        )
    )
    return frozenset(session.exec(held))


def old_cases(session: Session, statuses: Collection[str], closed_before: datetime) -> list[Case]:
    """Closed cases that hold something personal, or got mail after they were erased; none with a letter waiting."""
    waits = exists().where(col(Letter.case_id) == col(Case.id), col(Letter.settled_at).is_(None))
    late_mail = exists().where(col(Mail.case_id) == col(Case.id), col(Mail.received_at) < closed_before)
    return list(
        session.exec(
            select(Case)
            .where(
                col(Case.status).in_(list(statuses)),
                col(Case.closed_at) < closed_before,
                or_(col(Case.erased_at).is_(None), late_mail),
                ~waits,
            )
            .order_by(col(Case.closed_at))
        )
    )


def old_enquiries(session: Session, received_before: datetime) -> list[tuple[int, str]]:
    """Mails without a case: the arrival and the digest of its originator. None whose answer still waits."""
    waits = exists().where(col(Letter.arrival_id) == col(Mail.arrival_id), col(Letter.settled_at).is_(None))
    found = session.exec(
        select(Mail.arrival_id, Mail.originator_digest)
        .where(col(Mail.case_id).is_(None), col(Mail.received_at) < received_before, ~waits)
        .order_by(col(Mail.received_at))
    )
    return list(found)


def old_letters(session: Session, settled_before: datetime) -> list[tuple[int, str]]:
    """Letters of no case whose mail is gone or never was: the letter and the digest of its recipient."""
    has_mail = exists().where(col(Mail.arrival_id) == col(Letter.arrival_id))
    found = session.exec(
        select(Letter.id, Letter.recipient_digest)
        .where(
            col(Letter.case_id).is_(None),
            col(Letter.settled_at) < settled_before,
            col(Letter.recipient) != "",
            ~has_mail,
        )
        .order_by(col(Letter.id))
    )
    return [(letter_id, digest) for letter_id, digest in found if letter_id is not None]


def old_on_shelf(session: Session, set_aside_before: datetime) -> list[int]:
    """Mails set aside of which we hold the bytes."""
    found = select(SetAside.arrival_id).where(
        col(SetAside.set_aside_at) < set_aside_before, col(SetAside.raw).is_not(None)
    )
    return list(session.exec(found.order_by(col(SetAside.set_aside_at))))
