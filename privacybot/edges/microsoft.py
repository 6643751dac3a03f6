"""Signing in to Microsoft 365 as an application  (OAuth 2.0 client credentials; MSAL).

Entra gives a token to every application that knows its secret, whether or not an administrator has consented and
whether or not Exchange knows it: those two faults show only at the mail server, which says no more than "AUTHENTICATE
failed". The roles written in the token tell them apart.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privacybot.edges.oauth import Protocol, Token
from privacybot.edges.tls import one_line
from privacybot.errors import Unavailable

AUTHORITY = "https://login.microsoftonline.com"
SCOPE = "https://outlook.office365.com/.default"
ROLES: dict[Protocol, str] = {"IMAP": "IMAP.AccessAsApp", "SMTP": "SMTP.SendAsApp"}

_SECRETS = "Entra > App registrations > Certificates & secrets"
_CURES = {
    7000215: f"the client secret is wrong; enter the secret's Value, not its Secret ID ({_SECRETS})",
    7000222: f"the client secret has expired; make a new one ({_SECRETS})",
    700016: "the tenant has no application with this client_id; correct client_id or tenant",
    7000229: "the tenant has no enterprise application for this client_id; grant admin consent to the registration",
    7000112: "the application is disabled; enable it (Entra > Enterprise applications > Properties)",
    90002: "there is no such tenant; correct tenant (Entra > Overview > Tenant ID)",
    900023: "there is no such tenant; correct tenant (Entra > Overview > Tenant ID)",
    500011: "the tenant has no Exchange Online; correct tenant, or give it a licence with a mailbox",
    65001: "nobody has consented; grant admin consent (Entra > App registrations > API permissions)",
    53003: "Conditional Access forbids it; except this application, or allow this machine's address",
}
"""Entra's error codes (AADSTS…), and what each asks for."""

_SMTP_IS_OFF = re.compile(r"5\.7\.139|SmtpClientAuthentication", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MicrosoftApp:
    """An application registered in a tenant; `name` is that of its block in the configuration."""

    name: str
    tenant: str
    client_id: str
    client_secret: str = field(repr=False)
    authority: str = AUTHORITY
    ca_file: Path | None = None

    def fetch(self) -> Token:
        """A fresh token for every mailbox that Exchange lets the application open."""
        answer = self._asked()
        if "access_token" not in answer:
            raise self._refused(answer)
        return Token(answer["access_token"], float(answer["expires_in"]))

    def advise(self, protocol: Protocol, token: str, said: str) -> str:
        """Why Exchange refuses a token that Entra has given."""
        if protocol == "SMTP" and _SMTP_IS_OFF.search(said):
            return (
                "SMTP AUTH is off: turn it on for this mailbox with "
                "Set-CASMailbox ADDRESS -SmtpClientAuthenticationDisabled $false."
            )
        if (roles := _roles(token)) is not None and ROLES[protocol] not in roles:
            return (
                f"The application may not use {protocol}: add {ROLES[protocol]} under API permissions > Office 365 "
                "Exchange Online > Application permissions, and grant admin consent."
            )
        return (
            "Exchange does not know the application, or does not let it open this mailbox: New-ServicePrincipal with "
            "the object id of the Enterprise application (not that of the App registration), then "
            "Add-MailboxPermission ADDRESS -User OBJECT-ID -AccessRights FullAccess; it takes up to an hour to count."
        )

    def _asked(self) -> dict[str, Any]:
        import msal  # type: ignore[import-untyped]  # 200 ms, only for those who need it.
        import requests

        from privacybot.edges.https import Session

        try:
            application = msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=self.client_secret,
                authority=f"{self.authority.rstrip('/')}/{self.tenant}",
                instance_discovery=False,  # The authority is the administrator's word, or Microsoft's own.
                http_client=Session(self.ca_file),
            )
            answer: dict[str, Any] = application.acquire_token_for_client(scopes=[SCOPE])
        except requests.exceptions.SSLError as error:
            raise self._unreachable("its certificate is not trusted; set ca_file", permanent=True) from error
        except requests.exceptions.RequestException as error:
            raise self._unreachable("no answer; it will be tried again") from error
        except (ValueError, LookupError, RuntimeError, msal.exceptions.MsalError) as error:
            raise self._undiscovered(error) from error
        return answer

    def _refused(self, answer: dict[str, Any]) -> Unavailable:
        description = one_line(answer.get("error_description") or answer.get("error") or "no reason given")
        codes = [*answer.get("error_codes", ()), *map(int, re.findall(r"AADSTS(\d+)", description))]
        cure = next((_CURES[code] for code in codes if code in _CURES), description.partition(" Trace ID")[0])
        passing = answer.get("error") in ("temporarily_unavailable", "server_error")
        return Unavailable(f"Microsoft does not sign {self._we} in: {cure.rstrip('.')}.", permanent=not passing)

    def _undiscovered(self, error: Exception) -> Unavailable:
        """MSAL looks the tenant up before it asks for a token; what the service said of a wrong one lies below."""
        if re.search(r"invalid_tenant|AADSTS90002|AADSTS900023", str(error.__context__)):
            return self._refused({"error_codes": [90002]})
        return self._unreachable(f"its answer makes no sense ({type(error).__name__})")

    def _unreachable(self, why: str, *, permanent: bool = False) -> Unavailable:
        return Unavailable(f"{self.authority} cannot sign {self._we} in: {why}.", permanent=permanent)

    @property
    def _we(self) -> str:
        return f'[[oauth]] "{self.name}"'


def _roles(token: str) -> frozenset[str] | None:
    """The roles that the token claims; None where it cannot be read. Only for advice: nothing is verified."""
    try:
        claims = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return frozenset(map(str, told.get("roles", ())))
    except (IndexError, binascii.Error, ValueError, AttributeError, TypeError):
        return None
