"""What a pause is worth: never a day too many, and never at the cost of the original date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.gdpr.deadline import day_off, respond_by
from privacybot.gdpr.pause import Pause, PauseKind, days_stood_still, explain_pauses, paused_respond_by

ID = PauseKind.IDENTITY
RECEIVED, LAST, TODAY = date(2026, 11, 24), date(2026, 12, 24), date(2027, 2, 1)
DAYS = st.dates(date(2026, 11, 24), date(2027, 1, 31))
PAUSES = st.lists(
    st.builds(lambda began, length: Pause(ID, began, began + timedelta(days=length)), DAYS, st.integers(0, 40)),
    max_size=4,
)


def day(number: int, month: int = 11) -> date:
    return date(2026, month, number)


@pytest.mark.parametrize(
    ("pauses", "days", "last"),
    [
        ([], 0, "2026-12-24"),
        ([Pause(ID, day(25), day(25))], 0, "2026-12-24"),
        # Five days from 24 December is 29 December, a Tuesday.
        ([Pause(ID, day(25), day(30))], 5, "2026-12-29"),
        # One day later is Christmas Day; the next working day is the 28th.
        ([Pause(ID, day(25), day(26))], 1, "2026-12-28"),
        # Pauses that overlap are counted once.
        ([Pause(ID, day(25), day(30)), Pause(PauseKind.CLARIFICATION, day(27), day(1, 12))], 6, "2026-12-30"),
        # What begins after the last day gains nothing.
        ([Pause(ID, day(26, 12), day(30, 12))], 0, "2026-12-24"),
    ],
)
def test_the_clock_stands_still_while_we_wait_for_an_answer(pauses: list[Pause], days: int, last: str) -> None:
    assert days_stood_still(pauses, LAST, TODAY) == days
    assert paused_respond_by(LAST, pauses, TODAY).isoformat() == last


def test_a_pause_that_has_not_ended_counts_up_to_today() -> None:
    open_pause = [Pause(ID, day(25))]
    assert days_stood_still(open_pause, LAST, day(25)) == 0
    assert days_stood_still(open_pause, LAST, day(28)) == 3


@given(PAUSES)
def test_no_pause_is_worth_more_than_the_days_it_lasted(pauses: list[Pause]) -> None:
    lasted = sum((pause.ended_on - pause.began_on).days for pause in pauses if pause.ended_on)
    assert days_stood_still(pauses, LAST, TODAY) <= lasted
    moved = LAST + timedelta(days=days_stood_still(pauses, LAST, TODAY))
    last = paused_respond_by(LAST, pauses, TODAY)
    assert last >= LAST
    assert all(day_off(moved + timedelta(days=n)) for n in range((last - moved).days))


@given(PAUSES, PAUSES)
def test_a_further_pause_never_shortens_the_time(some: list[Pause], more: list[Pause]) -> None:
    assert paused_respond_by(LAST, some, TODAY) <= paused_respond_by(LAST, some + more, TODAY)


@given(PAUSES)
def test_the_explanation_ends_with_the_date(pauses: list[Pause]) -> None:
    steps = list(explain_pauses(LAST, RECEIVED, pauses, TODAY))
    if days_stood_still(pauses, LAST, TODAY):
        assert steps[-1].day == paused_respond_by(LAST, pauses, TODAY)


def test_who_asks_late_is_told_that_it_may_not_count() -> None:
    late = explain_pauses(LAST, RECEIVED, [Pause(ID, day(10, 12), day(12, 12))], TODAY)
    assert "may not accept" in next(iter(late)).sentence
    in_time = explain_pauses(LAST, RECEIVED, [Pause(ID, day(25), day(26))], TODAY)
    assert "may not accept" not in next(iter(in_time)).sentence
    assert respond_by(RECEIVED) == LAST
