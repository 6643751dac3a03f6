"""One server process of our own: started in the foreground in a session of its own, ended by its own process id.

What goes wrong here is told with the server's log: a port taken, a folder it may not read, a setting it does not know.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0
STOP_SECONDS = 15.0


class NotInstalled(RuntimeError):
    """The server is not on this machine, or this user cannot run it; tests that need it are skipped by name."""


class StartFailed(RuntimeError):
    """The server ended or stayed deaf; the text holds the end of its log."""


@dataclass
class Process:
    """A foreground server; `log` is where it writes, its own output included. Root may run it as another `user`."""

    command: Sequence[str]
    log: Path
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, is_ready: Callable[[], bool]) -> None:
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
            )
        self._await(is_ready)

    def stop(self) -> None:
        """Asks the server to end, waits, and clears away whatever is left of its process group."""
        if self.running is None:
            return
        self.running.send_signal(self.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.running.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait(STOP_SECONDS)
        self.running = None

    def _await(self, is_ready: Callable[[], bool]) -> None:
        give_up = time.monotonic() + START_SECONDS
        while not is_ready():
            if self.running is None or self.running.poll() is not None:
                raise self._failed("ended at once")
            if time.monotonic() > give_up:
                self.stop()
                raise self._failed(f"did not answer within {START_SECONDS:.0f} s")
            time.sleep(0.02)

    def _failed(self, how: str) -> StartFailed:
        log = self.log.read_text(errors="replace")[-4000:]
        return StartFailed(f"{Path(self.command[0]).name} {how}; its log says:\n{log}")


class Server:
    """Something that runs while a `with` lasts, and leaves nothing behind that did not start whole."""

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()


def find_program(name: str, title: str, *folders: str) -> str:
    """The path of a program in `folders` (patterns, the last match first) or on the search path."""
    for pattern in folders:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True):
            if (folder / name).exists():
                return str(folder / name)
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise NotInstalled(f"{title} is not installed")
    return found


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether somebody accepts connections on that loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def speaks(port: int, greeting: bytes) -> bool:
    """Whether a server on that port greets with these bytes: it listens early, but is ready only then."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as probe:
            return probe.recv(256).startswith(greeting)
    except OSError:
        return False


def is_root() -> bool:
    return os.geteuid() == 0


def user_exists(name: str) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(name))
    return False
