"""Who does what: an even share of the duties for each worker, and as few moves as that takes  (pure).

All workers see the same seats in the same order and reckon alike, so nobody has to be asked. A duty that changes hands
is let go of between two mails, and taken at the next look of whoever lacks one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from privacybot.store.leases import Roster


@dataclass(frozen=True, slots=True)
class Moves:
    """What a worker does next: let go of some duties, and take up to `room` of those it may, in this order."""

    let_go: Sequence[str] = ()
    take: Sequence[str] = ()
    room: int = 0


def share(duties: int, workers: int, rank: int) -> int:
    """How many of `duties` fall to the worker at that rank: the first ones have one more where it does not come out."""
    return duties // workers + (rank < duties % workers)


def plan(duties: Sequence[str], roster: Roster, neglected: Collection[str] = ()) -> Moves:
    """The next moves with duties of one kind. Those `neglected`, which nobody has taken for a while, anybody takes:
    workers may differ in their configuration, and no mailbox may lie idle for that."""
    mine = roster.held_by(roster.mine, duties)
    lacking = share(len(duties), len(roster.seats), roster.rank) - len(mine)
    free = [duty for duty in duties if duty not in roster.holders]
    # Where nobody has two fewer than we, a move would better nothing.
    surplus = min(-lacking, len(mine) - roster.fewest(duties) - 1)
    if surplus > 0:
        return Moves(let_go=mine[-surplus:])
    left = [duty for duty in free if duty in neglected]
    return Moves(take=[*left, *(duty for duty in free if duty not in left)], room=max(lacking, len(left)))
