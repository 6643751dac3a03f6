"""What staff decide about a case: which rights it uses, whose it is, and when it ends. One transaction a decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from privacybot.errors import StaffError
from privacybot.flows import checklists, letters
from privacybot.flows.office import Office
from privacybot.flows.steps import Given, find, take, taking
from privacybot.gdpr.deadline import period, received_on, respond_by
from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Right, category_of, in_order
from privacybot.gdpr.states import Status, Step, transition
from privacybot.mail.outgoing import Thread
from privacybot.mail.silence import Reason
from privacybot.store import cases, events, outbox, pauses
from privacybot.store.engine import Engine, Session
from privacybot.store.tables import Case, CaseRight, Correction

OfficeOf = Callable[[str], Office]
"""The office of a mailbox, by its name."""


def confirm(engine: Engine, shortened: str, given: Given, office_of: OfficeOf) -> Case:
    """Staff agree with the rights that were recognised; where we waited for that, the acknowledgement leaves."""
    with taking(engine, shortened, Step.CONFIRM, given) as (session, case):
        rights = cases.rights_of(session, case.id or 0)
        wanted = in_order(Right(row.right) for row in rights)
        _decide(session, office_of(case.mailbox), case, rights, wanted)
        _record(session, case, "confirmed", given, rights=_words(wanted))
        _acknowledge_now(session, office_of(case.mailbox), case, rights, given)
    return case


def correct(engine: Engine, shortened: str, wanted: Sequence[Right], given: Given, office_of: OfficeOf) -> Case:
    """Staff say which rights the mail uses; what we had proposed is kept as a lesson."""
    with taking(engine, shortened, Step.CORRECT, replace(given, rights=in_order(wanted))) as (session, case):
        office = office_of(case.mailbox)
        rows = {Right(row.right): row for row in cases.rights_of(session, case.id or 0)}
        proposed = [right for right, row in rows.items() if row.proposed]
        for right in wanted:
            if right not in rows:
                rows[right] = _added_by_staff(case, right, office)
        _decide(session, office, case, list(rows.values()), wanted)
        _record(session, case, "corrected", given, **{"from": _words(proposed), "to": _words(wanted)})
        _learn(session, case, proposed, wanted, given)
        _acknowledge_now(session, office, case, [rows[right] for right in in_order(wanted)], given)
    return case


def dismiss(engine: Engine, shortened: str, given: Given) -> Case:
    """Staff say that this is no request at all."""
    with taking(engine, shortened, Step.DISMISS, given) as (session, case):
        rights = cases.rights_of(session, case.id or 0)
        _confirm_rights(session, case, rights, [])
        _end(session, case, given)
        _record(session, case, "dismissed", given, reason=given.reason)
        _learn(session, case, [Right(row.right) for row in rights], [], given)
    return case


def note(engine: Engine, shortened: str, given: Given) -> Case:
    """Staff write something down; it is erased with the case's other personal data."""
    with taking(engine, shortened, Step.NOTE, given) as (session, case):
        _record(session, case, "note", given, text=given.text.strip())
    return case


def seen(engine: Engine, shortened: str, given: Given) -> Case:
    """Staff have read what came in, and nothing follows from it."""
    with taking(engine, shortened, Step.NOTE, replace(given, text="read")) as (session, case):
        _record(session, case, "news read", given)
    return case


def assign(engine: Engine, shortened: str, to: str, given: Given) -> Case:
    """Put a case into a colleague's hands."""
    with taking(engine, shortened, Step.ASSIGN, given) as (session, case):
        case.assigned_to = to.strip()
        _record(session, case, "assigned", given, to=to.strip())
    return case


def link(engine: Engine, shortened: str, other: str, given: Given) -> Case:
    """Two cases belong together, for instance of one person with two addresses. Both say so."""
    with taking(engine, shortened, Step.LINK, given) as (session, case):
        second = find(session, other)
        if second.id == case.id:
            raise StaffError(f"{case.reference} cannot be linked to itself; name another case.")
        if row := transition(Status(second.status), Step.LINK):
            take(session, second, row, Given(given.staff, given.now))
        case.linked_case_id = second.id
        _record(session, case, "linked", given, to=second.reference, reason=given.reason)
        _record(session, second, "linked", given, to=case.reference, reason=given.reason)
    return case


