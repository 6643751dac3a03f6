"""A worker is well while each part shows itself and no failure lasts."""

from __future__ import annotations

import pytest

from privacybot.vitals import Vitals


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def vitals(clock: list[float]) -> Vitals:
    vitals = Vitals(lambda: clock[0])
    vitals.expect("mailbox kontakt", patience=100)
    vitals.expect("smtp", patience=float("inf"))
    return vitals


def test_a_start_is_no_failure(vitals: Vitals) -> None:
    assert vitals.complaints() == []
    assert vitals.is_well("smtp")


def test_silence_beyond_its_patience_is_a_complaint(vitals: Vitals, clock: list[float]) -> None:
    clock[0] = 100
    assert vitals.complaints() == []
    clock[0] = 101
    assert vitals.complaints() == ["mailbox kontakt: no sign of life for 101 s; restart the worker."]
    vitals.well("mailbox kontakt")
    assert vitals.complaints() == []


def test_a_failure_is_forgiven_for_a_minute_and_told_from_its_beginning(vitals: Vitals, clock: list[float]) -> None:
    vitals.ill("smtp")
    assert not vitals.is_well("smtp")
    clock[0] = 59
    vitals.ill("smtp")
    assert vitals.complaints() == []
    clock[0] = 90
    assert vitals.complaints() == ["smtp: failing for 90 s; the log says why."]
    vitals.well("smtp")
    assert vitals.complaints() == []
    assert vitals.is_well("smtp")


def test_a_failing_part_that_tries_again_is_alive(vitals: Vitals, clock: list[float]) -> None:
    for clock[0] in range(0, 500, 50):
        vitals.ill("mailbox kontakt")
    assert vitals.complaints() == ["mailbox kontakt: failing for 450 s; the log says why."]
