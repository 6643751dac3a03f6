"""The figures are counted from what stays when nothing personal does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from privacybot.gdpr.deadline import received_on, respond_by
from privacybot.gdpr.rights import Right
from privacybot.gdpr.statistics import CaseRecord, RightRecord, Statistics, months, statistics_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIRST, LAST = date(2026, 9, 1), date(2026, 11, 24)


def right(name: Right, *, proposed: bool = True, confirmed: bool | None = True) -> RightRecord:
    return RightRecord(name, proposed, confirmed)


def case(
    received_at: datetime,
    *rights: RightRecord,
    acknowledged: timedelta | None = timedelta(seconds=4),
    closed: timedelta | None = None,
    dismissed: bool = False,
    decided: bool = True,
) -> CaseRecord:
    return CaseRecord(
        received_at=received_at,
        respond_by=respond_by(received_on(received_at)),
        acknowledged_at=received_at + acknowledged if acknowledged else None,
        closed_at=received_at + closed if closed else None,
        dismissed=dismissed,
        decided=decided,
        rights=rights,
    )


def counted(*cases: CaseRecord) -> Statistics:
    return statistics_of(cases, {}, FIRST, LAST, NOW)


def test_a_request_with_two_rights_counts_once_for_each() -> None:
    figures = counted(case(datetime(2026, 10, 5, tzinfo=UTC), right(Right.ACCESS), right(Right.ERASURE)))
    assert figures.requests == 1
    assert figures.by_month[(2026, 10)] == {Right.ACCESS: 1, Right.ERASURE: 1}
    assert list(figures.by_month) == [(2026, 9), (2026, 10), (2026, 11)]
    assert figures.by_right[Right.ACCESS] == 1


def test_a_case_belongs_to_the_danish_day_of_its_receipt() -> None:
    late_in_the_evening = case(datetime(2026, 8, 31, 22, 30, tzinfo=UTC), right(Right.ACCESS))
    assert counted(late_in_the_evening).by_month[(2026, 9)][Right.ACCESS] == 1


@pytest.mark.parametrize(
    ("closed_at", "in_time"),
    [
        (datetime(2026, 10, 5, 21, 59, tzinfo=UTC), True),  # The last minute of the last day in Denmark.
        (datetime(2026, 10, 5, 22, 0, tzinfo=UTC), False),
    ],
)
def test_the_last_day_counts_to_its_end(closed_at: datetime, in_time: bool) -> None:
    received = datetime(2026, 9, 3, 12, tzinfo=UTC)
    figures = counted(case(received, right(Right.ACCESS), closed=closed_at - received))
    assert (figures.in_time, figures.late) == ((1, 0) if in_time else (0, 1))
    assert figures.in_time_by_month[(2026, 9)] == ((1, 0) if in_time else (0, 1))


def test_what_staff_changed_is_what_the_recognition_got_wrong() -> None:
    at = datetime(2026, 10, 5, tzinfo=UTC)
    figures = counted(
        case(at, right(Right.ACCESS)),
        case(at, right(Right.ACCESS, confirmed=False), right(Right.ERASURE, proposed=False)),
        case(at, right(Right.ACCESS, confirmed=False), dismissed=True),
        case(at, right(Right.ACCESS, confirmed=None), decided=False),
    )
    access, erasure = figures.recognised[Right.ACCESS], figures.recognised[Right.ERASURE]
    assert (access.found, access.false, access.missed) == (1, 2, 0)
    assert (erasure.found, erasure.false, erasure.missed) == (0, 0, 1)
    assert access.precision == pytest.approx(1 / 3)
    assert erasure.recall == 0
    assert (figures.decided, figures.exactly_right, figures.dismissed, figures.requests) == (3, 1, 1, 3)


def test_open_cases_are_counted_by_age_and_the_overdue_among_them() -> None:
    figures = counted(
        case(NOW - timedelta(days=2), right(Right.ACCESS)), case(NOW - timedelta(days=60), right(Right.ACCESS))
    )
    assert dict(figures.age_of_open) == {
        "under a week": 1, "1–2 weeks": 0, "2–3 weeks": 0, "up to 31 days": 0, "older": 1,
    }  # fmt: skip
    assert (figures.still_open, figures.overdue) == (2, 1)


def test_times_are_told_by_the_median_and_by_nine_of_ten() -> None:
    at = datetime(2026, 10, 5, tzinfo=UTC)
    figures = counted(*(case(at, right(Right.ACCESS), acknowledged=timedelta(seconds=n)) for n in range(1, 12)))
    assert figures.acknowledged.median == timedelta(seconds=6)
    assert figures.acknowledged.most == timedelta(seconds=10)
    assert dict(figures.acknowledging)["under a minute"] == 11


def test_nothing_can_be_counted_of_nothing() -> None:
    figures = counted()
    assert (figures.requests, figures.share_in_time, figures.answered.median) == (0, None, None)


def test_months_go_over_the_year() -> None:
    assert months(date(2025, 11, 30), date(2026, 2, 1)) == [(2025, 11), (2025, 12), (2026, 1), (2026, 2)]
