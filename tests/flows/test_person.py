"""What the bot itself holds about an address: all of it found, handed over, and erased where the law lets it be."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest

from privacybot.errors import StaffError
from privacybot.flows import audit, decisions, intake, person
from privacybot.flows.person import Erasing
from privacybot.store import ledger, shelf
from privacybot.store.engine import Engine, transaction
from tests.flows.cases import by, case, confirmed, file, open_case, reply, settle
from tests.flows.office import NOW, OFFICE, mail, received
from tests.flows.test_dispatch import Server, drain
from tests.flows.test_retention import TERMS, closed_case, everything

ANNA = "anna@kunde.example"


def set_aside(engine: Engine, raw: bytes) -> int:
    with transaction(engine) as session:
        arrival = ledger.admit(session, [ledger.Entry(None, (None, raw), NOW)], NOW)[0].arrival_id
        shelf.put(session, arrival, "kontakt", "unreadable", raw, NOW, NOW)
    return arrival


def erase(engine: Engine, address: str = ANNA, *, with_cases: bool = False, reason: str = "she asked") -> Erasing:
    return person.erase(engine, address, TERMS, NOW, with_closed_cases=with_cases, staff="mette", reason=reason)


def test_everything_of_an_address_is_found_and_nothing_of_another(engine: Engine) -> None:
    mine = closed_case(engine, 1)
    open_case(engine, "Hvornår begynder kurset?", 2)
    shelved = set_aside(engine, b"From: ANNA@kunde.example\r\n\x00")
    closed_case(engine, 3, sender="Bo <bo@kunde.example>")
    found = person.look_up(engine, "Anna@Kunde.Example")
    assert [case.reference for case, _ in found.cases] == [mine]
    assert {mail.originator for mail in found.mails} == {ANNA}
    assert {letter.recipient for letter in found.letters} == {ANNA}
    assert (len(found.mails), [kept.arrival_id for kept in found.shelf]) == (2, [shelved])
    assert person.look_up(engine, "nobody@kunde.example").is_unknown


@pytest.mark.parametrize("word", ["anna", "anna@", "@kunde.example", "a b@c.example", "", "a@b@c"])
def test_what_is_no_address_is_told(engine: Engine, word: str) -> None:
    with pytest.raises(StaffError, match="no mail address"):
        person.look_up(engine, word)


def test_a_copy_holds_each_mail_byte_for_byte(engine: Engine) -> None:
    reference = closed_case(engine)
    packed = zipfile.ZipFile(io.BytesIO(person.export(engine, ANNA, NOW)))
    names = packed.namelist()
    raw = mail(
        "Jeg, Anna Berg, vil gerne have indsigt.\n\nHemmelig.",
        sender="Anna Berg <anna@kunde.example>",
        subject="Anna",
        message_id="<1@kunde.example>",
    )
    assert packed.read("held-data/mails/01.eml") == raw
    assert len([name for name in names if name.startswith("held-data/letters/")]) == 2
    held = json.loads(packed.read("held-data/held.json"))
    assert [row["reference"] for row in held["cases"]] == [reference]
    assert "held-data/SHA256SUMS" in names


def test_a_copy_holds_what_staff_wrote_down_of_the_person(engine: Engine) -> None:
    reference = confirmed(engine)
    decisions.note(engine, reference, by(text="rang her, she is content"))
    packed = zipfile.ZipFile(io.BytesIO(person.export(engine, ANNA, NOW)))
    [held] = json.loads(packed.read("held-data/held.json"))["cases"]
    assert (held["steps"][-1]["step"], held["steps"][-1]["said"]) == ("note", {"text": "rang her, she is content"})


def test_nothing_is_erased_while_a_request_for_a_copy_is_open(engine: Engine) -> None:
    closed_case(engine, 1)
    waiting = confirmed(engine, "Jeg vil gerne have indsigt.", 2)
    before = everything(engine)
    assert waiting in person.plan(engine, ANNA, TERMS, NOW, with_closed_cases=True).hold
    with pytest.raises(StaffError, match="answer it before anything is erased"):
        erase(engine, with_cases=True)
    assert everything(engine) == before


def test_closed_cases_stay_for_their_time_and_the_reason_is_told(engine: Engine) -> None:
    reference = closed_case(engine, 1)
    open_case(engine, "Hvornår begynder kurset?", 2)
    drain(engine, Server().send, now=lambda: NOW)
    done = erase(engine)
    assert (list(done.cases), len(done.mails)) == ([], 1)
    assert [kept.what for kept in done.kept] == [reference]
    assert "17(3)(e)" in done.kept[0].why
    assert case(engine, reference).data_subject == ANNA


def test_staff_may_erase_closed_cases_too_and_the_chain_says_why(engine: Engine) -> None:
    reference = closed_case(engine, 1)
    open_case(engine, "Hvornår begynder kurset?", 2)
    drain(engine, Server().send, now=lambda: NOW)
    assert list(erase(engine, with_cases=True).cases) == [reference]
    assert [word for word in ("Anna", ANNA, "kurset", "Hemmelig") if word in everything(engine)] == []
    last = file(engine, reference).events[-1]
    assert (last.step, last.actor, last.payload) == ("erased", "mette", {"reason": "she asked"})
    assert audit.verify(engine).faults == []
    assert person.look_up(engine, ANNA).is_unknown


def test_an_open_case_is_needed_to_meet_the_request(engine: Engine) -> None:
    reference = confirmed(engine, "Jeg vil have jer til at slette mig.")
    done = erase(engine, with_cases=True)
    assert [(kept.what, "open" in kept.why) for kept in done.kept] == [(reference, True)]


def test_a_mail_in_anothers_case_stays_and_is_named(engine: Engine) -> None:
    reference = open_case(engine, "Jeg vil gerne have indsigt.", 1, sender="Bo <bo@kunde.example>")
    copy = mail("Jeg ringede.", sender="bo@epmgroup.dk", message_id="<2@x>", in_reply_to="<1@kunde.example>")
    intake.take_in(engine, [received(copy, 2)], OFFICE, NOW)
    done = erase(engine, "bo@epmgroup.dk")
    assert [kept.what for kept in done.kept] == [f"a mail in {reference}"]


def test_a_case_whose_letter_has_not_left_stays(engine: Engine) -> None:
    reference = confirmed(engine, "Jeg vil have jer til at slette mig.")
    reply(engine, reference)
    settle(engine, reference)
    decisions.close(engine, reference, by())
    assert [kept.what for kept in erase(engine, with_cases=True).kept] == [reference]
    drain(engine, Server().send, now=lambda: NOW + timedelta(minutes=1))
    assert list(erase(engine, with_cases=True).cases) == [reference]


def test_an_erasure_needs_a_reason(engine: Engine) -> None:
    closed_case(engine)
    with pytest.raises(StaffError, match="--reason"):
        erase(engine, with_cases=True, reason="  ")
