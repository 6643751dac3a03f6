"""What do a thousand mailboxes and a million mails a day need?  A discrete-event model, checked against a measured run.

    python -m bench.simulation                measure here, check the model, and forecast
    python -m bench.simulation --forecast     forecast from the costs that were measured last (bench/costs.json)

One worker gives the costs: processor time of worker and database for a mail, a letter and a look. With them the model
must foretell how fast four workers empty twelve full mailboxes; only then does it speak of a thousand. A worker
computes one thing at a time (Python), a transaction ends with a commit that reaches the disk, and an SMTP connection
carries one letter at a time.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.events import Bell, Process, Server, Use, World

if TYPE_CHECKING:
    from bench.workers import Run

MAILS, FIRST_MAILS = 1500, 240
BATCH = 32
WARMED_AFTER = 200
"""In so many steps a worker warms up."""
COMMITS_A_BATCH = 2
"""The mails of a batch, and the mark behind them."""
STATEMENTS, COMMANDS = 8, 4
"""Of a letter: to settle one and claim the next, and to hand it over. Before each the thread waits for its turn."""
LOOK_SECONDS, LOGIN_SECONDS, OPENED_A_LOOK = 1.0, 0.5, 50
"""How soon workers see that one has died, how long a mailbox takes to open, and how many each opens at once."""
TOLERANCE = 0.25
KEPT = Path(__file__).with_name("costs.json")


@dataclass(frozen=True)
class Costs:
    """What was measured of one worker: seconds of a processor, unless a name says otherwise. `megabytes`: busy, with 12
    mailboxes."""

    mail: float
    mail_database: float
    letter: float
    letter_database: float
    look: float
    look_database: float
    warming: float
    """What the first few hundred mails cost a new worker beyond that: everything is done there for the first time."""
    mail_servers: float
    """Of Dovecot and the sink for a mail with its letter; it counts only where they stand on the same machine."""
    seconds_a_commit: float
    letters_a_mail: float
    commits_a_mail: float
    wal_bytes_a_mail: float
    megabytes: float
    megabytes_a_mailbox: float


@dataclass(frozen=True)
class Plant:
    """What is set up: how many of what, and how far away the servers are (in seconds)."""

    workers: int
    mailboxes: int
    connections: int
    exchange: float
    """One letter's whole conversation with the SMTP server."""
    fetch: float
    poll_seconds: float
    database_cores: int
    shared_cores: int = 0
    """Where everything stands on one machine: its processors. Else each worker has one of its own."""


@dataclass
class Model:
    """The plant at work."""

    plant: Plant
    costs: Costs
    chance: random.Random = field(default_factory=lambda: random.Random(4711))  # noqa: S311  (no secret)

    def __post_init__(self) -> None:
        plant = self.plant
        self.world = World()
        self.machine = (Server(plant.shared_cores),) if plant.shared_cores else ()
        self.database = self.machine or (Server(plant.database_cores),)
        self.workers = [Server(1) for _ in range(plant.workers)]
        self.holder = [box % plant.workers for box in range(plant.mailboxes)]
        self.free_at = [0.0] * plant.mailboxes
        self.inboxes: list[deque[float]] = [deque() for _ in range(plant.mailboxes)]
        self.bells = [Bell() for _ in range(plant.mailboxes)]
        self.outbox: deque[float] = deque()
        self.wake = Bell()
        self.taken = 0
        self.waits: list[float] = []
        """Of each letter: the seconds from the mail's arrival to the server's acceptance."""
        for box in range(plant.mailboxes):
            self.world.start(self._watch(box))
            self.world.start(self._look(box), self.chance.uniform(0, plant.poll_seconds))
        for connection in range(plant.connections):
            self.world.start(self._send(connection % plant.workers))

    def arrive(self, box: int) -> None:
        self.inboxes[box].append(self.world.now)
        self.world.ring(self.bells[box])

    def die(self, worker: int) -> None:
        """The others share its mailboxes as soon as they see it; its connections come back with its successor."""
        others = [number for number in range(self.plant.workers) if number != worker]
        for number, box in enumerate(box for box, holder in enumerate(self.holder) if holder == worker):
            looks = number // (OPENED_A_LOOK * len(others)) + self.chance.random()
            self.holder[box] = others[number % len(others)]
            self.free_at[box] = self.world.now + looks * LOOK_SECONDS + LOGIN_SECONDS

    def warm_up(self, worker: int) -> Process:
        """A worker that has just begun has this to do besides."""
        for _ in range(WARMED_AFTER):
            yield self._computes(worker, self.costs.warming / WARMED_AFTER)

    def _watch(self, box: int) -> Process:
        inbox, costs = self.inboxes[box], self.costs
        while True:
            while not inbox:
                yield self.bells[box]
            while (delay := self.free_at[box] - self.world.now) > 0:
                yield delay
            batch = [inbox.popleft() for _ in range(min(BATCH, len(inbox)))]
            yield self.plant.fetch
            for _ in batch:
                yield self._computes(self.holder[box], costs.mail)
                yield Use(self.machine, costs.mail_servers)
            yield Use(self.database, costs.mail_database * len(batch))
            yield costs.seconds_a_commit * COMMITS_A_BATCH
            self.taken += len(batch)
            self.outbox.extend(at for at in batch if self.chance.random() < costs.letters_a_mail)
            self.world.ring(self.wake)

    def _send(self, worker: int) -> Process:
        while True:
            while not self.outbox:
                yield self.wake
            arrived, step = self.outbox.popleft(), self.costs.letter / (STATEMENTS + COMMANDS)
            for _ in range(STATEMENTS):
                yield Use(self.database, self.costs.letter_database / STATEMENTS)
                yield self._computes(worker, step)
            yield self.costs.seconds_a_commit
            for _ in range(COMMANDS):
                yield self._computes(worker, step)
                yield self.plant.exchange / COMMANDS
            self.waits.append(self.world.now - arrived)

    def _look(self, box: int) -> Process:
        while True:
            yield self._computes(self.holder[box], self.costs.look)
            yield Use(self.database, self.costs.look_database)
            yield self.plant.poll_seconds

    def _computes(self, worker: int, seconds: float) -> Use:
        return Use((self.workers[worker], *self.machine), seconds)


