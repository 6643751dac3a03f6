"""The disk is full while the worker works: nothing is lost or sent twice, and all goes on when there is room again.

The store lies on a file system of its own that is really full, or the worker may really write no byte more. The disk
fills at the worst moment: the mail server has taken a letter, and we have not yet written that down.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

import privacybot.duty
import privacybot.store.engine as engine_room
from privacybot.flows import desk, dispatch
from privacybot.store.engine import open_store
from tests.edges.misbehaving import Server, serving, smtp
from tests.faults.at_work import PAUSES, Apart, working, working_apart
from tests.faults.test_stores import locked, read_only
from tests.flows.office import mail
from tests.servers import Dovecot
from tests.system.installation import Installation, eventually

pytestmark = pytest.mark.system
IDLE = 0.2
"""The share of a processor that a worker may take which can do nothing but wait."""


class Disk(Protocol):
    folder: Path

    def fill(self, worker: Apart) -> None: ...
    def free(self, worker: Apart) -> None: ...


@dataclass
class SmallDisk:
    """A file system of some megabytes, and a file that takes all the room in it."""

    folder: Path

    def fill(self, worker: Apart) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                return

    def free(self, worker: Apart) -> None:
        (self.folder / "filler").unlink()


@dataclass
class Limit:
    """The worker's limit on the size of files, at one byte: what `ulimit -f` or a quota does."""

    folder: Path
    before: tuple[int, int] = field(default=(resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def fill(self, worker: Apart) -> None:
        self.before = resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (1, self.before[1]))

    def free(self, worker: Apart) -> None:
        resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, self.before)


@pytest.fixture(params=["full disk", "limit on files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if request.param == "limit on files":
        yield Limit(folder)
        return
    with _mounted(folder):
        yield SmallDisk(folder)


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root may mount a file system")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield
    finally:
        subprocess.run([shutil.which("umount") or "umount", "--lazy", folder], check=True)


@dataclass
class Post:
    """Mails to one mailbox, a person each."""

    dovecot: Dovecot
    address: str

    def deliver(self, number: int) -> None:
        sender = f"p{number}@kunde.example"
        self.dovecot.deliver(
            mail(sender=sender, message_id=f"<{number}@kunde.example>"), self.address, reverse_path=sender
        )


@pytest.fixture
def post(dovecot: Dovecot) -> Post:
    return Post(dovecot, f"post{uuid4().hex[:6]}@epmgroup.dk")


def message_ids(server: Server) -> Counter[bytes]:
    """How often each letter was handed over."""
    return Counter(line for line in server.heard if line.startswith(b"Message-ID:"))


def test_a_disk_that_fills_between_the_servers_250_and_our_commit_loses_and_repeats_nothing(
    tmp_path: Path, disk: Disk, post: Post
) -> None:
    url = f"sqlite:///{disk.folder / 'store.sqlite3'}"
    fills: list[Apart] = []

    def take_and_fill() -> bytes:
        if fills:
            disk.fill(fills.pop())
        return b"250 2.0.0 queued\r\n"

    with serving(smtp({".": take_and_fill})) as server:
        installation = Installation(tmp_path, post.dovecot, server.port, database_url=url, address=post.address)
        installation.write()
        with working_apart(installation) as worker:
            post.deliver(1)
            assert eventually(lambda: message_ids(server).total() == 1)
            fills.append(worker)
            post.deliver(2)
            assert eventually(lambda: worker.says("make room, nothing has been lost"))
            taken_in = worker.did("mail taken in")
            for number in range(3, 23):
                post.deliver(number)
            busy = worker.share_of_processor(3)
            assert worker.did("mail taken in") == taken_in
            assert message_ids(server).total() == 2
            disk.free(worker)
            assert eventually(lambda: worker.did("mail taken in") == 22)
            store = open_store(url)
            assert eventually(lambda: dispatch.next_due(store) is None)
    handed_over = message_ids(server)
    print(f"\nfull in between: 22 mails, {handed_over.total()} letters, the worker took {busy:.0%} of a processor")
    assert (len(handed_over), handed_over.total()) == (22, 22)
    assert busy < IDLE
    cases, _ = desk.queue(store)
    assert len(cases) == 22
    assert all(case.acknowledged_at for case, _ in cases)
    assert desk.ledger_account(store).set_aside == []
    store.dispose()


@pytest.mark.parametrize(
    ("fault", "cure"),
    [(locked, "another program holds it for too long"), (read_only, "give privacybot's user the right to write")],
    ids=["locked", "read-only"],
)
def test_a_worker_whose_store_takes_nothing_waits_and_goes_on(
    tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch, fault: object, cure: str
) -> None:
    monkeypatch.setattr(engine_room, "BUSY_SECONDS", 0.2)
    monkeypatch.setenv("IMAP_PASSWORD", post.dovecot.password)
    for name, seconds in PAUSES.items():
        monkeypatch.setattr(privacybot.duty, name, seconds)
    with serving(smtp()) as server:
        installation = Installation(tmp_path, post.dovecot, server.port, address=post.address)
        installation.write()
        with working(installation) as (worker, lines):
            store = worker.app.engine
            with fault(store):  # type: ignore[operator]
                post.deliver(1)
                assert eventually(lambda: any(cure in str(line.get("why")) for line in lines))
                spent, began = time.process_time(), time.monotonic()
                time.sleep(2)
                busy = (time.process_time() - spent) / (time.monotonic() - began)
            assert eventually(lambda: message_ids(server).total() == 1)
    print(f"\n{cure}: {busy:.0%} of a processor, the test's own servers included")
    assert busy < 2 * IDLE
    assert len(desk.queue(store)[0]) == 1
