"""The clock: the table of dates that were checked by hand, and what must hold for every other date."""

from __future__ import annotations

import calendar
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.gdpr.acknowledgement import Period
from privacybot.gdpr.deadline import (
    COPENHAGEN,
    MONTHS_EXTENDED,
    Targets,
    day_off,
    explain,
    explain_extension,
    is_working_day,
    may_concern_marketing,
    next_working_day,
    office_closed,
    period,
    received_on,
    respond_by,
    working_days_after,
)
from privacybot.gdpr.rights import Clock, Right

TABLE = [
    # receipt, due, extended
    ("2025-03-05", "2025-04-07", "2025-06-05"),
    ("2026-03-05", "2026-04-07", "2026-06-05"),  # Easter
    ("2025-08-31", "2025-09-30", "2025-12-01"),
    ("2026-01-31", "2026-03-02", "2026-04-30"),
    ("2027-01-31", "2027-03-01", "2027-04-30"),
    ("2028-01-31", "2028-02-29", "2028-05-01"),
    ("2026-03-02", "2026-04-07", "2026-06-02"),  # Maundy Thursday
    ("2027-02-26", "2027-03-30", "2027-05-26"),
    ("2025-04-16", "2025-05-16", "2025-07-16"),  # no Store Bededag any more
    ("2026-11-24", "2026-12-24", "2027-02-24"),  # Christmas Eve is no public holiday
    ("2026-11-25", "2026-12-28", "2027-02-25"),
    ("2026-12-01", "2027-01-04", "2027-03-01"),
    ("2026-09-26", "2026-10-26", "2026-12-28"),
]

DAYS = st.dates(date(2024, 1, 1), date(2090, 12, 31))
INSTANTS = st.datetimes(datetime(2024, 1, 2), datetime(2090, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(("receipt", "due", "extended"), TABLE)
def test_the_period_ends_on_the_day_that_the_regulation_gives(receipt: str, due: str, extended: str) -> None:
    received = date.fromisoformat(receipt)
    assert respond_by(received) == date.fromisoformat(due)
    assert respond_by(received, MONTHS_EXTENDED) == date.fromisoformat(extended)


@given(DAYS, st.integers(1, 3))
def test_it_is_never_later_than_the_law_allows_nor_earlier(received: date, months: int) -> None:
    month = received.month - 1 + months
    year, month = received.year + month // 12, month % 12 + 1
    nominal = date(year, month, min(received.day, calendar.monthrange(year, month)[1]))
    due = respond_by(received, months)
    between = [nominal + timedelta(days=count) for count in range((due - nominal).days)]
    assert due >= nominal
    assert not day_off(due)
    assert all(day_off(day) for day in between)


@given(DAYS, st.integers(1, 3))
def test_who_asks_later_is_not_answered_earlier(received: date, months: int) -> None:
    assert respond_by(received, months) <= respond_by(received + timedelta(days=1), months)


@given(DAYS)
def test_an_extension_never_shortens(received: date) -> None:
    assert respond_by(received) < respond_by(received, MONTHS_EXTENDED)


RECEIPTS = [
    # The calendar day in Copenhagen, at midnight and at the changes of summer time.
    ("2026-11-23T22:59:59+00:00", "2026-11-23"),
    ("2026-11-23T23:00:00+00:00", "2026-11-24"),
    ("2026-07-01T21:59:59+00:00", "2026-07-01"),
    ("2026-07-01T22:00:00+00:00", "2026-07-02"),
    ("2026-03-28T22:59:59+00:00", "2026-03-28"),
    ("2026-03-28T23:00:00+00:00", "2026-03-29"),
    ("2026-03-29T21:59:59+00:00", "2026-03-29"),
    ("2026-03-29T22:00:00+00:00", "2026-03-30"),
    ("2026-10-24T22:00:00+00:00", "2026-10-25"),
    ("2026-10-25T22:59:59+00:00", "2026-10-25"),
    ("2026-10-25T23:00:00+00:00", "2026-10-26"),
    ("2026-12-31T23:30:00+00:00", "2027-01-01"),
    ("2026-11-24T00:30:00+14:00", "2026-11-23"),
    ("2026-11-23T20:00:00-12:00", "2026-11-24"),
]


@pytest.mark.parametrize(("instant", "day"), RECEIPTS)
def test_the_day_of_receipt_is_the_day_in_copenhagen(instant: str, day: str) -> None:
    assert received_on(datetime.fromisoformat(instant)) == date.fromisoformat(day)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        received_on(datetime(2026, 11, 24))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-11-24", 1, "2026-11-25"),
        ("2026-11-24", 3, "2026-11-27"),
        ("2026-11-26", 3, "2026-12-01"),  # over a weekend
        ("2026-11-28", 3, "2026-12-02"),  # from a Saturday
        ("2026-04-01", 3, "2026-04-09"),  # over Easter
        ("2026-12-23", 3, "2026-12-29"),  # Christmas Eve counts, as the period of a month counts it
        ("2026-11-24", 0, "2026-11-24"),
        ("2026-11-28", 0, "2026-11-30"),
    ],
)
def test_working_days_are_counted_from_the_day_after(day: str, count: int, expected: str) -> None:
    assert working_days_after(date.fromisoformat(day), count) == date.fromisoformat(expected)


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError):
        working_days_after(date(2026, 11, 24), -1)


