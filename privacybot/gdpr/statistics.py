"""How requests were met in a period: figures without persons.

Everything is counted from dates, rights and decisions, which stay when a case is anonymised. A case belongs to the
period in which it was received; its answer counts as in time when it was closed on or before its last day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median, quantiles

from privacybot.gdpr.deadline import received_on
from privacybot.gdpr.rights import Right

Month = tuple[int, int]
"""Year and month."""


@dataclass(frozen=True, slots=True)
class RightRecord:
    """A right of a case: proposed by the recognition, confirmed or denied by staff; None while they have not said."""

    right: Right
    proposed: bool
    confirmed: bool | None


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """What remains of a case when nothing personal is left of it."""

    received_at: datetime
    respond_by: date
    acknowledged_at: datetime | None
    closed_at: datetime | None
    dismissed: bool
    decided: bool
    """Staff have said which rights it is about, or that it is no request."""
    rights: Sequence[RightRecord]
    anonymised: bool = False

    @property
    def standing(self) -> frozenset[Right]:
        """The rights that count: what staff confirmed, else what was proposed."""
        return frozenset(record.right for record in self.rights if record.confirmed is not False)

    @property
    def in_time(self) -> bool | None:
        """None while it is open."""
        return None if self.closed_at is None else received_on(self.closed_at) <= self.respond_by


@dataclass(frozen=True, slots=True)
class Span:
    """How long something took: in how many cases, at the median, and in nine cases out of ten."""

    count: int
    median: timedelta | None = None
    most: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """One right, as the recognition proposed it and staff decided."""

    found: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float | None:
        return _share(self.found, self.found + self.false)

    @property
    def recall(self) -> float | None:
        return _share(self.found, self.found + self.missed)


Bars = Sequence[tuple[str, int]]
"""A histogram: each class by its name, in order."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything that `stats` and `report` show."""

    first: date
    last: date
    today: date
    cases: int
    requests: int
    """Cases that staff have not dismissed."""
    dismissed: int
    still_open: int
    overdue: int
    anonymised: int
    by_month: Mapping[Month, Mapping[Right, int]]
    """A case with several rights counts once for each."""
    without_right: Mapping[Month, int]
    """Requests of which nobody has said yet what they ask."""
    acknowledged: Span
    acknowledging: Bars
    answered: Span
    answering: Bars
    in_time: int
    late: int
    in_time_by_month: Mapping[Month, tuple[int, int]]
    """Answered in time and late, by the month of receipt."""
    age_of_open: Bars
    recognised: Mapping[Right, Recognised]
    decided: int
    exactly_right: int
    """Cases of which staff changed nothing."""
    arrivals: Mapping[str, int]
    """Mails by what became of them."""

    @property
    def share_in_time(self) -> float | None:
        return _share(self.in_time, self.in_time + self.late)

    @property
    def share_exactly_right(self) -> float | None:
        return _share(self.exactly_right, self.decided)

    @property
    def by_right(self) -> Mapping[Right, int]:
        total: Counter[Right] = Counter()
        for month in self.by_month.values():
            total.update(month)
        return {right: total[right] for right in Right}


_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ACKNOWLEDGING = (
    ("under a minute", _MINUTE),
    ("under ten minutes", 10 * _MINUTE),
    ("under an hour", _HOUR),
    ("under a day", _DAY),
    ("longer", timedelta.max),
)
ANSWERING = (
    ("first week", 7 * _DAY),
    ("second week", 14 * _DAY),
    ("third week", 21 * _DAY),
    ("up to 31 days", 31 * _DAY),
    ("up to 3 months", 92 * _DAY),
    ("longer", timedelta.max),
)
AGES = (
    ("under a week", 7 * _DAY),
    ("1–2 weeks", 14 * _DAY),
    ("2–3 weeks", 21 * _DAY),
    ("up to 31 days", 31 * _DAY),
    ("older", timedelta.max),
)


