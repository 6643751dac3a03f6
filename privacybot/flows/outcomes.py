"""Each decision carried out: the rows it writes, the letter it sends, and the outcome it leaves in the ledger."""

from __future__ import annotations

import zlib
from datetime import date, datetime

from privacybot.flows import letters
from privacybot.flows.arrived import ROBOT, Arrived, Taken
from privacybot.flows.office import Office
from privacybot.gdpr.acknowledgement import Period
from privacybot.gdpr.deadline import period, received_on, respond_by
from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Right, category_of
from privacybot.gdpr.states import Identity, Status
from privacybot.gdpr.triage import AppendToCase, Decision, Enquiry, Ignore, OpenCase, RecordDelivery
from privacybot.store import cases, events, ledger, outbox, references, rows
from privacybot.store.digests import digests
from privacybot.store.engine import Session
from privacybot.store.ledger import Outcome
from privacybot.store.tables import Case, CaseRight, Mail


def carry_out(session: Session, office: Office, mail: Arrived, decision: Decision, now: datetime) -> Taken:
    """Write what was decided, in the caller's transaction."""
    match decision:
        case OpenCase():
            return _open(session, office, mail, decision, now)
        case AppendToCase():
            return _append(session, office, mail, decision, now)
        case RecordDelivery():
            return _record_delivery(session, office, mail, decision, now)
        case Enquiry():
            return _enquiry(session, office, mail, decision, now)
        case Ignore(reason):
            return _taken(session, mail, Outcome.IGNORED, reason)


def _open(session: Session, office: Office, mail: Arrived, decision: OpenCase, now: datetime) -> Taken:
    case, rights = _case_of(session, office, mail, decision, now)
    cases.add(session, case, rights)
    _keep(session, office, mail, case.id, raw=True)
    events.record(session, case, "opened", actor=ROBOT, at=now, payload=_opening(mail, decision))
    if decision.trips_breaker:
        cases.trip(session, office.mailbox, now)
    if decision.silence is None and not decision.later:
        letters.acknowledge(session, office, case, rights, mail.thread, now)
    return _taken(session, mail, Outcome.OPENED, decision.silence.reason.value if decision.silence else "", case)


def _append(session: Session, office: Office, mail: Arrived, decision: AppendToCase, now: datetime) -> Taken:
    case = cases.locked(session, decision.case_id)
    _keep(session, office, mail, case.id, raw=True)
    added = [_case_right(mail, right, _period(office, mail, right)) for right in decision.new_rights]
    for row in added:
        row.case_id = decision.case_id
        session.add(row)
        case.respond_by = min(case.respond_by, row.respond_by)
    case.revision += 1  # A clerk who has not seen this mail must not decide without it.
    case.news = "a further mail came"
    if decision.proves_identity and not case.identity:
        case.identity = Identity.REPLIED.value
    events.record(
        session,
        case,
        "mail received",
        actor=ROBOT,
        at=now,
        payload={
            "reason": decision.reason,
            "new_rights": [right.value for right in decision.new_rights],
            "silence": decision.silence.reason.value,
        },
    )
    return _taken(session, mail, Outcome.APPENDED, decision.reason, case)


def _record_delivery(session: Session, office: Office, mail: Arrived, decision: RecordDelivery, now: datetime) -> Taken:
    report = decision.report
    sentence = f"{report.kind}: {report.diagnostic}".strip(": ")
    outbox.note_report(session, decision.letter_id, sentence)
    case = cases.locked(session, decision.case_id) if decision.case_id else None
    if case is None:
        return _taken(session, mail, Outcome.IGNORED, f"delivery report: {report.kind}")
    if report.kind == "failed":
        case.undelivered = sentence
        case.news = "a mail of ours came back"
    elif report.kind == "abuse":
        case.news = "a mail of ours was reported as unwanted"
    _keep(session, office, mail, case.id, raw=True)
    events.record(session, case, f"delivery {report.kind}", actor=ROBOT, at=now, payload={"report": sentence})
    return _taken(session, mail, Outcome.APPENDED, f"delivery report: {report.kind}", case)


def _enquiry(session: Session, office: Office, mail: Arrived, decision: Enquiry, now: datetime) -> Taken:
    _keep(session, office, mail, None, raw=False)
    if decision.trips_breaker:
        cases.trip(session, office.mailbox, now)
    originator = mail.reading.message.originator
    if decision.silence is None and originator is not None:
        letters.answer_enquiry(session, office, mail, originator.address, now)
    return _taken(session, mail, Outcome.ENQUIRY, decision.silence.reason.value if decision.silence else "")