@given(DAYS, st.integers(1, 20))
def test_one_working_day_more_is_the_next_working_day(day: date, count: int) -> None:
    later = working_days_after(day, count)
    assert working_days_after(day, count + 1) == next_working_day(later + timedelta(days=1))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-01-01", "New Year's Day"),
        ("2026-04-02", "Maundy Thursday"),
        ("2026-04-03", "Good Friday"),
        ("2026-04-06", "Easter Monday"),
        ("2026-05-14", "Ascension Day"),
        ("2026-05-25", "Pentecost Monday"),
        ("2026-12-25", "Christmas Day"),
        ("2026-12-26", "Second Day of Christmas"),
        ("2023-05-05", "Great Prayer Day"),
        ("2026-05-01", ""),  # Store Bededag was abolished from 2024
        ("2026-06-05", ""),
        ("2026-12-24", ""),
        ("2026-12-31", ""),
        ("2026-11-28", "a Saturday"),
        ("2026-11-29", "a Sunday"),
        ("2026-11-24", ""),
    ],
)
def test_days_off_are_weekends_and_public_holidays(day: str, name: str) -> None:
    assert day_off(date.fromisoformat(day)) == name


@pytest.mark.parametrize("day", ["2026-06-05", "2026-12-24", "2026-12-31"])
def test_a_period_may_end_on_a_day_on_which_the_office_is_closed_and_staff_are_warned(day: str) -> None:
    closed = date.fromisoformat(day)
    assert next_working_day(closed) == closed
    assert "the office is closed" in office_closed(closed)
    assert not is_working_day(closed)


@pytest.mark.parametrize("day", ["2026-12-23", "2026-12-25", "2027-06-05"])
def test_no_warning_where_no_period_can_end_or_the_office_is_open(day: str) -> None:
    assert office_closed(date.fromisoformat(day)) == ""


RECEIVED = date(2026, 11, 24)
MONTH, AT_ONCE, COMPLAINT = date(2026, 12, 24), date(2026, 11, 27), date(2026, 12, 8)

PERIODS = [
    (Right.ACCESS, Clock.MONTH, MONTH),
    (Right.RECTIFICATION, Clock.MONTH, MONTH),
    (Right.ERASURE, Clock.MONTH, MONTH),
    (Right.RESTRICTION, Clock.MONTH, MONTH),
    (Right.PORTABILITY, Clock.MONTH, MONTH),
    (Right.WITHDRAWAL, Clock.AT_ONCE, AT_ONCE),
    (Right.OBJECTION, Clock.AT_ONCE, AT_ONCE),
    (Right.COMPLAINT, Clock.COMPLAINT, COMPLAINT),
]


