"""The outbox: finished mails of ours, each sent once  (a transactional outbox).

A letter is written in the transaction of the decision that wants it, claimed under a lease, sent with no transaction
open, and settled. Its bytes and its Message-ID never change: where a crash falls between the server's 250 and our
commit, the repeat is the same mail. A lease that is not renewed runs out, and the letter can be claimed again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Update, bindparam, func, or_, update
from sqlalchemy import select as columns
from sqlmodel import Session, SQLModel, col, select

from privacybot.store.tables import Letter

LEASE = timedelta(seconds=10)
"""How long a claim holds without being renewed: what a dead worker held is free again after this."""


class LetterState(StrEnum):
    """Where a letter stands. The last three are settled: nothing will be tried again by itself."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given up"


class LetterKind(StrEnum):
    """What a letter is for."""

    ACKNOWLEDGEMENT = "acknowledgement"
    ENQUIRY = "enquiry response"
    REPLY = "reply"
    INTERIM = "interim reply"
    """A question or a word in between: it is not yet the answer."""
    REFUSAL = "refusal"
    EXTENSION = "extension"
    IDENTITY_REQUEST = "identity request"
    REMINDER = "reminder"


_READ = ("id", "mailbox", "raw", "reverse_path", "recipient", "attempts", "created_at", "case_id", "kind")
# Built once, since a statement that is built anew for every letter costs more than its execution.
_LETTERS = SQLModel.metadata.tables["letter"]
_OF_LETTER = _LETTERS.c.id == bindparam("letter")
_DUE = (
    columns(*(_LETTERS.c[name] for name in _READ))
    .where(
        _LETTERS.c.settled_at.is_(None),
        _LETTERS.c.not_before <= bindparam("now"),
        or_(_LETTERS.c.claimed_until.is_(None), _LETTERS.c.claimed_until <= bindparam("now")),
    )
    .order_by(_LETTERS.c.not_before, _LETTERS.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = update(_LETTERS).where(_OF_LETTER).values(claimed_by=bindparam("owner"), claimed_until=bindparam("until"))
_SETTLE = (
    update(_LETTERS)
    .where(_OF_LETTER, _LETTERS.c.settled_at.is_(None))
    .values(
        state=bindparam("ended"),
        reply=bindparam("answer"),
        settled_at=bindparam("now"),
        attempts=_LETTERS.c.attempts + 1,
        claimed_by=None,
        claimed_until=None,
    )
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter in hand: everything that sending needs, read before the transaction closed."""

    id: int
    mailbox: str
    raw: bytes
    reverse_path: str
    recipient: str
    attempts: int
    created_at: datetime
    case_id: int | None
    kind: str
    owner: str
    until: datetime
    """When the lease ends, if nobody renews it: a worker that stood still for longer must not send the letter."""


def claim(session: Session, owner: str, now: datetime, *, most: int) -> list[Claimed]:
    """Take up to `most` letters that are due, oldest first, for `LEASE`. Others skip what is claimed."""
    until = now + LEASE
    due = session.execute(_DUE, {"now": now, "most": most}).all()
    if due:
        claims = [{"letter": row.id, "owner": owner, "until": until} for row in due]
        session.execute(_CLAIM, claims)
    return [Claimed(**row._mapping, owner=owner, until=until) for row in due]


def renew(session: Session, owner: str, ids: Collection[int], now: datetime) -> None:
    """Hold what is still being sent."""
    session.execute(_held(owner, ids).values(claimed_until=now + LEASE))


def release(session: Session, owner: str, ids: Collection[int]) -> None:
    """Give back what was claimed and not tried."""
    session.execute(_held(owner, ids).values(claimed_by=None, claimed_until=None))


def release_all(session: Session) -> None:
    """Free every claim: only for a worker that knows itself to be the only one (SQLite)."""
    session.execute(update(Letter).where(col(Letter.settled_at).is_(None)).values(claimed_by=None, claimed_until=None))


def settle(session: Session, letter_id: int, state: LetterState, reply: str, now: datetime) -> bool:
    """Write down how the server answered; the letter will not be tried again. False where that is known already."""
    settled = session.execute(_SETTLE, {"letter": letter_id, "ended": state.value, "answer": reply, "now": now})
    return settled.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def defer(session: Session, owner: str, letter_id: int, reply: str, not_before: datetime) -> None:
    """Try again at `not_before`; not where the lease was lost, and another worker may be sending it."""
    session.execute(
        _held(owner, [letter_id]).values(
            reply=reply,
            not_before=not_before,
            attempts=Letter.attempts + 1,
            claimed_by=None,
            claimed_until=None,
        )
    )


def next_due(session: Session) -> datetime | None:
    """When the earliest letter that waits may be tried; None when none waits."""
    later = func.greatest if session.get_bind().dialect.name == "postgresql" else func.max
    free_at = later(col(Letter.not_before), func.coalesce(col(Letter.claimed_until), col(Letter.not_before)))
    row = session.exec(
        select(Letter.not_before, Letter.claimed_until)
        .where(col(Letter.settled_at).is_(None))
        .order_by(free_at)
        .limit(1)
    ).first()
    return None if row is None else max(instant for instant in row if instant is not None)


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Letter)).one()


def made_for(
    session: Session, recipient_digests: Sequence[str], *, kinds: Sequence[LetterKind], since: datetime
) -> Counter[str]:
    """How many letters of these kinds were made for each of the recipients since then."""
    rows = session.exec(
        select(Letter.recipient_digest, func.count())
        .where(
            col(Letter.recipient_digest).in_(recipient_digests),
            col(Letter.created_at) > since,
            col(Letter.kind).in_([kind.value for kind in kinds]),
        )
        .group_by(Letter.recipient_digest)
    )
    return Counter(dict(rows.all()))


def made_since(session: Session, *, mailbox: str, kinds: Sequence[LetterKind], since: datetime) -> int:
    """How many letters of these kinds were made for one mailbox since then."""
    return session.exec(
        select(func.count())
        .select_from(Letter)
        .where(
            Letter.mailbox == mailbox,
            col(Letter.created_at) > since,
            col(Letter.kind).in_([kind.value for kind in kinds]),
        )
    ).one()


def by_message_ids(session: Session, message_ids: Collection[str]) -> Letter | None:
    """The latest letter of ours among these Message-IDs."""
    if not message_ids:
        return None
    return session.exec(
        select(Letter).where(col(Letter.message_id).in_(list(message_ids))).order_by(col(Letter.id).desc())
    ).first()


def note_report(session: Session, letter_id: int, sentence: str) -> None:
    """Write down what a delivery report says of a letter."""
    session.execute(update(Letter).where(col(Letter.id) == letter_id).values(bounce=sentence))


def of_case(session: Session, case_id: int) -> list[Letter]:
    return list(session.exec(select(Letter).where(Letter.case_id == case_id).order_by(col(Letter.id))))


def _held(owner: str, ids: Collection[int]) -> Update:
    return update(Letter).where(
        col(Letter.id).in_(list(ids)), col(Letter.claimed_by) == owner, col(Letter.settled_at).is_(None)
    )
