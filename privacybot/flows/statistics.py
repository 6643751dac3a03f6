"""The figures of a period, from what the store counts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from privacybot.errors import StaffError
from privacybot.gdpr.deadline import COPENHAGEN, received_on
from privacybot.gdpr.statistics import Statistics, statistics_of
from privacybot.store import statistics
from privacybot.store.engine import Engine, snapshot


def gather(engine: Engine, first: date | None, last: date | None, now: datetime) -> Statistics:
    """Count the period from `first` to `last`, both included: by default the twelve months up to today.

    Raises StaffError for a period that ends before it begins.
    """
    until = last or received_on(now)
    since = first or _a_year_before(until)
    if since > until:
        raise StaffError(f"The period ends on {until:%Y-%m-%d}, before it begins on {since:%Y-%m-%d}.")
    with snapshot(engine) as session:
        begins, ends = _midnight(since), _midnight(until + timedelta(days=1))
        records = statistics.records(session, begins, ends)
        arrivals = statistics.arrivals(session, begins, ends)
    return statistics_of(records, arrivals, since, until, now)


def _a_year_before(day: date) -> date:
    """The first day of the month eleven months before, so that twelve columns stand side by side."""
    year, month = divmod(day.year * 12 + day.month - 1 - 11, 12)
    return date(year, month + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), COPENHAGEN)
