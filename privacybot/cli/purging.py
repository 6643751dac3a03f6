"""`privacybot purge`: what is old enough goes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from privacybot.app import App
from privacybot.cli.clerk import print_json, staff
from privacybot.cli.screen import say
from privacybot.config import RetentionSection, load
from privacybot.flows import retention
from privacybot.flows.retention import Purge


def purge(config: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Erase, or with `dry_run` only say what would go."""
    app, now = App(load(config)), datetime.now(UTC)
    if dry_run:
        found = retention.plan(app.engine, app.terms, now)
    else:
        found = retention.purge(app.engine, app.terms, now, actor=staff())
    if as_json:
        print_json({"dry_run": dry_run, **asdict(found)})
        return
    _show(found, app.config.retention, dry_run=dry_run)


def _show(found: Purge, terms: RetentionSection, *, dry_run: bool) -> None:
    for sentence in _sentences(found, terms):
        say(sentence)
    if found.spared:
        say(f"{found.spared} more are old enough, but of persons whose request for a copy is open: they stay.")
    if found.is_empty:
        say("Nothing is old enough to go.")
    elif dry_run:
        say("Nothing was erased. To erase it: privacybot purge")
    else:
        say("Erased. Dates, rights and the chains of events stay, without anything personal.")


def _sentences(found: Purge, terms: RetentionSection) -> list[str]:
    classes = (
        (found.closed, "closed case", f"closed more than {terms.closed_cases_days} days ago"),
        (found.dismissed, "case that was no request", f"dismissed more than {terms.dismissed_cases_days} days ago"),
        (found.enquiries, "ordinary mail with its answer", f"older than {terms.enquiries_days} days"),
        (found.letters, "letter of no case", f"older than {terms.enquiries_days} days"),
        (found.set_aside, "mail set aside", f"for more than {terms.set_aside_days} days"),
    )
    return [
        f"{len(rows)} × {name}, {why}{': ' + _named(rows) if isinstance(rows[0], str) else ''}"
        for rows, name, why in classes
        if rows
    ]


def _named(rows: object, most: int = 10) -> str:
    names = [str(row) for row in rows] if isinstance(rows, (list, tuple)) else []
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
