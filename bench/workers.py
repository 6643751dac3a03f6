"""What a mail costs when workers share mailboxes: processor time by program, commits, write-ahead log, memory.

    python -m bench.workers

Everything runs on this machine: workers, PostgreSQL (durable), Dovecot, and Postfix' smtp-sink as the mail server.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.post import PORTION, as_bytes, mixed_mails
from bench.sink import Sink
from privacybot.flows import desk, dispatch
from tests.servers import Dovecot, Postgres
from tests.system.crew import Crew, address, crew
from tests.system.installation import eventually

IDLE_SECONDS = 15.0
"""How long workers are watched that have nothing to do: what looking costs."""
TICKS = os.sysconf("SC_CLK_TCK")
Spent = dict[str, float]
"""Processor seconds by program, and what PostgreSQL has written."""


@dataclass(frozen=True)
class Run:
    """One measured run. Costs are seconds of a processor unless they say otherwise."""

    mails: int
    letters: int
    workers: int
    seconds: float
    spent: Spent
    free_cores: float
    """Processors that other programs of this machine left to the run."""
    megabytes: float
    """Resident memory of the largest worker."""

    def a_mail(self, what: str) -> float:
        return self.spent[what] / max(1, self.mails)


@dataclass
class Bench:
    """The servers of all runs."""

    dovecot: Dovecot
    postgres: Postgres
    sink: Sink

    def run(self, mails: int, *, workers: int, mailboxes: int, connections: int, answers: bool = True) -> Run:
        """Measured is from the moment at which all workers find their mailboxes full until the last letter left."""
        boxes = [f"w{time.monotonic_ns():x}-{number}" for number in range(mailboxes)]
        url = self.postgres.fresh_database()
        mode = "immediate" if answers else "after_confirmation"
        extra = (
            f'[acknowledgements]\nmode = "{mode}"\ngeneral_enquiries = {str(answers).lower()}\n'
            "mailbox_per_hour = 1000000\nper_address_per_day = 1000000\n"
        )
        smtp = f"connections = {connections}"
        with (
            tempfile.TemporaryDirectory() as folder,
            crew(Path(folder), self.dovecot, url, self.sink.port, boxes, smtp, extra) as its,
        ):
            its.join(workers)
            its.balanced(60)
            self._fill_at_once(its, mails)
            return self._measure(its, mails, workers)

    def _fill_at_once(self, its: Crew, mails: int) -> None:
        """While nobody can see how far a folder is read, all of them are filled."""
        with psycopg.connect(_plain(its.engine.url.render_as_string())) as gate:
            gate.execute("LOCK TABLE folder IN ACCESS EXCLUSIVE MODE")
            _fill(self.dovecot, its.boxes, mails)

    def _measure(self, its: Crew, mails: int, workers: int) -> Run:
        before, others, began = self._spent(its), self._others(its), time.monotonic()
        if not eventually(lambda: self._is_done(its, mails), 600):
            raise RuntimeError("the workers did not finish; their log says why")
        time.sleep(0 if mails else IDLE_SECONDS)
        seconds, after = time.monotonic() - began, self._spent(its)
        spent = {what: after[what] - before[what] for what in after}
        free = (os.cpu_count() or 1) - max(0.0, self._others(its) - others) / seconds
        megabytes = max(_megabytes(pid) for pid in its.alive)
        return Run(mails, desk.letters_written(its.engine), workers, seconds, spent, free, megabytes)

    def _is_done(self, its: Crew, mails: int) -> bool:
        taken = sum(desk.ledger_account(its.engine).tally.values())
        return taken >= mails and dispatch.next_due(its.engine) is None

    def _spent(self, its: Crew) -> Spent:
        with psycopg.connect(_plain(its.engine.url.render_as_string())) as connection:
            [(wal,)] = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchall()
            [(commits,)] = connection.execute(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
            ).fetchall()
        return {
            "workers": sum(_processor(pid) for pid in its.alive),
            "postgres": _family(_pid(self.postgres)),
            "dovecot": _family(_pid(self.dovecot)),
            "sink": _family(self.sink.pid),
            "wal_bytes": float(wal),
            "commits": float(commits),
        }

    def _others(self, its: Crew) -> float:
        """Processor seconds of this machine that were none of ours."""
        spent = self._spent(its)
        ours = sum(spent[name] for name in ("workers", "postgres", "dovecot", "sink"))
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        busy = sum(int(field) for number, field in enumerate(fields[:8]) if number not in (3, 4))
        return busy / TICKS - ours


def commit_seconds(url: str, times: int = 200) -> float:
    """How long a small change takes until it is safe on the disk."""
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_commit (n int)")
        began = time.perf_counter()
        for number in range(times):
            connection.execute("INSERT INTO bench_commit VALUES (%s)", (number,))
        return (time.perf_counter() - began) / times


def _plain(url: str) -> str:
    """The URL as PostgreSQL's own library reads it."""
    return url.replace("+psycopg", "")


def _fill(dovecot: Dovecot, boxes: list[str], mails: int) -> None:
    mixed = list(enumerate(mixed_mails(mails)))
    for number, box in enumerate(boxes):
        some = [as_bytes(n, *mail) for n, mail in mixed[number :: len(boxes)]]
        with dovecot.client(address(box)) as client:
            client.select_folder("INBOX")
            for start in range(0, len(some), PORTION):
                client.multiappend("INBOX", some[start : start + PORTION])


def _pid(server: Dovecot | Postgres) -> int:
    running = server._process.running
    return running.pid if running else 0


def _processor(pid: int) -> float:
    """Processor seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


def _family(pid: int) -> float:
    """Processor seconds of a process and all that come from it."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It has just ended; its parent has its seconds.
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    total = 0.0
    for member in family:
        try:
            total += _processor(member)
        except OSError:
            continue
    return total


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> None:
    with Dovecot() as dovecot, Postgres(durable=True) as postgres, Sink() as sink:
        bench = Bench(dovecot, postgres, sink)
        print(f"a commit takes {commit_seconds(postgres.url) * 1000:.2f} ms")
        for name, run in {
            "idle, 48 mailboxes": bench.run(0, workers=1, mailboxes=48, connections=4),
            "1 worker, nothing answered": bench.run(1200, workers=1, mailboxes=12, connections=4, answers=False),
            "1 worker": bench.run(1200, workers=1, mailboxes=12, connections=4),
            "4 workers": bench.run(1200, workers=4, mailboxes=12, connections=4),
        }.items():
            costs = ", ".join(f"{what} {seconds * 1000 / max(1, run.mails):.2f}" for what, seconds in run.spent.items())
            print(f"{name}: {run.mails} mails, {run.letters} letters in {run.seconds:.1f} s, a mail in ms: {costs}")
            print(f"    {run.free_cores:.2f} processors free, {run.megabytes:.0f} MB a worker")


if __name__ == "__main__":
    main()