def close(engine: Engine, shortened: str, given: Given) -> Case:
    """The person is answered and the checklist settled."""
    with taking(engine, shortened, Step.CLOSE, given) as (session, case):
        _end(session, case, given)
        _record(session, case, "closed", given, reason=given.reason)
    return case


def reopen(engine: Engine, shortened: str, given: Given) -> Case:
    """A case that had ended goes on; its dates are those it had."""
    with taking(engine, shortened, Step.REOPEN, given) as (session, case):
        case.closed_at = None
        if case.status == Status.NEW:
            _undecide(session, case)
        _record(session, case, "reopened", given, reason=given.reason)
    return case


def _end(session: Session, case: Case, given: Given) -> None:
    case.closed_at = given.now
    pauses.end(session, case.id or 0, given.now)


def _undecide(session: Session, case: Case) -> None:
    """What was dismissed is looked at afresh, with what had been proposed."""
    rows = cases.rights_of(session, case.id or 0)
    for row in rows:
        row.confirmed = None
        session.add(row)
    case.category = category_of(Right(row.right) for row in rows).value
    case.band = Band.UNSURE.value
    case.respond_by = min((row.respond_by for row in rows), default=case.respond_by)


def _decide(session: Session, office: Office, case: Case, rows: Sequence[CaseRight], wanted: Sequence[Right]) -> None:
    _confirm_rights(session, case, rows, wanted)
    checklists.write(
        session, office, case, in_order(Right(row.right) for row in cases.standing_rights(session, case.id or 0))
    )


def _confirm_rights(session: Session, case: Case, rows: Sequence[CaseRight], wanted: Sequence[Right]) -> None:
    """Mark each right as confirmed or not, and let the case follow those that are."""
    for row in rows:
        row.confirmed = Right(row.right) in wanted
        row.refused_at = row.refused_at if row.confirmed else None  # Named again later, it begins anew.
        session.add(row)
    session.flush()
    case.category = category_of(wanted).value
    case.band = Band.SURE.value if wanted else Band.NONE.value
    kept = [row.respond_by for row in rows if row.confirmed and row.refused_at is None]
    case.respond_by = min(kept, default=respond_by(received_on(case.received_at)))
    case.held = ""
    if case.silence == Reason.HELD:
        case.silence = case.silence_sentence = ""  # Staff have looked, so nothing speaks against an answer now.


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


def _acknowledge_now(session: Session, office: Office, case: Case, rights: Sequence[CaseRight], given: Given) -> None:
    """Once a case, where we waited for staff's word and nothing speaks against an answer."""
    written = any(
        letter.kind == outbox.LetterKind.ACKNOWLEDGEMENT.value for letter in outbox.of_case(session, case.id or 0)
    )
    if written or case.silence or not case.data_subject:
        return
    letters.acknowledge(session, office, case, list(rights), _thread(session, case), given.now)


def _thread(session: Session, case: Case) -> Thread:
    """The thread of the mail that opened the case; a mail handed on by a colleague is nothing its author knows."""
    first = next(iter(cases.mails_of(session, case.id or 0)), None)
    return Thread(first.message_id, tuple(first.references)) if first and not case.proposed_by else Thread()


def _learn(session: Session, case: Case, proposed: Sequence[Right], confirmed: Sequence[Right], given: Given) -> None:
    if set(proposed) != set(confirmed):
        cases.keep_correction(
            session,
            Correction(case_id=case.id, at=given.now, proposed=" ".join(proposed), confirmed=" ".join(confirmed)),
        )


def _record(session: Session, case: Case, step: str, given: Given, **payload: object) -> None:
    events.record(
        session,
        case,
        step,
        actor=given.staff,
        at=given.now,
        payload={key: said for key, said in payload.items() if said},
    )


def _words(rights: Sequence[Right]) -> list[str]:
    return [right.value for right in in_order(rights)]
