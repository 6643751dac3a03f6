"""Duties come to an even share each, whoever joins or dies, with as few moves as that takes."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.flows.sharing import plan, share
from privacybot.store.leases import Roster

COUNTS = st.integers(0, 40)


def boxes(count: int) -> list[str]:
    return [f"mailbox {number}" for number in range(count)]


class Office:
    """Workers that look in turn, in any order, each at the state that the one before it has left."""

    def __init__(self, duties: list[str], workers: int, knows: dict[int, list[str]] | None = None) -> None:
        self.duties, self.seats, self.knows = duties, list(range(workers)), knows or {}
        self.holders: dict[str, int] = {}
        self.moves = 0

    def look(self, seat: int, neglected: tuple[str, ...] = ()) -> None:
        known = self.knows.get(seat, self.duties)
        moves = plan(known, Roster(seat, tuple(self.seats), dict(self.holders)), neglected)
        for duty in moves.let_go:
            del self.holders[duty]
        for duty in moves.take[: moves.room]:
            assert duty not in self.holders
            self.holders[duty] = seat
        self.moves += len(moves.let_go) + min(moves.room, len(moves.take))

    def settle(self, rounds: int = 6, chance: random.Random | None = None) -> list[int]:
        """Let everybody look a few times; how many duties each has in the end."""
        for _ in range(rounds):
            for seat in (chance or random.Random(1)).sample(self.seats, len(self.seats)):  # noqa: S311  (no secret)
                self.look(seat)
        held = Counter(self.holders.values())
        return sorted(held[seat] for seat in self.seats)

    def dies(self, seat: int) -> None:
        self.seats.remove(seat)
        self.holders = {duty: holder for duty, holder in self.holders.items() if holder != seat}

    def joins(self, seat: int) -> None:
        self.seats = sorted([*self.seats, seat])


@given(COUNTS, st.integers(1, 12))
def test_shares_add_up_and_differ_by_one_at_most(duties: int, workers: int) -> None:
    shares = [share(duties, workers, rank) for rank in range(workers)]
    assert sum(shares) == duties
    assert max(shares) - min(shares) <= 1


@given(COUNTS, st.integers(1, 8), st.randoms(use_true_random=False))
def test_everything_is_held_and_evenly(duties: int, workers: int, chance: random.Random) -> None:
    held = Office(boxes(duties), workers).settle(chance=chance)
    assert sum(held) == duties
    assert max(held) - min(held) <= 1


@given(COUNTS, st.integers(2, 8), st.randoms(use_true_random=False))
def test_whoever_dies_is_replaced_and_whoever_joins_gets_a_share(
    duties: int, workers: int, chance: random.Random
) -> None:
    office = Office(boxes(duties), workers)
    office.settle(chance=chance)
    office.dies(chance.randrange(workers))
    held = office.settle(chance=chance)
    assert (sum(held), max(held) - min(held) <= 1) == (duties, True)
    office.joins(99)
    held = office.settle(chance=chance)
    assert (sum(held), max(held) - min(held) <= 1) == (duties, True)


@given(COUNTS, st.integers(1, 8))
def test_an_even_share_stays_as_it_is(duties: int, workers: int) -> None:
    office = Office(boxes(duties), workers)
    office.settle()
    before = office.moves
    office.settle()
    assert office.moves == before


@pytest.mark.parametrize(
    ("held", "me", "let_go"),
    [
        ((12, 0), 0, 6),
        ((4, 3), 0, 0),
        ((3, 4), 1, 0),  # The share would be 3, and nothing would be better.
        ((4, 3, 3, 0), 0, 1),
        ((3, 3, 3, 1), 2, 1),
        ((1, 0), 0, 0),
    ],
)
def test_a_joining_worker_is_given_its_share(held: tuple[int, ...], me: int, let_go: int) -> None:
    holders = [seat for seat, count in enumerate(held) for _ in range(count)]
    duties = boxes(len(holders))
    roster = Roster(me, tuple(range(len(held))), dict(zip(duties, holders, strict=True)))
    assert len(plan(duties, roster).let_go) == let_go


def test_a_mailbox_that_only_one_configuration_knows_does_not_lie_idle() -> None:
    both, new = boxes(6), "mailbox new"
    office = Office([*both, new], 2, knows={0: both, 1: [*both, new]})
    office.settle()
    office.look(1, neglected=(new,))
    assert office.holders[new] == 1
    before = office.moves
    office.settle()
    assert office.moves == before
