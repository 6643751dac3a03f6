"""The morning's digest: gathered, written and put into the outbox in one transaction, together with its day.

The day and the letters are committed together or not at all, so a crash anywhere neither repeats a digest nor loses
one; the outbox then sends each letter as it sends all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from privacybot.flows import letters
from privacybot.flows.office import Office
from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.deadline import received_on
from privacybot.gdpr.reminder import Digest, OpenCase, digest_of, is_time
from privacybot.gdpr.rights import Right, in_order
from privacybot.gdpr.states import Status
from privacybot.mail.outgoing import Content
from privacybot.store import cases, reminders
from privacybot.store.engine import Engine, Session, reading, transaction
from privacybot.store.tables import Case, CaseRight


@dataclass(frozen=True, slots=True)
class Morning:
    """To whom a digest goes, from when, in which language, and who writes it."""

    recipients: Sequence[str]
    from_hour: int
    language: Language
    write: Callable[[Digest], Content]
    office: Office
    """The mailbox that it is sent from."""


def remind_in_time(engine: Engine, morning: Morning, now: datetime) -> Digest | None:
    """What the worker asks for over and over: the day's digest, where it is time and it has not been made."""
    if not morning.recipients or not is_time(now, morning.from_hour):
        return None
    with reading(engine) as session:
        if reminders.is_taken(session, received_on(now)) or _gather(session, morning.language, now).is_empty:
            return None
    return remind(engine, morning, now)


def remind(engine: Engine, morning: Morning, now: datetime) -> Digest | None:
    """Write the day's digest to everybody, if there is something to tell; None where the day has been reminded of.

    A day with nothing to tell is not taken: what comes later in the morning is still told.
    """
    day = received_on(now)
    with transaction(engine) as session:
        digest = _gather(session, morning.language, now)
        if digest.is_empty:
            return digest
        if not reminders.take_day(session, day, now):
            return None
        content = morning.write(digest)
        for recipient in morning.recipients:
            letters.remind(session, morning.office, recipient, content, now)
    return digest


def look(engine: Engine, language: Language, now: datetime) -> Digest:
    """What the digest would say now; nothing is written."""
    with reading(engine) as session:
        return _gather(session, language, now)


def _gather(session: Session, language: Language, now: datetime) -> Digest:
    found = cases.open_cases(session)
    rights = cases.rights_of_all(session, [case.id for case in found if case.id])
    return digest_of(
        received_on(now),
        language,
        [_open_case(case, rights[case.id or 0]) for case in found],
        set_aside=reminders.count_set_aside(session),
        standing_still=[breaker.mailbox for breaker in cases.breakers(session)],
    )


def _open_case(case: Case, rights: Sequence[CaseRight]) -> OpenCase:
    return OpenCase(
        reference=case.reference,
        rights=in_order(Right(row.right) for row in rights if row.confirmed is not False),
        received_at=case.received_at,
        respond_by=case.respond_by,
        is_new=case.status == Status.NEW.value,
        urgent=case.urgent,
        undelivered=bool(case.undelivered),
        has_news=bool(case.news),
        assigned_to=case.assigned_to,
    )
