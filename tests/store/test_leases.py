"""A lease has one holder, ends with its holder however that ends, and shows to all who look."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest
from sqlalchemy import text

from privacybot.errors import Unavailable
from privacybot.store import leases
from privacybot.store.engine import Engine, open_store, transaction
from privacybot.store.leases import Seat, SharedSeat, borrowed, lock_key, one_at_a_time, take_seat, workers
from tests.servers import Postgres

DUTIES = ["mailbox kontakt", "mailbox kurser", "housekeeping"]


@pytest.fixture
def shared(postgres: Postgres) -> Iterator[Engine]:
    """A database that several workers share."""
    store = open_store(postgres.fresh_database())
    yield store
    store.dispose()


@contextmanager
def seats(engine: Engine, count: int) -> Iterator[list[Seat]]:
    with ExitStack() as stack:
        yield [stack.enter_context(take_seat(engine, DUTIES)) for _ in range(count)]


def end_from_outside(engine: Engine, seat: int) -> None:
    """What the server does when a process dies, or is not heard of."""
    with transaction(engine) as session:
        session.execute(text("SELECT pg_terminate_backend(:seat)"), {"seat": seat})


def test_a_worker_has_a_seat_and_holds_what_it_takes_on_both_databases(engine: Engine) -> None:
    with take_seat(engine, DUTIES) as seat:
        assert seat.look().holders == {}
        assert seat.take(DUTIES[0])
        roster = seat.look()
        assert roster.seats == (roster.mine,)
        assert roster.held_by(roster.mine, DUTIES) == DUTIES[:1]
        seat.let_go(DUTIES[0])
        assert seat.look().holders == {}


def test_what_one_holds_another_cannot_take(shared: Engine) -> None:
    with seats(shared, 2) as (one, two):
        assert one.take(DUTIES[0])
        assert not two.take(DUTIES[0])
        assert two.take(DUTIES[1])
        mine, theirs = one.look(), two.look()
        assert mine.seats == theirs.seats
        assert len(mine.seats) == 2
        assert mine.holders == theirs.holders == {DUTIES[0]: mine.mine, DUTIES[1]: theirs.mine}


def test_racing_workers_get_each_duty_once(shared: Engine) -> None:
    duties = [f"mailbox {number}" for number in range(40)]
    with seats(shared, 4) as all_of_them, ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda seat: [duty for duty in duties if seat.take(duty)], all_of_them))
    assert sorted(duty for some in taken for duty in some) == sorted(duties)


def test_a_seat_that_the_server_ends_frees_what_it_held_and_is_told(shared: Engine) -> None:
    with seats(shared, 2) as (one, two):
        assert one.take(DUTIES[0])
        end_from_outside(shared, one.look().mine)
        with pytest.raises(Unavailable):
            one.look()
        assert two.take(DUTIES[0])
        assert len(two.look().seats) == 1


def test_a_worker_that_is_not_heard_of_loses_its_seat(shared: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "SEAT_SECONDS", 1.0)
    with seats(shared, 2) as (hung, alive):
        assert hung.take(DUTIES[0])
        for _ in range(20):
            alive.wait(0.1, Event())
            alive.look()
        assert alive.take(DUTIES[0])
        with pytest.raises(Unavailable):
            hung.look()


def test_a_letter_wakes_every_seat_at_the_commit_and_not_before(shared: Engine) -> None:
    letter = text(
        "INSERT INTO letter (kind, mailbox, message_id, reverse_path, recipient, recipient_digest, raw, "
        "template_version, policy_version, state, attempts, not_before, reply, bounce, created_at) "
        "VALUES ('', '', '<1@x>', '', '', '', '', '', '', 'waiting', 0, now(), '', '', now())"
    )
    with seats(shared, 2) as both:
        with transaction(shared) as session:
            session.execute(letter)
            assert not any(seat.wait(0.1, Event()) for seat in both)
        assert all(seat.wait(5, Event()) for seat in both)
        assert not any(seat.wait(0.1, Event()) for seat in both)


def test_what_is_borrowed_is_given_back(shared: Engine) -> None:
    with take_seat(shared, DUTIES) as seat:
        assert seat.take(DUTIES[0])
        with borrowed(shared, DUTIES) as got:
            assert got == DUTIES[1:]
            assert not seat.take(DUTIES[1])
        assert seat.take(DUTIES[1])
        assert workers(shared) == 1


def test_sittings_that_share_a_name_take_turns_and_others_do_not(shared: Engine) -> None:
    entered = Event()

    def sit(*names: str) -> None:
        with transaction(shared) as session:
            one_at_a_time(session, names)
            entered.set()

    with transaction(shared) as session:
        one_at_a_time(session, ["kontakt", "anna"])
        waiting = Thread(target=sit, args=("kurser", "anna"))
        waiting.start()
        assert not entered.wait(0.3)
        sit("info", "bo")
        assert entered.is_set()
        entered.clear()
        assert not entered.wait(0.2)
    waiting.join(10)
    assert entered.is_set()


def test_a_pooler_that_shares_connections_is_told(shared: Engine) -> None:
    with seats(shared, 2) as (one, two):
        assert isinstance(one, SharedSeat)
        assert isinstance(two, SharedSeat)
        two.line.ask("SELECT pg_advisory_unlock_all()")  # The lock is another server connection's, as it seems.
        one.line = two.line
        with pytest.raises(Unavailable, match="pooler") as told:
            one.look()
        assert told.value.permanent


def test_every_name_has_a_number_of_its_own() -> None:
    names = [f"mailbox {number}" for number in range(10_000)]
    assert len({lock_key(name) for name in names}) == 10_000
    assert all(-(2**63) <= lock_key(name) < 2**63 for name in names[:100])
