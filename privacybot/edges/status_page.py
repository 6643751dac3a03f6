"""A few pages over HTTP for whoever watches over the worker: read only, no password, a page a path  (http.server)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from privacybot.edges.tls import one_line
from privacybot.errors import Unavailable

PATIENCE_SECONDS = 10
"""How long a visitor may take over its request."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its HTTP status, its type and its bytes."""

    status: int
    content_type: str
    body: bytes


@contextmanager
def status_pages(host: str, port: int, pages: Mapping[str, Callable[[], Page]]) -> Iterator[int]:
    """Serves the pages by their paths while the block runs; gives the port. Raises Unavailable where it is taken."""
    try:
        server = ThreadingHTTPServer((host, port), _handler(pages))
    except OSError as error:
        raise Unavailable(
            f"[operation] {host}:{port} cannot be listened on ({one_line(error.strerror)}): choose another port.",
            permanent=True,
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(pages: Mapping[str, Callable[[], Page]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_SECONDS
        server_version = "privacybot"
        sys_version = ""

        def do_GET(self) -> None:
            make = pages.get(self.path.partition("?")[0])
            page = make() if make else Page(404, "text/plain", b"no such page\n")
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *_words: object) -> None:
            """Visits are no news."""

    return Handler
