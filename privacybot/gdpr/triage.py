"""What is to be done with a mail: facts in, one decision out  (GDPR Art. 12; RFC 3834).

Every `if` about policy stands here. A decision is a value that can be printed, stored and tested; nothing here looks
anything up. The order of `decide` is its argument: what answers our own mail comes first, then what belongs to a
case, then what asks for something, and only what asks for nothing may be ignored or answered as an enquiry.
"""

from __future__ import annotations

from dataclasses import dataclass

from privacybot.gdpr.breach import may_report_breach
from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right
from privacybot.mail.bounce import DeliveryReport
from privacybot.mail.message import Address
from privacybot.mail.silence import NoResponse, Reason

ONCE_A_CASE = NoResponse.of(Reason.CASE_LIMIT)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many automatic mails may leave: to one address in a day, and for one mailbox in an hour."""

    per_address_per_day: int = 3
    mailbox_per_hour: int = 120
    enquiry_days: int = 30


@dataclass(frozen=True, slots=True)
class Load:
    """How many have left already, counted at the moment of decision."""

    to_address_today: int = 0
    enquiries_to_address: int = 0
    mailbox_this_hour: int = 0
    breaker_open: bool = False


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case to which the mail refers, by a Message-ID of ours or by its reference in the subject."""

    case_id: int
    reference: str
    closed: bool
    same_sender: bool
    by_thread: bool
    """The mail answers a letter of ours, whose Message-ID cannot be guessed."""
    rights: frozenset[Right] = frozenset()


@dataclass(frozen=True, slots=True)
class AnsweredLetter:
    """A letter of ours that a delivery report is about."""

    letter_id: int
    case_id: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a decision rests on."""

    recognition: Recognition
    originator: Address | None = None
    no_response: NoResponse | None = None
    report: DeliveryReport | None = None
    answered_letter: AnsweredLetter | None = None
    case: KnownCase | None = None
    from_colleague: bool = False
    forwarded_from: Address | None = None
    """The inner sender, where a mail is handed on whole."""
    forwards: bool = False
    on_behalf_of: Address | None = None
    """Whom a form on our own website names in Reply-To."""
    sealed: bool = False
    """It is encrypted: what it asks, only staff can find out."""
    addressed_to_us: bool = True
    load: Load = Load()
    limits: Limits = Limits()
    answer_enquiries: bool = True
    acknowledge_at_once: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """Staff must look before anything is sent; `sentence` says why."""

    sentence: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A new case. `silence` says why no acknowledgement leaves; `later` that it waits for staff's confirmation."""

    requester: Address | None
    forwarded_by: Address | None = None
    urgent: bool = False
    held: Held | None = None
    silence: NoResponse | None = None
    later: bool = False
    linked_case_id: int | None = None
    trips_breaker: bool = False


@dataclass(frozen=True, slots=True)
class AppendToCase:
    """A mail that belongs to a case there is. `new_rights` are asked for here for the first time."""

    case_id: int
    reason: str
    new_rights: tuple[Right, ...] = ()
    proves_identity: bool = False
    silence: NoResponse = ONCE_A_CASE
    """A case is acknowledged once; what joins it is answered by staff."""


@dataclass(frozen=True, slots=True)
class RecordDelivery:
    """A report about a letter of ours: delivered late, or not at all."""

    letter_id: int
    case_id: int | None
    report: DeliveryReport


@dataclass(frozen=True, slots=True)
class Enquiry:
    """An ordinary mail from a person. `silence` says why the short answer does not leave."""

    silence: NoResponse | None = None
    trips_breaker: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """A mail that asks nothing of us; `reason` says why."""

    reason: str


Decision = OpenCase | AppendToCase | RecordDelivery | Enquiry | Ignore

MACHINE_MADE = frozenset(
    {
        Reason.NULL_RETURN_PATH,
        Reason.AUTO_SUBMITTED,
        Reason.REPORT,
        Reason.MAILING_LIST,
        Reason.PRECEDENCE,
        Reason.AUTOREPLY_FIELD,
        Reason.LOOP,
        Reason.ROBOT_ADDRESS,
    }
)
"""Reasons that mean no person wrote this: without a request in it, such a mail is ignored, not an enquiry."""


def decide(facts: Facts) -> Decision:
    """The one decision about a mail."""
    if facts.answered_letter and facts.report:
        return RecordDelivery(facts.answered_letter.letter_id, facts.answered_letter.case_id, facts.report)
    if _is(facts, Reason.OWN_MAIL) and not facts.forwards:
        return Ignore(Reason.OWN_MAIL.value)
    if facts.case and facts.case.same_sender and not _needs_new_case(facts, facts.case):
        return _append(facts, facts.case)
    if facts.case and _colleague_writes_along(facts):
        return AppendToCase(facts.case.case_id, reason="a colleague wrote")
    if _asks(facts) or _is(facts, Reason.AUTHORITY) or _handed_on(facts) or _another_writes(facts) or facts.sealed:
        return _open(facts)
    if facts.no_response and facts.no_response.reason in MACHINE_MADE:
        return Ignore(facts.no_response.reason.value)
    return _enquiry(facts)


