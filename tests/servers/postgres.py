"""PostgreSQL: one cluster in a temporary folder, on a loopback port, everybody trusted.

The server refuses to be root; it then runs as the user `postgres` that its package makes. Writing to disk is not waited
for (`fsync=off`): never measure durability with this cluster unless it was started with `durable=True`.
"""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.servers.process import (
    LOOPBACK,
    NotInstalled,
    Process,
    Server,
    find_program,
    free_port,
    is_root,
    user_exists,
)

VERSIONS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
OWNER = "privacybot"


class Postgres(Server):
    """`with Postgres() as postgres:` gives a cluster; `fresh_database()` the URL of an empty database in it."""

    def __init__(self, *, durable: bool = False) -> None:
        self.program = find_program("postgres", "PostgreSQL", *VERSIONS)
        if is_root() and not user_exists("postgres"):
            raise NotInstalled("PostgreSQL needs a user `postgres` when root starts it")
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._user = "postgres" if is_root() else None
        self._numbers = itertools.count(1)
        quick = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        place = ["-D", str(self.folder / "cluster"), "-k", str(self.folder), "-p", str(self.port)]
        self._process = Process(
            [self.program, *place, "-h", LOOPBACK, "-c", "max_connections=200", *quick],
            self.folder / "postgres.log",
            user=self._user,
            stop_signal=signal.SIGINT,  # "fast": clients are cut off, the cluster is left clean
        )

    @property
    def url(self) -> str:
        """The URL of the database that every cluster has, as `[database] url` writes it."""
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        return f"postgresql+psycopg://{OWNER}@{LOOPBACK}:{self.port}/{name}"

    def fresh_database(self, template: str = "template1") -> str:
        """Creates an empty database, or a copy of one that nobody has open, and returns its URL."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.database_url(name)

    def start(self) -> None:
        """Starts it, or starts it again with the data it had."""
        if not (self.folder / "cluster").exists():
            self._prepare()
        self._process.start(self._is_ready)

    def halt(self) -> None:
        """Ends the server and keeps the data."""
        self._process.stop()

    def stop(self) -> None:
        """Ends the server and deletes everything."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _conninfo(self) -> str:
        return f"host={LOOPBACK} port={self.port} user={OWNER} dbname=postgres connect_timeout=2"

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self._conninfo()).close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare(self) -> None:
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        initdb = str(Path(self.program).with_name("initdb"))
        command = [initdb, "-D", str(self.folder / "cluster"), "-U", OWNER, "-A", "trust", "-N", "-E", "UTF8"]
        subprocess.run(
            [*command, "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
            cwd=self.folder,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
        )