@pytest.mark.parametrize(("right", "clock", "due"), PERIODS)
def test_each_right_has_its_own_clock(right: Right, clock: Clock, due: date) -> None:
    assert period(right, RECEIVED, "", Targets()) == Period(right, clock, RECEIVED, due)


def test_the_targets_are_the_administrators() -> None:
    targets = Targets(at_once_working_days=1, complaint_working_days=2)
    assert period(Right.WITHDRAWAL, RECEIVED, "", targets).respond_by == date(2026, 11, 25)
    assert period(Right.COMPLAINT, RECEIVED, "", targets).respond_by == date(2026, 11, 26)


OBJECTIONS = [
    ("Jeg gør indsigelse mod, at I bruger mine oplysninger til markedsføring.", True),
    ("Stop med at sende mig reklamer!", True),
    ("Jeg vil ikke have flere nyhedsbreve.", True),
    ("I object to the use of my data for direct marketing.", True),
    ("Please stop showing me ads.", True),
    ("Jeg gør indsigelse mod jeres behandling af mine oplysninger.", True),
    ("I object to the processing of my personal data.", True),
    ("Jeg gør indsigelse mod profilering.", True),
    ("Jeg gør indsigelse mod, at I giver mine oplysninger videre til jeres partnere.", True),
    ("Jeg gør indsigelse mod brug af min statistik til markedsføring.", True),
    ("", True),
    ("Jeg gør indsigelse mod, at mit billede ligger på jeres hjemmeside.", False),
    ("I object to my photo being published.", False),
    ("Jeg gør indsigelse mod brug af mine svar til STATISTIK.", False),
    ("I object to the use of my results for research.", False),
    ("Indsigelse efter artikel 21, stk. 1.", False),
    ("I object under Article 21(1) GDPR.", False),
    ("Indsigelse efter artikel 21, stk. 2.", True),
]


@pytest.mark.parametrize(("evidence", "short"), OBJECTIONS)
def test_an_objection_takes_the_short_target_unless_it_plainly_concerns_something_else(
    evidence: str, short: bool
) -> None:
    assert may_concern_marketing(evidence) is short
    expected = (Clock.AT_ONCE, AT_ONCE) if short else (Clock.MONTH, MONTH)
    found = period(Right.OBJECTION, RECEIVED, evidence, Targets())
    assert (found.clock, found.respond_by) == expected


@pytest.mark.parametrize("right", [right for right in Right if right is not Right.OBJECTION])
def test_marketing_shortens_no_other_right(right: Right) -> None:
    assert period(right, RECEIVED, "Slet mig, ingen reklamer", Targets()) == period(right, RECEIVED, "", Targets())


@given(st.sampled_from(Right), INSTANTS, st.sampled_from([evidence for evidence, _ in OBJECTIONS]))
def test_the_explanation_begins_with_receipt_and_ends_with_the_last_day(
    right: Right, received_at: datetime, evidence: str
) -> None:
    steps = explain(right, received_at, evidence, Targets())
    days = [step.day for step in steps]
    assert days[0] == received_at.astimezone(COPENHAGEN).date()
    assert days[-1] == period(right, received_on(received_at), evidence, Targets()).respond_by
    assert days == sorted(days)


def test_the_explanation_names_every_day_that_is_skipped() -> None:
    sentences = [step.sentence for step in explain(Right.ACCESS, datetime(2026, 3, 2, 9, tzinfo=UTC), "", Targets())]
    skipped = ["Maundy Thursday", "Good Friday", "a Saturday", "Easter Sunday", "Easter Monday"]
    assert [name for name in skipped if any(name in sentence for sentence in sentences)] == skipped
    assert sentences[0] == "Received at 10:00, Danish time: this is the day of receipt."


def test_the_explanation_of_an_extension_begins_with_the_day_by_which_to_tell_of_it() -> None:
    steps = explain_extension(date(2026, 9, 26))
    assert (steps[0].day, steps[-1].day) == (date(2026, 10, 26), date(2026, 12, 28))


def test_the_library_of_holidays_is_imported_only_when_a_date_is_reckoned() -> None:
    program = "import sys, privacybot.gdpr.deadline; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
