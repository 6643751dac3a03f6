"""A misbehaving server behind TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from tests.edges.misbehaving import Script, Server, Visit, serving
from tests.servers.certificate import Certificate


@contextmanager
def serving_tls(script: Script, certificate: Certificate) -> Iterator[Server]:
    """The same script, spoken behind a TLS handshake with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)

    def handshake(visit: Visit) -> None:
        script(Visit(context.wrap_socket(visit.sock, server_side=True), visit.heard, visit.number))

    with serving(handshake) as server:
        yield server
