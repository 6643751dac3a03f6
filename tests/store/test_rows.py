"""What is put down is written before anybody asks, with the commit at the latest, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from privacybot.store import cases, ledger, rows
from privacybot.store.engine import Engine, Session, reading, transaction
from privacybot.store.ledger import Entry, Outcome, Place
from privacybot.store.tables import Arrival, Breaker, Case, Event

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def put_breaker(session: Session, mailbox: str) -> None:
    rows.put(session, Breaker, mailbox=mailbox, tripped_at=NOW)


def test_a_row_that_was_put_down_is_found_in_the_same_transaction(engine: Engine) -> None:
    with transaction(engine) as session:
        put_breaker(session, "kontakt")
        assert [breaker.mailbox for breaker in cases.breakers(session)] == ["kontakt"]


def test_a_row_that_nobody_asks_for_is_written_with_the_commit(engine: Engine) -> None:
    with transaction(engine) as session:
        put_breaker(session, "kontakt")
    with reading(engine) as session:
        assert cases.breaker(session, "kontakt") is not None


def test_nothing_is_written_when_the_transaction_fails(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), transaction(engine) as session:
        put_breaker(session, "kontakt")
        raise ZeroDivisionError
    with reading(engine) as session:
        assert cases.breakers(session) == []


def test_rows_may_refer_to_a_case_that_is_not_written_yet(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(3):
            case = cases.add(session, _case(f"EPM-{number}"), [])
            event = {"number": 1, "at": NOW, "actor": "x", "step": "opened", "payload_digest": "", "previous": ""}
            rows.put(session, Event, case_id=case.id, digest=str(number), **event)
    with reading(engine) as session:
        assert [len(portion) for portion in cases.in_portions(session, size=10)] == [3]


def test_a_change_finds_the_row_by_its_key(engine: Engine) -> None:
    with transaction(engine) as session:
        first, second = ledger.admit(session, [_entry(1, b"a"), _entry(2, b"b")], NOW)
        ledger.record(session, second.arrival_id, Outcome.IGNORED, reason="a newsletter")
        kept = session.get(Arrival, first.arrival_id), session.get(Arrival, second.arrival_id)
        assert [arrival.reason for arrival in kept if arrival] == ["", "a newsletter"]


def test_the_same_mail_twice_in_one_batch_is_one_arrival(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger.admit(session, [_entry(1, b"old")], NOW)
    with transaction(engine) as session:
        batch = [_entry(2, b"new"), _entry(3, b"old"), _entry(4, b"new")]
        admissions = ledger.admit(session, batch, NOW)
        assert [admission.again for admission in admissions] == [False, True, True]
        assert admissions[0].arrival_id == admissions[2].arrival_id
        assert ledger.without_outcome(session, "kontakt", "INBOX", 1, range(1, 6)) == [5]


def _entry(uid: int, content: bytes) -> Entry:
    return Entry(Place("kontakt", "INBOX", 1, uid), ("<a@b.example>", content), NOW)


def _case(reference: str) -> Case:
    return Case(
        reference=reference,
        mailbox="kontakt",
        status="new",
        category="data_request",
        language="da",
        band="sure",
        confidence=0.9,
        received_at=NOW,
        respond_by=date(2026, 12, 24),
        opened_at=NOW,
    )
