"""Waiting for new mail with IDLE  (RFC 2177).

IMAPClient's own calls lose a notice in three ways: a line before the server's "+" counts as a refusal; a line that came
in the same packet as the "+" lies in imaplib's buffer, where no poll of the socket sees it; and a dead connection looks
like silence. Here the first two end the wait at once, and the third is found out by DONE, which every wait ends with.
"""

from __future__ import annotations

import selectors
import time
from threading import Event
from typing import Any

RENEWAL_SECONDS = 9 * 60.0
"""Shorter than the ten minutes after which routers and some servers forget an idle connection."""

_LOOK_AT_STOP_SECONDS = 0.5


class IdleRefused(Exception):
    """The server offers IDLE and then says no."""


def idle(client: Any, seconds: float, stop: Event) -> None:
    """Returns on any notice, after `seconds`, at the latest after nine minutes, or soon after `stop` is set."""
    noticed = _begin(client)
    if not noticed and not _read_ahead(client):
        _await_notice(client.socket(), min(seconds, RENEWAL_SECONDS), stop)
    client.idle_done()


def _begin(client: Any) -> bool:
    """Whether a notice came before the server was ready to idle."""
    imap = client._imap
    client._idle_tag = tag = imap._command("IDLE")
    noticed = False
    while imap._get_response() is not None:
        if imap.tagged_commands[tag]:
            raise IdleRefused
        noticed = True
    return noticed


def _read_ahead(client: Any) -> bool:
    """Whether imaplib holds bytes that it has read and nobody has looked at."""
    sock = client.socket()
    patience = sock.gettimeout()
    sock.setblocking(False)
    try:
        return bool(client._imap.file.peek(1))
    except OSError:  # TLS says "nothing yet" with an exception.
        return False
    finally:
        sock.settimeout(patience)


def _await_notice(sock: Any, seconds: float, stop: Event) -> None:
    give_up = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        while not stop.is_set() and (left := give_up - time.monotonic()) > 0:
            if selector.select(min(left, _LOOK_AT_STOP_SECONDS)):
                return
