"""The queue as a table that is read from left to right: how soon, which case, what is asked, by whom."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.table import Table
from rich.text import Text

from privacybot.cli.casefile import days_left, rights_in_words
from privacybot.cli.safe import plain
from privacybot.cli.screen import console
from privacybot.gdpr.deadline import received_on
from privacybot.store.tables import Case, CaseRight

SOON = 7
NARROW = 80
"""Columns below which the queue is a list."""
WIDE = 110
"""Columns from which the subject has room."""
_OTHER_COLUMNS = 44
"""What stands beside date, sender and subject where every column is as narrow as it may be."""
_GAP = 2
_LONGEST_RIGHT, _LONGEST_STANDING = len("rectification,"), len("not answered,")
"""No word of ours is cut: it is the sender that gives way."""


def queue_table(found: Sequence[tuple[Case, Sequence[CaseRight]]], now: datetime, width: int) -> Table:
    """The cases as rows that fit into `width` columns; the reference and the date are never cut."""
    room = width - _OTHER_COLUMNS - max((len(_due(case, now)) for case, _ in found), default=0)
    sender = min(30, room * 11 // 20 if width >= WIDE else room)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=False)
    table.add_column("Answer by", no_wrap=True)
    table.add_column("Case", no_wrap=True, style="bold", min_width=8)
    table.add_column("Asks for", min_width=_LONGEST_RIGHT)
    table.add_column("From", overflow="ellipsis", no_wrap=True, max_width=sender)
    if width >= WIDE:
        table.add_column("Subject", overflow="ellipsis", no_wrap=True, max_width=min(34, room - sender - _GAP))
    table.add_column("Stands", min_width=_LONGEST_STANDING)
    for case, rights in found:
        subject = [plain(case.subject)] if width >= WIDE else []
        table.add_row(
            _due(case, now),
            case.reference,
            Text(rights_in_words(rights), style="" if rights else "italic"),
            plain(case.data_subject) or "(nobody to answer)",
            *subject,
            _standing(case),
        )
    return table


def wants_list(width: int) -> bool:
    """Whether a table would be torn: in a narrow terminal, or one that only writes line by line."""
    return width < NARROW or os.environ.get("TERM") == "dumb"


def queue_list(found: Sequence[tuple[Case, Sequence[CaseRight]]], now: datetime) -> None:
    """The same case by case, in lines that may wrap anywhere and can be read aloud."""
    for case, rights in found:
        head = Text.assemble((case.reference, "bold"), ", answer by ", _due(case, now), ": ", rights_in_words(rights))
        console().print(head)
        who = plain(case.data_subject) or "nobody to answer"
        console().print(Text.assemble("  ", _standing(case), f". From {who}: {plain(case.subject)}"))


def _due(case: Case, now: datetime) -> Text:
    left = days_left(case, received_on(now))
    style = "bold red" if left < 0 else "yellow" if left <= SOON else ""
    return Text(f"{case.respond_by:%d-%m-%Y} ({_left(left)})", style=style)


def _left(days: int) -> str:
    return f"{days} d" if days >= 0 else f"{-days} d late"


def _standing(case: Case) -> Text:
    """The status and, behind it, what a clerk must know at a glance."""
    flags = [
        ("urgent", case.urgent, "bold red"),
        ("not delivered", bool(case.undelivered), "red"),
        ("held", bool(case.held), "yellow"),
        ("not answered", bool(case.silence) and not case.held, "yellow"),
        ("new mail", bool(case.news), "yellow"),
        ("unsure", case.band == "unsure" and case.status == "new", "yellow"),
    ]
    text = Text(case.status.replace("_", " "))
    for word, raised, style in flags:
        if raised:
            text.append(", ").append(word, style=style)
    return text
