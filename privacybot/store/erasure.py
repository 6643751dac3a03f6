"""What is personal, erased: the bytes, words, names and addresses go; the chain, the ledger and the figures stay.

A case keeps its reference, dates, rights and steps, so that it can be counted and its chain still be verified: a
payload is set to NULL together with its salt, and its digest then tells nothing. A letter keeps its Message-ID, which
is ours and unguessable, so that a late answer is still recognised. Arrivals hold keyed digests alone and stay whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, null, update
from sqlmodel import Session, col

from privacybot.store.tables import Case, CaseRight, Correction, Event, Letter, Mail, Pause, SetAside, Task

_PORTION = 500


def erase_case(session: Session, case: Case, now: datetime) -> None:
    """Erase everything personal of a case, mails and letters included. The caller records the event afterwards."""
    assert case.id is not None  # noqa: S101  (it came from the database)
    erase_payloads(session, case.id)
    _erase_letters(session, col(Letter.case_id) == case.id)
    session.execute(delete(Mail).where(col(Mail.case_id) == case.id))
    session.execute(update(CaseRight).where(col(CaseRight.case_id) == case.id).values(evidence=""))
    session.execute(update(Pause).where(col(Pause.case_id) == case.id).values(reason=""))
    session.execute(update(Task).where(col(Task.case_id) == case.id).values(reason=""))
    session.execute(update(Correction).where(col(Correction.case_id) == case.id).values(subject=None, text=None))
    for column in _PERSONAL:
        setattr(case, column, "")
    case.erased_at = now
    session.add(case)


_PERSONAL = (
    "data_subject",
    "data_subject_digest",
    "display_name",
    "proposed_by",
    "subject",
    "held",
    "silence_sentence",
    "news",
    "undelivered",
)


def erase_payloads(session: Session, case_id: int) -> None:
    """Erase what the events of a case say; the chain over their digests stays whole."""
    session.execute(update(Event).where(col(Event.case_id) == case_id).values(payload=null(), salt=null()))


def erase_mails(session: Session, arrival_ids: Sequence[int]) -> None:
    """Erase what mails said, and the words of the short answers to them."""
    for few in _portions(arrival_ids):
        session.execute(delete(Mail).where(col(Mail.arrival_id).in_(few)))
        _erase_letters(session, col(Letter.arrival_id).in_(few) & col(Letter.case_id).is_(None))


def erase_letters(session: Session, letter_ids: Sequence[int]) -> None:
    """Erase the words and the recipient of letters that belong to no case."""
    for few in _portions(letter_ids):
        _erase_letters(session, col(Letter.id).in_(few))


def erase_from_shelf(session: Session, arrival_ids: Sequence[int]) -> None:
    """Erase mails that were set aside; their outcome in the ledger stays."""
    for few in _portions(arrival_ids):
        session.execute(delete(SetAside).where(col(SetAside.arrival_id).in_(few)))


def _erase_letters(session: Session, which: object) -> None:
    """What still waits to be sent is never emptied: the caller leaves such cases alone, and this makes sure."""
    session.execute(
        update(Letter)
        .where(which, col(Letter.settled_at).is_not(None))  # type: ignore[arg-type]
        .values(raw=b"", recipient="", recipient_digest="", reply="", bounce="")
    )


def _portions(ids: Sequence[int]) -> Collection[Sequence[int]]:
    return [ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION)]
