"""Which worker does what, on PostgreSQL: leases are session-level advisory locks, which end with their connection.

A worker's seat is one connection that does nothing else. PostgreSQL ends it when the process dies, when the machine
is lost, and (`idle_session_timeout`) when nothing has been heard from it for `SEAT_SECONDS`, as of a process that
hangs or was stopped: then its leases are free for the others. A worker that comes back to life may still be in the
middle of a mail; that this makes no second case is the ledger's doing, not the lease's. The same connection listens
for letters (NOTIFY), so that senders wake at once.

Session-level locks do not survive a pooler that hands each transaction another connection; that is noticed and told.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Any, Final, LiteralString, Protocol

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlmodel import Session

from privacybot.errors import Unavailable
from privacybot.store.engine import KEPT_ALIVE, is_sqlite, sentence_of
from privacybot.store.workplace import alone

if TYPE_CHECKING:
    from psycopg import Connection

SEAT_SECONDS = 10.0
"""A worker that has not been heard of for so long has lost its seat, and all that it held."""
OLDEST = 140000
"""PostgreSQL 14 brought `idle_session_timeout`."""
CHANNEL: Final = "privacybot_outbox"
"""A trigger of the schema tells it, at the commit, whenever letters were written."""
ATTENDANCE = "workers"
"""The lock that all workers share, so that they can be counted."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is at work, and who holds which duty, at one moment. Seats are numbers in an order that all workers share."""

    mine: int
    seats: tuple[int, ...]
    holders: Mapping[str, int]

    @property
    def rank(self) -> int:
        """How many seats stand before mine."""
        return self.seats.index(self.mine)

    def held_by(self, seat: int, duties: Sequence[str]) -> list[str]:
        """Those of `duties` that a seat holds, in their order."""
        return [duty for duty in duties if self.holders.get(duty) == seat]

    def fewest(self, duties: Collection[str]) -> int:
        """How many of `duties` that seat holds which holds the fewest."""
        held = Counter(seat for duty, seat in self.holders.items() if duty in duties)
        return min(held[seat] for seat in self.seats)


class Seat(Protocol):
    """A worker's place among the workers. Every method raises Unavailable when it is lost."""

    @property
    def lasts(self) -> float:
        """How long, in seconds, it holds without a look."""

    def look(self) -> Roster:
        """Show that we are alive, and see who holds what."""

    def take(self, duty: str) -> bool:
        """Lease a duty; False when somebody else was quicker."""

    def let_go(self, duty: str) -> None: ...

    def wait(self, seconds: float, stop: Event) -> bool:
        """Wait until letters were written (True), or for so long."""


@contextmanager
def take_seat(engine: Engine, duties: Collection[str]) -> Iterator[Seat]:
    """A seat for the life of one worker: the only one on SQLite, one of many on PostgreSQL."""
    if is_sqlite(engine):
        with alone(engine):
            yield OnlySeat()
        return
    with _line(engine) as line:
        seat = SharedSeat(line, {lock_key(duty): duty for duty in duties})
        seat.sit_down()
        yield seat


@contextmanager
def borrowed(engine: Engine, duties: Sequence[str]) -> Iterator[list[str]]:
    """Those of `duties` that nobody holds, held for a while without a seat; all of them on SQLite."""
    if is_sqlite(engine):
        yield list(duties)
        return
    with _line(engine) as line:
        yield [duty for duty in duties if _try_lock(line, duty)]


def workers(engine: Engine) -> int:
    """How many workers are at work on a PostgreSQL database."""
    with _line(engine) as line:
        return sum(key == lock_key(ATTENDANCE) for _, key in _locks(line))


def clock(engine: Engine) -> datetime:
    """What a PostgreSQL server takes the time to be."""
    with _line(engine) as line:
        [(now,)] = line.ask("SELECT clock_timestamp()")
        return now  # type: ignore[no-any-return]


def one_at_a_time(session: Session, names: Collection[str]) -> None:
    """Until this transaction ends, no other that names one of these goes beyond this point; SQLite has one writer."""
    if session.get_bind().dialect.name == "postgresql":
        keys = sorted({lock_key(name) for name in names})  # In one order, or two could wait for each other.
        session.execute(_LOCK_IN_TURN, {"keys": keys})


