"""How we reach a mail server: TLS from the start, after STARTTLS, or none on this machine  (RFC 8314, RFC 3207).

Certificates are always verified. Without TLS only a server on this machine is spoken to, since passwords and personal
data pass. Whatever goes wrong on the way becomes one sentence that names the server and the next step.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Literal

from privacybot.errors import Unavailable

Security = Literal["tls", "starttls", "none"]


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, or only the one in `ca_file` (PEM)."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise Unavailable(
            f"The certificate file {ca_file} cannot be read ({_reason(error)}): correct ca_file.", permanent=True
        ) from error


def require_privacy(host: str, security: Security) -> None:
    """Guards against a password sent in the clear over a network."""
    if security == "none" and not is_loopback(host):
        raise Unavailable(
            f'{host} is not on this machine, so security = "none" is not allowed: choose "tls" or "starttls".',
            permanent=True,
        )


def is_loopback(host: str) -> bool:
    """Whether the name or address, as written, can only mean this machine (RFC 6761 for the name)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def unreachable(error: BaseException, place: str, seconds: float) -> Unavailable:
    """What went wrong between us and `place` ("host:port") before a single command was answered."""
    match error:
        case ssl.SSLCertVerificationError():
            return Unavailable(f"{place} shows a certificate {_distrust(error)}", permanent=True)
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "RECORD_LAYER_FAILURE" | "PACKET_LENGTH_TOO_LONG"):
            return Unavailable(
                f'{place} does not speak TLS from the start: set security = "starttls" or correct the port.',
                permanent=True,
            )
        case socket.gaierror(errno=socket.EAI_NONAME):
            return Unavailable(
                f"There is no server by the name of {place.rpartition(':')[0]}: correct host.", permanent=True
            )
        case ConnectionRefusedError():
            return Unavailable(f"{place} refuses connections: is the server running, and is the port right?")
        case TimeoutError():
            return Unavailable(
                f"{place} did not answer within {seconds:.0f} s: is it running, are port and security right?"
            )
        case _:
            return Unavailable(f"{place} cannot be reached ({_reason(error)}).")


def one_line(text: object) -> str:
    """What a server wrote, fit for a sentence: printable, on one line, and not without end."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(printable.split())[:300]


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    match error.verify_code:
        case 62 | 64:  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
            return "for another name: correct host, or ask its administrator for a certificate with this name."
        case 10:  # X509_V_ERR_CERT_HAS_EXPIRED
            return "that has expired: its administrator must renew it."
        case _:
            return (
                f"that is not trusted ({one_line(error.verify_message)}): "
                "set ca_file to the certificate of its authority, or ask its administrator for a public one."
            )


def _reason(error: BaseException) -> str:
    return one_line(getattr(error, "strerror", None) or error or type(error).__name__)
