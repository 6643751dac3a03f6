"""The desk: what staff decide about a case, one transaction and one event a decision.

Every step goes through `_step`: the table of `gdpr.states` says whether it is possible, and the case's revision lets
only one of two clerks win.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from privacybot.errors import StaffError
from privacybot.flows import letters
from privacybot.flows.office import Office
from privacybot.gdpr.deadline import period, received_on, respond_by
from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Right, category_of, in_order
from privacybot.gdpr.states import Status, Step
from privacybot.gdpr.states import step as after
from privacybot.mail.outgoing import Thread
from privacybot.store import cases, events, ledger, outbox, references, shelf
from privacybot.store.engine import Engine, Session, reading, transaction
from privacybot.store.tables import Case, CaseRight, Correction, Event, Letter, Mail, SetAside

OfficeOf = Callable[[str], Office]
"""The office of a mailbox, by its name."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with everything that belongs to it, as `show` shows it."""

    case: Case
    rights: Sequence[CaseRight]
    mails: Sequence[Mail]
    letters: Sequence[Letter]
    events: Sequence[Event]
    earlier: Sequence[Case]
    linked: Case | None


def queue(engine: Engine, *, most: int | None = None) -> tuple[list[tuple[Case, list[CaseRight]]], int]:
    """The open cases, the most pressing first, each with its rights; and how many there are."""
    with reading(engine) as session:
        found = cases.open_cases(session, most=most)
        rights = cases.rights_of_all(session, [case.id for case in found if case.id])
        return [(case, rights[case.id or 0]) for case in found], cases.count_open(session)


