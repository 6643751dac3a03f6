"""May we respond automatically?  (RFC 3834, section 2; Exchange's MS-OXCMAIL, 2.2.3.2.14)

One question, one table. Silence is about the answer alone: a request in an automatic-looking mail is still a case.
What goes wrong without it: two responders that thank each other all night, and answers to people who never wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from privacybot.mail.addresses import is_list_manager, is_robot, well_formed
from privacybot.mail.authres import Authentication, Verdict
from privacybot.mail.comments import keyword
from privacybot.mail.domains import same_organisation
from privacybot.mail.marks import is_own_message_id, loop_mark
from privacybot.mail.message import Message


class Reason(StrEnum):
    """Why a mail gets no automatic response."""

    OWN_MAIL = "own_mail"
    AUTHORITY = "authority"
    NULL_RETURN_PATH = "null_return_path"
    REPORT = "report"
    AUTO_SUBMITTED = "auto_submitted"
    AUTOREPLY_FIELD = "autoreply_field"
    LOOP = "loop"
    MAILING_LIST = "mailing_list"
    PRECEDENCE = "precedence"
    OWN_ADDRESS = "own_address"
    ROBOT_ADDRESS = "robot_address"
    NO_ORIGINATOR = "no_originator"
    SEVERAL_ORIGINATORS = "several_originators"
    RESPONSE_SUPPRESSED = "response_suppressed"
    DMARC_FAILED = "dmarc_failed"
    FOREIGN_RETURN_PATH = "foreign_return_path"
    # These are found out elsewhere (gdpr.triage); their sentences stand here.
    HELD = "held"
    CASE_LIMIT = "case_limit"
    ADDRESS_LIMIT = "address_limit"
    MAILBOX_LIMIT = "mailbox_limit"
    ENQUIRIES_OFF = "enquiries_off"
    NOT_ADDRESSED = "not_addressed"
    ENQUIRY_LIMIT = "enquiry_limit"


SENTENCES = {
    Reason.OWN_MAIL: "This is a mail of our own that came back.",
    Reason.AUTHORITY: "An authority wrote; a person must answer it, at once.",
    Reason.NULL_RETURN_PATH: "Its return path is empty, as in delivery reports: nobody there reads an answer.",
    Reason.REPORT: "It is a delivery report, a read receipt or an abuse report.",
    Reason.AUTO_SUBMITTED: "It says that a program sent it (Auto-Submitted).",
    Reason.AUTOREPLY_FIELD: "It says that it is an automatic reply.",
    Reason.LOOP: "It has been through an automatic responder or forwarder already (X-Loop).",
    Reason.MAILING_LIST: "It came through a mailing list or as a newsletter (List-*).",
    Reason.PRECEDENCE: "It says that it is bulk or list mail, or an automatic reply (Precedence).",
    Reason.OWN_ADDRESS: "It was sent from an address of our own, perhaps by a form on our website.",
    Reason.ROBOT_ADDRESS: "Its sender is an address that no person reads, such as no-reply or postmaster.",
    Reason.NO_ORIGINATOR: "Its From field gives no address that could be answered.",
    Reason.SEVERAL_ORIGINATORS: "Its From field names more than one sender.",
    Reason.RESPONSE_SUPPRESSED: "Its mail program asks for no automatic answers (X-Auto-Response-Suppress).",
    Reason.DMARC_FAILED: "Its sender may be forged: our mail server's DMARC check failed.",
    Reason.FOREIGN_RETURN_PATH: "Its sender and its return path belong to different organisations, "
    "and no DMARC check confirms the sender.",
    Reason.HELD: "A person must look at it before anything is sent.",
    Reason.CASE_LIMIT: "This case has been acknowledged already.",
    Reason.ADDRESS_LIMIT: "This address has had as many automatic mails today as we send to one address.",
    Reason.MAILBOX_LIMIT: "The mailbox has sent so many automatic mails that its breaker is open.",
    Reason.ENQUIRIES_OFF: "General enquiries are not answered automatically here.",
    Reason.NOT_ADDRESSED: "None of our addresses stands in To or Cc.",
    Reason.ENQUIRY_LIMIT: "This address has lately had our answer to general enquiries.",
}


@dataclass(frozen=True, slots=True)
class NoResponse:
    """Silence, and why; the sentence holds no word of the mail."""

    reason: Reason
    sentence: str

    @classmethod
    def of(cls, reason: Reason) -> NoResponse:
        return cls(reason, SENTENCES[reason])


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Every address from which this installation sends or at which it reads, and the domains of its Message-IDs."""

    addresses: frozenset[str]
    message_id_domains: frozenset[str] = frozenset()

    def __contains__(self, address: str) -> bool:
        """Case aside, and with any +tag: kontakt+kursus@ reaches kontakt@."""
        return _untagged(address) in {_untagged(own) for own in self.addresses}


@dataclass(frozen=True, slots=True)
class Incoming:
    """All that a rule may look at; `fields` has the header's names in lower case."""

    message: Message
    own: OwnAddresses
    authentication: Authentication
    fields: Mapping[str, Sequence[str]]

    def has(self, *names: str) -> bool:
        return any(name in self.fields for name in names)

    def keywords(self, *names: str) -> set[str]:
        return {keyword(value) for name in names for value in self.fields.get(name, ())}


Rule = Callable[[Incoming], bool]


def no_response_reason(message: Message, *, own: OwnAddresses, authentication: Authentication) -> NoResponse | None:
    """The first reason of `POLICY` not to answer this mail automatically; None if it may be answered, to From."""
    incoming = Incoming(message, own, authentication, _by_name(message))
    return next((NoResponse.of(reason) for reason, holds in POLICY if holds(incoming)), None)


