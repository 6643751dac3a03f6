"""The table of decisions: every outcome and every reason of silence has its row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right
from privacybot.gdpr.triage import (
    MACHINE_MADE,
    AnsweredLetter,
    AppendToCase,
    Enquiry,
    Facts,
    Ignore,
    KnownCase,
    Load,
    OpenCase,
    RecordDelivery,
    decide,
)
from privacybot.mail.bounce import DeliveryReport
from privacybot.mail.message import Address
from privacybot.mail.silence import NoResponse, Reason

ANNA = Address("anna@kunde.example", "Anna")
METTE = Address("mette@epmgroup.dk", "Mette")


def recognition(band: Band = Band.SURE, *rights: Right, evidence: str = "…") -> Recognition:
    found = rights or ((Right.ACCESS,) if band is Band.SURE else ())
    return Recognition("da", found, band, dict.fromkeys(Right, 0.5), dict.fromkeys(found, evidence))


SURE, UNSURE, NONE = recognition(), recognition(Band.UNSURE), recognition(Band.NONE)
BOUNCE = DeliveryReport("failed", ("anna@kunde.example",), "<ours@epmgroup.dk>", "550 no such user")
OPEN = KnownCase(7, "EPM-7KQ2", closed=False, same_sender=True, by_thread=True, rights=frozenset({Right.ACCESS}))
PERSON = Facts(recognition=SURE, originator=ANNA)
FROM_COLLEAGUE = {"originator": METTE, "from_colleague": True}


def no(reason: Reason) -> NoResponse:
    return NoResponse.of(reason)


CASES_OPENED = [
    ("a sure request is acknowledged", PERSON, OpenCase(ANNA)),
    ("an unsure one too", replace(PERSON, recognition=UNSURE), OpenCase(ANNA)),
    ("or waits for staff", replace(PERSON, acknowledge_at_once=False), OpenCase(ANNA, later=True)),
    (
        "an authority is urgent, whatever it asks",
        replace(PERSON, recognition=NONE, no_response=no(Reason.AUTHORITY)),
        OpenCase(ANNA, urgent=True, silence=no(Reason.AUTHORITY)),
    ),
    (
        "a complaint that may report a breach is urgent",
        replace(PERSON, recognition=recognition(Band.SURE, Right.COMPLAINT, evidence="I har lækket mit CPR-nummer")),
        OpenCase(ANNA, urgent=True),
    ),
    (
        "a complaint about unasked mail is not",
        replace(PERSON, recognition=recognition(Band.SURE, Right.COMPLAINT, evidence="I skriver uden min tilladelse")),
        OpenCase(ANNA),
    ),
    (
        "a colleague's forward is held, the inner sender proposed",
        replace(PERSON, forwards=True, forwarded_from=ANNA, **FROM_COLLEAGUE),
        "held",
    ),
    (
        "a forward is held although nothing is recognised",
        replace(PERSON, recognition=NONE, forwards=True, forwarded_from=ANNA, **FROM_COLLEAGUE),
        "held",
    ),
    (
        "an encrypted mail is held, for nobody knows what it asks",
        replace(PERSON, recognition=NONE, sealed=True),
        "held",
    ),
    (
        "what a form of ours sends is held, its visitor proposed",
        replace(PERSON, originator=METTE, on_behalf_of=ANNA, no_response=no(Reason.OWN_ADDRESS)),
        "held",
    ),
    ("one whose subject asks for something is acknowledged", replace(PERSON, sealed=True), OpenCase(ANNA)),
    ("another sender about a case is held and linked", replace(PERSON, case=replace(OPEN, same_sender=False)), "held"),
    (
        "a closed case is not reopened: new substance opens a linked one",
        replace(PERSON, case=replace(OPEN, closed=True), recognition=recognition(Band.SURE, Right.ERASURE)),
        OpenCase(ANNA, linked_case_id=7),
    ),
]

OTHERS = [
    ("a reply joins its case", replace(PERSON, case=OPEN, recognition=NONE), AppendToCase(7, "follow-up", (), True)),
    (
        "a reference in the subject proves nothing",
        replace(PERSON, case=replace(OPEN, by_thread=False), recognition=NONE),
        AppendToCase(7, "follow-up"),
    ),
    (
        "a further right joins too",
        replace(PERSON, case=OPEN, recognition=recognition(Band.SURE, Right.ERASURE)),
        AppendToCase(7, "follow-up", (Right.ERASURE,), True),
    ),
    (
        "thanks reopen nothing",
        replace(PERSON, case=replace(OPEN, closed=True), recognition=NONE),
        AppendToCase(7, "follow-up", (), True),
    ),
    (
        "an absence note joins its case and proves nothing",
        replace(PERSON, case=OPEN, recognition=NONE, no_response=no(Reason.AUTO_SUBMITTED)),
        AppendToCase(7, "auto_submitted", silence=no(Reason.AUTO_SUBMITTED)),
    ),
    (
        "a bounce is written to its letter",
        replace(PERSON, recognition=NONE, report=BOUNCE, answered_letter=AnsweredLetter(3, 7)),
        RecordDelivery(3, 7, BOUNCE),
    ),
    (
        "a colleague's copy of an answer belongs to the case",
        replace(PERSON, recognition=NONE, case=replace(OPEN, same_sender=False), **FROM_COLLEAGUE),
        AppendToCase(7, "a colleague wrote"),
    ),
    ("our own mail is ignored", replace(PERSON, no_response=no(Reason.OWN_MAIL)), Ignore("own_mail")),
    ("an ordinary mail is answered shortly", replace(PERSON, recognition=NONE), Enquiry()),
    (
        "unless that is switched off",
        replace(PERSON, recognition=NONE, answer_enquiries=False),
        Enquiry(no(Reason.ENQUIRIES_OFF)),
    ),
    (
        "or none of our addresses is in To or Cc",
        replace(PERSON, recognition=NONE, addressed_to_us=False),
        Enquiry(no(Reason.NOT_ADDRESSED)),
    ),
    (
        "or the correspondent has had it lately",
        replace(PERSON, recognition=NONE, load=Load(enquiries_to_address=1)),
        Enquiry(no(Reason.ENQUIRY_LIMIT)),
    ),
    (
        "a report about nobody's letter is ignored",
        replace(PERSON, recognition=NONE, report=BOUNCE, no_response=no(Reason.NULL_RETURN_PATH)),
        Ignore("null_return_path"),
    ),
]


@pytest.mark.parametrize(("facts", "expected"), [row[1:] for row in CASES_OPENED], ids=[row[0] for row in CASES_OPENED])
def test_a_case_is_opened(facts: Facts, expected: OpenCase | str) -> None:
    decision = decide(facts)
    assert isinstance(decision, OpenCase)
    if expected == "held":
        assert decision.held is not None
        assert decision.silence == no(Reason.HELD)
        assert decision.requester == ANNA
    else:
        assert decision == expected


@pytest.mark.parametrize(("facts", "expected"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_or_something_else_is_decided(facts: Facts, expected: object) -> None:
    assert decide(facts) == expected


SENDERS_REASONS = [
    reason for reason in list(Reason)[: list(Reason).index(Reason.HELD)] if reason is not Reason.OWN_MAIL
]


@pytest.mark.parametrize("reason", SENDERS_REASONS)
def test_silence_never_means_no_case(reason: Reason) -> None:
    decision = decide(replace(PERSON, no_response=no(reason)))
    assert isinstance(decision, OpenCase)
    assert decision.silence == no(reason)


@pytest.mark.parametrize("reason", [reason for reason in SENDERS_REASONS if reason is not Reason.AUTHORITY])
def test_without_a_request_machines_are_ignored_and_people_are_enquiries(reason: Reason) -> None:
    decision = decide(replace(PERSON, recognition=NONE, no_response=no(reason)))
    assert decision == (Ignore(reason.value) if reason in MACHINE_MADE else Enquiry(no(reason)))


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (Load(to_address_today=2), None),
        (Load(to_address_today=3), Reason.ADDRESS_LIMIT),
        (Load(mailbox_this_hour=119), None),
        (Load(mailbox_this_hour=120), Reason.MAILBOX_LIMIT),
        (Load(breaker_open=True), Reason.MAILBOX_LIMIT),
    ],
)
@pytest.mark.parametrize("recognised", [SURE, UNSURE, NONE])
def test_limits_silence_the_answer_and_nothing_else(load: Load, reason: Reason | None, recognised: Recognition) -> None:
    decision = decide(replace(PERSON, load=load, recognition=recognised))
    assert isinstance(decision, Enquiry if recognised is NONE else OpenCase)
    assert decision.silence == (no(reason) if reason else None)


def test_the_breaker_is_tripped_once_and_not_by_those_who_find_it_open() -> None:
    assert decide(replace(PERSON, load=Load(mailbox_this_hour=120))).trips_breaker  # type: ignore[union-attr]
    assert not decide(replace(PERSON, load=Load(mailbox_this_hour=120, breaker_open=True))).trips_breaker  # type: ignore[union-attr]


def test_a_case_is_acknowledged_once() -> None:
    decision = decide(replace(PERSON, case=OPEN))
    assert isinstance(decision, AppendToCase)
    assert decision.silence == no(Reason.CASE_LIMIT)


def test_what_staff_must_see_first_is_never_answered_by_itself() -> None:
    held = decide(replace(PERSON, case=replace(OPEN, same_sender=False), acknowledge_at_once=False))
    assert isinstance(held, OpenCase)
    assert not held.later
