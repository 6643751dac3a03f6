"""The desk: what staff see. Nothing here changes anything but the breaker; decisions have files of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from privacybot.flows import checklists
from privacybot.flows.steps import find
from privacybot.store import cases, events, ledger, outbox, pauses, references, shelf, tasks
from privacybot.store.engine import Engine, Session, reading, snapshot, transaction
from privacybot.store.tables import Breaker, Case, CaseRight, Event, Letter, Mail, Pause, SetAside, Task


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with everything that belongs to it, as `show` shows it."""

    case: Case
    rights: Sequence[CaseRight]
    mails: Sequence[Mail]
    letters: Sequence[Letter]
    events: Sequence[Event]
    tasks: Sequence[Task]
    pauses: Sequence[Pause]
    earlier: Sequence[Case]
    linked: Sequence[Case]
    erasure_hold: str
    """Why nothing of the person may be erased yet; or empty."""


def queue(engine: Engine, *, most: int | None = None) -> tuple[list[tuple[Case, list[CaseRight]]], int]:
    """The open cases, the most pressing first, each with its rights; and how many there are."""
    with reading(engine) as session:
        found = cases.open_cases(session, most=most)
        rights = cases.rights_of_all(session, [case.id for case in found if case.id])
        return [(case, rights[case.id or 0]) for case in found], cases.count_open(session)


def case_file(engine: Engine, shortened: str) -> CaseFile:
    """Everything about one case. Raises StaffError when the reference names none, or several."""
    with snapshot(engine) as session:
        return _file(session, find(session, shortened))


def waiting(engine: Engine, *, most: int = 200) -> list[str]:
    """The references of what waits for staff's eyes, the most pressing first."""
    with reading(engine) as session:
        return [case.reference for case in cases.waiting(session, most=most)]


def open_references(engine: Engine, beginning: str) -> list[str]:
    """References that begin with what was typed, for the shell to complete."""
    with reading(engine) as session:
        return [case.reference for case in references.matching(session, beginning, most=50)]


def _file(session: Session, case: Case) -> CaseFile:
    case_id = case.id or 0
    to = cases.by_id(session, case.linked_case_id) if case.linked_case_id else None
    return CaseFile(
        case=case,
        rights=cases.rights_of(session, case_id),
        mails=cases.mails_of(session, case_id),
        letters=outbox.of_case(session, case_id),
        events=events.of_case(session, case_id),
        tasks=tasks.of_case(session, case_id),
        pauses=pauses.of_case(session, case_id),
        earlier=cases.earlier_of(session, case) if case.data_subject else [],
        linked=[*([to] if to else []), *cases.linking_to(session, case_id)],
        erasure_hold=checklists.erasure_hold(session, case) if case.closed_at is None else "",
    )


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """All arrivals by (outcome, reason), and the mails that are set aside."""

    tally: Mapping[tuple[str, str], int]
    set_aside: Sequence[SetAside]


def ledger_account(engine: Engine) -> LedgerAccount:
    with reading(engine) as session:
        return LedgerAccount(ledger.tally(session), shelf.listed(session))


def letters_written(engine: Engine) -> int:
    """How many letters of ours there are, sent or not."""
    with reading(engine) as session:
        return outbox.count(session)


def mailbox_of_set_aside(engine: Engine, arrival_id: int) -> str:
    """The mailbox that a mail on the shelf came to; empty where there is none."""
    with reading(engine) as session:
        return next((kept.mailbox for kept in shelf.listed(session) if kept.arrival_id == arrival_id), "")


def warnings(engine: Engine) -> list[str]:
    """What a clerk must be told before anything else, a sentence each."""
    with reading(engine) as session:
        tripped = cases.breakers(session)
        waiting = len(shelf.listed(session))
    sentences = [
        f"Automatic mails of {breaker.mailbox} stand still since {breaker.tripped_at:%d-%m-%Y %H:%M} UTC: too many "
        "were made within an hour. When it is safe: privacybot breaker reset"
        for breaker in tripped
    ]
    if waiting:
        sentences.append(f"{waiting} mail{'s are' if waiting > 1 else ' is'} set aside; look: privacybot ledger")
    return sentences


def breakers(engine: Engine) -> list[Breaker]:
    """The mailboxes whose automatic mails stand still."""
    with reading(engine) as session:
        return cases.breakers(session)


def reset_breakers(engine: Engine) -> list[str]:
    """Let automatic mails leave again; the names of the mailboxes that had stood still."""
    with transaction(engine) as session:
        return cases.close_breakers(session)