@dataclass
class OnlySeat:
    """The seat of a worker that is alone by the file lock of SQLite's workplace: it holds whatever it takes."""

    lasts: float = float("inf")
    held: set[str] = field(default_factory=set)

    def look(self) -> Roster:
        return Roster(0, (0,), dict.fromkeys(self.held, 0))

    def take(self, duty: str) -> bool:
        self.held.add(duty)
        return True

    def let_go(self, duty: str) -> None:
        self.held.discard(duty)

    def wait(self, seconds: float, stop: Event) -> bool:
        stop.wait(seconds)
        return False


@dataclass
class SharedSeat:
    """One of many seats: a line whose server process is its number. For one thread at a time."""

    line: _Line
    names: Mapping[int, str]
    lasts: float = SEAT_SECONDS

    def sit_down(self) -> None:
        """From now on this line counts as a worker, ends when it is not heard of, and hears of letters."""
        name = f"privacybot worker {socket.gethostname()} {os.getpid()}"
        for setting, value in {"application_name": name, "idle_session_timeout": f"{SEAT_SECONDS:.0f}s"}.items():
            self.line.ask("SELECT set_config(%s, %s, false)", setting, value)
        self.line.ask("SELECT pg_advisory_lock_shared(%s)", lock_key(ATTENDANCE))
        self.line.listen()

    def look(self) -> Roster:
        locks = _locks(self.line)
        seats = sorted(seat for seat, key in locks if key == lock_key(ATTENDANCE))
        if self.line.number not in seats:
            raise Unavailable(
                "[database] url leads through a pooler that shares connections: several workers need PostgreSQL's own "
                "port, or a pooler in session mode.",
                permanent=True,
            )
        holders = {self.names[key]: seat for seat, key in locks if key in self.names}
        return Roster(self.line.number, tuple(seats), holders)

    def take(self, duty: str) -> bool:
        return _try_lock(self.line, duty)

    def let_go(self, duty: str) -> None:
        self.line.ask("SELECT pg_advisory_unlock(%s)", lock_key(duty))

    def wait(self, seconds: float, stop: Event) -> bool:
        return self.line.hears(seconds)


def lock_key(name: str) -> int:
    """The number that PostgreSQL locks for a name: 64 bits, of which two names in a million never share one."""
    return int.from_bytes(hashlib.sha256(f"privacybot {name}".encode()).digest()[:8], "big", signed=True)


_LOCK_IN_TURN = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
_LOCKS = """
SELECT pid, (classid::bigint << 32) | objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 1 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _locks(line: _Line) -> list[tuple[int, int]]:
    """(seat, key) of every advisory lock that is held in this database."""
    return [(seat, key) for seat, key in line.ask(_LOCKS)]


def _try_lock(line: _Line, name: str) -> bool:
    [(got,)] = line.ask("SELECT pg_try_advisory_lock(%s)", lock_key(name))
    return bool(got)


@dataclass(frozen=True, slots=True)
class _Line:
    """One connection outside the pool, and the sentence for whatever happens to it."""

    connection: Connection[Any]
    url: URL

    @property
    def number(self) -> int:
        """The server process at its other end."""
        return self.connection.info.backend_pid

    def ask(self, question: LiteralString, *values: object) -> list[Any]:
        with _told(self.url):
            cursor = self.connection.execute(question, values)
            return cursor.fetchall() if cursor.description else []

    def listen(self) -> None:
        self.ask(f"LISTEN {CHANNEL}")

    def hears(self, seconds: float) -> bool:
        """Whether there was a notice within so many seconds."""
        with _told(self.url):
            return any(True for _ in self.connection.notifies(timeout=seconds, stop_after=1))


@contextmanager
def _line(engine: Engine) -> Iterator[_Line]:
    """A line of its own, whose end frees whatever it held."""
    import psycopg  # Only here: a worker on SQLite never needs it.

    _, arguments = engine.dialect.create_connect_args(engine.url)
    with _told(engine.url):
        connection: Any = psycopg.connect(**{**arguments, **KEPT_ALIVE, "autocommit": True})
    try:
        if connection.info.server_version < OLDEST:
            raise Unavailable("Several workers need PostgreSQL 14: upgrade it, or use SQLite.", permanent=True)
        yield _Line(connection, engine.url)
    finally:
        connection.close()


@contextmanager
def _told(url: URL) -> Iterator[None]:
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise Unavailable(sentence_of(url, str(error))) from error
