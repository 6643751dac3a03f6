"""What is too old goes, wholly; chain, ledger and figures stay; and nobody's copy is erased before it has left."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from privacybot.errors import StaffError
from privacybot.flows import audit, decisions, intake, retention, statistics
from privacybot.flows.retention import Terms
from privacybot.store import ledger, shelf
from privacybot.store.engine import Engine, open_store, reading, transaction
from privacybot.store.tables import Arrival, Case, CaseRight, Event, Letter, Mail, Pause, SetAside, Task
from tests.flows.cases import by, case, confirmed, file, open_case, reply, settle
from tests.flows.office import NOW, OFFICE, mail, received
from tests.flows.test_dispatch import Server, drain

TERMS = Terms(timedelta(days=1000), timedelta(days=90), timedelta(days=30), timedelta(days=180))
LATER = NOW + timedelta(days=1001)
SECRETS = (
    "Anna", "anna@kunde.example", "Berg", "Hemmelig", "huskeseddel", "Her er dit svar", "fordi hun selv ringede",
)  # fmt: skip


def everything(engine: Engine) -> str:
    """Every value of every row of every table, letters and mails unpacked, as one text."""
    import zlib

    said: list[str] = []
    with reading(engine) as session:
        for table in (Case, CaseRight, Event, Letter, Mail, Pause, Task, SetAside, Arrival):
            for row in session.exec(select(table)):
                said += [_shown(value, zlib.decompress) for value in _values(row)]
    return "\n".join(said)


def _values(row: SQLModel) -> list[Any]:
    return list(row.model_dump().values())


def _shown(value: Any, unpack: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    return (unpack(value) if value[:1] == b"\x78" else value).decode(errors="replace")


def closed_case(engine: Engine, uid: int = 1, **fields: str) -> str:
    """A case worked to its end, with secrets wherever secrets can be."""
    fields.setdefault("sender", "Anna Berg <anna@kunde.example>")
    reference = confirmed(engine, "Jeg, Anna Berg, vil gerne have indsigt.\n\nHemmelig.", uid, subject="Anna", **fields)
    decisions.note(engine, reference, by(text="huskeseddel om Anna"))
    reply(engine, reference)
    settle(engine, reference)
    decisions.close(engine, reference, by(reason="fordi hun selv ringede"))
    drain(engine, Server().send, now=lambda: NOW)
    return reference


def test_nothing_goes_before_its_time(engine: Engine) -> None:
    closed_case(engine)
    assert retention.purge(engine, TERMS, NOW + timedelta(days=999)).is_empty


def test_a_closed_case_is_erased_wholly_and_its_chain_stays_whole(engine: Engine) -> None:
    reference = closed_case(engine)
    before = everything(engine)
    assert all(secret in before for secret in SECRETS)
    assert retention.purge(engine, TERMS, LATER).closed == [reference]
    after = everything(engine)
    assert [secret for secret in SECRETS if secret.lower() in after.lower()] == []
    verified = audit.verify(engine)
    assert (verified.cases, verified.faults) == (1, [])
    assert [event.step for event in file(engine, reference).events][-1] == "erased"


def test_the_figures_stay_the_same(engine: Engine) -> None:
    closed_case(engine)
    before = statistics.gather(engine, None, None, NOW)
    retention.purge(engine, TERMS, LATER)
    after = statistics.gather(engine, before.first, before.last, NOW)
    assert after.anonymised == 1
    for name in ("requests", "by_month", "acknowledged", "answered", "in_time", "recognised", "exactly_right"):
        assert getattr(before, name) == getattr(after, name), name


def test_what_was_erased_is_not_admitted_again(engine: Engine) -> None:
    closed_case(engine)
    retention.purge(engine, TERMS, LATER)
    raw = mail("Jeg, Anna Berg, vil gerne have indsigt.\n\nHemmelig.", subject="Anna", message_id="<1@kunde.example>")
    [taken] = intake.take_in(engine, [received(raw, 7, uidvalidity=2)], OFFICE, LATER)
    assert taken.again


def test_a_changed_event_still_shows_after_erasure(engine: Engine) -> None:
    reference = closed_case(engine)
    retention.purge(engine, TERMS, LATER)
    with transaction(engine) as session:
        event = session.exec(select(Event).where(Event.number == 2)).one()
        event.actor = "somebody else"
        session.add(event)
    assert [fault.reference for fault in audit.verify(engine).faults] == [reference]


def test_a_late_mail_to_an_erased_case_goes_too(engine: Engine) -> None:
    reference = closed_case(engine)
    [letter] = [row for row in file(engine, reference).letters if row.kind == "reply"]
    retention.purge(engine, TERMS, LATER)
    copy = mail("Jeg ringede til Anna.", sender="bo@epmgroup.dk", message_id="<9@x>", in_reply_to=letter.message_id)
    [taken] = intake.take_in(engine, [received(copy, 9, at=LATER)], OFFICE, LATER)
    assert taken.reference == reference
    assert "Anna" in everything(engine)
    retention.purge(engine, TERMS, LATER + timedelta(days=1002))
    assert "Anna" not in everything(engine)
    assert audit.verify(engine).faults == []


def test_dismissed_cases_and_ordinary_mails_have_terms_of_their_own(engine: Engine) -> None:
    dismissed = open_case(engine, "Jeg spørger måske om noget.", 1)
    decisions.dismiss(engine, dismissed, by(reason="reklame"))
    open_case(engine, "Hvornår begynder kurset? Hemmelig.", 2, sender="Carl <carl@kunde.example>")
    drain(engine, Server().send, now=lambda: NOW)
    month = retention.purge(engine, TERMS, NOW + timedelta(days=31))
    assert (month.dismissed, len(month.enquiries)) == ([], 1)
    assert "Hemmelig" not in everything(engine)
    assert "carl@kunde.example" not in everything(engine)
    assert retention.purge(engine, TERMS, NOW + timedelta(days=91)).dismissed == [dismissed]


def test_what_was_set_aside_goes_and_its_outcome_stays(engine: Engine) -> None:
    with transaction(engine) as session:
        arrival = ledger.admit(session, [ledger.Entry(None, (None, b"Hemmelig"), NOW)], NOW)[0].arrival_id
        ledger.record(session, arrival, ledger.Outcome.SET_ASIDE, reason="unreadable")
        shelf.put(session, arrival, "kontakt", "unreadable", b"Hemmelig", NOW, NOW)
    assert retention.purge(engine, TERMS, NOW + timedelta(days=179)).is_empty
    assert retention.purge(engine, TERMS, NOW + timedelta(days=181)).set_aside == [arrival]
    with reading(engine) as session:
        assert session.get(SetAside, arrival) is None
        assert ledger.tally(session) == {("set aside", "unreadable"): 1}


def test_a_plan_erases_nothing_and_is_what_is_done(engine: Engine) -> None:
    closed_case(engine)
    before = everything(engine)
    planned = retention.plan(engine, TERMS, LATER)
    assert everything(engine) == before
    assert retention.purge(engine, TERMS, LATER) == planned
    assert retention.purge(engine, TERMS, LATER).is_empty


def test_nothing_of_a_person_goes_while_they_wait_for_their_copy(engine: Engine) -> None:
    old = closed_case(engine)
    open_case(engine, "Hvornår begynder kurset?", 2)
    drain(engine, Server().send, now=lambda: NOW)
    waiting = open_case(engine, "Jeg vil gerne have indsigt igen.", 3)
    spared = retention.purge(engine, TERMS, LATER)
    assert (spared.is_empty, spared.spared >= 2) == (True, True)
    assert case(engine, old).data_subject == "anna@kunde.example"
    decisions.dismiss(engine, waiting, by(reason="en fejl"))
    assert retention.purge(engine, TERMS, LATER).closed == [old]


def test_a_case_that_is_erased_says_so_and_is_not_reopened(engine: Engine) -> None:
    reference = closed_case(engine)
    retention.purge(engine, TERMS, LATER)
    for step in (decisions.reopen, decisions.close):
        with pytest.raises(StaffError, match=f"{reference} was erased on .*a new case opens by itself"):
            step(engine, reference, by(reason="hun skrev igen"))
    assert case(engine, reference).status == "closed"


def test_a_case_whose_letter_has_not_left_stays(engine: Engine) -> None:
    reference = confirmed(engine)
    reply(engine, reference)
    settle(engine, reference)
    decisions.close(engine, reference, by())
    assert retention.purge(engine, TERMS, LATER).is_empty
    with reading(engine) as session:
        assert all(letter.raw for letter in session.exec(select(Letter)))


def test_a_case_that_is_reopened_meanwhile_is_left_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = closed_case(engine)
    planned = retention.plan

    def plan_then_reopen(*asked: Any) -> retention.Purge:
        found = planned(*asked)
        decisions.reopen(engine, reference, by(reason="hun skrev igen"))
        return found

    monkeypatch.setattr(retention, "plan", plan_then_reopen)
    retention.purge(engine, TERMS, LATER)
    assert case(engine, reference).data_subject == "anna@kunde.example"


def test_a_crash_between_two_cases_leaves_each_whole_or_erased(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = closed_case(engine, 1), closed_case(engine, 2, sender="Bo <bo@kunde.example>")
    recorded = retention.events.record
    calls: list[datetime] = []

    def breaks_at_the_second(*given: Any, **named: Any) -> Any:
        calls.append(named["at"])
        if len(calls) == 2:
            raise MemoryError("the power went")
        return recorded(*given, **named)

    monkeypatch.setattr(retention.events, "record", breaks_at_the_second)
    with pytest.raises(MemoryError):
        retention.purge(engine, TERMS, LATER)
    monkeypatch.undo()
    states = {reference: bool(case(engine, reference).erased_at) for reference in (first, second)}
    assert sorted(states.values()) == [False, True]
    assert audit.verify(engine).faults == []
    retention.purge(engine, TERMS, LATER)
    assert all(case(engine, reference).erased_at for reference in (first, second))


def test_nothing_of_it_is_left_in_the_file_either(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    closed_case(store)
    retention.purge(store, TERMS, LATER)
    store.dispose()  # The last connection takes the write-ahead log back into the file.
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [secret for secret in SECRETS if secret.encode() in left] == []
