"""A request that was taken for an ordinary mail is found, and its clock runs from the day it came."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest

from privacybot.errors import StaffError
from privacybot.flows import desk, intake, second_look
from privacybot.gdpr.rights import Right
from privacybot.store.engine import Engine, transaction
from privacybot.store.tables import Mail
from tests.flows.cases import by, case, file, letters, office_of, open_case
from tests.flows.office import ADDRESS, NOW, OFFICE, received

LATER = NOW + timedelta(days=3)


def enquiry(engine: Engine, score: float = 0.3, uid: int = 1) -> int:
    """The number of an ordinary mail whose likeliest right has this probability."""
    open_case(engine, "Jeg er lidt utryg ved mine data. Er der plads?", uid)
    with transaction(engine) as session:
        mail = session.get(Mail, uid)
        assert mail is not None
        mail.recognition = {"band": "none", "scores": {"access": score}, "evidence": {}}
        session.add(mail)
        return mail.arrival_id


def test_near_misses_are_shown_and_far_ones_only_as_a_sample(engine: Engine) -> None:
    near = enquiry(engine, 0.3)
    enquiry(engine, 0.001, 2)
    assert [mail.arrival_id for mail in second_look.waiting(engine)] == [near]


def test_a_sample_of_one_in_twenty_is_shown_of_the_rest() -> None:
    shown = [number for number in range(10_000) if second_look._is_sampled(Mail(arrival_id=number))]
    assert 300 < len(shown) < 700


def test_what_was_looked_at_is_not_shown_again(engine: Engine) -> None:
    near = enquiry(engine)
    second_look.nothing(engine, near, by())
    assert second_look.waiting(engine) == []


def test_a_missed_request_becomes_a_case_from_the_day_it_came(engine: Engine) -> None:
    near = enquiry(engine)
    opened = second_look.request(engine, near, [Right.ACCESS], by(now=LATER), office_of)
    found = case(engine, opened.reference)
    assert (found.status, found.category, found.received_at) == ("confirmed", "access", NOW)
    assert found.respond_by.isoformat() == "2026-12-24"
    assert [mail.arrival_id for mail in file(engine, opened.reference).mails] == [near]
    assert opened.reference in letters(engine)[-1]["Subject"]
    assert desk.ledger_account(engine).tally == {("opened a case", ""): 1}


def test_of_two_who_look_at_once_one_opens_the_case(engine: Engine) -> None:
    near = enquiry(engine)
    second_look.request(engine, near, [Right.ACCESS], by(), office_of)
    with pytest.raises(StaffError, match="somebody else"):
        second_look.request(engine, near, [Right.ACCESS], by("bo"), office_of)


def test_whoever_must_not_be_answered_is_not_answered_then_either(engine: Engine) -> None:
    from sqlalchemy import update

    from privacybot.store.tables import Arrival

    near = enquiry(engine)
    with transaction(engine) as session:
        session.execute(update(Arrival).values(reason="dmarc_failed"))
    before = len(letters(engine))
    opened = second_look.request(engine, near, [Right.ACCESS], by(), office_of)
    assert len(letters(engine)) == before
    assert case(engine, opened.reference).silence == "dmarc_failed"


def test_a_letter_sent_as_a_file_is_shown_before_the_sample(engine: Engine) -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Anna <anna@kunde.example>", ADDRESS, "Brev"
    made.set_content("Se venligst vedhæftede.")
    made.add_attachment(b"%PDF-1.7", "application", "pdf", filename="brev.pdf")
    intake.take_in(engine, [received(made.as_bytes())], OFFICE, NOW)
    [shown] = second_look.waiting(engine)
    assert second_look.is_unread(shown)
