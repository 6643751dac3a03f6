"""Access tokens for mail servers, renewed before they run out  (OAuth 2.0, RFC 6749; SASL XOAUTH2).

Tokens live in memory alone. Whoever signs us in (`edges.microsoft`, `edges.google`) is handed in as two functions: one
that fetches a fresh token, and one that says what to do when a mail server refuses it. While a token still holds, a
sign-in service that does not answer is no failure.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from privacybot.errors import Unavailable

Protocol = Literal["IMAP", "SMTP"]

RENEWED_AHEAD = 300.0
"""So many seconds before its end a token is renewed, or after half its life where that is shorter."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a mail server wants to see, and for how many seconds from now it will be content with it."""

    value: str = field(repr=False)
    seconds: float


Fetch = Callable[[], Token]
"""A fresh token; raises Unavailable with the step to take."""

Advise = Callable[[Protocol, str, str], str]
"""From protocol, token and what the mail server said when it refused that: a sentence with the step to take."""


class Tokens:
    """The access token of one account, shared by all its connections; thread-safe."""

    def __init__(self, fetch: Fetch, advise: Advise, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._advise = advise
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = self._ends_at = 0.0

    def current(self) -> str:
        """A token that holds for some time yet. Raises Unavailable."""
        with self._lock:
            if not self._token or self._clock() >= self._renew_at:
                self._renew()
            return self._token

    async def awaited(self) -> str:
        return await asyncio.to_thread(self.current)

    def refused(self, protocol: Protocol, said: str) -> str:
        """A mail server refused the token: it is forgotten. What to do, in a sentence."""
        with self._lock:
            token, self._token = self._token, ""
        return self._advise(protocol, token, said)

    def _renew(self) -> None:
        began = self._clock()
        try:
            token = self._fetch()
        except Unavailable:
            if self._token and began < self._ends_at:
                return
            raise
        self._token, self._ends_at = token.value, began + token.seconds
        self._renew_at = self._ends_at - min(RENEWED_AHEAD, token.seconds / 2)
