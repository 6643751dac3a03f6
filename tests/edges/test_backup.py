"""Copies of the database are made while it is in use, and restoring one brings everything back."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from privacybot.edges import backup
from privacybot.errors import StaffError, Unavailable
from privacybot.flows import audit, desk
from privacybot.store.engine import Engine, open_store
from tests.databases import database_url, engine
from tests.flows.cases import file, open_case
from tests.flows.test_retention import closed_case, everything

__all__ = ["database_url", "engine"]


def copy(database_url: str, to: Path) -> None:
    if database_url.startswith("sqlite"):
        backup.copy_sqlite(Path(database_url.removeprefix("sqlite:///")), to)
    else:
        backup.dump_postgres(database_url, None, to)


def restored(database_url: str, made: Path) -> Engine:
    if database_url.startswith("sqlite"):
        backup.restore_sqlite(made, Path(database_url.removeprefix("sqlite:///")))
    else:
        backup.restore_postgres(made, database_url, None)
    return open_store(database_url)


def test_a_restored_copy_holds_everything_and_nothing_else(engine: Engine, database_url: str, tmp_path: Path) -> None:
    reference = closed_case(engine)
    before = everything(engine)
    copy(database_url, tmp_path / "monday")
    open_case(engine, "Jeg vil gerne slettes; slet mig.", 2)
    engine.dispose()
    again = restored(database_url, tmp_path / "monday")
    assert everything(again) == before
    assert file(again, reference).letters[0].raw
    assert audit.verify(again).faults == []
    assert open_case(again, "Jeg vil gerne have indsigt.", 3)
    again.dispose()


def test_a_copy_is_for_the_owner_alone_and_leaves_nothing_beside_it(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    copy(database_url, tmp_path / "monday")
    assert [path.name for path in tmp_path.iterdir()] == ["monday"]
    assert stat.S_IMODE((tmp_path / "monday").stat().st_mode) == 0o600


def test_a_copy_is_never_put_in_the_place_of_another_file(engine: Engine, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "monday").write_text("mine")
    with pytest.raises(StaffError, match="exists already"):
        copy(database_url, tmp_path / "monday")
    assert (tmp_path / "monday").read_text() == "mine"
    with pytest.raises(StaffError, match="does not exist"):
        copy(database_url, tmp_path / "nowhere" / "monday")


def test_a_copy_can_be_made_while_others_write(engine: Engine, database_url: str, tmp_path: Path) -> None:
    stop = threading.Event()
    failures: list[Exception] = []

    def write() -> None:
        uid = 10
        while not stop.is_set():
            try:
                open_case(engine, "Jeg vil gerne have indsigt.", uid, sender=f"p{uid}@kunde.example")
            except Exception as error:
                failures.append(error)
                return
            uid += 1

    writer = threading.Thread(target=write)
    open_case(engine)
    writer.start()
    try:
        copy(database_url, tmp_path / "monday")
    finally:
        stop.set()
        writer.join()
    assert failures == []
    engine.dispose()
    again = restored(database_url, tmp_path / "monday")
    assert audit.verify(again).faults == []
    assert desk.queue(again)[1] >= 1
    again.dispose()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no copy made by"),
        (b"hello, this is no database", "no copy made by"),
        (b"SQLite format 3\x00" + b"\x00" * 200, "cannot be read as a database"),
    ],
)
def test_what_is_no_copy_is_told_and_changes_nothing(tmp_path: Path, content: bytes, sentence: str) -> None:
    database = tmp_path / "store.sqlite3"
    open_store(f"sqlite:///{database}").dispose()
    before = database.read_bytes()
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(StaffError, match=sentence):
        if not backup.is_postgres_dump(tmp_path / "copy"):
            backup.restore_sqlite(tmp_path / "copy", database)
    assert database.read_bytes() == before


def test_a_database_of_another_program_is_no_copy(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE songs (name TEXT)")
    with pytest.raises(StaffError, match="no table alembic_version"):
        backup.restore_sqlite(tmp_path / "other", tmp_path / "store.sqlite3")
    assert not (tmp_path / "store.sqlite3").exists()


def test_a_damaged_copy_is_refused(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    for uid in range(1, 20):
        open_case(store, "Jeg vil gerne have indsigt. " * 200, uid, sender=f"p{uid}@kunde.example")
    store.dispose()
    backup.copy_sqlite(tmp_path / "store.sqlite3", tmp_path / "copy")
    whole = bytearray((tmp_path / "copy").read_bytes())
    whole[8192:20480] = b"\xff" * 12288
    (tmp_path / "copy").write_bytes(whole)
    with pytest.raises(StaffError, match=r"damaged|cannot be read"):
        backup.restore_sqlite(tmp_path / "copy", tmp_path / "store.sqlite3")


def test_a_failed_restore_of_a_dump_leaves_the_old_tables(postgres_url: str, tmp_path: Path) -> None:
    store = open_store(postgres_url)
    reference = open_case(store)
    backup.dump_postgres(postgres_url, None, tmp_path / "monday")
    whole = (tmp_path / "monday").read_bytes()
    (tmp_path / "torn").write_bytes(whole[: int(len(whole) * 0.8)])
    with pytest.raises((Unavailable, StaffError)):
        backup.restore_postgres(tmp_path / "torn", postgres_url, None)
    assert file(store, reference).case.reference == reference
    store.dispose()


def test_a_server_that_is_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="pg_dump failed"):
        backup.dump_postgres("postgresql+psycopg://x@127.0.0.1:1/none", "hemmelig", tmp_path / "monday")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("postgresql+psycopg://bot@db/x", "postgresql://bot@db/x", None),
        ("postgresql+psycopg://bot:l%C3%B8sen@db/x?sslmode=require", "postgresql://bot@db/x?sslmode=require", "løsen"),
        ("postgresql+psycopg:///x?host=/run/postgresql", "postgresql:///x?host=/run/postgresql", None),
    ],
)
def test_a_password_stands_on_no_command_line(url: str, shown: str, password: str | None) -> None:
    assert backup._conninfo(url) == (shown, password)
