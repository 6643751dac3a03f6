"""Our own mails: composed whole, and put into the outbox within the transaction that decides on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privacybot.flows.arrived import ROBOT, Arrived
from privacybot.flows.office import Office
from privacybot.gdpr.acknowledgement import Acknowledgement, EnquiryResponse, Language, Period
from privacybot.gdpr.deadline import received_on
from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Clock, Right
from privacybot.mail.compose import Letter as Draft
from privacybot.mail.compose import compose, new_message_id
from privacybot.mail.outgoing import Content, Enclosure, Thread
from privacybot.store import events, outbox, rows
from privacybot.store.digests import digests
from privacybot.store.engine import Session
from privacybot.store.tables import Case, CaseRight, Letter


@dataclass(frozen=True, slots=True)
class Sending:
    """Where a letter belongs, when it was written, and what goes with it."""

    thread: Thread
    now: datetime
    enclosures: tuple[Enclosure, ...] = ()


def answer_language(language: str) -> Language:
    """Danish and English are answered in kind; everything else in both."""
    return Language(language) if language in (Language.DANISH, Language.ENGLISH) else Language.BOTH


def acknowledge(
    session: Session, office: Office, case: Case, rights: list[CaseRight], thread: Thread, now: datetime
) -> None:
    """Put the one acknowledgement of a case into the outbox, with its event."""
    content = office.writer.acknowledgement(as_acknowledged(case, rights))
    kind, sent = outbox.LetterKind.ACKNOWLEDGEMENT, Sending(thread, now)
    letter = _put(session, office, kind, content, sent, to=case.data_subject, case_id=case.id)
    written = {
        "message_id": letter.message_id,
        "template": office.writer.template_version,
        "policy": office.writer.policy_version,
    }
    events.record(session, case, "acknowledgement written", actor=ROBOT, at=now, payload=written)


def answer_enquiry(session: Session, office: Office, mail: Arrived, recipient: str, now: datetime) -> None:
    """Put the short answer to an ordinary mail into the outbox."""
    content = office.writer.enquiry(EnquiryResponse(answer_language(mail.recognition.language)))
    kind, sent = outbox.LetterKind.ENQUIRY, Sending(mail.thread, now)
    _put(session, office, kind, content, sent, to=recipient, arrival_id=mail.arrival_id)


def remind(session: Session, office: Office, recipient: str, content: Content, now: datetime) -> None:
    """Put a digest for staff into the outbox."""
    _put(session, office, outbox.LetterKind.REMINDER, content, Sending(Thread(), now), to=recipient)


def put_in_case(
    session: Session, office: Office, case: Case, kind: outbox.LetterKind, content: Content, *, sent: Sending
) -> Draft:
    """Put a letter of staff into the outbox, in the thread of the case."""
    return _put(session, office, kind, content, sent, to=case.data_subject, case_id=case.id, automatic=False)


def _put(
    session: Session,
    office: Office,
    kind: outbox.LetterKind,
    content: Content,
    sent: Sending,
    *,
    to: str,
    case_id: int | None = None,
    arrival_id: int | None = None,
    automatic: bool = True,
) -> Draft:
    letter = Draft(
        originator=office.address,
        recipient=to,
        content=content,
        message_id=new_message_id(office.address.domain),
        thread=sent.thread,
        sent_at=sent.now,
        automatic=automatic,
        enclosures=sent.enclosures,
    )
    rows.put(
        session,
        Letter,
        kind=kind.value,
        mailbox=office.mailbox,
        case_id=case_id,
        arrival_id=arrival_id,
        message_id=letter.message_id,
        reverse_path=office.reverse_path,
        recipient=to,
        recipient_digest=digests(session).of_address(to),
        raw=compose(letter),
        template_version=office.writer.template_version,
        policy_version=office.writer.policy_version,
        state=outbox.LetterState.WAITING.value,
        not_before=sent.now,
        created_at=sent.now,
    )
    return letter


def as_acknowledged(case: Case, rights: list[CaseRight], language: Language | None = None) -> Acknowledgement:
    """The case as its letters show it: each right that stands, with its period."""
    received = received_on(case.received_at)
    # Where we are unsure the mail stays neutral: staff see what is likely, the person reads nothing that may be wrong.
    shown = [] if case.band == Band.UNSURE else [right for right in rights if right.confirmed is not False]
    return Acknowledgement(
        reference=case.reference,
        language=language or Language(case.language),
        received_on=received,
        respond_by=case.respond_by,
        periods=tuple(
            Period(Right(r.right), Clock(r.clock), received_on(r.received_at), r.respond_by) for r in _in_order(shown)
        ),
    )


def _in_order(rights: list[CaseRight]) -> list[CaseRight]:
    order = list(Right)
    return sorted(rights, key=lambda right: order.index(Right(right.right)))
