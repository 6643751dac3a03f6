"""Case files: references people can say, two clerks who cannot both win, and a chain that shows tampering."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from privacybot.store import cases, events, references
from privacybot.store.engine import Engine, reading, transaction
from privacybot.store.tables import Case, CaseRight

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def open_case(engine: Engine, reference: str | None = None, **fields: object) -> int:
    with transaction(engine) as session:
        case = Case(
            reference=reference or references.new_reference(session, "EPM"),
            mailbox="kontakt",
            status="new",
            category="access",
            language="da",
            band="sure",
            confidence=0.9,
            received_at=NOW,
            respond_by=date(2026, 12, 24),
            opened_at=NOW,
            **fields,
        )
        right = CaseRight(
            right="access", proposed=True, score=0.9, clock="month", received_at=NOW, respond_by=date(2026, 12, 24)
        )
        cases.add(session, case, [right])
        events.record(session, case, "opened", actor="privacybot", at=NOW, payload={"rights": ["access"]})
        assert case.id is not None
        return case.id


def test_a_reference_has_no_letters_that_are_mistaken_for_others(engine: Engine) -> None:
    with reading(engine) as session:
        made = "".join(references.new_reference(session, "EPM").removeprefix("EPM-") for _ in range(50))
    assert not set(made) & set("01ILOU")


def test_a_reference_may_be_shortened_to_what_is_unique(engine: Engine) -> None:
    for reference in ("EPM-7KQ2", "EPM-7KR3", "EPM-9ABC"):
        open_case(engine, reference)
    with reading(engine) as session:
        found = {
            typed: [case.reference for case in references.matching(session, typed)]
            for typed in ("9", "7kq", "EPM-9", "7K", "epm-7kq2", "%", "_", "")
        }
    assert found["9"] == ["EPM-9ABC"]
    assert found["7kq"] == ["EPM-7KQ2"]
    assert found["EPM-9"] == ["EPM-9ABC"]
    assert found["7K"] == ["EPM-7KQ2", "EPM-7KR3"]
    assert found["epm-7kq2"] == ["EPM-7KQ2"]
    assert found["%"] == []
    assert found["_"] == []


def test_of_two_clerks_who_saw_the_same_case_one_wins(engine: Engine) -> None:
    case_id = open_case(engine)

    def see() -> Case:
        with reading(engine) as session:
            case = cases.by_id(session, case_id)
            assert case is not None
            session.expunge(case)
            return case

    def take(seen: Case) -> bool:
        with transaction(engine) as session:
            session.add(seen)
            return cases.take(session, seen)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(take, [see() for _ in range(4)])).count(True) == 1


def test_the_most_pressing_case_comes_first(engine: Engine) -> None:
    late = open_case(engine, "EPM-LATE")
    open_case(engine, "EPM-DNE2", closed_at=NOW)
    urgent = open_case(engine, "EPM-URG2", urgent=True)
    with reading(engine) as session:
        assert [case.id for case in cases.open_cases(session)] == [urgent, late]
        assert [case.id for case in cases.open_cases(session, most=1)] == [urgent]
        assert cases.count_open(session) == 2


@pytest.mark.parametrize(
    ("tampering", "words"),
    [
        ("UPDATE event SET actor = 'somebody' WHERE number = 2", "changed"),
        ('UPDATE event SET payload = \'{"text":"other"}\' WHERE number = 2', "changed"),
        ("DELETE FROM event WHERE number = 2", "removed"),
        ("DELETE FROM event WHERE number = 3", "removed"),
        ("UPDATE event SET number = number + 10 WHERE number > 1", "removed"),
    ],
)
def test_a_chain_shows_what_was_changed_removed_or_put_in(engine: Engine, tampering: str, words: str) -> None:
    case_id = _with_three_events(engine)
    assert _faults(engine, case_id) == []
    with transaction(engine) as session:
        session.execute(text(tampering))
    found = _faults(engine, case_id)
    assert found
    assert any(words in fault for fault in found)


def test_a_payload_can_be_erased_without_breaking_the_chain(engine: Engine) -> None:
    case_id = _with_three_events(engine)
    with transaction(engine) as session:
        session.execute(text("UPDATE event SET payload = NULL, salt = NULL"))
    assert _faults(engine, case_id) == []


def _with_three_events(engine: Engine) -> int:
    case_id = open_case(engine)
    for number in (2, 3):
        with transaction(engine) as session:
            case = cases.locked(session, case_id)
            at = NOW + timedelta(minutes=number)
            events.record(session, case, "note", actor="mette", at=at, payload={"text": f"nr. {number}"})
    return case_id


def _faults(engine: Engine, case_id: int) -> list[str]:
    with reading(engine) as session:
        case = cases.by_id(session, case_id)
        assert case is not None
        return [fault.sentence for fault in events.faults(case, events.of_case(session, case_id))]
