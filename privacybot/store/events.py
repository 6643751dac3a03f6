"""The chain of events of a case: who did what and when, so linked that a change shows.

Each event's digest covers its place, time, actor, step, the digest of the one before it, and a salted digest of its
payload. The payload and its salt can be erased without breaking the chain, and cannot be guessed from it afterwards.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from privacybot.store import rows
from privacybot.store.columns import canonical_json
from privacybot.store.tables import Case, Event


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain is broken, in a sentence."""

    reference: str
    number: int
    sentence: str


def record(
    session: Session,
    case: Case,
    step: str,
    *,
    actor: str,
    at: datetime,
    payload: dict[str, Any] | None = None,
) -> None:
    """Append a step to the chain of `case`, in the caller's transaction."""
    assert case.id is not None  # noqa: S101  (the case has been flushed)
    salt = secrets.token_hex(16)
    payload_digest = _payload_digest(salt, payload)
    number = case.events + 1
    digest = _digest(case.id, number, at, actor, step, payload_digest, case.chain_head)
    rows.put(
        session,
        Event,
        case_id=case.id,
        number=number,
        at=at,
        actor=actor,
        step=step,
        payload=payload,
        salt=salt,
        payload_digest=payload_digest,
        previous=case.chain_head,
        digest=digest,
    )
    case.events, case.chain_head = number, digest
    session.add(case)


def of_case(session: Session, case_id: int) -> list[Event]:
    return list(session.exec(select(Event).where(Event.case_id == case_id).order_by(col(Event.number))))


def of_cases(session: Session, case_ids: Collection[int]) -> dict[int, list[Event]]:
    """The chains of many cases in one query."""
    found: dict[int, list[Event]] = {case_id: [] for case_id in case_ids}
    chained = (
        select(Event).where(col(Event.case_id).in_(list(case_ids))).order_by(col(Event.case_id), col(Event.number))
    )
    for event in session.exec(chained):
        found[event.case_id].append(event)
    return found


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Event)).one()


def faults(case: Case, events: Iterable[Event]) -> list[Fault]:
    """Every break in a chain: an event changed, removed or put in."""
    found: list[Fault] = []
    previous, expected = "", 1
    for event in events:
        if event.number != expected or event.previous != previous:
            found.append(Fault(case.reference, event.number, "an event before it was removed or put in"))
        if event.digest != _recomputed(event):
            found.append(Fault(case.reference, event.number, "the event was changed"))
        previous, expected = event.digest, event.number + 1
    if (expected - 1, previous) != (case.events, case.chain_head):
        found.append(Fault(case.reference, case.events, "the last events were removed or put in"))
    return found


def _recomputed(event: Event) -> str:
    payload_digest = event.payload_digest
    if event.salt is not None and _payload_digest(event.salt, event.payload) != payload_digest:
        return ""
    return _digest(event.case_id, event.number, event.at, event.actor, event.step, payload_digest, event.previous)


def _payload_digest(salt: str, payload: dict[str, Any] | None) -> str:
    return hashlib.sha256(f"{salt}\n{canonical_json(payload)}".encode()).hexdigest()


def _digest(case_id: int, number: int, at: datetime, *words: str) -> str:
    link = canonical_json([case_id, number, at.astimezone(UTC).isoformat(timespec="microseconds"), *words])
    return hashlib.sha256(link.encode()).hexdigest()
