"""The database is made, migrated and guarded alike on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from privacybot.errors import ConfigError, Unavailable
from privacybot.store import migrations, tables  # noqa: F401  (the tables register themselves)
from privacybot.store.engine import SCHEMA, Engine, open_store, reading, transaction
from privacybot.store.tables import Breaker

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_schema_named_in_the_code_is_the_newest_migration() -> None:
    versions = Path(str(migrations.__path__[0])) / "versions"
    assert max(path.name.split("_")[0] for path in versions.glob("*.py")) == SCHEMA


def test_the_migrations_make_the_tables_that_the_code_knows(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert [difference for difference in differences if difference[0] != "modify_default"] == []


def test_many_programs_may_start_on_an_empty_database_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(open_store, [database_url] * 8))
    with reading(stores[0]) as session:
        assert session.execute(text("SELECT count(*) FROM installation")).scalar() == 1
    for store in stores:
        store.dispose()


def test_nothing_of_a_block_that_raises_is_kept(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), transaction(engine) as session:
        session.add(Breaker(mailbox="kontakt", tripped_at=NOON))
        session.flush()
        _ = 1 / 0
    with reading(engine) as session:
        assert session.get(Breaker, "kontakt") is None


def test_instants_come_back_aware_and_equal(engine: Engine) -> None:
    summer = datetime(2026, 7, 1, 8, 30, tzinfo=timezone(timedelta(hours=2)))
    with transaction(engine) as session:
        session.add(Breaker(mailbox="kontakt", tripped_at=summer))
    with reading(engine) as session:
        kept = session.get(Breaker, "kontakt")
        assert kept is not None
        assert kept.tripped_at == summer
        assert kept.tripped_at.utcoffset() == timedelta(0)


def test_a_naive_time_is_refused(engine: Engine) -> None:
    with pytest.raises(Exception, match="aware"), transaction(engine) as session:
        session.add(Breaker(mailbox="kontakt", tripped_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_sqlite_survives_a_power_cut_by_default(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    with reading(store) as session:
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("nonsense", ConfigError, "no database URL"),
        ("oracle+nothing://x", ConfigError, "no database URL"),
        ("sqlite:////no/such/folder/x.sqlite3", Unavailable, "folder does not exist"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/none", Unavailable, "start PostgreSQL"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_a_sentence(url: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        open_store(url)


def test_a_file_that_is_no_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir, this is no database. " * 100)
    with pytest.raises(Unavailable, match="no SQLite database"):
        open_store(f"sqlite:///{tmp_path / 'letter.txt'}")
