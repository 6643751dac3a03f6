"""Mails that the server does not hand over: how they are asked for again without holding up the others.

A batch over which the connection breaks is asked for again one mail at a time, behind all others. A mail that breaks
it alone, time after time, is withheld like one that the server refuses: it goes on the shelf, where staff see it, and
is asked for again by itself, less and less often. What is known here lives as long as the worker; the shelf is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LOSSES = 3
"""So many connections one mail may break: the first perhaps by a neighbour's fault, the others alone."""
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=6)


@dataclass
class Doubts:
    """What one worker knows of one folder's difficult mails, by UID."""

    uidvalidity: int = 0
    losses: Counter[int] = field(default_factory=Counter)
    asked: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    """Of mails on the shelf: how often they were asked for, and when to ask next."""
    lessons: int = 0
    """Grows with everything learnt: after a new lesson another visit asks differently."""

    def begin(self, uidvalidity: int) -> None:
        """Forget the numbers of a folder that was renumbered."""
        if uidvalidity != self.uidvalidity:
            self.uidvalidity = uidvalidity
            self.losses.clear()
            self.asked.clear()

    def portions(self, waiting: Sequence[int], batch: int) -> Iterator[list[int]]:
        """The mails to ask for together: those beyond doubt in batches, then the others alone, the worst last."""
        clear = [uid for uid in waiting if not self.losses[uid]]
        yield from (clear[start : start + batch] for start in range(0, len(clear), batch))
        doubtful = (uid for uid in waiting if self.losses[uid])
        yield from ([uid] for uid in sorted(doubtful, key=lambda uid: (self.losses[uid], uid)))

    def blame(self, uids: Collection[int]) -> None:
        """The connection was lost while these were asked for."""
        self.losses.update(uids)
        self.lessons += 1

    def convicted(self, waiting: Sequence[int]) -> list[int]:
        return [uid for uid in waiting if self.losses[uid] >= LOSSES]

    def clear(self, uids: Collection[int]) -> None:
        """These have their outcome."""
        for uid in uids:
            self.losses.pop(uid, None)

    def due(self, shelved: Collection[int], now: datetime) -> list[int]:
        """Those on the shelf that may be asked for again now."""
        return sorted(uid for uid in shelved if uid not in self.asked or self.asked[uid][1] <= now)

    def postpone(self, uid: int, now: datetime) -> None:
        """Ask again later: after a minute, then after twice as long each time."""
        self.lessons += 1
        times, _ = self.asked.get(uid, (0, now))
        self.asked[uid] = times + 1, now + min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(times, 16))
