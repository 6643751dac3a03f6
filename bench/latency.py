"""How soon after the server's notice is a mail answered?  `python -m bench.latency [MAILS]`

A second IDLE beside the worker's takes the time of Dovecot's notice; our SMTP server that of its 250 to the answer.
"""

from __future__ import annotations

import socketserver
import sys
import tempfile
import threading
import time
from pathlib import Path
from queue import Queue
from typing import Any

from bench.post import ADDRESS, UNLIMITED, as_bytes, mixed_mails
from bench.report import spread, tell
from tests.servers import Dovecot
from tests.system.installation import Installation, eventually

MAILS = 40
MEDIAN, WORST = 100, 300


class Accepting(socketserver.StreamRequestHandler):
    """An SMTP server that takes everything, and the time."""

    accepted: Queue[float] = Queue()

    def handle(self) -> None:
        self._say("220 bench.example")
        for line in self.rfile:
            match line[:4].upper():
                case b"DATA":
                    self._say("354 go on")
                    while self.rfile.readline() != b".\r\n":
                        pass
                    self.accepted.put(time.perf_counter())
                    self._say("250 2.0.0 Ok")
                case b"QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 bench.example")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def main() -> None:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    with Dovecot() as dovecot, Server(("127.0.0.1", 0), Accepting) as server, tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        installation = Installation(Path(folder), dovecot, server.server_address[1], extra=UNLIMITED)
        installation.write()
        with installation.worker(), dovecot.client(ADDRESS) as watcher:
            watcher.select_folder("INBOX", readonly=True)
            if not eventually(lambda: '"connected"' in installation.log()):
                raise RuntimeError(installation.log())
            taken = [_answered(dovecot, watcher, number, mail) for number, mail in enumerate(mixed_mails(mails))]
    median, worst = spread(taken[1:])  # The first finds everything cold.
    tell(f"from the notice to the answer's 250, {mails} mails: median", f"{median:.0f} ms", f"{MEDIAN} ms")
    tell("99th percentile", f"{worst:.0f} ms", f"{WORST} ms")


def _answered(dovecot: Dovecot, watcher: Any, number: int, mail: tuple[str, str, str]) -> float:
    watcher.idle()
    dovecot.deliver(as_bytes(number, *mail), ADDRESS, reverse_path=mail[0])
    while not any(b"EXISTS" in line for line in watcher.idle_check(timeout=20)):
        pass
    noticed = time.perf_counter()
    watcher.idle_done()
    return max(0.0, Accepting.accepted.get(timeout=60) - noticed)


if __name__ == "__main__":
    main()
