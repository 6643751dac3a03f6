"""A small mail server within this process: SMTP takes mail in, IMAP shows it  (aiosmtpd, pymap).

Mail to the mailbox's own address lies in its INBOX at once and wakes those who wait there; mail to everybody else is
what the demo's customers receive. It listens on loopback only, keeps all in memory, and asks IMAP for a password.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPService
from pymap.parsing.message import AppendMessage

LOOPBACK = "127.0.0.1"
STARTS_WITHIN = 10.0


@dataclass
class MailServer:
    """Both servers, for one mailbox; a context manager. `deliver` is called with each mail to anybody else."""

    address: str
    password: str
    deliver: Callable[[str, bytes], None]
    imap_port: int = field(default_factory=lambda: _free_port())
    smtp_port: int = field(default_factory=lambda: _free_port())

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._thread.start()
        if not self._ready.wait(STARTS_WITHIN):
            raise RuntimeError("The embedded mail server did not start.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(STARTS_WITHIN)
        self._loop.close()

    async def _serve(self) -> None:
        self._backend, config = await DictBackend.init(_arguments(self.address, self.password, self.imap_port))
        config.apply_context()
        async with AsyncExitStack() as stack:
            await self._backend.start(stack)
            await IMAPService(self._backend, config).start(stack)
            smtp = await self._loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), LOOPBACK, self.smtp_port)
            await stack.enter_async_context(smtp)
            self._ready.set()
            await self._ended.wait()

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd's hook: one mail has been handed over."""
        assert isinstance(envelope.content, bytes)  # noqa: S101  (aiosmtpd decodes only when asked to)
        raw = envelope.content
        for recipient in envelope.rcpt_tos:
            if recipient.lower() == self.address:
                await self._file(f"Return-Path: <{envelope.mail_from or ''}>\r\n".encode() + raw)
            else:
                self.deliver(recipient, raw)
        return "250 2.0.0 OK"

    def file_at_once(self, raw: bytes) -> None:
        """Lay bytes into the mailbox as they are, as a broken program would."""
        asyncio.run_coroutine_threadsafe(self._file(raw), self._loop).result(STARTS_WITHIN)

    async def _file(self, raw: bytes) -> None:
        message = AppendMessage(raw, datetime.now(UTC), frozenset())
        async with self._backend.login.demo_user_identity.new_session() as session:
            await session.append_messages("INBOX", [message])


def _arguments(user: str, password: str, port: int) -> Any:
    """pymap is configured as its own command line is."""
    parser = ArgumentParser()
    IMAPService.add_arguments(parser)
    DictBackend.add_subparser("dict", parser.add_subparsers())
    chosen = ["--host", LOOPBACK, "--port", str(port), "--no-tls"]
    arguments = parser.parse_args([*chosen, "dict", "--demo-user", user, "--demo-password", password])
    arguments.passlib_cfg = None
    arguments.debug = False
    return arguments


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
