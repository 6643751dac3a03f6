"""A sign-in service on loopback: Entra's token endpoint and Google's, with tokens that expire and faults by name.

What it says when it refuses is what those services say, shortened. Tokens are unsigned JWTs; `is_good` is how the mail
servers of the tests ask whether one still holds.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

from tests.servers.certificate import make_certificate
from tests.servers.process import LOOPBACK

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "99999999-8888-7777-6666-555555555555"
SECRET = "hemmelig~klient"
ROLES = ("IMAP.AccessAsApp", "SMTP.SendAsApp")

Answer = tuple[int, Mapping[str, object]]


def entra(code: int, error: str = "invalid_client") -> Answer:
    """How Entra refuses."""
    description = f"AADSTS{code}: Something is wrong with '{CLIENT}'. Trace ID: 1f2e Correlation ID: 3d4c"
    return 401 if error == "invalid_client" else 400, {
        "error": error,
        "error_description": description,
        "error_codes": [code],
    }


def google(error: str, description: str) -> Answer:
    return 400, {"error": error, "error_description": description}


@dataclass
class SignIn:
    """Gives tokens that hold for `lifetime` seconds; `fault` is what it answers instead, while it is set."""

    port: int
    ca_file: Path
    lifetime: float = 3600.0
    roles: tuple[str, ...] = ROLES
    fault: Answer | None = None
    refresh_token: str = "1//foerste"
    rotates: bool = False
    given: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    _ends: dict[str, float] = field(default_factory=dict)

    @property
    def authority(self) -> str:
        return f"https://{LOOPBACK}:{self.port}"

    def is_good(self, token: str) -> bool:
        return time.monotonic() < self._ends.get(token, 0)

    def revoke_all(self) -> None:
        self._ends.clear()

    def answer(self, path: str, form: dict[str, str]) -> Answer:
        if path.endswith("/.well-known/openid-configuration"):
            return self._discovery(path.split("/")[1])
        self.asked.append(form)
        if self.fault:
            return self.fault
        match form.get("grant_type"):
            case "client_credentials" if form.get("client_secret") != SECRET:
                return entra(7000215)
            case "refresh_token" if form.get("refresh_token") != self.refresh_token:
                return google("invalid_grant", "Token has been expired or revoked.")
            case _:
                return 200, self._token()

    def _discovery(self, tenant: str) -> Answer:
        if tenant != TENANT:
            return 400, {"error": "invalid_tenant", "error_description": f"AADSTS90002: Tenant '{tenant}' not found."}
        return 200, {
            "issuer": f"{self.authority}/{tenant}/v2.0",
            "authorization_endpoint": f"{self.authority}/{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self.authority}/{tenant}/oauth2/v2.0/token",
        }

    def _token(self) -> dict[str, object]:
        claims = {"aud": "https://outlook.office365.com", "roles": list(self.roles), "jti": secrets.token_hex(8)}
        token = ".".join(_part(part) for part in ({"alg": "none"}, claims, {"signature": "none"}))
        self.given.append(token)
        self._ends[token] = time.monotonic() + self.lifetime
        answer: dict[str, object] = {"token_type": "Bearer", "expires_in": int(self.lifetime), "access_token": token}
        if self.rotates:
            self.refresh_token = answer["refresh_token"] = f"1//{secrets.token_hex(8)}"
        return answer


def write_key(path: Path, service: SignIn) -> None:
    """A service account's key, as Google's console gives it out."""
    made = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True)
    account = {"type": "service_account", "client_email": "bot@project.iam.gserviceaccount.com"}
    path.write_text(json.dumps(account | {"private_key": made.stdout, "token_uri": f"{service.authority}/token"}))
    path.chmod(0o600)


@contextmanager
def sign_in(folder: Path) -> Iterator[SignIn]:
    """A sign-in service under TLS; its certificate is made in `folder`."""
    made = make_certificate(folder)
    server = ThreadingHTTPServer((LOOPBACK, 0), BaseHTTPRequestHandler)
    service = SignIn(server.server_port, made.certificate)
    server.RequestHandlerClass = _handler(service)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def _handler(service: SignIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*service.answer(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*service.answer(self.path, dict(parse_qsl(body))))

        def _say(self, status: int, answer: Mapping[str, object]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    return Handler


def _part(claims: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
