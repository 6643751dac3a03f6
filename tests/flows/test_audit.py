"""Whoever changes the past is found out, in whichever case."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, text

from privacybot.flows import audit, decisions, desk
from privacybot.store.engine import Engine, transaction
from tests.flows.cases import by, confirmed, open_case


@pytest.fixture
def three_cases(engine: Engine) -> Engine:
    for uid, name in enumerate(("anna", "bo", "ida"), 1):
        confirmed(engine, uid=uid, sender=f"{name}@kunde.example")
    return engine


def test_chains_that_nobody_touched_are_found_whole(three_cases: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PORTION", 2)
    found = audit.verify(three_cases)
    assert (found.cases, found.events, found.faults) == (3, 9, [])


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE event SET actor = 'nobody' WHERE case_id = 2 AND number = 3",
        "UPDATE event SET at = '2020-01-01' WHERE case_id = 2 AND number = 1",
        "UPDATE event SET payload = '{\"rights\":[]}' WHERE case_id = 2 AND number = 3",
        "UPDATE event SET payload = NULL WHERE case_id = 2 AND number = 3",
        "DELETE FROM event WHERE case_id = 2 AND number = 3",
        "DELETE FROM event WHERE case_id = 2",
        "UPDATE event SET case_id = 1, number = 99 WHERE case_id = 2 AND number = 3",
        "INSERT INTO event (case_id, number, at, actor, step, payload_digest, previous, digest)"
        " SELECT case_id, 4, at, actor, step, payload_digest, digest, digest FROM event"
        " WHERE case_id = 2 AND number = 3",
        "UPDATE case_file SET events = 2 WHERE id = 2",
    ],
)
def test_an_event_that_was_changed_removed_or_put_in_is_found(three_cases: Engine, tampering: str) -> None:
    with transaction(three_cases) as session:
        session.execute(text(tampering))
    assert audit.verify(three_cases).faults


def test_one_case_can_be_gone_through_alone(engine: Engine) -> None:
    reference = open_case(engine)
    decisions.note(engine, reference, by(text="rang"))
    assert audit.verify_one(engine, reference.removeprefix("EPM-")[:3]).events == 3


def test_what_comes_in_while_the_chains_are_gone_through_is_no_fault(three_cases: Engine) -> None:
    [(first, _), *_], _ = desk.queue(three_cases)
    came: list[str] = []

    def come_between(*query: Any) -> None:
        if not came and query[2].startswith("SELECT"):
            came.append("in")
            decisions.note(three_cases, first.reference, by(text="rang"))
            open_case(three_cases, uid=9, sender="eva@kunde.example")

    event.listen(three_cases, "after_cursor_execute", come_between)
    found = audit.verify(three_cases)
    event.remove(three_cases, "after_cursor_execute", come_between)
    assert came
    assert (found.cases, found.events, found.faults) == (3, 9, [])
    after = audit.verify(three_cases)
    assert (after.cases, after.faults) == (4, [])
