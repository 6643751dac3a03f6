"""A second look at mails that opened no case: the near misses, letters sent as files, and a sample of the rest.

A request that was missed is not late because we missed it: its clock runs from the day of receipt all the same. The
sample shows staff what the recognition thinks nothing of, so that its blind spots are found as well.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

from privacybot.errors import StaffError
from privacybot.flows import decisions, letters
from privacybot.flows.decisions import OfficeOf
from privacybot.flows.office import Office
from privacybot.flows.steps import Given
from privacybot.gdpr.deadline import received_on, respond_by
from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Category, Right
from privacybot.gdpr.states import Status
from privacybot.mail.silence import NoResponse, Reason
from privacybot.store import cases, enquiries, events, references
from privacybot.store.engine import Engine, Session, reading, transaction
from privacybot.store.tables import Case, Mail

NEAR = 0.1
"""The probability of a right from which a mail counts as a near miss."""
SAMPLE = 20
"""One of so many other mails is shown as well."""
LATEST = 2000

HARMLESS = frozenset(
    {Reason.ENQUIRY_LIMIT, Reason.ADDRESS_LIMIT, Reason.MAILBOX_LIMIT, Reason.ENQUIRIES_OFF, Reason.NOT_ADDRESSED}
)
"""Reasons for silence that were about our own limits, and do not forbid an acknowledgement that staff decide on."""


def waiting(engine: Engine, *, most: int = 20) -> list[Mail]:
    """What deserves a second look: near misses, the nearest first; letters sent as files; and then the sample."""
    with reading(engine) as session:
        found = enquiries.not_looked_at(session, most=LATEST)
    near = sorted((mail for mail in found if likeliest(mail) >= NEAR), key=likeliest, reverse=True)
    others = [mail for mail in found if likeliest(mail) < NEAR]
    unread = [mail for mail in others if is_unread(mail)]
    sampled = [mail for mail in others if not is_unread(mail) and _is_sampled(mail)]
    return [*near, *unread, *sampled][:most]


def nothing(engine: Engine, arrival_id: int, given: Given) -> None:
    """It is no request, as was thought."""
    with transaction(engine) as session:
        enquiries.look(session, arrival_id, given.now)


def request(engine: Engine, arrival_id: int, rights: Sequence[Right], given: Given, office_of: OfficeOf) -> Case:
    """It is a request after all: a case from the day of receipt, decided now, acknowledged where that is allowed."""
    with transaction(engine) as session:
        mail = enquiries.by_number(session, arrival_id)
        if mail is None or not enquiries.look(session, arrival_id, given.now):
            raise StaffError(f"Mail {arrival_id} has just been looked at by somebody else.")
        case = _open(session, mail, office_of(mail.mailbox), given)
    return decisions.correct(engine, case.reference, rights, replace(given, seen=case.revision), office_of)


def likeliest(mail: Mail) -> float:
    """The probability of the right that is the likeliest."""
    scores = (mail.recognition or {}).get("scores", {})
    return max(scores.values(), default=0.0)


def is_unread(mail: Mail) -> bool:
    """Whether it has hardly a word of its own, and a file that we cannot read."""
    return bool((mail.recognition or {}).get("unread"))


def _is_sampled(mail: Mail) -> bool:
    return zlib.crc32(str(mail.arrival_id).encode()) % SAMPLE == 0


def _open(session: Session, mail: Mail, office: Office, given: Given) -> Case:
    case = cases.add(session, _case(session, mail, office, given), [])
    silence = enquiries.becomes_request(session, mail, case.id or 0)
    if silence and silence not in list(HARMLESS):
        case.silence = silence
        case.silence_sentence = NoResponse.of(Reason(silence)).sentence if silence in list(Reason) else silence
    events.record(session, case, "opened", actor=given.staff, at=given.now, payload={"reason": "a second look"})
    return case


def _case(session: Session, mail: Mail, office: Office, given: Given) -> Case:
    return Case(
        reference=references.new_reference(session, office.reference_prefix),
        mailbox=mail.mailbox,
        status=Status.NEW.value,
        category=Category.OTHER.value,
        language=letters.answer_language(mail.language).value,
        band=Band.NONE.value,
        confidence=likeliest(mail),
        data_subject=mail.originator,
        data_subject_digest=mail.originator_digest,
        display_name=mail.display_name,
        subject=mail.subject,
        received_at=mail.received_at,
        respond_by=respond_by(received_on(mail.received_at)),
        opened_at=given.now,
    )
