"""The database: opened, migrated, and the one door through which anything is committed.

SQLite takes its write lock at the start of a transaction (BEGIN IMMEDIATE), or two writers would fail at once
instead of waiting; it runs in WAL mode with full synchronisation, so that what is committed survives a power cut.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
    TimeoutError,
)
from sqlmodel import Session

from privacybot.errors import ConfigError, Unavailable

__all__ = ["Engine", "Session", "is_sqlite", "open_store", "reading", "snapshot", "transaction"]

SCHEMA = "0001"
"""The newest migration. A test holds it against `migrations/versions`."""

BUSY_SECONDS = 30
IDLE_SECONDS = 10
_READING = "privacybot_reading"


def open_store(url: str, password: str | None = None) -> Engine:
    """Open the database at `url`, creating or migrating it where needed.

    Safe when several programs start at once. Raises ConfigError on an impossible URL, Unavailable when the database
    does not answer.
    """
    engine = _engine(_parsed(url, password))
    with told(engine):
        if not _is_current(engine):
            from privacybot.store.migrate import migrate  # Alembic costs 100 ms, needed once a release.

            migrate(engine)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """The only place that commits: all of the block, or nothing of it."""
    with told(engine), engine.connect() as connection, _session(connection) as session:
        yield session
        session.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only looks; it holds no lock and never commits."""
    with told(engine), _read_only(engine).connect() as connection, _session(connection) as session:
        yield session


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A session that sees one moment, however long it looks: what others commit meanwhile is not there."""
    with told(engine), _of_one_moment(engine).connect() as connection, _session(connection) as session:
        if not is_sqlite(engine):
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # It holds nobody up.
        yield session


def _read_only(engine: Engine) -> Engine:
    """On PostgreSQL each look is a transaction of its own: whoever thinks between two of them keeps none open."""
    options: dict[str, Any] = {_READING: True} if is_sqlite(engine) else {"isolation_level": "AUTOCOMMIT"}
    return engine.execution_options(**options)


def _of_one_moment(engine: Engine) -> Engine:
    """What SQLite gives to every transaction, PostgreSQL gives when asked."""
    if is_sqlite(engine):
        return _read_only(engine)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _session(connection: Connection) -> Session:
    """Rows stay readable after the transaction; nothing is written but where the code says flush."""
    return Session(connection, autoflush=False, expire_on_commit=False)


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def _parsed(url: str, password: str | None) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(
            [f"[database] url: {url!r} is no database URL; write sqlite:///file or postgresql+psycopg://…"]
        ) from error
    return parsed.set(password=password) if password else parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True, pool_size=10, connect_args=KEPT_ALIVE)
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


KEPT_ALIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that is gone without a word is noticed within seconds, in the middle of a query too."""


def _prepare_postgres(connection: Any, _record: Any) -> None:
    """A process that hangs within a transaction must not hold the others up: its rows are free again after this."""
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours to say.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # What is erased is overwritten, not only forgotten.
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _is_current(engine: Engine) -> bool:
    try:
        with reading(engine) as session:
            return session.execute(text("SELECT version_num FROM alembic_version")).scalar() == SCHEMA
    except (OperationalError, ProgrammingError, Unavailable):
        return False


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Turn what the driver says into a sentence with the next step."""
    try:
        yield
    except TimeoutError as error:
        raise Unavailable(
            "All connections to the database are in use; what could not be done is tried again."
        ) from error
    except DBAPIError as error:
        lost = error.connection_invalidated  # The server went away, whatever the driver calls that.
        if not lost and not isinstance(error, OperationalError) and type(error) is not DatabaseError:
            raise
        raise Unavailable(sentence_of(engine.url, str(error.orig))) from error


_CURES = {
    "locked": "another program holds it for too long; end that program or wait",
    "disk is full": "the disk is full; make room, nothing has been lost",
    "disk I/O": "the disk cannot be written, or a limit on file sizes is reached; make room, nothing has been lost",
    "readonly": "the file or its folder may not be written; give privacybot's user the right to write there",
    "unable to open": "the folder does not exist or may not be entered; create it or correct [database] url",
    "refused": "no server listens there; start PostgreSQL or correct [database] url",
    "password": "user or password is wrong; correct [database] url or its password_file",
    "does not exist": "create the database or the user first",
    "malformed": "the file is damaged; restore it from a backup",
    "not a database": "the file is no SQLite database; correct [database] url",
}


def sentence_of(url: URL, said: str) -> str:
    cure = next((cure for word, cure in _CURES.items() if word in said), said.strip().splitlines()[0])
    return f"The database {url.render_as_string(hide_password=True)} cannot be used: {cure}."
