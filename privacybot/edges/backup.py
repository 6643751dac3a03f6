"""Copies of the database while it is in use, and back again  (SQLite's backup API; pg_dump and pg_restore).

A copy is written beside its destination and put in place only when it is whole and has been tried. A restored database
replaces the old one in one step, or not at all.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from privacybot.errors import StaffError, Unavailable

_SQLITE = b"SQLite format 3\x00"
_POSTGRES = b"PGDMP"
_NO_ROLES = ("--no-owner", "--no-privileges")
_ESSENTIAL = ("alembic_version", "installation", "case_file", "event", "arrival")
"""Tables without which a file is no database of ours."""


def copy_sqlite(database: Path, to: Path) -> None:
    """An online copy: readers and writers go on meanwhile. Raises Unavailable where it cannot be made."""
    _refuse_existing(to)
    part = _part(to)
    try:
        with closing(_opened(database)) as source, closing(sqlite3.connect(part)) as target:
            os.chmod(part, 0o600)  # noqa: PTH101
            source.backup(target, pages=4096)
            target.execute("PRAGMA journal_mode = DELETE")  # One file, with nothing beside it.
        _try_sqlite(part)
        part.rename(to)
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(f"The copy {to} cannot be made: {error}.", permanent=True) from error
    finally:
        part.unlink(missing_ok=True)


def restore_sqlite(copy: Path, database: Path) -> None:
    """Put a copy in the place of the database, which nobody may have open. Raises StaffError where it is no copy."""
    _try_sqlite(copy)
    part = _part(database)
    try:
        with closing(_opened(copy)) as source, closing(sqlite3.connect(part)) as target:
            os.chmod(part, 0o600)  # noqa: PTH101
            source.backup(target)
        for beside in ("-wal", "-shm"):  # They belong to the database that goes.
            database.with_name(database.name + beside).unlink(missing_ok=True)
        part.replace(database)
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(f"{database} cannot be restored: {error}.", permanent=True) from error
    finally:
        part.unlink(missing_ok=True)


def dump_postgres(url: str, password: str | None, to: Path) -> None:
    """A dump in PostgreSQL's own format, of one moment, while the server goes on."""
    _refuse_existing(to)
    part = _part(to)
    try:
        part.touch(mode=0o600)
        conninfo, in_url = _conninfo(url)
        _run(["pg_dump", "--format=custom", *_NO_ROLES, f"--file={part}", conninfo], password or in_url)
        part.rename(to)
    finally:
        part.unlink(missing_ok=True)


def restore_postgres(dump: Path, url: str, password: str | None) -> None:
    """Put a dump in the place of the database's tables, all or nothing: a failure leaves the old ones."""
    contents = _run(["pg_restore", "--list", str(dump)], None)
    if missing := [table for table in _ESSENTIAL if f" TABLE DATA public {table} " not in contents]:
        raise StaffError(f"{dump} is no copy of privacybot's database: it has no table {missing[0]}.")
    conninfo, in_url = _conninfo(url)
    restore = ["pg_restore", "--single-transaction", "--clean", "--if-exists", *_NO_ROLES]
    _run([*restore, f"--dbname={conninfo}", str(dump)], password or in_url)


def is_postgres_dump(copy: Path) -> bool:
    """Which kind of copy a file is. Raises StaffError where it is neither, or cannot be read."""
    try:
        with copy.open("rb") as opened:
            beginning = opened.read(16)
    except OSError as error:
        raise StaffError(f"{copy} cannot be read ({error.strerror}).") from error
    if beginning.startswith(_POSTGRES):
        return True
    if beginning == _SQLITE:
        return False
    raise StaffError(f"{copy} is no copy made by `privacybot backup`.")


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)


def _try_sqlite(copy: Path) -> None:
    """Every page is sound, and it is a database of ours."""
    try:
        with closing(_opened(copy)) as opened:
            [found] = opened.execute("PRAGMA integrity_check(1)").fetchone()
            tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise StaffError(f"{copy} cannot be read as a database: {error}.") from error
    if found != "ok":
        raise StaffError(f"{copy} is damaged ({found}); take an older copy.")
    if missing := [table for table in _ESSENTIAL if table not in tables]:
        raise StaffError(f"{copy} is no copy of privacybot's database: it has no table {missing[0]}.")


def _refuse_existing(to: Path) -> None:
    if to.exists():
        raise StaffError(f"{to} exists already; name another file.")
    if not to.parent.is_dir():
        raise StaffError(f"The folder {to.parent} does not exist; create it first.")


def _part(path: Path) -> Path:
    """Where a file grows before it is put in place; what an earlier attempt left there goes."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    return part


def _conninfo(url: str) -> tuple[str, str | None]:
    """The URL as PostgreSQL's own programs read it, without its password: a command line is seen by everybody."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    query = f"?{parts.query}" if parts.query else ""
    return f"postgresql://{user}{at}{host}{parts.path}{query}", unquote(password) or None


def _run(command: list[str], password: str | None) -> str:
    if shutil.which(command[0]) is None:
        raise Unavailable(f"{command[0]} is not installed; install the package postgresql-client.", permanent=True)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise Unavailable(f"{command[0]} failed: {said}", permanent=True)
    return done.stdout
