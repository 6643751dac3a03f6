"""Bring a database to the newest schema, one program at a time  (Alembic)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

MIGRATION_LOCK = 0x70726976  # "priv": any number, the same for all who migrate.


def migrate(engine: Engine) -> None:
    """Run what is missing under a lock; whoever waited finds it done."""
    with _alone(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _install(connection)


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """SQLite's BEGIN IMMEDIATE lets one writer in; PostgreSQL has a lock that ends with the transaction."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        yield connection


def _install(connection: Connection) -> None:
    if connection.execute(text("SELECT count(*) FROM installation")).scalar():
        return
    connection.execute(
        text("INSERT INTO installation (id, digest_key, created_at) VALUES (1, :key, :now)"),
        {"key": secrets.token_bytes(32), "now": datetime.now(UTC).replace(tzinfo=None)},
    )
