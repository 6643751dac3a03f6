"""Everything that is held about one mail address, found by its keyed digest."""

from __future__ import annotations

from sqlalchemy import or_
from sqlmodel import Session, col, select

from privacybot.store.digests import digests
from privacybot.store.tables import Case, Letter, Mail, SetAside


def digest_of(session: Session, address: str) -> str:
    return digests(session).of_address(address)


def cases_of(session: Session, digest: str) -> list[Case]:
    return list(session.exec(select(Case).where(Case.data_subject_digest == digest).order_by(col(Case.received_at))))


def mails_of(session: Session, digest: str) -> list[Mail]:
    """The mails that the address wrote, whether in its own case, in another's, or in none."""
    return list(session.exec(select(Mail).where(Mail.originator_digest == digest).order_by(col(Mail.received_at))))


def mails_of_cases(session: Session, case_ids: list[int]) -> list[Mail]:
    return list(session.exec(select(Mail).where(col(Mail.case_id).in_(case_ids)).order_by(col(Mail.received_at))))


def letters_of(session: Session, digest: str, case_ids: list[int]) -> list[Letter]:
    """Our letters to the address, and all those of its cases."""
    of_cases = col(Letter.case_id).in_(case_ids)
    return list(
        session.exec(
            select(Letter).where(or_(col(Letter.recipient_digest) == digest, of_cases)).order_by(col(Letter.created_at))
        )
    )


def on_shelf(session: Session, address: str) -> list[SetAside]:
    """Mails set aside in whose bytes the address occurs: they could not be read, so this is all that can be said."""
    needle = address.casefold().encode()
    found = session.exec(select(SetAside).where(col(SetAside.raw).is_not(None)).order_by(col(SetAside.set_aside_at)))
    return [kept for kept in found if kept.raw and needle in kept.raw.lower()]
