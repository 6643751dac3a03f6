"""One worker at a time on a SQLite database: a lock that the system frees with the process, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from privacybot.errors import Unavailable
from privacybot.store.engine import is_sqlite


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Hold the workplace. Raises Unavailable when another worker has it; PostgreSQL has room for many."""
    path = engine.url.database if is_sqlite(engine) else None
    if not path or path == ":memory:":
        yield
        return
    with alone_at(path):
        yield


@contextmanager
def alone_at(path: str) -> Iterator[None]:
    """Hold the workplace of the SQLite file at `path`, whether it is there or not."""
    with _opened(f"{path}.lock") as lock:
        _hold(lock, path)
        yield


def _opened(path: str) -> IO[str]:
    try:
        return Path(path).open("w")
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written ({error.strerror}); give privacybot's user the right to write there.",
            permanent=True,
        ) from error


def _hold(lock: IO[str], path: str) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: opening the database exclusively is left to its administrator.
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Unavailable(
            f"Another worker is at work on {path}; end it first, or use PostgreSQL for several.", permanent=True
        ) from error
