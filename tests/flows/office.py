"""An office for the tests of the flows: real reading, real templates; the recognition is a function of key words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage

from privacybot import shipped
from privacybot.edges.templates import Templates
from privacybot.flows.arrived import Received
from privacybot.flows.office import Office, Writer
from privacybot.gdpr.acknowledgement import Company, Policy
from privacybot.gdpr.checklist import System
from privacybot.gdpr.deadline import Targets
from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right, in_order
from privacybot.gdpr.triage import Limits
from privacybot.mail.authres import OwnServer
from privacybot.mail.automatic import OwnAddresses
from privacybot.mail.message import Address
from privacybot.mail.reading import read
from privacybot.store.ledger import Place

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADDRESS = "kontakt@epmgroup.dk"
_OWN = OwnAddresses(frozenset({ADDRESS}), frozenset({"epmgroup.dk"}))
_WORDS = {
    "indsigt": Right.ACCESS,
    "slet": Right.ERASURE,
    "nyhedsbrev": Right.WITHDRAWAL,
    "reklame": Right.OBJECTION,
    "læk": Right.COMPLAINT,
}
ALL_TEMPLATES = Templates(
    shipped.templates(),
    Company("EPM Group ApS", "Tornebakken 134", "8240", "Risskov", "3116 5473", ADDRESS, "https://www.epmgroup.dk"),
    Policy("https://www.epmgroup.dk/politik", date(2026, 11, 24)),
)


def recognise(asked: Sequence[tuple[str, str]]) -> list[Recognition]:
    """Key words alone; "måske" makes it unsure, "brag" breaks the program."""
    return [_recognise(f"{subject}\n{text}".lower()) for subject, text in asked]


def _recognise(text: str) -> Recognition:
    if "brag" in text:
        raise ZeroDivisionError("the recogniser broke")
    rights = in_order(right for word, right in _WORDS.items() if word in text)
    unsure = "måske" in text
    band = Band.UNSURE if unsure else Band.SURE if rights else Band.NONE
    found = () if unsure else rights
    sentences = {right: next(line for line in text.splitlines() if _word(right) in line) for right in found}
    scores = {right: 0.95 if right in found else 0.02 for right in Right}
    return Recognition("da" if "jeg" in text else "en", found, band, scores, sentences)


def _word(right: Right) -> str:
    return next(word for word, known in _WORDS.items() if known is right)


OFFICE = Office(
    mailbox="kontakt",
    address=Address(ADDRESS, "EPM Group ApS"),
    addresses=frozenset({ADDRESS}),
    colleagues=frozenset({"epmgroup.dk"}),
    reverse_path=ADDRESS,
    reference_prefix="EPM",
    read=lambda raw: read(raw, own=_OWN, trust=OwnServer("mx.epmgroup.dk")),
    recognise=recognise,
    writer=Writer(
        acknowledgement=ALL_TEMPLATES.acknowledgement,
        enquiry=ALL_TEMPLATES.enquiry,
        template_version=ALL_TEMPLATES.version,
        policy_version="2026-11-24",
        letter=ALL_TEMPLATES.letter,
        draft=ALL_TEMPLATES.draft,
    ),
    limits=Limits(),
    targets=Targets(),
    answer_enquiries=True,
    acknowledge_at_once=True,
    systems=(
        System("webshop", who="web", keep="invoices: five years", recipients=("the carrier",)),
        System("newsletter", does={Right.RECTIFICATION: ""}),
    ),
)


def with_limits(**limits: int) -> Office:
    return replace(OFFICE, limits=Limits(**limits))


def mail(
    text: str = "Jeg vil gerne have indsigt i mine oplysninger.",
    *,
    sender: str = "Anna Berg <anna@kunde.example>",
    subject: str = "Hej",
    message_id: str = "<1@kunde.example>",
    **fields: str,
) -> bytes:
    """A mail to us. Further fields are named with underscores: in_reply_to."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, ADDRESS, subject, message_id
    made["Date"] = "Tue, 24 Nov 2026 12:00:00 +0000"
    for name, value in fields.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def received(raw: bytes, uid: int = 1, uidvalidity: int = 1, at: datetime = NOW) -> Received:
    return Received(Place("kontakt", "INBOX", uidvalidity, uid), at, raw)
