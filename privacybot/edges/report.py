"""The figures of a period as one HTML file that prints well  (Jinja2): no script, nothing fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from privacybot.edges import charts
from privacybot.gdpr.rights import Right
from privacybot.gdpr.statistics import Month, Statistics

NAMES = {right: right.value for right in Right} | {Right.WITHDRAWAL: "withdrawal of consent"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MANY_MONTHS, _VERY_MANY = 15, 60
"""From so many months on, columns are quarters, and then years: more would not fit on a page."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at the top of the page."""

    name: str
    value: str
    note: str = ""
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what the chart shows, the chart, and a table where numbers need one."""

    title: str
    note: str
    chart: Markup | None = None
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def report(figures: Statistics, company: str) -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        company=company,
        period=f"{on(figures.first)} to {on(figures.last)}",
        made_on=on(figures.today),
        figures=list(_figures(figures)),
        sections=list(_sections(figures)),
    )


def on(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def lasting(span: timedelta | None) -> str:
    """A duration as one says it: “4 s”, “12 min”, “3 h”, “9.5 days”."""
    if span is None:
        return "–"
    seconds = span.total_seconds()
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _figures(of: Statistics) -> Iterator[Figure]:
    yield Figure("Requests", str(of.requests), f"found to be none: {of.dismissed}")
    yield Figure("Answered in time", percent(of.share_in_time), f"{of.in_time} of {of.in_time + of.late}", of.late > 0)
    yield Figure("Open now", str(of.still_open), f"{of.overdue} overdue", of.overdue > 0)
    yield Figure(
        "Acknowledged after", lasting(of.acknowledged.median), f"9 of 10 within {lasting(of.acknowledged.most)}"
    )
    yield Figure("Answered after", lasting(of.answered.median), f"9 of 10 within {lasting(of.answered.most)}")
    yield Figure("Recognised rightly", percent(of.share_exactly_right), f"{of.exactly_right} of {of.decided} decided")


def _sections(of: Statistics) -> Iterator[Section]:
    columns = _columns(list(of.by_month))
    labels = list(columns)
    yield _by_right(of, columns)
    punctual = [_summed_pair(of.in_time_by_month, months) for months in columns.values()]
    yield Section(
        "Answered in time",
        f"Closed on or before the last day, by the month of receipt: {of.in_time} in time, {of.late} late.",
        charts.stacked("Answered in time and late, by month of receipt", labels, punctual),
    )
    yield Section(
        "Time to acknowledge",
        "From the mail server's receipt to our acknowledgement leaving. Some mails may not be answered by a program.",
        charts.bars("Time to acknowledge", of.acknowledging),
    )
    yield Section(
        "Time to answer",
        f"From receipt to closure. Half took no longer than {lasting(of.answered.median)}.",
        charts.bars("Time to answer", of.answering),
    )
    yield Section(
        "Open cases by age",
        f"{of.still_open} are open, {of.overdue} of them beyond their last day.",
        charts.bars("Open cases by age", of.age_of_open),
    )
    yield _recognition(of)
    yield Section(
        "Every mail in the period",
        "Each mail has one outcome, so that none can fall between.",
        charts.bars("Mails by outcome", sorted(of.arrivals.items(), key=lambda row: -row[1])) if of.arrivals else None,
    )


def _by_right(of: Statistics, columns: Mapping[str, Sequence[Month]]) -> Section:
    rows = [
        (NAMES[right], [sum(of.by_month[month].get(right, 0) for month in months) for months in columns.values()])
        for right in Right
    ]
    unclear = [sum(of.without_right.get(month, 0) for month in months) for months in columns.values()]
    if any(unclear):
        rows.append(("not yet settled", unclear))
    return Section(
        "Requests by right and month",
        "A request that uses several rights counts once for each.",
        charts.columns_by_row("Requests by right and month", list(columns), rows),
    )


def _recognition(of: Statistics) -> Section:
    """What staff changed is what the recognition got wrong: its accuracy on our own mail."""
    found = [(right, of.recognised[right]) for right in Right]
    bars = [
        (NAMES[right], its.recall, f"{percent(its.recall)}" if its.recall is not None else "none yet")
        for right, its in found
    ]
    return Section(
        "What staff corrected",
        f"Of {of.decided} cases that staff decided, {of.exactly_right} were recognised with exactly the right rights. "
        "The bar shows how many of the rights that were there had been found.",
        charts.shares("Share of rights found, by right", bars),
        ("Right", "Found", "Missed", "False", "Found of those there", "Right of those found"),
        [
            (
                NAMES[right],
                str(its.found),
                str(its.missed),
                str(its.false),
                percent(its.recall),
                percent(its.precision),
            )
            for right, its in found
        ],
    )


def _columns(months: Sequence[Month]) -> Mapping[str, list[Month]]:
    """The months by the column that they belong to."""
    columns: dict[str, list[Month]] = {}
    for month in months:
        columns.setdefault(_column_name(month, len(months)), []).append(month)
    return columns


def _column_name(month: Month, count: int) -> str:
    year, number = month
    if count >= _VERY_MANY:
        return str(year)
    if count >= _MANY_MONTHS:
        return f"Q{(number + 2) // 3} {year % 100:02}"
    return f"{_MONTHS[number - 1]} {year % 100:02}"


def _summed_pair(pairs: Mapping[Month, tuple[int, int]], months: Iterable[Month]) -> tuple[int, int]:
    found = [pairs[month] for month in months]
    return sum(in_time for in_time, _ in found), sum(late for _, late in found)
