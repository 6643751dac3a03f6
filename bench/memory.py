"""Does the worker's memory stay where it is, over any number of mails?  `python -m bench.memory [MAILS]`

Both of its processes are counted, the worker and its recogniser; pages that they share are counted once (PSS of Linux).
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.post import UNLIMITED, fill, mixed_mails
from bench.report import tell
from bench.sink import Sink
from tests.servers import Dovecot
from tests.system.installation import Installation

MAILS = 2_000
PORTIONS = 10
GOAL = 200


def main() -> None:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    sizes, a_tenth = list[float](), mails // PORTIONS
    with Dovecot() as dovecot, Sink() as sink, tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), dovecot, sink.port, smtp_extra="connections = 4", extra=UNLIMITED)
        installation.write()
        with installation.worker() as worker:
            for portion in range(PORTIONS):
                fill(dovecot, mixed_mails(a_tenth), first=a_tenth * portion)
                _await_settled(installation, a_tenth * (portion + 1), worker)
                sizes.append(_megabytes(worker.pid))
    tell("memory after the first tenth", f"{sizes[0]:.0f} MB")
    tell(f"memory after {mails:,} mails, at most", f"{max(sizes):.0f} MB", f"{GOAL} MB")
    tell("growth from the first half's to the second half's most", f"{max(sizes[5:]) - max(sizes[:5]):+.0f} MB", "flat")


def _await_settled(installation: Installation, mails: int, worker: subprocess.Popen[bytes]) -> None:
    """Until so many mails have their outcome and nothing waits to be sent."""
    with sqlite3.connect(installation.folder / "store.sqlite3", timeout=30) as store:
        while True:
            try:
                taken = store.execute("SELECT count(*) FROM arrival WHERE outcome != ''").fetchone()[0]
                waiting = store.execute("SELECT count(*) FROM letter WHERE settled_at IS NULL").fetchone()[0]
            except sqlite3.OperationalError:  # Its tables are not there yet.
                taken = waiting = 0
            if taken >= mails and not waiting:
                return
            if worker.poll() is not None:
                raise RuntimeError(installation.log()[-2000:])
            time.sleep(0.2)


def _megabytes(pid: int) -> float:
    return sum(_kilobytes(one) for one in _family(pid)) / 1024


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(grandchild for child in children for grandchild in _family(int(child)))]


def _kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