def _taken(session: Session, mail: Arrived, outcome: Outcome, reason: str, case: Case | None = None) -> Taken:
    ledger.record(session, mail.arrival_id, outcome, reason=reason, case_id=case.id if case else None)
    return Taken(
        mail.received.place,
        outcome,
        reason,
        case.reference if case else "",
        mail.recognition.category,
    )


def _case_of(
    session: Session, office: Office, mail: Arrived, decision: OpenCase, now: datetime
) -> tuple[Case, list[CaseRight]]:
    recognition, message = mail.recognition, mail.reading.message
    periods = [_period(office, mail, right) for right in recognition.rights]
    requester = decision.requester
    case = Case(
        reference=references.new_reference(session, office.reference_prefix),
        mailbox=office.mailbox,
        status=Status.NEW.value,
        category=category_of(recognition.rights).value,
        language=letters.answer_language(recognition.language).value,
        band=Band.UNSURE.value if recognition.band is Band.NONE else recognition.band.value,
        confidence=_confidence(mail),
        data_subject=requester.address if requester else "",
        data_subject_digest=digests(session).of_address(requester.address) if requester else "",
        display_name=requester.display_name if requester else "",
        proposed_by=decision.forwarded_by.address if decision.forwarded_by else "",
        subject=message.subject,
        received_at=mail.received.received_at,
        respond_by=min((p.respond_by for p in periods), default=_month(mail)),
        urgent=decision.urgent,
        held=decision.held.sentence if decision.held else "",
        silence=decision.silence.reason.value if decision.silence else "",
        silence_sentence=decision.silence.sentence if decision.silence else "",
        linked_case_id=decision.linked_case_id,
        opened_at=now,
    )
    return case, [_case_right(mail, p.right, p) for p in periods]


def _confidence(mail: Arrived) -> float:
    """The probability of the surest right: of those found, or of all where none was."""
    scores = mail.recognition.scores
    return max((scores.get(right, 0.0) for right in mail.recognition.rights or scores), default=0.0)


def _month(mail: Arrived) -> date:
    return respond_by(received_on(mail.received.received_at))


def _period(office: Office, mail: Arrived, right: Right) -> Period:
    return period(
        right, received_on(mail.received.received_at), mail.recognition.evidence.get(right, ""), office.targets
    )


def _case_right(mail: Arrived, right: Right, its: Period) -> CaseRight:
    recognition = mail.recognition
    return CaseRight(
        right=right.value,
        proposed=True,
        score=recognition.scores.get(right, 0.0),
        evidence=recognition.evidence.get(right, ""),
        clock=its.clock.value,
        received_at=mail.received.received_at,
        respond_by=its.respond_by,
    )


def _opening(mail: Arrived, decision: OpenCase) -> dict[str, object]:
    recognition = mail.recognition
    return {
        "rights": [right.value for right in recognition.rights],
        "band": recognition.band.value,
        "scores": {right.value: round(score, 4) for right, score in recognition.scores.items()},
        "silence": decision.silence.reason.value if decision.silence else "",
        "received_at": mail.received.received_at.isoformat(),
    }


def _keep(session: Session, office: Office, mail: Arrived, case_id: int | None, *, raw: bool) -> None:
    """Keep what the mail said: whole for a case, the new text alone for an enquiry."""
    message, recognition = mail.reading.message, mail.recognition
    originator = message.originator
    rows.put(
        session,
        Mail,
        arrival_id=mail.arrival_id,
        case_id=case_id,
        mailbox=office.mailbox,
        originator=originator.address if originator else "",
        originator_digest=digests(session).of_address(originator.address) if originator else "",
        display_name=originator.display_name if originator else "",
        subject=message.subject,
        message_id=message.message_id,
        references=list(mail.thread.references),
        language=recognition.language,
        new_text=mail.reading.asked[1],
        recognition={
            "band": recognition.band.value,
            "scores": {right.value: score for right, score in recognition.scores.items()},
            "evidence": {right.value: sentence for right, sentence in recognition.evidence.items()},
            "unread": mail.reading.unread,
        },
        authentication=mail.reading.authentication.sentence,
        received_at=mail.received.received_at,
        raw=zlib.compress(mail.received.raw) if raw else None,
    )
