"""Empty databases of both kinds, made by the program's own migrations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from privacybot.store.engine import Engine, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty database; PostgreSQL where its server is installed."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite3'}"
    url: str = request.getfixturevalue("postgres").fresh_database()
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    store = open_store(database_url)
    yield store
    store.dispose()
