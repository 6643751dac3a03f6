"""Why a mail gets no automatic response, as a word for the store and a sentence for staff.

The sentences are fixed: no word of a stranger's mail gets into them, so they are safe to print anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The first group is found in the mail (mail.automatic), the second by those who decide (gdpr.triage)."""

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
    """Silence, and why."""

    reason: Reason
    sentence: str

    @classmethod
    def of(cls, reason: Reason) -> NoResponse:
        return cls(reason, SENTENCES[reason])
