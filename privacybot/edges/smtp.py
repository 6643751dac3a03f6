"""Handing one mail to the company's SMTP server  (RFC 5321, 3207, 4954, 3461, 6152, 6531, 1870).

What an SMTP server may answer is an `Outcome`; `Unavailable` is raised only where a person must act: a login refused,
a certificate not trusted, a sender address not allowed. A connection carries one mail at a time, each to one recipient.
After silence behind the final dot nobody knows whether the mail left: it is deferred, and repeats its Message-ID.
"""

from __future__ import annotations

import re
from asyncio import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
    SMTPSenderRefused,
)

from privacybot.edges.smtp_account import SmtpAccount, connect, reply_line
from privacybot.edges.tls import one_line
from privacybot.errors import Unavailable
from privacybot.mail.delivery import Deferred, Outcome, Refused, Sent

__all__ = ["SmtpAccount", "SmtpConnection"]

_CLOSING = 421
_TOO_LARGE = 552
_QUIT_SECONDS = 2.0

_SEND_AS_DENIED = re.compile(r"5\.7\.60|5\.2\.252|SendAsDenied")
"""How Exchange says after the mail what others say after MAIL FROM."""

_LINE_ENDS = re.compile(rb"\r\n|\r|\n")


class SmtpConnection:
    """One connection, opened by the first mail and again whenever it was lost. For one task at a time."""

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._smtp: SMTP | None = None
        self._needs_reset = False

    async def send(self, raw: bytes, *, reverse_path: str, recipient: str) -> Outcome:
        """Hands over one mail; "" is the null reverse path. Raises `Unavailable` only where a person must act."""
        mail = _LINE_ENDS.sub(b"\r\n", raw)
        try:
            envelope = _Envelope.around(mail, reverse_path, recipient)
            smtp = await self._offer(envelope)
            await smtp.rcpt(envelope.recipient, options=envelope.rcpt_options(smtp), encoding="utf-8")
            reply = await smtp.data(mail, timeout=self._account.final_reply_seconds)
        except Unavailable as error:
            if error.permanent:
                raise
            return Deferred(str(error), connection_lost=True)
        except (SMTPException, OSError, ValueError) as error:
            return self._settle(error)
        except CancelledError:
            self._drop()  # The reply to this mail must not be read as one to the next.
            raise
        self._needs_reset = False
        return Sent(reply_line(reply.code, reply.message))

    async def check(self) -> None:
        """Connects and logs in, and sends nothing; raises `Unavailable` where a mail could not be sent."""
        smtp = await self._connected()
        try:
            await smtp.noop()
        except (SMTPException, OSError) as error:
            self._drop()
            raise Unavailable(f"{self._account.place} was lost: {_what_happened(error)}.") from error

    async def close(self) -> None:
        """Says goodbye if the server still listens; never fails."""
        if self._smtp is not None and self._smtp.is_connected:
            with suppress(SMTPException, OSError):
                await self._smtp.quit(timeout=_QUIT_SECONDS)
        self._drop()

    async def _offer(self, envelope: _Envelope) -> SMTP:
        """A connection that has taken MAIL. An old one may have died of idleness: that is no failure of this mail."""
        was_open = self._smtp is not None and self._smtp.is_connected
        try:
            return await self._mail(envelope)
        except (SMTPResponseException, OSError) as error:
            if not was_open or getattr(error, "code", _CLOSING) != _CLOSING:
                raise
        self._drop()
        return await self._mail(envelope)

    async def _mail(self, envelope: _Envelope) -> SMTP:
        if self._needs_reset:
            await self._reset()
        smtp = await self._connected()
        self._needs_reset = True
        await smtp.mail(envelope.reverse_path, options=envelope.mail_options(smtp), encoding="utf-8")
        return smtp

    async def _reset(self) -> None:
        """Clears away the last envelope; a server that cannot is left, since that is no verdict on the next mail."""
        try:
            await (await self._connected()).rset()
        except (SMTPException, OSError):
            self._drop()

    def _settle(self, error: Exception) -> Outcome:
        """The table of outcomes; the connection is kept only where it is known to be in order."""
        match error:
            case SMTPSenderRefused(code=code) if code >= 500 and code != _TOO_LARGE:
                raise self._sender_refused(error) from error
            case SMTPDataError() if _SEND_AS_DENIED.search(error.message):
                raise self._sender_refused(error) from error
            case SMTPDataError(code=code, message=message) if 200 <= code < 300:
                return Sent(reply_line(code, message))
            case SMTPResponseException(code=code, message=message) if 500 <= code < 600:
                return Refused(reply_line(code, message))
            case SMTPResponseException(code=code, message=message) if 400 <= code < 500 and code != _CLOSING:
                return Deferred(reply_line(code, message))
            case SMTPNotSupported() | ValueError():
                return Refused(one_line(error))
        self._drop()
        return Deferred(_what_happened(error), connection_lost=True)

    def _sender_refused(self, error: SMTPResponseException) -> Unavailable:
        reply = reply_line(error.code, error.message)
        sender = error.sender or "<>" if isinstance(error, SMTPSenderRefused) else self._account.username
        return Unavailable(
            f"{self._account.place} takes no mail from {sender}: {reply}. "
            "Check the login of [smtp], and that it may send as this address.",
            permanent=True,
        )

    async def _connected(self) -> SMTP:
        if self._smtp is None or not self._smtp.is_connected:
            self._drop()
            self._smtp = await connect(self._account)
        return self._smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None
        self._needs_reset = False


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What the commands before DATA say of a mail, as far as the server knows the extension."""

    reverse_path: str
    recipient: str
    size: int
    needs_utf8: bool
    is_8bit: bool

    @classmethod
    def around(cls, mail: bytes, reverse_path: str, recipient: str) -> _Envelope:
        sender, receiver = _mailbox(reverse_path) if reverse_path else "", _mailbox(recipient)
        header = mail.partition(b"\r\n\r\n")[0]
        needs_utf8 = not (sender.isascii() and receiver.isascii() and header.isascii())
        return cls(sender, receiver, len(mail), needs_utf8, not mail.isascii())

    def mail_options(self, smtp: SMTP) -> list[str]:
        if self.needs_utf8 and not smtp.supports_extension("smtputf8"):
            raise SMTPNotSupported("The mail server takes only ASCII in addresses and header fields (no SMTPUTF8).")
        wanted = {
            f"SIZE={self.size}": smtp.supports_extension("size"),
            "SMTPUTF8": self.needs_utf8,
            "BODY=8BITMIME": self.is_8bit and smtp.supports_extension("8bitmime"),
            "RET=HDRS": smtp.supports_extension("dsn"),
        }
        return [option for option, is_wanted in wanted.items() if is_wanted]

    def rcpt_options(self, smtp: SMTP) -> list[str]:
        """A bounce is evidence: where it can be asked for it is, and news of success is not."""
        return ["NOTIFY=FAILURE"] if smtp.supports_extension("dsn") else []


def _mailbox(address: str) -> str:
    """The address as SMTP writes it: a domain with Danish letters in its ASCII form (RFC 5891)."""
    local_part, _, domain = address.rpartition("@")
    if not local_part or not domain or parseaddr(address)[1] != address:
        raise ValueError("The address cannot be written in an SMTP command.")
    if local_part.isascii() and not domain.isascii():
        return f"{local_part}@{domain.encode('idna').decode()}"
    return address


def _what_happened(error: Exception) -> str:
    match error:
        case SMTPResponseException(code=code, message=message):
            return reply_line(code, message)
        case TimeoutError():
            return "no reply in time"
        case _:
            return "the connection was lost"