def statistics_of(
    cases: Iterable[CaseRecord], arrivals: Mapping[str, int], first: date, last: date, now: datetime
) -> Statistics:
    """Count the cases that were received from `first` to `last`, both included."""
    today = received_on(now)
    records = [case for case in cases if first <= received_on(case.received_at) <= last]
    requests = [case for case in records if not case.dismissed]
    closed = [case for case in requests if case.closed_at]
    waiting = [case for case in requests if not case.closed_at]
    decided = [case for case in records if case.decided]
    acknowledging = [case.acknowledged_at - case.received_at for case in records if case.acknowledged_at]
    answering = [case.closed_at - case.received_at for case in closed if case.closed_at]
    return Statistics(
        first=first,
        last=last,
        today=today,
        cases=len(records),
        requests=len(requests),
        dismissed=len(records) - len(requests),
        still_open=len(waiting),
        overdue=sum(case.respond_by < today for case in waiting),
        anonymised=sum(case.anonymised for case in records),
        by_month=_by_month(requests, first, last),
        without_right=Counter(_month(case) for case in requests if not case.standing),
        acknowledged=_span(acknowledging),
        acknowledging=(*_bars(ACKNOWLEDGING, acknowledging), ("not by mail", len(records) - len(acknowledging))),
        answered=_span(answering),
        answering=_bars(ANSWERING, answering),
        in_time=sum(case.in_time is True for case in closed),
        late=sum(case.in_time is False for case in closed),
        in_time_by_month=_punctuality(closed, first, last),
        age_of_open=_bars(AGES, [now - case.received_at for case in waiting]),
        recognised={right: _recognised(decided, right) for right in Right},
        decided=len(decided),
        exactly_right=sum(_exactly_right(case) for case in decided),
        arrivals=arrivals,
    )


def months(first: date, last: date) -> list[Month]:
    """Every month of a period, in order."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [(number // 12, number % 12 + 1) for number in numbers]


def _month(case: CaseRecord) -> Month:
    day = received_on(case.received_at)
    return day.year, day.month


def _by_month(cases: Iterable[CaseRecord], first: date, last: date) -> Mapping[Month, Mapping[Right, int]]:
    counted: dict[Month, Counter[Right]] = {month: Counter() for month in months(first, last)}
    for case in cases:
        counted[_month(case)].update(case.standing)
    return counted


def _punctuality(closed: Iterable[CaseRecord], first: date, last: date) -> Mapping[Month, tuple[int, int]]:
    counted = dict.fromkeys(months(first, last), (0, 0))
    for case in closed:
        in_time, late = counted[_month(case)]
        counted[_month(case)] = (in_time + 1, late) if case.in_time else (in_time, late + 1)
    return counted


def _recognised(cases: Iterable[CaseRecord], right: Right) -> Recognised:
    records = [record for case in cases for record in case.rights if record.right is right]
    return Recognised(
        found=_count(records, lambda record: record.proposed and record.confirmed is True),
        false=_count(records, lambda record: record.proposed and record.confirmed is not True),
        missed=_count(records, lambda record: not record.proposed and record.confirmed is True),
    )


def _exactly_right(case: CaseRecord) -> bool:
    proposed = {record.right for record in case.rights if record.proposed}
    confirmed = {record.right for record in case.rights if record.confirmed}
    return bool(proposed) and proposed == confirmed


def _span(durations: Sequence[timedelta]) -> Span:
    if not durations:
        return Span(0)
    seconds = sorted(duration.total_seconds() for duration in durations)
    most = quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return Span(len(seconds), timedelta(seconds=median(seconds)), timedelta(seconds=most))


def _bars(classes: Sequence[tuple[str, timedelta]], durations: Iterable[timedelta]) -> Bars:
    counted = Counter(next(name for name, below in classes if duration < below) for duration in durations)
    return tuple((name, counted[name]) for name, _ in classes)


def _count(records: Iterable[RightRecord], holds: Callable[[RightRecord], bool]) -> int:
    return sum(1 for record in records if holds(record))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
