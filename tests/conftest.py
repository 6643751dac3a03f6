"""The real servers as fixtures: one of each a session; where one is missing its tests are skipped by name.

With the environment variable CI set a missing server is a failure: there nothing may be skipped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
import structlog

from tests.servers import Dovecot, NotInstalled, Postfix, Postgres

Server = TypeVar("Server", Dovecot, Postfix, Postgres)


@pytest.fixture(autouse=True)
def log_as_at_the_start() -> Iterator[None]:
    """A test that configures the log, or runs a command that does, leaves the next one nothing of it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """IMAP with IDLE, LMTP and SASL; every address is an account with the password `dovecot.password`."""
    with installed(Dovecot) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_without_idle() -> Iterator[Dovecot]:
    """The same, but IDLE is not offered."""
    with installed(lambda: Dovecot(idle=False)) as server:
        yield server


@pytest.fixture(scope="session")
def postfix(dovecot: Dovecot) -> Iterator[Postfix]:
    """SMTP for every domain; what it takes it hands to `dovecot` over LMTP."""
    with installed(lambda: Postfix(dovecot)) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A cluster; `postgres.fresh_database()` is the URL of an empty database."""
    with installed(Postgres) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """The URL of one database that lives as long as the session."""
    return postgres.fresh_database()


def installed(make: Callable[[], Server]) -> Server:
    """The server, or the end of this test: skipped by name, or failed where nothing may be skipped."""
    try:
        return make()
    except NotInstalled as missing:
        if os.environ.get("CI"):
            pytest.fail(f"{missing}, and with CI set nothing may be skipped")
        pytest.skip(str(missing))
