"""Servers on a loopback socket that break the rules by name: they say what they are told, cut, or fall silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

LOOPBACK = "127.0.0.1"


class Fault(Enum):
    """What a server does instead of answering."""

    CUT = "closes the connection"
    SILENCE = "says nothing until the client leaves"


Answer = bytes | Fault | Callable[[], bytes]
"""A function is called when the answer is due: something happens just then."""


@dataclass
class Visit:
    """One connection as the server sees it."""

    sock: socket.socket
    heard: list[bytes]
    number: int

    def __post_init__(self) -> None:
        self.lines = self.sock.makefile("rb")

    def hear(self) -> bytes:
        """The next line without its end; the client's leaving ends the visit."""
        line = self.lines.readline()
        if not line:
            raise ConnectionResetError
        self.heard.append(line.rstrip(b"\r\n"))
        return self.heard[-1]

    def answer(self, answer: Answer) -> None:
        match answer:
            case Fault.CUT:
                raise ConnectionResetError
            case Fault.SILENCE:
                while self.lines.read(1):
                    pass
                raise ConnectionResetError
            case bytes():
                self.sock.sendall(answer)
            case _:
                self.sock.sendall(answer())


Script = Callable[[Visit], None]


@dataclass
class Server:
    """`port` to connect to, and every line that clients said, in order."""

    script: Script
    heard: list[bytes] = field(default_factory=list)
    visits: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # Wakes the thread in accept().
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.visits += 1
                threading.Thread(target=self._talk, args=(sock, self.visits), daemon=True).start()

    def _talk(self, sock: socket.socket, number: int) -> None:
        visit = Visit(sock, self.heard, number)
        with suppress(OSError, ValueError):
            self.script(visit)
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        visit.lines.close()
        sock.close()


@contextmanager
def serving(script: Script) -> Iterator[Server]:
    server = Server(script)
    try:
        yield server
    finally:
        server.close()


SMTP_MANNERS: Mapping[str, Answer] = {
    "greeting": b"220 mail.example ESMTP\r\n",
    "EHLO": b"250-mail.example\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250-DSN\r\n250 AUTH PLAIN LOGIN\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    ".": b"250 2.0.0 queued as 1\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "NOOP": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


def smtp(*faults: Mapping[str, Answer]) -> Script:
    """Good manners but for these answers: the first mapping in the first connection, the last in all later ones."""

    def script(visit: Visit) -> None:
        manners = {**SMTP_MANNERS, **(faults[min(visit.number, len(faults)) - 1] if faults else {})}
        visit.answer(manners["greeting"])
        while True:
            verb = visit.hear().split(b" ")[0].split(b":")[0].decode().upper()
            answer = manners.get(verb, b"500 5.5.1 what?\r\n")
            visit.answer(answer)
            if verb == "DATA" and isinstance(answer, bytes) and answer.startswith(b"354"):
                while visit.hear() != b".":
                    pass
                visit.answer(manners["."])

    return script


IMAP_MANNERS: Mapping[str, Answer] = {
    "greeting": b"* OK ready\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS\r\n%s OK done\r\n",
    "LOGIN": b"%s OK done\r\n",
    "SELECT": b"* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] kept\r\n* 2 EXISTS\r\n* 0 RECENT\r\n"
    b"* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 3] next\r\n%s OK [READ-WRITE] done\r\n",
    "EXAMINE": b"* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS ()] none\r\n* 2 EXISTS\r\n* 0 RECENT\r\n"
    b"* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 3] next\r\n%s OK [READ-ONLY] done\r\n",
    "LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" "S&AOY-r"\r\n%s OK done\r\n',
    "NOOP": b"%s OK done\r\n",
    "SEARCH": b"* SEARCH 1 2\r\n%s OK done\r\n",
    "SIZES": b'* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "24-Nov-2026 10:00:00 +0100")\r\n'
    b'* 2 FETCH (UID 2 RFC822.SIZE 9 INTERNALDATE "24-Nov-2026 10:00:00 +0100")\r\n%s OK done\r\n',
    "FETCH": b"* 1 FETCH (UID 1 BODY[] {9}\r\nA: b\r\n\r\nc)\r\n"
    b"* 2 FETCH (UID 2 BODY[] {9}\r\nA: b\r\n\r\nd)\r\n%s OK done\r\n",
    "IDLE": b"+ idling\r\n",
    "DONE": b"%s OK done\r\n",
    "LOGOUT": b"* BYE\r\n%s OK done\r\n",
}


def imap(faults: Mapping[str, Answer] | None = None) -> Script:
    """Two mails of nine bytes, and good manners but for these answers; %s stands for the tag of the command."""

    def script(visit: Visit) -> None:
        manners = {**IMAP_MANNERS, **(faults or {})}
        visit.answer(manners["greeting"])
        tag = b""
        while True:
            words = visit.hear().split(b" ")
            tag = words[0] if len(words) > 1 else tag
            command = _command(words)
            fallback = manners.get(command.split(" ")[0] if command.startswith("SIZES") else "", b"%s BAD what?\r\n")
            answer = manners.get(command, fallback)
            visit.answer(answer.replace(b"%s", tag) if isinstance(answer, bytes) else answer)

    return script


def _command(words: list[bytes]) -> str:
    """The command; a FETCH of sizes is told from one of bodies, and one of a single mail by its UID.

    A line without a tag ends the command before it: DONE after IDLE, a token after AUTHENTICATE.
    """
    if len(words) == 1:
        return "DONE"
    name = words[2 if words[1] == b"UID" else 1].decode().upper()
    if name != "FETCH":
        return name
    name = "SIZES" if b"SIZE" in words[4] else name
    return name if b"," in words[3] else f"{name} {words[3].decode()}"
