"""A bad road to a good server: a TCP proxy on loopback that delays, stalls, cuts or refuses, as it is told.

What it is told holds for connections that are open already; each fault ends when it is taken back.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from tests.servers.process import LOOPBACK


@dataclass
class Proxy:
    """`with Proxy(dovecot.imap_port) as road:` then connect to `road.port`."""

    target: int
    delay: float = 0.0
    """Seconds that each piece of the server's answers takes."""
    stalled: bool = False
    """Nothing passes, and nobody is told."""
    refusing: bool = False
    """Whoever connects is hung up on."""
    cut_after: int = 0
    """Once so many bytes have come from the server, each connection is cut, in the middle of whatever it says."""
    visits: int = 0
    connections: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Proxy:
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # Wakes the thread in accept().
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cuts every open connection now."""
        while self.connections:
            _hang_up(self.connections.pop())

    def heal(self) -> None:
        """Takes every fault back; what stalled is cut, as a router does that forgot it."""
        if self.stalled:
            self.cut()
        self.delay, self.stalled, self.refusing, self.cut_after = 0.0, False, False, 0

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.visits += 1
                if self.refusing:
                    _hang_up(client)
                else:
                    self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((LOOPBACK, self.target), timeout=5)
        except OSError:  # The server is gone: so is the road.
            _hang_up(client)
            return
        server.settimeout(None)
        self.connections += [client, server]
        for source, sink, answers in ((client, server, False), (server, client, True)):
            threading.Thread(target=self._carry, args=(source, sink, answers), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        carried = 0
        with suppress(OSError):
            while piece := source.recv(65536):
                while self.stalled:
                    time.sleep(0.05)
                if answers:
                    time.sleep(self.delay)
                    if self.cut_after and carried + len(piece) > self.cut_after:
                        sink.sendall(piece[: max(0, self.cut_after - carried)])
                        break
                sink.sendall(piece)
                carried += len(piece)
        _hang_up(source)
        _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