# Against the measured run


def emptied(plant: Plant, costs: Costs, mails: int) -> float:
    """In how many seconds so many mails that lie there are taken in and answered."""
    model = Model(plant, costs)
    for worker in range(plant.workers):
        model.world.start(model.warm_up(worker))
    for number in range(mails):
        model.arrive(number % plant.mailboxes)
    while model.taken < mails or model.outbox or len(model.waits) < mails * costs.letters_a_mail * 0.99:
        model.world.run(model.world.now + 0.25)
    return model.world.now


# The forecast

MAILBOXES, MAILS_A_DAY = 1000, 1_000_000
PEAK_HOUR = 0.14
"""So much of a day's mail comes in its busiest hour."""
EXCHANGE, FETCH = 0.25, 0.06
"""A provider across the internet: a letter's conversation, and a fetch."""
MINUTES = 4


@dataclass(frozen=True)
class Forecast:
    """How a plant fares in the busiest hour, with one worker dying in the middle of it."""

    worker_busy: float
    database_busy: float
    median: float
    slowest_percent: float
    longest: float
    backlog: int


def forecast(plant: Plant, costs: Costs, *, mails_a_day: int = MAILS_A_DAY) -> Forecast:
    model, seconds = Model(plant, costs), MINUTES * 60.0
    model.world.start(_arrivals(model, mails_a_day * PEAK_HOUR / 3600))
    model.world.run(seconds / 2)
    if plant.workers > 1:
        model.die(plant.workers - 1)
    model.world.run(seconds)
    waits = sorted(model.waits) or [0.0]
    return Forecast(
        worker_busy=max(worker.busy for worker in model.workers) / seconds,
        database_busy=model.database[0].busy / seconds,
        median=statistics.median(waits),
        slowest_percent=waits[int(len(waits) * 0.99)],
        longest=waits[-1],
        backlog=len(model.outbox) + sum(map(len, model.inboxes)),
    )


def _arrivals(model: Model, a_second: float) -> Process:
    """As they come; a few mailboxes get most of them."""
    boxes = range(model.plant.mailboxes)
    weights = [1 / (rank + 10) ** 0.7 for rank in boxes]
    model.chance.shuffle(weights)
    while True:
        yield model.chance.expovariate(a_second)
        [box] = model.chance.choices(boxes, weights)
        model.arrive(box)


def table(costs: Costs) -> Iterator[str]:
    peak = MAILS_A_DAY * PEAK_HOUR / 3600
    yield f"{MAILBOXES} mailboxes, {MAILS_A_DAY:,} mails a day, {peak:.0f} a second in the busiest hour; a worker dies"
    yield "| workers | SMTP connections | busiest worker | database | answered: median | 99 of 100 | longest | left |"
    yield "|---|---|---|---|---|---|---|---|"
    for workers, connections in ((1, 16), (2, 16), (4, 8), (4, 12), (4, 16), (8, 16)):
        found = forecast(Plant(workers, MAILBOXES, connections, EXCHANGE, FETCH, 60.0, database_cores=4), costs)
        yield (
            f"| {workers} | {connections} | {found.worker_busy:.0%} | {found.database_busy:.2f} processors | "
            f"{found.median:.2f} s | {found.slowest_percent:.2f} s | {found.longest:.1f} s | {found.backlog} |"
        )
    letters = peak * costs.letters_a_mail
    yield (
        f"In the busiest hour {letters * 60:,.0f} letters a minute (max_per_minute), "
        f"{peak * costs.commits_a_mail:.0f} commits a second; {MAILS_A_DAY * costs.wal_bytes_a_mail / 1e9:.0f} GB of "
        f"write-ahead log a day; {MAILBOXES} IMAP connections; four workers hold about "
        f"{costs.megabytes + costs.megabytes_a_mailbox * (MAILBOXES / 4 - 12):.0f} MB each."
    )


