"""`privacybot stats` and `report`: how requests were met."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from rich import box
from rich.table import Table

from privacybot.app import App
from privacybot.cli.clerk import print_json
from privacybot.cli.files import write_new
from privacybot.cli.screen import console, line, say
from privacybot.config import load
from privacybot.edges.report import NAMES, lasting, on, percent, report
from privacybot.errors import StaffError
from privacybot.flows import statistics
from privacybot.gdpr.rights import Right
from privacybot.gdpr.statistics import Span, Statistics


def show(config: Path | None, first: str, last: str, *, as_json: bool) -> None:
    """The figures of a period as tables."""
    figures = _gathered(App(load(config)), first, last)
    if as_json:
        print_json(_as_json(figures))
    else:
        _show(figures)


def write_report(config: Path | None, first: str, last: str, to: Path, *, replace: bool) -> None:
    """The same as one HTML file."""
    app = App(load(config))
    page = report(_gathered(app, first, last), app.config.company.name)
    if replace:
        to.unlink(missing_ok=True)
    write_new(to, page.encode(), mode=0o644)
    say(f"{to}: open it in a browser, or print it.")


def _gathered(app: App, first: str, last: str) -> Statistics:
    return statistics.gather(app.engine, _day(first), _day(last), datetime.now(UTC))


def _day(word: str) -> date | None:
    if not word:
        return None
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise StaffError(f"{word!r} is no date; write it as 2026-11-24.") from error


def _show(figures: Statistics) -> None:
    screen = console()
    say(f"{on(figures.first)} to {on(figures.last)}", style="bold")
    screen.print(line("Requests", f"{figures.requests}; found to be none: {figures.dismissed}"))
    closed = figures.in_time + figures.late
    screen.print(line("Answered in time", f"{percent(figures.share_in_time)} ({figures.in_time} of {closed})"))
    screen.print(line("Open now", f"{figures.still_open}, {figures.overdue} of them overdue"))
    screen.print(line("Acknowledged after", _spoken(figures.acknowledged)))
    screen.print(line("Answered after", _spoken(figures.answered)))
    screen.print(
        line(
            "Recognised rightly",
            f"{percent(figures.share_exactly_right)} ({figures.exactly_right} of {figures.decided} decided by staff)",
        )
    )
    screen.print(_table(("Right", "Requests", "Found", "Missed", "False"), _rights(figures)))
    screen.print(_table(("Open for", "Cases"), [(name, str(count)) for name, count in figures.age_of_open]))
    if figures.arrivals:
        screen.print(_table(("Mails", ""), [(name, str(count)) for name, count in sorted(figures.arrivals.items())]))


def _spoken(span: Span) -> str:
    if span.median is None:
        return "none yet"
    return f"{lasting(span.median)} at the median, nine of ten within {lasting(span.most)}"


def _rights(figures: Statistics) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for right in Right:
        its = figures.recognised[right]
        rows.append((NAMES[right], str(figures.by_right[right]), str(its.found), str(its.missed), str(its.false)))
    return rows


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _as_json(figures: Statistics) -> dict[str, object]:
    return {
        "first": figures.first.isoformat(),
        "last": figures.last.isoformat(),
        "requests": figures.requests,
        "dismissed": figures.dismissed,
        "open": figures.still_open,
        "overdue": figures.overdue,
        "anonymised": figures.anonymised,
        "in_time": figures.in_time,
        "late": figures.late,
        "share_in_time": figures.share_in_time,
        "acknowledged": _span_json(figures.acknowledged),
        "answered": _span_json(figures.answered),
        "by_month": {
            f"{year}-{month:02}": {right.value: count for right, count in counts.items()}
            for (year, month), counts in figures.by_month.items()
        },
        "age_of_open": dict(figures.age_of_open),
        "recognition": {
            right.value: {
                "found": its.found,
                "missed": its.missed,
                "false": its.false,
                "precision": its.precision,
                "recall": its.recall,
            }
            for right, its in figures.recognised.items()
        },
        "decided": figures.decided,
        "exactly_right": figures.exactly_right,
        "arrivals": dict(figures.arrivals),
    }


def _span_json(span: Span) -> dict[str, object]:
    return {
        "count": span.count,
        "median_seconds": span.median.total_seconds() if span.median else None,
        "nine_of_ten_seconds": span.most.total_seconds() if span.most else None,
    }
