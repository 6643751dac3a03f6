"""What Prometheus is told: what this process has counted, and how matters stand when it asks  (prometheus-client).

Labels are names of mailboxes and words of the program; nothing of a person is ever one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600)


class Standing(Protocol):
    """How matters stand in the database."""

    @property
    def letters_waiting(self) -> int: ...
    @property
    def oldest_letter_at(self) -> datetime | None: ...
    @property
    def cases_open(self) -> int: ...
    @property
    def cases_unconfirmed(self) -> int: ...
    @property
    def oldest_unconfirmed_at(self) -> datetime | None: ...
    @property
    def nearest_deadline(self) -> date | None: ...
    @property
    def mails_set_aside(self) -> int: ...
    @property
    def mailboxes_stopped(self) -> int: ...


class Metrics:
    """The counters of one worker. `state` adds what is looked up at each scrape."""

    def __init__(self, state: Callable[[], Iterator[Metric]]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # Else every counter has a second line that nobody asks for.
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_OnScrape(state))
        self._mails = Counter(
            "privacybot_mails", "Mails taken in, by their outcome.", ["mailbox", "outcome"], registry=self._registry
        )
        self._letters = Counter(
            "privacybot_letters", "Attempts to hand over a mail of ours.", ["outcome"], registry=self._registry
        )
        self._latency = Histogram(
            "privacybot_acknowledgement_seconds",
            "From the decision on a mail to the server's acceptance of our acknowledgement.",
            buckets=BUCKETS,
            registry=self._registry,
        )

    def mail_taken_in(self, mailbox: str, outcome: str) -> None:
        self._mails.labels(mailbox, outcome).inc()

    def letter_tried(self, outcome: str) -> None:
        self._letters.labels(outcome).inc()

    def acknowledged_after(self, seconds: float) -> None:
        self._latency.observe(seconds)

    def page(self) -> bytes:
        return generate_latest(self._registry)


def reachable(mailboxes: dict[str, bool], smtp: bool) -> Iterator[Metric]:
    """Whether the last contact with each server went well."""
    imap = GaugeMetricFamily("privacybot_imap_up", "1 while the mailbox can be read.", labels=["mailbox"])
    for name, is_well in mailboxes.items():
        imap.add_metric([name], float(is_well))
    yield imap
    yield GaugeMetricFamily("privacybot_smtp_up", "1 while the SMTP server can be reached.", value=float(smtp))


def shared_out(mailboxes: dict[str, bool], workers: int) -> Iterator[Metric]:
    """Which mailboxes are this worker's at the moment, and with how many workers it shares them."""
    held = GaugeMetricFamily("privacybot_mailbox_held", "1 while this worker watches the mailbox.", labels=["mailbox"])
    for name, is_held in mailboxes.items():
        held.add_metric([name], float(is_held))
    yield held
    yield GaugeMetricFamily("privacybot_workers", "Workers at work on the database, this one included.", value=workers)


def standing(now_stands: Standing, now: datetime, today: date) -> Iterator[Metric]:
    """How matters stand; what has no value, such as the next last day where no case is open, is left out."""
    yield from (
        GaugeMetricFamily(f"privacybot_{name}", sentence, value=float(value))
        for name, sentence, value in (
            ("outbox_depth", "Mails of ours that wait to be sent.", now_stands.letters_waiting),
            ("outbox_oldest_seconds", "Age of the oldest of them.", _age(now_stands.oldest_letter_at, now)),
            ("cases_open", "Cases that are not closed.", now_stands.cases_open),
            ("queue_depth", "Open cases that nobody has confirmed.", now_stands.cases_unconfirmed),
            ("queue_oldest_seconds", "Age of the oldest of them.", _age(now_stands.oldest_unconfirmed_at, now)),
            ("mails_set_aside", "Mails that wait for a person.", now_stands.mails_set_aside),
            ("mailboxes_stopped", "Mailboxes whose breaker has tripped.", now_stands.mailboxes_stopped),
        )
    )
    if now_stands.nearest_deadline is not None:
        days = (now_stands.nearest_deadline - today).days
        yield GaugeMetricFamily("privacybot_nearest_deadline_days", "Days to the next last day.", value=float(days))


class _OnScrape(Collector):
    """Asks whenever Prometheus does."""

    def __init__(self, state: Callable[[], Iterator[Metric]]) -> None:
        self._state = state

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        return self._state()


def _age(since: datetime | None, now: datetime) -> float:
    return (now - since).total_seconds() if since else 0.0
