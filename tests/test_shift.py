"""A worker takes its duties, lets go of them between two mails, and begins none twice, whatever becomes of its seat."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from privacybot import duty, shift
from privacybot.duty import Duty, Stint
from privacybot.errors import Unavailable
from privacybot.shift import MAILBOX, Shift
from privacybot.store.engine import Engine, open_store, transaction
from privacybot.store.leases import Seat, take_seat
from privacybot.vitals import Vitals
from tests.conftest import installed
from tests.servers import Postgres
from tests.system.installation import eventually

END_SEATS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE 'privacybot worker %'"
)
NAMES = [f"mailbox {number}" for number in range(6)]


@dataclass
class Watcher:
    """One worker whose duties do nothing but count themselves."""

    at_work: Counter[str]
    """How many threads do each duty, over all workers."""
    seats: list[Seat] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    most_at_once: int = 0
    lingers: float = 0.0
    """How long a mail in hand takes, in seconds."""

    def __post_init__(self) -> None:
        duties = [Duty(MAILBOX, name, self._watch, patience=60.0) for name in NAMES]
        self.shift = Shift(duties, Vitals(), lambda: None, self.stopping)

    @property
    def held(self) -> list[str]:
        return [name for name in NAMES if self.shift.holds(name)]

    def _watch(self, stint: Stint) -> None:
        name = stint.duty.name
        self.at_work[name] += 1
        try:
            while not stint.is_over():
                self.most_at_once = max(self.most_at_once, self.at_work[name])
                stint.over.wait(0.02)
            time.sleep(self.lingers)
        finally:
            self.at_work[name] -= 1

    @contextmanager
    def working(self, engine: Engine) -> Iterator[Watcher]:
        @contextmanager
        def seat() -> Iterator[Seat]:
            with take_seat(engine, NAMES) as taken:
                self.seats.append(taken)
                yield taken

        thread = threading.Thread(target=self.shift.work, args=(seat,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self.shift.end()
            thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(duty, "FIRST_PAUSE", 0.05)


@pytest.fixture
def shared(postgres: Postgres) -> Iterator[Engine]:
    store = open_store(postgres.fresh_database())
    yield store
    store.dispose()


def come(holds: Callable[[], bool]) -> None:
    assert eventually(holds, 20)


def test_a_worker_alone_has_everything_and_lets_go_of_it_at_the_end(quick: None, shared: Engine) -> None:
    at_work = Counter[str]()
    one = Watcher(at_work)
    with one.working(shared):
        come(lambda: one.held == NAMES and sum(at_work.values()) == len(NAMES))
    assert one.held == []
    assert not +at_work
    with take_seat(shared, NAMES) as seat:
        assert all(seat.take(name) for name in NAMES)


def test_a_second_worker_gets_half_and_no_duty_is_ever_done_twice_at_once(quick: None, shared: Engine) -> None:
    at_work = Counter[str]()
    one, two = Watcher(at_work, lingers=0.2), Watcher(at_work)
    with one.working(shared):
        come(lambda: one.held == NAMES)
        with two.working(shared):
            come(lambda: len(one.held) == len(two.held) == 3 and len({*one.held, *two.held}) == 6)
            assert one.shift.workers == two.shift.workers == 2
        come(lambda: one.held == NAMES)
    assert max(one.most_at_once, two.most_at_once) == 1


def test_a_seat_that_is_lost_is_taken_anew_and_every_duty_begins_again_once(quick: None, shared: Engine) -> None:
    at_work = Counter[str]()
    one = Watcher(at_work, lingers=0.3)
    with capture_logs() as lines, one.working(shared):
        come(lambda: one.held == NAMES)
        with transaction(shared) as session:
            session.execute(text(END_SEATS))
        come(lambda: len(one.seats) == 2 and one.held == NAMES and sum(at_work.values()) == len(NAMES))
    assert one.most_at_once == 1
    assert [line["part"] for line in lines if line["event"] == "unavailable"] == ["seat"]


def test_who_has_stood_still_for_longer_than_its_seat_lasts_ends_at_once() -> None:
    until = time.monotonic() + 0.1
    stint = Stint(Duty(MAILBOX, "mailbox 1", lambda _stint: None, 60.0), Vitals(), lambda: until)
    assert not stint.is_over()
    time.sleep(0.15)
    assert stint.is_over()


def test_where_only_a_person_can_help_the_worker_says_so_and_ends(quick: None) -> None:
    @contextmanager
    def no_seat() -> Iterator[Seat]:
        raise Unavailable("Another worker is at work; end it first.", permanent=True)
        yield  # type: ignore[unreachable]

    with pytest.raises(Unavailable, match="Another worker"):
        Watcher(Counter()).shift.work(no_seat)


def test_a_database_that_goes_away_ends_every_duty_and_is_asked_again_until_it_is_back(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift, "LONGEST_AWAY", 0.2)
    one = Watcher(Counter())
    with installed(Postgres) as server:
        store = open_store(server.fresh_database())
        with one.working(store):
            come(lambda: one.held == NAMES)
            server.halt()
            come(lambda: one.held == [] and not +one.at_work)
            server.start()
            come(lambda: one.held == NAMES and sum(one.at_work.values()) == len(NAMES))
        store.dispose()
    assert one.most_at_once == 1
