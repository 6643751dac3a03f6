"""Workers that start in the blink of an eye: a parent has loaded the model, and forks one for each line it reads.

    python -m tests.system.nursery CONFIG

Each child is what `privacybot run` is from then on: its own configuration, database, connections and signal handling.
It answers with the child's process id; the children's log is its standard error.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests.system.installation import Installation

if TYPE_CHECKING:
    from privacybot.app import App


class Nursery:
    """The parent as a test sees it."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def born(self) -> int:
        """A worker that says it is working; its process id."""
        before = self._working()
        print(file=_pipe(self._process.stdin), flush=True)
        pid = int(_pipe(self._process.stdout).readline())
        while self._working() == before:
            time.sleep(0.005)
            os.kill(pid, 0)
        return pid

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends the signal and waits for the end."""
        os.kill(pid, number)
        with suppress(ProcessLookupError):
            while True:
                os.kill(pid, 0)
                time.sleep(0.005)

    def _working(self) -> int:
        return self._log.read_text(encoding="utf-8").count('"event": "working"')


@contextmanager
def nursery(installation: Installation) -> Iterator[Nursery]:
    log = installation.folder / "worker.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.nursery", str(installation.config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=installation.variables(),
            cwd=Path(__file__).parents[2],
        )
        try:
            yield Nursery(process, log)
        finally:
            _pipe(process.stdin).close()
            process.wait(10)


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def main(config: Path) -> None:
    from privacybot import log
    from privacybot.app import App
    from privacybot.config import load

    log.configure(as_json=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = App(load(config))
    _ = app.recognise, app.templates.problems()
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(app)
        print(pid, flush=True)


def _work(app: App) -> None:
    from privacybot.worker import Worker

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker = Worker(app)
    worker.stop_on_signals()
    try:
        worker.run()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
