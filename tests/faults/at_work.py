"""The real worker in a thread, so that a test may look into it, or in a process of its own, which may be starved.

    python -m tests.faults.at_work CONFIG

Recognition is by key words, and costs nothing; what failed is tried again within a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any

from structlog.testing import capture_logs

import privacybot.duty
from privacybot import log
from privacybot.app import App
from privacybot.config import MailboxSection, load
from privacybot.edges.imap import ImapAccount
from privacybot.worker import Worker
from tests.flows.office import recognise
from tests.system.installation import Installation, eventually

PAUSES = {"FIRST_PAUSE": 0.2, "LONGEST_PAUSE": 1.0}


class Impatient(App):
    """Gives a silent server up after two seconds instead of thirty."""

    def imap_account(self, mailbox: MailboxSection) -> ImapAccount:
        return replace(super().imap_account(mailbox), timeout_seconds=2.0)


def _worker(config: Path) -> Worker:
    app = Impatient(load(config))
    app.__dict__["recognise"] = recognise
    return Worker(app)


@contextmanager
def working(installation: Installation) -> Iterator[tuple[Worker, list[Any]]]:
    """The worker in a thread, and the lines it logs; at the end it must stop within seconds."""
    worker = _worker(installation.config)
    with capture_logs() as lines:
        thread = Thread(target=worker.run, daemon=True)
        thread.start()
        try:
            assert eventually(lambda: any(line["event"] == "connected" for line in lines))
            yield worker, lines
        finally:
            worker.stop()
            thread.join(20)
    assert not thread.is_alive()
    assert [line for line in lines if line["event"] == "unexpected"] == []


@dataclass
class Apart:
    """A worker in a process of its own."""

    process: subprocess.Popen[str]
    lines: list[dict[str, Any]] = field(default_factory=list)

    def says(self, words: str) -> bool:
        return any(words in str(line.get("why", "")) for line in self.lines)

    def did(self, event: str) -> int:
        return sum(line["event"] == event for line in self.lines)

    def share_of_processor(self, seconds: float) -> float:
        """How busy it is within the next seconds."""
        before, began = self._spent(), time.monotonic()
        time.sleep(seconds)
        return (self._spent() - before) / (time.monotonic() - began)

    def _spent(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextmanager
def working_apart(installation: Installation) -> Iterator[Apart]:
    """The worker in a process; its log comes through a pipe, which no full disk stops."""
    command = [sys.executable, "-m", "tests.faults.at_work", str(installation.config)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=installation.variables())
    assert process.stderr is not None
    apart = Apart(process)
    reader = Thread(target=lambda: apart.lines.extend(map(json.loads, process.stderr or ())), daemon=True)
    reader.start()
    try:
        assert eventually(lambda: bool(apart.did("connected")))
        yield apart
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        reader.join(5)
        process.stderr.close()
    assert [line for line in apart.lines if line["event"] in ("unexpected", "mail set aside")] == []


def main(config: Path) -> None:
    for name, seconds in PAUSES.items():
        setattr(privacybot.duty, name, seconds)
    log.configure(as_json=True)
    worker = _worker(config)
    worker.stop_on_signals()
    worker.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
