"""The facts that triage decides on: what the mail says, and what the store knows about its sender and its thread."""

from __future__ import annotations

import re
from functools import partial

from privacybot.flows.office import Office
from privacybot.gdpr.recognition import Recognition
from privacybot.gdpr.rights import Right
from privacybot.gdpr.triage import AnsweredLetter, Facts, KnownCase, Load
from privacybot.mail.handing_on import visitor
from privacybot.mail.message import Address, Message
from privacybot.mail.reading import Reading
from privacybot.store import cases, ledger, outbox
from privacybot.store.engine import Session
from privacybot.store.tables import Case


def gather(session: Session, office: Office, reading: Reading, recognition: Recognition, load: Load) -> Facts:
    """Look up everything that a decision about this mail rests on."""
    message, originator = reading.message, reading.message.originator
    return Facts(
        recognition=recognition,
        originator=originator,
        no_response=reading.no_response,
        report=reading.report,
        answered_letter=_answered_letter(session, reading),
        case=_known_case(session, office, message),
        from_colleague=originator is not None and originator.domain in office.colleagues,
        forwarded_from=reading.handed_on_from,
        forwards=reading.hands_on,
        on_behalf_of=visitor(message, partial(_is_ours, office)),
        sealed=reading.sealed,
        addressed_to_us=any(to.address.lower() in office.addresses for to in message.recipients),
        load=load,
        limits=office.limits,
        answer_enquiries=office.answer_enquiries,
        acknowledge_at_once=office.acknowledge_at_once,
    )


def _is_ours(office: Office, address: Address) -> bool:
    return address.domain in office.colleagues or address.address.lower() in office.addresses


def _answered_letter(session: Session, reading: Reading) -> AnsweredLetter | None:
    if reading.report is None or reading.report.original_message_id is None:
        return None
    letter = outbox.by_message_ids(session, [reading.report.original_message_id])
    return AnsweredLetter(letter.id, letter.case_id) if letter and letter.id else None


def _known_case(session: Session, office: Office, message: Message) -> KnownCase | None:
    """By a letter of ours that is answered, by an earlier mail of the case, or by the reference in the subject."""
    answered = (*message.in_reply_to, *message.references)
    letter = outbox.by_message_ids(session, answered)
    by_letter = cases.by_id(session, letter.case_id) if letter and letter.case_id else None
    case = by_letter or ledger.case_of_message_ids(session, answered) or _by_subject(session, office, message.subject)
    if case is None or case.id is None:
        return None
    return KnownCase(
        case_id=case.id,
        reference=case.reference,
        closed=case.closed_at is not None,
        same_sender=_is_data_subject(case, message.originator),
        by_thread=by_letter is not None,
        rights=frozenset(Right(row.right) for row in cases.rights_of(session, case.id)),
    )


def _by_subject(session: Session, office: Office, subject: str) -> Case | None:
    found = re.search(rf"\b{re.escape(office.reference_prefix)}-[2-9A-Z]{{4,8}}\b", subject)
    return cases.by_reference(session, found.group()) if found else None


def _is_data_subject(case: Case, originator: Address | None) -> bool:
    return originator is not None and originator.address.casefold() == case.data_subject.casefold()
