"""No faster than the provider allows: so many mails in any sixty seconds, over all connections of all workers.

Each mail is counted in the store before it leaves. Where a provider allows many, a connection counts a few at a time
and sends those within a second, so that the workers need not wait for each other at every mail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from privacybot.store import sending
from privacybot.store.engine import Session
from privacybot.store.sending import KEPT_SECONDS, Lately

COUNTED_AHEAD = 600
"""Of so many mails a minute one is counted ahead: a few connections that then send none waste little."""
A_SECOND = timedelta(seconds=1)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Pace:
    """The limit of one account, as one dispatcher keeps it. `free_at`: when mails may leave again, if none may now."""

    per_minute: int
    account: str = ""
    free_at: datetime | None = None
    _ahead: int = 0
    _ahead_until: datetime = NEVER
    _lately: Lately = field(default_factory=dict)

    def room(self, session: Session, now: datetime) -> int:
        """How many mails may leave now."""
        if now >= self._ahead_until:
            self._ahead = 0
        if self._ahead:
            return self._ahead
        self._lately = sending.lately(session, self.account, now)
        left = max(0, self.per_minute - sum(self._lately.values()))
        self.free_at = None if left else _second(min(self._lately) + KEPT_SECONDS)
        return left

    def count(self, session: Session, mails: int, now: datetime) -> None:
        """So many are leaving, of those that `room` has just allowed."""
        if self._ahead:
            self._ahead -= mails
        elif mails:
            left = self.per_minute - sum(self._lately.values())
            counted = min(left, max(mails, self.per_minute // COUNTED_AHEAD))
            sending.count(session, self.account, self._lately, counted, now)
            self._ahead, self._ahead_until = counted - mails, now + A_SECOND


def _second(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
