"""Signing in to Google Workspace  (google-auth: RFC 7523 for a service account, RFC 6749 for a refresh token).

A service account with domain-wide delegation opens any mailbox of the domain and has nothing that runs out. A refresh
token opens one mailbox; where Google gives a new one with an answer, the new one is kept and the old one forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from privacybot.edges.kept_token import KeptToken
from privacybot.edges.oauth import Protocol, Token
from privacybot.edges.tls import one_line
from privacybot.errors import Unavailable

TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"  # noqa: S105
SCOPE = "https://mail.google.com/"
"""The only scope that opens IMAP and SMTP."""

_CURES = (
    (
        r"unauthorized_client",
        "the domain has not let it in; enter its client id with the scope https://mail.google.com/ "
        "(Admin console > Security > API controls > Domain-wide delegation)",
    ),
    (r"invalid email|account not found", "the domain has no such mailbox; correct username"),
    (r"invalid jwt signature", "its key has been deleted; make a new one (Cloud console > Service accounts > Keys)"),
    (r"short-lived token|iat and exp", "this machine's clock is wrong; set it by NTP"),
    (r"expired or revoked", "the refresh token has been revoked; give consent again and store the new one"),
    (
        r"deleted_client|invalid_client",
        "client_id or client_secret is wrong; correct them (Cloud console > Credentials)",
    ),
    (r"admin_policy_enforced|access_denied", "the domain's policy forbids it; let an administrator trust this client"),
)
"""What Google's answers mean, and what each asks for."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account acting for the mailbox `username`; its key is the JSON file of the Cloud console."""

    name: str
    key_file: Path
    username: str
    ca_file: Path | None = None

    def fetch(self) -> Token:
        credentials = self._credentials()
        with _told(self.name):
            credentials.refresh(_transport(self.ca_file))
        return _token(credentials)

    def advise(self, _protocol: Protocol, _token: str, _said: str) -> str:
        return _ADVICE

    def _credentials(self) -> Any:
        from google.oauth2 import service_account

        try:
            return service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
                str(self.key_file), scopes=[SCOPE], subject=self.username
            )
        except OSError as error:
            raise self._unusable(f"cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unusable("is no key of a service account; download it again as JSON") from error

    def _unusable(self, why: str) -> Unavailable:
        return Unavailable(f'[[oauth]] "{self.name}": service_account_file {self.key_file} {why}.', permanent=True)


@dataclass(frozen=True, slots=True)
class Consent:
    """The owner of one mailbox has let us in: a client and a refresh token."""

    name: str
    client_id: str
    client_secret: str = field(repr=False)
    kept: KeptToken
    endpoint: str = TOKEN_ENDPOINT
    ca_file: Path | None = None

    def fetch(self) -> Token:
        from google.oauth2.credentials import Credentials

        with self.kept.held():
            refresh_token = self.kept.read()
            credentials: Any = Credentials(  # type: ignore[no-untyped-call]
                None,
                refresh_token=refresh_token,
                token_uri=self.endpoint,
                client_id=self.client_id,
                client_secret=self.client_secret,
                scopes=[SCOPE],
            )
            with _told(self.name):
                credentials.refresh(_transport(self.ca_file))
            if credentials.refresh_token != refresh_token:
                self.kept.write(credentials.refresh_token)
        return _token(credentials)

    def advise(self, _protocol: Protocol, _token: str, _said: str) -> str:
        return _ADVICE


_ADVICE = (
    "Google refuses the token: let IMAP in for this user (Admin console > Apps > Gmail > End user access), check that "
    "username is the mailbox's own address, and that the scope https://mail.google.com/ was granted."
)


def _transport(ca_file: Path | None) -> Any:
    from google.auth.transport.requests import Request

    from privacybot.edges.https import Session

    return Request(Session(ca_file))


def _token(credentials: Any) -> Token:
    expiry: datetime = credentials.expiry  # Naive, and UTC: google-auth knows no other.
    return Token(credentials.token, (expiry.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds())


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turns what google-auth raises into a sentence with the step to take."""
    from google.auth.exceptions import GoogleAuthError, RefreshError

    try:
        yield
    except RefreshError as error:
        said = one_line(" ".join(str(part) for part in error.args))
        cure = next((cure for sign, cure in _CURES if re.search(sign, said, re.IGNORECASE)), said)
        raise Unavailable(
            f'Google does not sign [[oauth]] "{name}" in: {cure}.', permanent=not error.retryable
        ) from None
    except (GoogleAuthError, OSError) as error:
        raise Unavailable(f'Google cannot be reached to sign [[oauth]] "{name}" in; it will be tried again.') from error
