"""Exchange Online in miniature, on loopback: IMAP and SMTP with XOAUTH2 alone, and the manners that set it apart.

IMAP keeps no keywords and ends a session when its token ends. SMTP takes three connections and so many mails a minute,
replaces the Message-ID by one of its own, and files what was sent. Authentication-Results bear no authserv-id. Every
fault that an administrator can make has a switch. Its words are Exchange's own where those are known.
"""

from __future__ import annotations

import asyncio
import base64
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.edges.misbehaving import Server, Visit
from tests.servers.process import LOOPBACK

CAPABILITIES = b"IMAP4 IMAP4rev1 AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+"
FLAGS = rb"(\Seen \Answered \Flagged \Deleted \Draft $MDNSent)"
CONNECTIONS = 3
INBOX, SENT = "INBOX", "Sent Items"


@dataclass
class Exchange:
    """One mailbox, `address`; `is_good` says whether a token holds. Mails to others come to lie in `delivered`."""

    address: str
    is_good: Callable[[str], bool]
    knows_the_application: bool = True
    opens_the_mailbox: bool = True
    has_smtp_auth: bool = True
    may_send_as: bool = True
    per_minute: int = 30
    minute: float = 60.0
    folders: dict[str, list[bytes]] = field(default_factory=lambda: {INBOX: [], SENT: []})
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    sessions: int = 0
    throttled: int = 0
    heard: list[bytes] = field(default_factory=list)
    _submitted: list[float] = field(default_factory=list)
    _grew: threading.Condition = field(default_factory=threading.Condition)

    def receive(self, raw: bytes, *, reverse_path: str, dmarc: str = "pass") -> None:
        """A mail from outside, as the transport writes it down: the verdict first, without an authserv-id."""
        domain = reverse_path.rpartition("@")[2]
        verdict = f"spf=pass smtp.mailfrom={domain}; dmarc={dmarc} action=none header.from={domain}"
        seen = f"Authentication-Results: {verdict}\r\n"
        with self._grew:
            self.folders[INBOX].append(seen.encode() + f"Return-Path: {reverse_path}\r\n".encode() + raw)
            self._grew.notify_all()

    def lets_in(self, initial: bytes) -> str | None:
        """The token of a SASL XOAUTH2 response that opens the mailbox."""
        given = re.fullmatch(rb"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01", base64.b64decode(initial))
        if not given or not self.knows_the_application or given[1].decode() != self.address:
            return None
        token = given[2].decode()
        return token if self.is_good(token) else None

    # IMAP

    def imap(self, visit: Visit) -> None:
        """One session, to its end."""
        visit.answer(b"* OK The Microsoft Exchange IMAP4 service is ready.\r\n")
        token, folder = "", ""
        while True:
            tag, _, rest = visit.hear().partition(b" ")
            verb, _, rest = rest.partition(b" ")
            verb = verb.upper()
            if token and not self.is_good(token):
                visit.answer(b"* BYE Session invalidated - AccessTokenExpired\r\n")
                return
            if verb == b"AUTHENTICATE":
                token = self._imap_login(visit, tag, rest)
            elif verb in (b"SELECT", b"EXAMINE"):
                folder = rest.decode().strip('"')
                self._imap_select(visit, tag, folder)
            elif verb == b"IDLE":
                self._imap_idle(visit, tag, folder, token)
            elif verb == b"UID":
                self._imap_uid(visit, tag, folder, rest)
            elif verb == b"LOGOUT":
                visit.answer(b"* BYE Microsoft Exchange Server IMAP4 server signing off.\r\n" + tag + b" OK done\r\n")
                return
            else:
                said = {b"CAPABILITY": b"* CAPABILITY " + CAPABILITIES + b"\r\n", b"NOOP": b""}.get(verb)
                said = b"".join(self._imap_list()) if verb == b"LIST" else said
                visit.answer(
                    tag + b" BAD Command Argument Error.\r\n" if said is None else said + tag + b" OK done\r\n"
                )

    def _imap_login(self, visit: Visit, tag: bytes, rest: bytes) -> str:
        initial = rest.partition(b" ")[2]
        if not initial:
            visit.answer(b"+ \r\n")
            initial = visit.hear()
        token = self.lets_in(initial)
        visit.answer(tag + (b" OK AUTHENTICATE completed.\r\n" if token else b" NO AUTHENTICATE failed.\r\n"))
        return token or ""

    def _imap_list(self) -> Iterator[bytes]:
        return (f'* LIST (\\HasNoChildren) "/" "{name}"\r\n'.encode() for name in self.folders)

    def _imap_select(self, visit: Visit, tag: bytes, folder: str) -> None:
        if not self.opens_the_mailbox:
            visit.answer(tag + b" BAD User is authenticated but not connected.\r\n")
            return
        if folder not in self.folders:
            visit.answer(tag + b" NO " + folder.encode() + b" doesn't exist.\r\n")
            return
        count = len(self.folders[folder])
        visit.answer(
            b"* %d EXISTS\r\n* 0 RECENT\r\n* FLAGS %s\r\n* OK [PERMANENTFLAGS %s] Permanent flags\r\n"
            b"* OK [UIDVALIDITY 14] UIDVALIDITY value\r\n* OK [UIDNEXT %d] The next unique identifier value\r\n"
            b"%s OK [READ-WRITE] SELECT completed.\r\n" % (count, FLAGS, FLAGS, count + 1, tag)
        )

    def _imap_idle(self, visit: Visit, tag: bytes, folder: str, token: str) -> None:
        visit.answer(b"+ IDLE accepted, awaiting DONE command.\r\n")
        had = len(self.folders[folder])
        threading.Thread(target=self._notify, args=(visit, folder, had), daemon=True).start()
        visit.hear()
        if not self.is_good(token):
            visit.answer(b"* BYE Session invalidated - AccessTokenExpired\r\n")
            raise ConnectionResetError
        visit.answer(tag + b" OK IDLE completed.\r\n")

    def _notify(self, visit: Visit, folder: str, had: int) -> None:
        with self._grew, suppress(OSError):
            if self._grew.wait_for(lambda: len(self.folders[folder]) > had, 30):
                visit.answer(b"* %d EXISTS\r\n" % len(self.folders[folder]))

    def _imap_uid(self, visit: Visit, tag: bytes, folder: str, rest: bytes) -> None:
        verb, _, rest = rest.partition(b" ")
        mails = self.folders[folder]
        match verb.upper():
            case b"SEARCH":
                asked = re.search(rb"UID ([\d:*,]+)", rest)
                uids = _numbers(asked[1].decode() if asked else "1:*", len(mails))
                visit.answer(b"* SEARCH" + b"".join(b" %d" % uid for uid in uids) + b"\r\n")
            case b"FETCH":
                wanted, _, items = rest.partition(b" ")
                for uid in _numbers(wanted.decode(), len(mails)):
                    visit.answer(b"* %d FETCH (UID %d %s)\r\n" % (uid, uid, _items(items, mails[uid - 1])))
            case b"STORE" if rb"\Seen" not in rest:
                visit.answer(tag + b" BAD Command Argument Error. 11\r\n")
                return
        visit.answer(tag + b" OK completed.\r\n")

    # SMTP: aiosmtpd's hooks

    async def auth_XOAUTH2(self, server: SMTP, words: list[bytes]) -> AuthResult:  # noqa: N802
        initial = words[1] if len(words) > 1 else b""
        if self.has_smtp_auth and (token := self.lets_in(initial)):
            return AuthResult(success=True, auth_data=token)
        await server.push(
            "535 5.7.3 Authentication unsuccessful [DB9PR02CA0001.eurprd02.prod.outlook.com]"
            if self.has_smtp_auth
            else "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."
        )
        return AuthResult(success=False, handled=True)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        assert isinstance(server, _Counted)
        if server.is_one_too_many:
            self.throttled += 1
            return "432 4.3.2 Concurrent connections limit exceeded."
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 Sender OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content
        assert isinstance(raw, bytes)
        now = time.monotonic()
        self._submitted = [at for at in self._submitted if at > now - self.minute]
        if len(self._submitted) >= self.per_minute:
            self.throttled += 1
            return "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"
        if not self.may_send_as or envelope.mail_from != self.address:
            return f"550 5.2.252 SendAsDenied; {self.address} not allowed to send as {envelope.mail_from}"
        self._submitted.append(now)
        number = f"{len(self.delivered):04}"
        sent = re.sub(
            rb"(?im)^Message-ID:.*\r\n(?:[ \t].*\r\n)*",
            f"Message-ID: <DB9PR02MB{number}@DB9PR02MB{number}.eurprd02.prod.outlook.com>\r\n".encode(),
            raw,
            count=1,
        )
        self.folders[SENT].append(sent)
        self.delivered += [(recipient, sent) for recipient in envelope.rcpt_tos]
        return f"250 2.0.0 OK <DB9PR02MB{number}> [Hostname=DB9PR02MB{number}.eurprd02.prod.outlook.com]"

    async def serve_smtp(self, ready: Callable[[int], None], ended: asyncio.Event) -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Counted(self), LOOPBACK, 0)
        async with server:
            ready(server.sockets[0].getsockname()[1])
            await ended.wait()


