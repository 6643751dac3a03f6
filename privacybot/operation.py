"""What a worker tells those who watch over it: counters and gauges for Prometheus, and whether it is well.

The worker says what happens as it happens; nothing here can stop it. Pages are served only where the configuration
names a port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client.core import Metric

from privacybot import log
from privacybot.app import App
from privacybot.config import MailboxSection
from privacybot.edges import metrics
from privacybot.edges.metrics import Metrics
from privacybot.edges.status_page import Page, status_pages
from privacybot.errors import Unavailable
from privacybot.flows.standing import standing
from privacybot.gdpr.deadline import COPENHAGEN
from privacybot.mail.delivery import Deferred, Outcome, Sent
from privacybot.store.engine import is_sqlite
from privacybot.store.outbox import Claimed, LetterKind
from privacybot.vitals import Vitals

OUTBOX, SMTP, HOUSEKEEPING = "outbox", "smtp", "housekeeping"
LONGEST_SEND = 700.0
"""An SMTP server may think for ten minutes behind the final dot (RFC 5321, 4.5.3.2.6)."""
FOR_EVER = float("inf")
"""The patience with a part that has nothing to say while nothing is to do."""


@dataclass
class Operation:
    """One worker, as it is seen from outside."""

    app: App
    vitals: Vitals = field(default_factory=Vitals)
    holds: Callable[[str], bool] = lambda _duty: False
    """Whether this worker has a duty at the moment."""
    workers: Callable[[], int] = lambda: 0
    """How many workers are at work."""

    def __post_init__(self) -> None:
        self.metrics = Metrics(self._state)
        self.vitals.expect(SMTP, FOR_EVER)

    def tried(self, letter: Claimed, outcome: Outcome, now: datetime) -> None:
        """A letter was handed to the server, or not."""
        self.metrics.letter_tried(type(outcome).__name__.lower())
        match outcome:
            case Deferred(connection_lost=True):
                self.vitals.ill(SMTP)
                return
            case Sent() if letter.kind == LetterKind.ACKNOWLEDGEMENT.value:
                self.metrics.acknowledged_after((now - letter.created_at).total_seconds())
        self.vitals.well(SMTP)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Serve /metrics and /healthz while the worker works, if anybody wants them."""
        section = self.app.config.operation
        if not section.port:
            yield
            return
        pages = {"/metrics": self._metrics_page, "/healthz": self._health_page}
        ports = range(section.port, min(section.port + section.workers, 65536))
        with _first_free(ports, lambda port: status_pages(section.host, port, pages)) as port:
            log.get().info("telling", host=section.host, port=port)
            yield

    def _metrics_page(self) -> Page:
        return Page(200, metrics.CONTENT_TYPE, self.metrics.page())

    def _health_page(self) -> Page:
        complaints = [*self.vitals.complaints(), *self._complaint_of_database()]
        said = "\n".join(complaints) or "ok"
        return Page(503 if complaints else 200, "text/plain; charset=utf-8", f"{said}\n".encode())

    def _complaint_of_database(self) -> Iterator[str]:
        try:
            standing(self.app.engine)
        except Unavailable:
            yield "database: it does not answer; the log says why."

    def _state(self) -> Iterator[Metric]:
        held = {box.name: self.holds(part_of(box)) for box in self.app.config.mailbox}
        yield from metrics.shared_out(held, self.workers())
        mailboxes = {box.name: self.vitals.is_well(part_of(box)) for box in self.app.config.mailbox if held[box.name]}
        sending = all(self.vitals.is_well(part) for part in (SMTP, *senders(self.app)))
        yield from metrics.reachable(mailboxes, sending)
        now = datetime.now(UTC)
        try:
            yield from metrics.standing(standing(self.app.engine), now, now.astimezone(COPENHAGEN).date())
        except Unavailable:
            return  # What this process has counted is told all the same.


@contextmanager
def _first_free(ports: Sequence[int], serve: Callable[[int], AbstractContextManager[int]]) -> Iterator[int]:
    """Serve on the first of these ports that no other worker has. Raises Unavailable where all are taken."""
    with ExitStack() as stack:
        yield _entered(stack, ports, serve)


def _entered(stack: ExitStack, ports: Sequence[int], serve: Callable[[int], AbstractContextManager[int]]) -> int:
    for port in ports[:-1]:
        with suppress(Unavailable):
            return stack.enter_context(serve(port))
    return stack.enter_context(serve(ports[-1]))


def part_of(mailbox: MailboxSection) -> str:
    return f"mailbox {mailbox.name}"


def senders(app: App) -> list[str]:
    """The duties of sending: where workers share an outbox each connection is one, so that all keep to the limit."""
    if is_sqlite(app.engine):
        return [OUTBOX]
    return [f"{OUTBOX} {number}" for number in range(1, app.config.smtp.connections + 1)]
