"""What is told on which morning: the calendar of the office, with no distance swallowed by a weekend."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.deadline import is_working_day, respond_by
from privacybot.gdpr.reminder import AHEAD, Digest, OpenCase, breach_deadline, digest_of, is_time
from privacybot.gdpr.rights import Right

RECEIVED = datetime(2026, 11, 24, 9, tzinfo=UTC)


def case(last_day: date, *, is_new: bool = False, reference: str = "EPM-7KQ2", **marks: bool) -> OpenCase:
    return OpenCase(reference, (Right.ACCESS,), RECEIVED, last_day, is_new, **marks)


def told(day: date, *cases: OpenCase, set_aside: int = 0) -> Digest:
    return digest_of(day, Language.DANISH, cases, set_aside=set_aside)


@pytest.mark.parametrize(
    ("last_day", "morning", "is_told"),
    [
        (date(2026, 12, 24), date(2026, 12, 10), True),  # Fourteen days ahead, a Thursday.
        (date(2026, 12, 24), date(2026, 12, 11), False),
        (date(2026, 12, 24), date(2026, 12, 17), True),
        (date(2026, 12, 24), date(2026, 12, 21), True),  # Three days ahead.
        (date(2026, 12, 24), date(2026, 12, 22), False),
        (date(2026, 12, 24), date(2026, 12, 23), True),  # One day ahead; the last day itself finds the office closed.
        (date(2026, 12, 28), date(2026, 12, 14), True),
        (date(2026, 12, 28), date(2026, 12, 21), True),
        (date(2026, 12, 28), date(2026, 12, 23), False),  # Five days ahead, and the last working morning before it…
        (date(2026, 12, 28), date(2026, 12, 28), True),  # … is the day itself.
        (date(2026, 12, 7), date(2026, 12, 4), True),  # Due on Monday: told on Friday, three days ahead.
        (date(2026, 12, 8), date(2026, 12, 7), True),
        (
            date(2026, 12, 20),
            date(2026, 12, 18),
            True,
        ),  # A distance that falls on the weekend is told before it is over.
    ],
)
def test_a_case_is_named_when_its_last_day_comes_near(last_day: date, morning: date, is_told: bool) -> None:
    assert bool(told(morning, case(last_day)).due) is is_told


@given(st.dates(date(2025, 1, 1), date(2030, 12, 31)))
def test_every_distance_is_told_by_the_first_working_morning_after_it(received: date) -> None:
    last_day = respond_by(received)
    mornings = [received + timedelta(days=number) for number in range(1, 40)]
    mornings = [day for day in mornings if is_working_day(day) and day <= last_day]
    named = [day for day in mornings if told(day, case(last_day)).due]
    for distance in AHEAD[:-1]:
        after = [day for day in mornings if day >= last_day - timedelta(days=distance)]
        assert not after or after[0] in named
    assert all(day >= last_day - timedelta(days=AHEAD[0] + 7) for day in named)


@pytest.mark.parametrize(
    "day_off", [date(2026, 12, 5), date(2026, 12, 6), date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)]
)
def test_on_a_day_off_nothing_is_told_but_what_is_overdue(day_off: date) -> None:
    late = case(day_off - timedelta(days=1), reference="EPM-LATE")
    cases = [late, case(day_off + timedelta(days=3), is_new=True, undelivered=True, has_news=True, urgent=True)]
    digest = told(day_off, *cases, set_aside=3)
    assert [case.reference for case in digest.overdue] == ["EPM-LATE"]
    assert (digest.new, digest.due, digest.undelivered, digest.urgent, digest.set_aside) == ((), (), (), (), 0)
    assert told(day_off, *cases[1:], set_aside=3).is_empty


def test_on_a_working_morning_each_list_holds_what_it_asks_for() -> None:
    morning = date(2026, 12, 8)
    new = case(date(2026, 12, 24), is_new=True, reference="EPM-NEW2", urgent=True)
    silent = case(date(2026, 12, 30), undelivered=True, has_news=True, reference="EPM-LOST")
    digest = told(morning, new, silent, case(date(2026, 12, 7), reference="EPM-LATE"), set_aside=2)
    assert [one.reference for one in digest.new] == [one.reference for one in digest.urgent] == ["EPM-NEW2"]
    assert [one.reference for one in digest.undelivered] == [one.reference for one in digest.news] == ["EPM-LOST"]
    assert [one.reference for one in digest.overdue] == ["EPM-LATE"]
    assert digest.set_aside == 2


def test_a_quiet_morning_has_nothing_to_tell() -> None:
    assert told(date(2026, 12, 8), case(date(2026, 12, 30))).is_empty


@pytest.mark.parametrize(
    ("instant", "is_right"),
    [
        (datetime(2026, 11, 24, 6, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 24, 15, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 1, 6, 0, tzinfo=UTC), True),  # Summer time.
    ],
)
def test_a_digest_leaves_in_office_hours(instant: datetime, is_right: bool) -> None:
    assert is_time(instant, 8) is is_right


def test_a_breach_has_seventy_two_hours_from_receipt() -> None:
    assert breach_deadline(case(date(2026, 12, 8))) == datetime(2026, 11, 27, 9, tzinfo=UTC)
