"""Empty databases of both kinds, made by the program's own migrations.

Migrating takes a second on PostgreSQL and hundreds of tests want a database: the first is kept as it came out of the
migrations, and each of the others is a copy of it. A test that asks for the URL alone gets a database without tables.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacybot.store.engine import Engine, open_store
from tests.servers import Postgres

_migrated: dict[object, str] = {}
"""By server, or by session's folder: the database that others are copied from."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty database; PostgreSQL where its server is installed."""
    with_tables = "engine" in request.fixturenames
    if request.param == "sqlite":
        return _sqlite(tmp_path_factory, with_tables=with_tables)
    return _postgresql(request.getfixturevalue("postgres"), with_tables=with_tables)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    store = open_store(database_url)
    yield store
    store.dispose()


def _sqlite(folders: pytest.TempPathFactory, *, with_tables: bool) -> str:
    file = folders.mktemp("store") / "store.sqlite3"
    if with_tables:
        base = folders.getbasetemp()
        if base not in _migrated:
            first = folders.mktemp("migrated") / "store.sqlite3"
            open_store(f"sqlite:///{first}").dispose()
            _migrated[base] = str(first)
        shutil.copy(Path(_migrated[base]), file)
    return f"sqlite:///{file}"


def _postgresql(server: Postgres, *, with_tables: bool) -> str:
    if not with_tables:
        return server.fresh_database()
    if server not in _migrated:
        url = server.fresh_database()
        open_store(url).dispose()
        _migrated[server] = url.rpartition("/")[2]
    return server.fresh_database(_migrated[server])
