"""A mail too large to hold, fetched a piece at a time and cut down to what a person wrote  (RFC 3501, 6.4.5).

No server's own idea of the mail's structure is asked for: it may be wrong, or name a text a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privacybot.mail.thin import thin

PIECE_BYTES = 2**20
MOST_BYTES = 2**28
"""No provider takes mails as large; whoever sends one gets no more of our time."""


class Vanished(Exception):
    """Somebody deleted or moved the mail while it was read."""


def fetch_large(client: Any, uid: int, size: int) -> bytes:
    """The mail without the bodies of its files; `size` is what the server says. Raises Vanished."""
    return thin(_pieces(client, uid, size))


def _pieces(client: Any, uid: int, size: int) -> Iterator[bytes]:
    """The end is an empty piece, or a short one behind which by the server's word nothing follows."""
    offset = 0
    while offset < MOST_BYTES:
        answer = client.fetch([uid], [f"BODY.PEEK[]<{offset}.{PIECE_BYTES}>"]).get(uid, {})
        name = b"BODY[]<%d>" % offset
        if name not in answer:
            raise Vanished
        if not (piece := answer[name]):
            return
        yield piece
        offset += len(piece)
        if len(piece) < PIECE_BYTES and offset >= size:
            return
