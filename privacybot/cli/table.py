"""The queue as a table that is read from left to right: how soon, which case, what is asked, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.table import Table
from rich.text import Text

from privacybot.cli.casefile import days_left, rights_in_words
from privacybot.cli.safe import plain
from privacybot.gdpr.deadline import received_on
from privacybot.store.tables import Case, CaseRight

SOON = 7


def queue_table(found: Sequence[tuple[Case, Sequence[CaseRight]]], now: datetime) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("Answer by", no_wrap=True)
    table.add_column("Case", no_wrap=True, style="bold")
    table.add_column("Asks for", min_width=12)
    table.add_column("From", overflow="ellipsis", no_wrap=True, max_width=30)
    table.add_column("Subject", overflow="ellipsis", no_wrap=True, max_width=34)
    table.add_column("Stands", no_wrap=False)
    for case, rights in found:
        table.add_row(
            _due(case, now),
            case.reference,
            Text(rights_in_words(rights), style="" if rights else "italic"),
            plain(case.data_subject) or "(nobody to answer)",
            plain(case.subject),
            _standing(case),
        )
    return table


def _due(case: Case, now: datetime) -> Text:
    left = days_left(case, received_on(now))
    style = "bold red" if left < 0 else "yellow" if left <= SOON else ""
    return Text(f"{case.respond_by:%d-%m-%Y} ({left} d)", style=style)


def _standing(case: Case) -> Text:
    """The status and, behind it, what a clerk must know at a glance."""
    flags = [
        ("urgent", case.urgent, "bold red"),
        ("not delivered", bool(case.undelivered), "red"),
        ("held", bool(case.held), "yellow"),
        ("not answered", bool(case.silence) and not case.held, "yellow"),
        ("unsure", case.band == "unsure" and case.status == "new", "yellow"),
    ]
    text = Text(case.status.replace("_", " "))
    for word, raised, style in flags:
        if raised:
            text.append(", ").append(word, style=style)
    return text