def from_authority(incoming: Incoming) -> bool:
    domains = (originator.domain.lower().rstrip(".") for originator in incoming.message.originators)
    return any(f".{domain}".endswith(tuple(f".{own}" for own in AUTHORITIES)) for domain in domains)


def _own_mail(incoming: Incoming) -> bool:
    marks = {loop_mark(address).lower() for address in incoming.own.addresses}
    looped = any(value.strip().lower() in marks for value in incoming.fields.get("x-loop", ()))
    return looped or is_own_message_id(incoming.message.message_id, incoming.own.message_id_domains)


def _own_address(incoming: Incoming) -> bool:
    message = incoming.message
    addresses = [originator.address for originator in message.originators]
    return any(address in incoming.own for address in (*addresses, message.return_path or ""))


def _null_return_path(incoming: Incoming) -> bool:
    return incoming.message.return_path == ""


def _report(incoming: Incoming) -> bool:
    return incoming.message.content_type.lower() in REPORT_TYPES


def _auto_submitted(incoming: Incoming) -> bool:
    return not incoming.keywords("auto-submitted") <= {"no"}


def _autoreply_field(incoming: Incoming) -> bool:
    said = incoming.keywords(*AUTOREPLY_FIELDS) - {"no", "false", "0", "none", ""}
    classes = [value.lower() for name in AUTORESPONDER_FIELDS for value in incoming.fields.get(name, ())]
    return bool(said) or any("autoresponder" in value.replace(";", " ").split() for value in classes)


def _loop(incoming: Incoming) -> bool:
    return incoming.has("x-loop")


def _mailing_list(incoming: Incoming) -> bool:
    return incoming.has(*LIST_FIELDS)


def _precedence(incoming: Incoming) -> bool:
    return bool(incoming.keywords("precedence", "x-precedence", "preference") & BULK_PRECEDENCES)


def _response_suppressed(incoming: Incoming) -> bool:
    asked = incoming.keywords("x-auto-response-suppress")
    return any(SUPPRESSIONS & set(re.split(r"[\s,]+", value)) for value in asked)


def _robot_address(incoming: Incoming) -> bool:
    message = incoming.message
    from_robot = any(is_robot(originator.local_part) for originator in message.originators)
    return from_robot or is_list_manager(message.return_path or "")


def _no_originator(incoming: Incoming) -> bool:
    return not any(well_formed(originator.address) for originator in incoming.message.originators)


def _several_originators(incoming: Incoming) -> bool:
    return len(incoming.message.originators) > 1 or len(incoming.fields.get("from", ())) > 1


def _dmarc(verdict: Verdict, incoming: Incoming) -> bool:
    return incoming.authentication.dmarc is verdict


def _foreign_return_path(incoming: Incoming) -> bool:
    message = incoming.message
    if message.return_path is None or message.originator is None or _dmarc(Verdict.PASS, incoming):
        return False
    _, _, domain = message.return_path.rpartition("@")
    return not same_organisation(message.originator.domain, domain)


POLICY: tuple[tuple[Reason, Rule], ...] = (
    (Reason.OWN_MAIL, _own_mail),
    (Reason.AUTHORITY, from_authority),
    (Reason.NULL_RETURN_PATH, _null_return_path),
    (Reason.REPORT, _report),
    (Reason.AUTO_SUBMITTED, _auto_submitted),
    (Reason.AUTOREPLY_FIELD, _autoreply_field),
    (Reason.LOOP, _loop),
    (Reason.MAILING_LIST, _mailing_list),
    (Reason.PRECEDENCE, _precedence),
    (Reason.OWN_ADDRESS, _own_address),
    (Reason.ROBOT_ADDRESS, _robot_address),
    (Reason.NO_ORIGINATOR, _no_originator),
    (Reason.SEVERAL_ORIGINATORS, _several_originators),
    (Reason.RESPONSE_SUPPRESSED, _response_suppressed),
    (Reason.DMARC_FAILED, partial(_dmarc, Verdict.FAIL)),
    (Reason.FOREIGN_RETURN_PATH, _foreign_return_path),
)
"""The reasons in the order in which they are reported: first what no program can be mistaken about, then what a
machine says of itself, then what a person's mail may have too. The first that holds is the answer."""

AUTHORITIES = ("datatilsynet.dk",)

REPORT_TYPES = frozenset(
    {
        "multipart/report",
        # Parts of one, sent alone by servers that know no better (RFC 3464, 8098, 5965).
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
    }
)

LIST_FIELDS = (
    # RFC 2919, RFC 2369, RFC 8058. Others, such as List-Price, are somebody's own.
    *("list-id", "list-help", "list-subscribe", "list-unsubscribe", "list-post", "list-owner", "list-archive"),
    "list-unsubscribe-post",
)

BULK_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})

SUPPRESSIONS = frozenset({"all", "autoreply", "oof", "dr"})
"""NDR, RN and NRN speak of reports and receipts, and None of nothing."""

AUTOREPLY_FIELDS = (
    *("x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply"),
    *("x-autogenerated", "x-auto-generated", "x-fc-machinegenerated"),
)
AUTORESPONDER_FIELDS = ("x-post-messageclass", "delivered-to")
"""Fields that say `Autoresponder` among other things: "9; Autoresponder"."""


def _untagged(address: str) -> str:
    local_part, _, domain = address.lower().rpartition("@")
    return f"{local_part.partition('+')[0]}@{domain}"


def _by_name(message: Message) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in message.headers:
        fields.setdefault(name.strip().lower(), []).append(value)
    return fields
