"""From an account's settings to a logged-in IMAP connection  (RFC 3501, RFC 4959, RFC 5530).

Whatever fails here fails before any mail is read: the server's own words may stand in the sentence.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]
from imapclient.exceptions import (  # type: ignore[import-untyped]
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
)

from privacybot.edges.tls import Security, client_context, one_line, require_privacy, unreachable
from privacybot.errors import Unavailable

# Both write whole mails, and imaplib's the password too, when somebody turns on debugging.
for _name in ("imapclient.imapclient", "imapclient.imaplib"):
    logging.getLogger(_name).disabled = True

_PASSING = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|ALREADYEXISTS)\]", re.IGNORECASE)
"""Response codes of RFC 5530 that say "not now"; every other refusal of a login waits for a person."""


_CHECK_THE_LOGIN = (
    "Check username and password; many providers want a password made for programs, "
    "Microsoft 365 and Google Workspace a sign-in with oauth."
)


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """One folder of one account. With `access_token` the login is XOAUTH2, and `password` is not used."""

    host: str
    port: int
    security: Security
    username: str
    password: str | None = field(default=None, repr=False)
    folder: str = "INBOX"
    ca_file: Path | None = None
    timeout_seconds: float = 30.0
    """How long the server may be silent while we wait for a word of it."""
    access_token: Callable[[], str] | None = field(default=None, repr=False)
    token_refused: Callable[[str], str] = lambda _said: "Check the sign-in."
    """Told what the server said when it refused the token; answers with the step to take."""

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


def connect(account: ImapAccount) -> Any:
    """An IMAPClient that is logged in and has no folder selected."""
    require_privacy(account.host, account.security)
    client = _secured(account)
    try:
        _log_in(client, account)
    except BaseException:
        hang_up(client)
        raise
    return client


def hang_up(client: Any) -> None:
    """Closes the socket without a word; a connection that is broken already is no failure."""
    try:
        client.shutdown()
    except OSError:
        return


def _secured(account: ImapAccount) -> Any:
    """A connection under the protection that the account asks for, or no connection."""
    context = None if account.security == "none" else client_context(account.ca_file)
    with _told(account):
        client = IMAPClient(
            account.host,
            account.port,
            ssl=account.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(account.timeout_seconds, account.timeout_seconds),
        )
        client.normalise_times = False
        if account.security == "starttls":
            _start_tls(client, context)
    return client


def _start_tls(client: Any, context: Any) -> None:
    try:
        client.starttls(context)
    except BaseException:
        hang_up(client)
        raise


@contextmanager
def _told(account: ImapAccount) -> Iterator[None]:
    place = account.place
    try:
        yield
    except CapabilityError:
        raise Unavailable(
            f'{place} does not offer STARTTLS: set security = "tls" and its port.', permanent=True
        ) from None
    except IMAPClientError as error:
        raise Unavailable(f"{place} did not greet as an IMAP server does: {_words(error)}.") from error
    except OSError as error:
        raise unreachable(error, place, account.timeout_seconds) from error


def _log_in(client: Any, account: ImapAccount) -> None:
    try:
        _authenticate(client, account)
    except IMAPClientError as error:
        raise _login_refused(error, account) from None
    except UnicodeError:
        raise Unavailable(
            f"{account.place} takes no letters outside ASCII in a password: choose another password.", permanent=True
        ) from None
    except OSError as error:
        raise unreachable(error, account.place, account.timeout_seconds) from None


def _authenticate(client: Any, account: ImapAccount) -> None:
    if account.access_token is not None:
        client.oauth2_login(account.username, account.access_token())
    elif client.has_capability("AUTH=PLAIN"):  # The LOGIN command has no room for Danish letters.
        client.plain_login(account.username, account.password or "")
    elif client.has_capability("LOGINDISABLED"):
        raise Unavailable(
            f'{account.place} allows no password without TLS: set security = "starttls" or "tls".', permanent=True
        )
    else:
        client.login(account.username, account.password or "")


def _login_refused(error: Exception, account: ImapAccount) -> Unavailable:
    words = _words(error)
    # IMAPClient wraps a lost connection in the same LoginError as a refusal.
    if isinstance(error.__context__ or error, IMAPClientAbortError) or _PASSING.search(words):
        return Unavailable(f"{account.place} cannot log {account.username} in at the moment: {words}.")
    cure = account.token_refused(words) if account.access_token is not None else _CHECK_THE_LOGIN
    return Unavailable(
        f"{account.place} refuses the login of {account.username}: {words}. {cure}",
        permanent=True,
    )


def _words(error: Exception) -> str:
    """What the server said, without the quotes and brackets of Python around it."""
    said = error.args[0] if error.args else ""
    return one_line(said).removeprefix("b'").removesuffix("'").rstrip(".") or "no reason given"