class _Counted(SMTP):
    """One connection of the SMTP server; the house counts them."""

    def __init__(self, house: Exchange) -> None:
        super().__init__(house, auth_required=True, auth_require_tls=False, auth_exclude_mechanism=["LOGIN", "PLAIN"])
        self._house = house

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._house.sessions += 1
        self.is_one_too_many = self._house.sessions > CONNECTIONS
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._house.sessions -= 1
        super().connection_lost(error)


@dataclass(frozen=True)
class Ports:
    imap: int
    smtp: int


@contextmanager
def open_for_business(house: Exchange) -> Iterator[Ports]:
    """Both servers, until the block ends."""
    imap = Server(house.imap, house.heard)
    loop = asyncio.new_event_loop()
    ready, found = threading.Event(), list[int]()
    ended = asyncio.Event()

    def tell(port: int) -> None:
        found.append(port)
        ready.set()

    thread = threading.Thread(target=loop.run_until_complete, args=(house.serve_smtp(tell, ended),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield Ports(imap.port, found[0])
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        imap.close()


def _numbers(ranges: str, last: int) -> list[int]:
    """An IMAP sequence set; "n:*" always names the last, even below n (RFC 3501, section 9)."""
    numbers: set[int] = set()
    for part in ranges.split(","):
        low, _, high = (str(last) if end == "*" else end for end in part.partition(":"))
        low, high = sorted((int(low), int(high or low)))  # type: ignore[assignment]
        numbers.update(range(int(low), int(high) + 1))
    return sorted(number for number in numbers if 1 <= number <= last)


def _items(asked: bytes, raw: bytes) -> bytes:
    """What FETCH was asked for, of one mail."""
    given = []
    if b"RFC822.SIZE" in asked:
        given.append(b"RFC822.SIZE %d" % len(raw))
    if b"INTERNALDATE" in asked:
        given.append(b'INTERNALDATE "%s"' % datetime.now(UTC).strftime("%d-%b-%Y %H:%M:%S +0000").encode())
    if part := re.search(rb"BODY\.PEEK\[\](?:<0\.(\d+)>)?", asked):
        shown = raw[: int(part[1])] if part[1] else raw
        given.append(b"BODY[]%s {%d}\r\n%s" % (b"<0>" if part[1] else b"", len(shown), shown))
    return b" ".join(given)