def case_file(engine: Engine, shortened: str) -> CaseFile:
    """Everything about one case. Raises StaffError when the reference names none, or several."""
    with reading(engine) as session:
        case = _find(session, shortened)
        assert case.id is not None  # noqa: S101  (it came from the database)
        return CaseFile(
            case=case,
            rights=cases.rights_of(session, case.id),
            mails=cases.mails_of(session, case.id),
            letters=outbox.of_case(session, case.id),
            events=events.of_case(session, case.id),
            earlier=cases.earlier_of(session, case) if case.data_subject else [],
            linked=cases.by_id(session, case.linked_case_id) if case.linked_case_id else None,
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


def reset_breakers(engine: Engine) -> list[str]:
    """Let automatic mails leave again; the names of the mailboxes that had stood still."""
    with transaction(engine) as session:
        return cases.close_breakers(session)


def confirm(engine: Engine, shortened: str, office_of: OfficeOf, *, staff: str, now: datetime) -> Case:
    """Staff agree with the rights that were recognised; where we waited for that, the acknowledgement leaves."""
    with _step(engine, shortened, Step.CONFIRM) as (session, case):
        rights = cases.rights_of(session, case.id or 0)
        if not rights:
            raise StaffError(
                f"{case.reference} has no recognised right to confirm; say which it is: "
                f"privacybot correct {case.reference} access"
            )
        _confirm_rights(session, case, rights, [Right(row.right) for row in rights])
        events.record(session, case, "confirmed", actor=staff, at=now, payload=_named(rights))
        _acknowledge_now(session, case, rights, office_of, now)
    return case


def correct(
    engine: Engine, shortened: str, wanted: Sequence[Right], office_of: OfficeOf, *, staff: str, now: datetime
) -> Case:
    """Staff say which rights the mail uses; what we had proposed is kept as a lesson."""
    with _step(engine, shortened, Step.CORRECT) as (session, case):
        office = office_of(case.mailbox)
        rows = {Right(row.right): row for row in cases.rights_of(session, case.id or 0)}
        proposed = [right for right, row in rows.items() if row.proposed]
        for right in wanted:
            if right not in rows:
                rows[right] = _added_by_staff(case, right, office)
                session.add(rows[right])
        _confirm_rights(session, case, list(rows.values()), wanted)
        events.record(
            session,
            case,
            "corrected",
            actor=staff,
            at=now,
            payload={"from": _words(proposed), "to": _words(wanted)},
        )
        _learn(session, case, proposed, wanted, now)
        _acknowledge_now(session, case, [rows[right] for right in in_order(wanted)], office_of, now)
    return case


def dismiss(engine: Engine, shortened: str, reason: str, *, staff: str, now: datetime) -> Case:
    """Staff say that this is no request at all."""
    with _step(engine, shortened, Step.DISMISS) as (session, case):
        rights = cases.rights_of(session, case.id or 0)
        _confirm_rights(session, case, rights, [])
        case.closed_at = now
        events.record(session, case, "dismissed", actor=staff, at=now, payload={"reason": reason})
        _learn(session, case, [Right(row.right) for row in rights], [], now)
    return case


def note(engine: Engine, shortened: str, text: str, *, staff: str, now: datetime) -> Case:
    """Staff write something down; it is erased with the case's other personal data."""
    if not text.strip():
        raise StaffError("The note is empty; write its text behind the reference.")
    with _step(engine, shortened, Step.NOTE) as (session, case):
        events.record(session, case, "note", actor=staff, at=now, payload={"text": text.strip()})
    return case


def assign(engine: Engine, shortened: str, to: str, *, staff: str, now: datetime) -> Case:
    """Put a case into a colleague's hands."""
    with _step(engine, shortened, Step.ASSIGN) as (session, case):
        case.assigned_to = to
        events.record(session, case, "assigned", actor=staff, at=now, payload={"to": to})
    return case


@contextmanager
def _step(engine: Engine, shortened: str, step: Step) -> Iterator[tuple[Session, Case]]:
    """One decision: the case is found, the step allowed, and nobody else has taken one meanwhile."""
    with transaction(engine) as session:
        case = _find(session, shortened)
        status = after(Status(case.status), step)
        if status is None:
            raise StaffError(_impossible(case, step))
        if not cases.take(session, case):
            raise StaffError(f"{case.reference} has just been changed by somebody else; look at it again.")
        case.status = status.value
        yield session, case
        session.add(case)


def _find(session: Session, shortened: str) -> Case:
    found = references.matching(session, shortened)
    match found:
        case [case]:
            return case
        case []:
            raise StaffError(f"No case is called {shortened!r}; `privacybot queue` lists those that are open.")
        case _:
            names = ", ".join(case.reference for case in found)
            raise StaffError(f"{shortened!r} could be {names}; type one letter more.")


def _impossible(case: Case, step: Step) -> str:
    if case.closed_at is not None:
        return f"{case.reference} is closed; `privacybot show {case.reference}` tells why."
    return f"{case.reference} is {case.status}; {step.value} is not possible now."


def _confirm_rights(session: Session, case: Case, rows: Sequence[CaseRight], wanted: Sequence[Right]) -> None:
    """Mark each right as confirmed or not, and let the case follow those that are."""
    for row in rows:
        row.confirmed = Right(row.right) in wanted
        session.add(row)
    case.category = category_of(wanted).value
    case.band = Band.SURE.value if wanted else Band.NONE.value
    kept = [row.respond_by for row in rows if row.confirmed]
    case.respond_by = min(kept, default=respond_by(received_on(case.received_at)))
    case.held = ""


def _added_by_staff(case: Case, right: Right, office: Office) -> CaseRight:
    its = period(right, received_on(case.received_at), "", office.targets)
    return CaseRight(
        case_id=case.id or 0,
        right=right.value,
        proposed=False,
        score=0.0,
        clock=its.clock.value,
        received_at=case.received_at,
        respond_by=its.respond_by,
    )


def _acknowledge_now(
    session: Session, case: Case, rights: Sequence[CaseRight], office_of: OfficeOf, now: datetime
) -> None:
    """Once a case, where we waited for staff's word and nothing speaks against an answer."""
    written = any(
        letter.kind == outbox.LetterKind.ACKNOWLEDGEMENT.value for letter in outbox.of_case(session, case.id or 0)
    )
    if written or case.silence or not case.data_subject:
        return
    [first, *_] = cases.mails_of(session, case.id or 0)
    thread = Thread(first.message_id, tuple(first.references))
    letters.acknowledge(session, office_of(case.mailbox), case, list(rights), thread, now)


def _learn(session: Session, case: Case, proposed: Sequence[Right], confirmed: Sequence[Right], now: datetime) -> None:
    if set(proposed) != set(confirmed):
        cases.keep_correction(
            session,
            Correction(case_id=case.id, at=now, proposed=" ".join(proposed), confirmed=" ".join(confirmed)),
        )


def _named(rights: Sequence[CaseRight]) -> dict[str, object]:
    return {"rights": sorted(row.right for row in rights)}


def _words(rights: Sequence[Right]) -> list[str]:
    return [right.value for right in in_order(rights)]
