"""What the bot itself holds goes when its time is over  (GDPR Art. 5(1)(e)).

A plan is made first and can be looked at; carrying it out takes one transaction a case, and makes sure anew that the
case is still as it was planned. While a person's request for a copy is open, nothing of theirs is erased: not the
case, not an ordinary mail of years ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from privacybot.flows.arrived import ROBOT
from privacybot.gdpr.checklist import COPIES
from privacybot.gdpr.states import Status
from privacybot.store import cases, erasure, events, retention
from privacybot.store.engine import Engine, Session, reading, transaction
from privacybot.store.tables import Case

ENDED = (Status.CLOSED.value, Status.REFUSED.value)


@dataclass(frozen=True, slots=True)
class Terms:
    """How long each class is kept."""

    closed_cases: timedelta
    dismissed_cases: timedelta
    enquiries: timedelta
    set_aside: timedelta


@dataclass(frozen=True, slots=True)
class Purge:
    """What is to go, or has gone: cases by reference, mails and letters by their numbers; and who is spared."""

    closed: Sequence[str] = ()
    dismissed: Sequence[str] = ()
    enquiries: Sequence[int] = ()
    letters: Sequence[int] = ()
    set_aside: Sequence[int] = ()
    spared: int = 0
    """How many were old enough, but of a person whose request for a copy is open."""

    @property
    def is_empty(self) -> bool:
        return not (self.closed or self.dismissed or self.enquiries or self.letters or self.set_aside)


def plan(engine: Engine, terms: Terms, now: datetime) -> Purge:
    """What is old enough to go now; nothing is erased."""
    with reading(engine) as session:
        return _plan(session, terms, now)


def purge(engine: Engine, terms: Terms, now: datetime, *, actor: str = ROBOT) -> Purge:
    """Erase what is old enough, and say what it was."""
    planned = plan(engine, terms, now)
    if planned.is_empty:
        return planned
    for reference in (*planned.closed, *planned.dismissed):
        _purge_case(engine, reference, now, actor)
    with transaction(engine) as session:
        again = _plan(session, terms, now)
        erasure.erase_mails(session, again.enquiries)
        erasure.erase_letters(session, again.letters)
        erasure.erase_from_shelf(session, again.set_aside)
    return planned


def erase_case(session: Session, case: Case, *, actor: str, why: str, now: datetime) -> bool:
    """Anonymise one closed case, with an event that says why; False where somebody changed it meanwhile."""
    if case.closed_at is None or not cases.take(session, case):
        return False
    erasure.erase_case(session, case, now)
    session.flush()
    events.record(session, case, "erased", actor=actor, at=now, payload={"reason": why})
    return True


def _purge_case(engine: Engine, reference: str, now: datetime, actor: str) -> None:
    with transaction(engine) as session:
        case = cases.by_reference(session, reference)
        if case is not None:
            erase_case(session, case, actor=actor, why="its time is over", now=now)


def _plan(session: Session, terms: Terms, now: datetime) -> Purge:
    held = retention.persons_held(session, [right.value for right in COPIES])
    closed = retention.old_cases(session, ENDED, now - terms.closed_cases)
    dismissed = retention.old_cases(session, [Status.DISMISSED.value], now - terms.dismissed_cases)
    enquiries = retention.old_enquiries(session, now - terms.enquiries)
    letters = retention.old_letters(session, now - terms.enquiries)
    persons = [case.data_subject_digest for case in (*closed, *dismissed)]
    persons += [digest for _, digest in (*enquiries, *letters)]
    return Purge(
        closed=[case.reference for case in closed if case.data_subject_digest not in held],
        dismissed=[case.reference for case in dismissed if case.data_subject_digest not in held],
        enquiries=[arrival_id for arrival_id, digest in enquiries if digest not in held],
        letters=[letter_id for letter_id, digest in letters if digest not in held],
        set_aside=retention.old_on_shelf(session, now - terms.set_aside),
        spared=sum(digest in held for digest in persons),
    )