def silence_of(facts: Facts) -> NoResponse | None:
    """Why no acknowledgement may leave for this mail, or nothing: the sender's reasons first, then our limits."""
    if facts.no_response:
        return facts.no_response
    if facts.load.breaker_open or _fills_breaker(facts):
        return NoResponse.of(Reason.MAILBOX_LIMIT)
    if facts.load.to_address_today >= facts.limits.per_address_per_day:
        return NoResponse.of(Reason.ADDRESS_LIMIT)
    return None


def _asks(facts: Facts) -> bool:
    return facts.recognition.band is not Band.NONE


def _is(facts: Facts, reason: Reason) -> bool:
    return facts.no_response is not None and facts.no_response.reason is reason


def _handed_on(facts: Facts) -> bool:
    return facts.from_colleague and facts.forwards


def _colleague_writes_along(facts: Facts) -> bool:
    """A colleague answers the person from their own mailbox, with a copy to ours: part of the case, no request."""
    return facts.from_colleague and not facts.forwards and not _asks(facts) and facts.no_response is None


def _another_writes(facts: Facts) -> bool:
    """Somebody other than the data subject writes about a case: a lawyer, a colleague, a forger. Staff decide."""
    return facts.case is not None and not facts.case.same_sender and not facts.no_response


def _needs_new_case(facts: Facts, case: KnownCase) -> bool:
    """A closed case is not reopened by "tak"; new substance opens a linked one."""
    return case.closed and bool(set(facts.recognition.rights) - case.rights or _asks_again(facts))


def _asks_again(facts: Facts) -> bool:
    return facts.recognition.band is Band.SURE


def _append(facts: Facts, case: KnownCase) -> AppendToCase:
    machine = facts.no_response is not None and facts.no_response.reason in MACHINE_MADE
    new = () if case.closed or machine else tuple(r for r in facts.recognition.rights if r not in case.rights)
    return AppendToCase(
        case.case_id,
        reason=facts.no_response.reason.value if facts.no_response and machine else "follow-up",
        new_rights=new,
        proves_identity=case.by_thread and not facts.no_response,
        silence=facts.no_response or ONCE_A_CASE,
    )


def _open(facts: Facts) -> OpenCase:
    handed_on = _handed_on(facts)
    held = _held(facts)
    silence = NoResponse.of(Reason.HELD) if held else silence_of(facts)
    return OpenCase(
        requester=facts.forwarded_from if handed_on else facts.on_behalf_of or facts.originator,
        forwarded_by=facts.originator if handed_on else None,
        urgent=_is(facts, Reason.AUTHORITY) or may_report_breach(facts.recognition),
        held=held,
        silence=silence,
        later=silence is None and not facts.acknowledge_at_once,
        linked_case_id=facts.case.case_id if facts.case else None,
        trips_breaker=_trips(facts, silence),
    )


def _held(facts: Facts) -> Held | None:
    if _handed_on(facts):
        return Held("A colleague forwarded this; check who asks before anything is sent.")
    if _another_writes(facts) and facts.case:
        return Held(f"Another sender writes about {facts.case.reference}; check whether they may.")
    if facts.on_behalf_of:
        return Held("A form of our own sent it; check the address that it gives before anything is sent.")
    if facts.sealed and not _asks(facts):
        return Held("It is encrypted; read it in your mail program, and see whether it asks for anything.")
    return None


def _enquiry(facts: Facts) -> Enquiry:
    silence = NoResponse.of(Reason.OWN_ADDRESS) if facts.on_behalf_of else silence_of(facts)
    if silence is None and not facts.answer_enquiries:
        silence = NoResponse.of(Reason.ENQUIRIES_OFF)
    if silence is None and not facts.addressed_to_us:
        silence = NoResponse.of(Reason.NOT_ADDRESSED)
    if silence is None and facts.load.enquiries_to_address:
        silence = NoResponse.of(Reason.ENQUIRY_LIMIT)
    return Enquiry(silence, trips_breaker=_trips(facts, silence))


def _fills_breaker(facts: Facts) -> bool:
    return facts.load.mailbox_this_hour >= facts.limits.mailbox_per_hour


def _trips(facts: Facts, silence: NoResponse | None) -> bool:
    limited = silence is not None and silence.reason is Reason.MAILBOX_LIMIT
    return limited and not facts.load.breaker_open