# Measuring


def measure(mails: int) -> bool:
    """Measure here, keep the costs, and see whether the model foretells four workers."""
    from bench.sink import Sink
    from bench.workers import Bench, commit_seconds
    from tests.servers import Dovecot, Postgres

    boxes, connections = 12, 4
    with Dovecot() as dovecot, Postgres(durable=True) as postgres, Sink() as sink:
        bench, commit = Bench(dovecot, postgres, sink), commit_seconds(postgres.url)
        first = bench.run(FIRST_MAILS, workers=1, mailboxes=boxes, connections=connections)
        idle = bench.run(0, workers=1, mailboxes=60, connections=connections)
        few = bench.run(0, workers=1, mailboxes=boxes, connections=connections)
        silent = bench.run(mails, workers=1, mailboxes=boxes, connections=connections, answers=False)
        one = bench.run(mails, workers=1, mailboxes=boxes, connections=connections)
        four = bench.run(mails, workers=4, mailboxes=boxes, connections=connections)
    costs = _costs(idle, few, first, silent, one, commit)
    for run in (silent, one, four):
        ours = sum(run.spent[name] for name in ("workers", "postgres", "dovecot", "sink"))
        print(
            f"{run.workers} workers, {run.letters} letters: {run.mails / run.seconds:.1f} mails a second; a mail took "
            f"{run.a_mail('workers') * 1000:.2f} ms of them, {run.a_mail('postgres') * 1000:.2f} ms of the database; "
            f"{ours / run.seconds:.2f} of {run.free_cores:.2f} free processors were in use"
        )
    KEPT.write_text(json.dumps(asdict(costs), indent=2) + "\n", encoding="utf-8")
    cores = max(1, round(four.free_cores))
    slower = four.free_cores / cores  # What others took of the processors makes everything that much slower.
    stretched = _stretched(costs, 1 / slower)
    plant = Plant(4, boxes, connections, 0.001, 0.001, 1.0, cores, shared_cores=cores)
    foretold = mails / emptied(plant, stretched, mails)
    measured = mails / four.seconds
    apart = abs(foretold - measured) / measured
    print(
        f"four workers, {boxes} mailboxes, {four.free_cores:.2f} processors free: measured {measured:.1f} mails a "
        f"second, foretold {foretold:.1f}: {apart:.0%} apart (goal {TOLERANCE:.0%})"
    )
    return apart <= TOLERANCE


def _costs(idle: Run, few: Run, first: Run, silent: Run, one: Run, commit: float) -> Costs:
    looks = 60 * idle.seconds

    def of_looks(run: Run, what: str) -> float:
        return 12 * run.seconds * idle.spent[what] / looks

    def net(run: Run, what: str) -> float:
        return run.spent[what] - of_looks(run, what)

    each = (net(one, "workers") - net(first, "workers")) / (one.mails - first.mails)
    warm = each * one.mails / net(one, "workers")
    """What is left of a mail's cost when the worker has warmed up."""
    return Costs(
        mail=warm * net(silent, "workers") / silent.mails,
        mail_database=net(silent, "postgres") / silent.mails,
        letter=warm * (net(one, "workers") - net(silent, "workers")) / one.letters,
        letter_database=(net(one, "postgres") - net(silent, "postgres")) / one.letters,
        look=idle.spent["workers"] / looks,
        look_database=idle.spent["postgres"] / looks,
        mail_servers=(net(one, "dovecot") + net(one, "sink")) / one.mails,
        warming=max(0.0, net(first, "workers") - each * first.mails),
        seconds_a_commit=commit,
        letters_a_mail=one.letters / one.mails,
        commits_a_mail=net(one, "commits") / one.mails,
        wal_bytes_a_mail=one.spent["wal_bytes"] / one.mails,
        megabytes=one.megabytes,
        megabytes_a_mailbox=max(0.0, (idle.megabytes - few.megabytes) / 48),
    )


def _stretched(costs: Costs, by: float) -> Costs:
    """The same work where others take a part of each processor."""
    seconds = ("mail", "mail_database", "letter", "letter_database", "look", "look_database", "mail_servers", "warming")
    return Costs(**{name: value * (by if name in seconds else 1) for name, value in asdict(costs).items()})


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else str(MAILS)
    good = wanted == "--forecast" or measure(int(wanted))
    costs = Costs(**json.loads(KEPT.read_text(encoding="utf-8")))
    for name, value in asdict(costs).items():
        print(f"    {name}: {value:.6g}")
    print("\n".join(table(costs)))
    sys.exit(not good)


if __name__ == "__main__":
    main()
