"""From an account's settings to an SMTP connection that may send  (RFC 5321, 3207, 4954).

A failure that passes by itself is an `Unavailable` too, but not a permanent one: the mail is deferred.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPHeloError, SMTPResponseException

from privacybot.edges.tls import Security, client_context, one_line, require_privacy, unreachable
from privacybot.errors import Unavailable

_CHECK_THE_LOGIN = (
    "Check username and password; many providers want a password made for programs, or SMTP AUTH turned on; "
    "Microsoft 365 and Google Workspace want a sign-in with oauth."
)


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """Where mails leave. Without `username` nobody logs in; with `access_token` the login is XOAUTH2."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    timeout_seconds: float = 60.0
    final_reply_seconds: float = 600.0
    """How long to wait behind the final dot; giving up early sends mails twice (RFC 5321, 4.5.3.2.6)."""
    helo_name: str | None = None
    """Our own host name as EHLO gives it; None asks the system."""
    access_token: Callable[[], Awaitable[str]] | None = field(default=None, repr=False)
    token_refused: Callable[[str], str] = lambda _said: "Check the sign-in."
    """Told what the server said when it refused the token; answers with the step to take."""

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


async def connect(account: SmtpAccount) -> SMTP:
    """A connection that has greeted, is protected as the account asks, and is logged in."""
    require_privacy(account.host, account.security)
    smtp = SMTP(
        hostname=account.host,
        port=account.port,
        use_tls=account.security == "tls",
        start_tls=False,  # Done below, where its failures can be told apart.
        tls_context=None if account.security == "none" else client_context(account.ca_file),
        local_hostname=account.helo_name,
        timeout=account.timeout_seconds,
    )
    try:
        await _prepare(smtp, account)
    except BaseException:
        smtp.close()
        raise
    return smtp


async def _prepare(smtp: SMTP, account: SmtpAccount) -> None:
    try:
        await smtp.connect()
        await _greet(smtp)
        if account.security == "starttls":
            await _start_tls(smtp, account)
        if account.username:
            await _log_in(smtp, account)
    except SMTPResponseException as error:
        reply = reply_line(error.code, error.message)
        raise Unavailable(f"{account.place} takes no mail from us: {reply}.", permanent=error.code >= 500) from error
    except (SMTPException, OSError) as error:
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        raise unreachable(cause, account.place, account.timeout_seconds) from error


async def _greet(smtp: SMTP) -> None:
    try:
        await smtp.ehlo()
    except SMTPHeloError:
        await smtp.helo()


async def _start_tls(smtp: SMTP, account: SmtpAccount) -> None:
    if not smtp.supports_extension("starttls"):
        raise Unavailable(
            f'{account.place} does not offer STARTTLS: set security = "tls" and its port, or ask its administrator.',
            permanent=True,
        )
    await smtp.starttls()
    await _greet(smtp)


async def _log_in(smtp: SMTP, account: SmtpAccount) -> None:
    """One attempt with one mechanism: three wrong ones in a row lock accounts."""
    try:
        await _authenticate(smtp, account)
    except SMTPAuthenticationError as error:
        reply = reply_line(error.code, error.message)
        if error.code < 500:
            raise Unavailable(f"{account.place} cannot log {account.username} in at the moment: {reply}.") from None
        cure = account.token_refused(reply) if account.access_token is not None else _CHECK_THE_LOGIN
        raise Unavailable(
            f"{account.place} refuses the login of {account.username}: {reply}. {cure}", permanent=True
        ) from None


async def _authenticate(smtp: SMTP, account: SmtpAccount) -> None:
    offered = smtp.server_auth_methods
    if account.access_token is not None:
        await smtp.auth_xoauth2(account.username, await account.access_token())
    elif "plain" in offered:
        await smtp.auth_plain(account.username, account.password or "")
    elif "login" in offered:
        await smtp.auth_login(account.username, account.password or "")
    else:
        mechanisms = one_line(", ".join(offered).upper()) or "none at all"
        raise Unavailable(
            f"{account.place} offers no login with a password (it offers {mechanisms}): check port and security.",
            permanent=True,
        )


def reply_line(code: int, message: str) -> str:
    """A reply as staff see it: code and text on one line."""
    return one_line(f"{code} {message}")
