"""The store fails under our feet: locked, full, read-only, gone. Nothing is lost, and the sentence says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

import privacybot.store.engine as engine_room
from privacybot.errors import Unavailable
from privacybot.flows import desk, dispatch, intake
from privacybot.flows.dispatch import Dispatcher, Pace, Settlement
from privacybot.mail.delivery import Outcome, Sent
from privacybot.store.engine import Engine, open_store
from privacybot.store.outbox import Claimed
from tests.conftest import installed
from tests.flows.office import NOW, OFFICE, mail, received
from tests.servers import Postgres


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A SQLite store that does not wait long for a lock."""
    monkeypatch.setattr(engine_room, "BUSY_SECONDS", 0.2)
    return open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")


@contextmanager
def locked(store: Engine) -> Iterator[None]:
    """Another program is in the middle of writing."""
    with store.connect() as other:
        other.execute(text("SELECT 1"))  # Begins with BEGIN IMMEDIATE.
        yield


@contextmanager
def pragma(store: Engine, setting: str) -> Iterator[None]:
    """Every connection is opened under this setting."""

    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA {setting}")  # type: ignore[attr-defined]

    event.listen(store, "connect", limit)
    store.dispose()
    try:
        yield
    finally:
        event.remove(store, "connect", limit)
        store.dispose()


@contextmanager
def full(store: Engine) -> Iterator[None]:
    """The disk has no room for another page."""
    with pragma(store, "max_page_count=1"):  # SQLite raises it to what the file has already.
        yield


@contextmanager
def read_only(store: Engine) -> Iterator[None]:
    with pragma(store, "query_only=ON"):
        yield


FAULTS = [
    pytest.param(locked, "another program holds it for too long; end that program or wait", id="locked"),
    pytest.param(full, "the disk is full; make room, nothing has been lost", id="full disk"),
    pytest.param(read_only, "give privacybot's user the right to write there", id="read-only"),
]


@pytest.mark.parametrize(("fault", "cure"), FAULTS)
def test_a_mail_waits_until_the_store_takes_it(store: Engine, fault: object, cure: str) -> None:
    big = mail("Jeg vil gerne have indsigt i mine oplysninger. " + "x" * 50_000)
    with fault(store), pytest.raises(Unavailable, match=cure) as told:  # type: ignore[operator]
        intake.take_in(store, [received(big)], OFFICE, NOW)
    assert not told.value.permanent
    assert str(told.value).count("\n") == 0
    assert desk.queue(store) == ([], 0)
    [taken] = intake.take_in(store, [received(big)], OFFICE, NOW)
    assert not taken.again
    assert len(desk.queue(store)[0]) == 1


class MailServer:
    """Accepts every mail."""

    def __init__(self) -> None:
        self.accepted: list[bytes] = []

    async def send(self, letter: Claimed) -> Outcome:
        self.accepted.append(letter.raw)
        return Sent("250 2.0.0 Ok")


@pytest.mark.parametrize(("fault", "cure"), [FAULTS[0], FAULTS[2]])  # A full disk has room for so small a change.
def test_a_store_that_fails_behind_the_servers_250_costs_no_repeat(store: Engine, fault: object, cure: str) -> None:
    intake.take_in(store, [received(mail())], OFFICE, NOW)
    server, unsettled = MailServer(), dict[int, Settlement]()
    clock = NOW
    opened = fault(store)  # type: ignore[operator]

    async def send_and_fail(letter: Claimed) -> Outcome:
        outcome = await server.send(letter)
        opened.__enter__()
        return outcome

    def dispatcher(send: dispatch.Send) -> Dispatcher:
        return Dispatcher(store, "w", [send], Pace(100), lambda: clock, lambda: False, unsettled)

    with pytest.raises(Unavailable, match=cure):
        asyncio.run(dispatcher(send_and_fail).drain())
    clock = NOW + timedelta(hours=1)  # The lease has long run out.
    with pytest.raises(Unavailable, match=cure):
        asyncio.run(dispatcher(server.send).drain())
    opened.__exit__(None, None, None)
    assert asyncio.run(dispatcher(server.send).drain()) == 0
    assert len(server.accepted) == 1
    [(case, _)], _ = desk.queue(store)
    assert case.acknowledged_at == NOW


def test_a_damaged_file_is_told_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    open_store(f"sqlite:///{path}").dispose()
    path.write_bytes(b"nonsense" * 1000)
    with pytest.raises(Unavailable, match=r"no SQLite database|restore it from a backup"):
        open_store(f"sqlite:///{path}")


def test_a_database_server_that_goes_away_and_comes_back_sets_no_mail_aside() -> None:
    with installed(Postgres) as postgres:
        store = open_store(postgres.fresh_database())
        intake.take_in(store, [received(mail())], OFFICE, NOW)
        postgres.halt()
        with pytest.raises(Unavailable, match="start PostgreSQL"):
            intake.take_in(store, [received(mail(message_id="<2@x.example>"), 2)], OFFICE, NOW)
        postgres.start()
        intake.take_in(store, [received(mail(message_id="<2@x.example>"), 2)], OFFICE, NOW)
        assert len(desk.queue(store)[0]) == 2
        assert desk.ledger_account(store).set_aside == []
        store.dispose()


def test_a_database_server_that_goes_in_the_middle_of_a_transaction_is_the_worlds_fault() -> None:
    with installed(Postgres) as postgres:
        store = open_store(postgres.fresh_database())
        halting = []

        def halt(*_anything: object) -> None:
            if not halting:
                halting.append(True)
                postgres.halt()

        event.listen(store, "commit", halt)
        with pytest.raises(Unavailable):
            intake.take_in(store, [received(mail())], OFFICE, NOW)
        postgres.start()
        [taken] = intake.take_in(store, [received(mail())], OFFICE, NOW)
        assert not taken.again
        store.dispose()


def test_a_lease_is_renewed_while_the_server_is_silent_behind_the_final_dot() -> None:
    """Ten seconds of lease, twelve of silence: another worker on the same database does not take the letter."""
    with installed(Postgres) as postgres:
        store = open_store(postgres.fresh_database())
        intake.take_in(store, [received(mail())], OFFICE, datetime.now(UTC))
        seen: list[str] = []

        async def silent(letter: Claimed) -> Outcome:
            seen.append("first")
            await asyncio.sleep(12)
            return Sent("250 at last")

        async def eager(letter: Claimed) -> Outcome:
            seen.append("second")
            return Sent("250")

        def worker(owner: str, send: dispatch.Send) -> Dispatcher:
            return Dispatcher(store, owner, [send], Pace(100), lambda: datetime.now(UTC), lambda: False)

        async def both() -> None:
            waiting = asyncio.create_task(worker("first", silent).drain())
            for _ in range(24):
                await asyncio.sleep(0.49)
                await worker("second", eager).drain()
            await waiting

        asyncio.run(both())
        assert seen == ["first"]
        store.dispose()
