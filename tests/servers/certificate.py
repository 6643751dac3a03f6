"""A certificate for loopback, made for one run, that only those trust who are given its file."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import find_program


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate and its key, both PEM; the certificate serves as `ca_file` too."""

    certificate: Path
    key: Path


def make_certificate(folder: Path, *, names: str = "DNS:localhost,IP:127.0.0.1") -> Certificate:
    """`names` are the subject alternative names, as OpenSSL writes them."""
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    command = [find_program("openssl", "OpenSSL"), "req", "-x509", "-nodes", "-days", "30", "-newkey", "ec"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=privacybot test"]
    command += ["-addext", f"subjectAltName={names}", "-addext", "keyUsage=digitalSignature,keyCertSign"]
    command += ["-out", str(made.certificate), "-keyout", str(made.key)]
    subprocess.run(command, check=True, capture_output=True)
    made.key.chmod(0o600)
    return made
