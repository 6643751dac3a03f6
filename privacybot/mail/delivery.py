"""What became of a mail handed to an SMTP server, and when to try again  (RFC 5321, 4.2 and 4.5.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took responsibility; `reply` is its last line, such as "250 2.0.0 Ok: queued as 4C1"."""

    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: a 4yz reply, a time-out or a lost connection (then the next mail needs a new one)."""

    reply: str
    connection_lost: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: a 5yz reply to this mail or its recipient. Staff are shown it."""

    reply: str


Outcome = Sent | Deferred | Refused

RETRY_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (4, 15, 60, 300, 900, 1800, 3600, 7200, 14400))
"""The first retry comes within five seconds; the last delay repeats until `GIVE_UP_AFTER`."""

GIVE_UP_AFTER = timedelta(days=5)
"""RFC 5321, 4.5.4.1: the give-up time is at least four to five days."""


def next_attempt(created_at: datetime, attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` failed ones; None once the mail is too old and a person must look."""
    delay = RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1]
    return None if now + delay - created_at > GIVE_UP_AFTER else now + delay
