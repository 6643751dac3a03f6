"""The kernel of the simulation agrees with what queueing theory knows, and the model with what is plain."""

from __future__ import annotations

import random

import pytest

from bench.events import Bell, Process, Server, Use, World
from bench.simulation import Costs, Model, Plant, emptied

FREE = Costs(
    mail=0.0,
    mail_database=0.0,
    letter=0.0,
    letter_database=0.0,
    look=0.0,
    look_database=0.0,
    warming=0.0,
    mail_servers=0.0,
    seconds_a_commit=0.0,
    letters_a_mail=1.0,
    commits_a_mail=2.0,
    wal_bytes_a_mail=0.0,
    megabytes=100.0,
    megabytes_a_mailbox=1.0,
)


def costs(**some: float) -> Costs:
    return Costs(**{**{name: getattr(FREE, name) for name in Costs.__annotations__}, **some})


def plant(workers: int = 1, mailboxes: int = 8, connections: int = 4, exchange: float = 0.0, cores: int = 0) -> Plant:
    return Plant(workers, mailboxes, connections, exchange, 0.0, 60.0, database_cores=4, shared_cores=cores)


def test_jobs_at_one_server_take_turns_and_at_two_halve_the_time() -> None:
    for places, took in ((1, 10.0), (2, 5.0)):
        world, server = World(), Server(places)
        for _ in range(10):
            world.start(iter([Use((server,), 1.0)]))
        world.run()
        assert (world.now, server.busy, server.taken) == (took, 10.0, 0)


def test_a_bell_wakes_all_who_wait() -> None:
    world, bell, woken = World(), Bell(), list[float]()

    def sleeper() -> Process:
        yield bell
        woken.append(world.now)

    def ringer() -> Process:
        yield 3.0
        world.ring(bell)

    for process in (sleeper(), sleeper(), ringer()):
        world.start(process)
    world.run()
    assert woken == [3.0, 3.0]


def test_a_random_line_waits_as_long_as_theory_says() -> None:
    """M/M/1 with a load of 0.7: a customer stays 1 / (1 - 0.7) services on the average."""
    world, server, chance = World(), Server(1), random.Random(1)  # noqa: S311  (no secret)
    stays: list[float] = []

    def customer() -> Process:
        came = world.now
        yield Use((server,), chance.expovariate(1.0))
        stays.append(world.now - came)

    def door() -> Process:
        while True:
            yield chance.expovariate(0.7)
            world.start(customer())

    world.start(door())
    world.run(40_000)
    assert sum(stays) / len(stays) == pytest.approx(1 / 0.3, rel=0.1)
    assert server.busy / world.now == pytest.approx(0.7, rel=0.05)


@pytest.mark.parametrize(
    ("its", "cost", "seconds"),
    [
        (plant(), costs(mail=0.01), 8.0),  # One worker computes one thing at a time,
        (plant(workers=4), costs(mail=0.01), 2.0),  # four compute four,
        (plant(workers=4, cores=2), costs(mail=0.01), 4.0),  # on two processors only two.
        (plant(exchange=0.02), costs(), 4.0),  # Each connection carries one letter at a time.
        (plant(workers=4), costs(letter_database=0.01), 2.0),  # Four connections, four processors of the database.
    ],
)
def test_the_narrowest_place_decides(its: Plant, cost: Costs, seconds: float) -> None:
    assert emptied(its, cost, 800) == pytest.approx(seconds, rel=0.1, abs=0.3)


def test_a_dead_workers_mailboxes_are_the_others_within_seconds() -> None:
    model = Model(plant(workers=4, mailboxes=12), costs())
    model.die(3)
    for box in range(12):
        model.arrive(box)
    model.world.run(3.0)
    assert len(model.waits) == 12
    assert 0.4 < max(model.waits) < 2.0
    assert set(model.holder) == {0, 1, 2}
