"""One writer for many connections: what they hand in while one transaction runs goes into the next one together.

A connection hands in what became of its letter and gets its next one from the same transaction, so that it never
sends while an outcome of its own is unwritten; and four connections cost little more than one commit a round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from privacybot.mail.delivery import Outcome
from privacybot.store.outbox import Claimed


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the server answered to a letter, to be written down before anything else is sent."""

    claimed: Claimed
    outcome: Outcome
    at: datetime


@dataclass(frozen=True, slots=True)
class _Turn:
    settlement: Settlement | None
    wants_more: bool
    answer: asyncio.Future[Claimed | None]


Write = Callable[[Sequence[Settlement], int], list[Claimed]]
"""Settle these and claim up to so many, in one transaction; it runs in a thread of its own."""


class Books:
    """Turns of the connections, written in rounds."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: list[_Turn] = []
        self._round: asyncio.Task[None] | None = None

    async def turn(self, settlement: Settlement | None, *, wants_more: bool) -> Claimed | None:
        """Hand in what became of a letter; the next letter, or None. Raises what the transaction raised."""
        turn = _Turn(settlement, wants_more, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        if self._round is None:
            self._round = asyncio.create_task(self._rounds())
        return await turn.answer

    async def _rounds(self) -> None:
        while self._waiting:
            turns, self._waiting = self._waiting, []
            await self._write_round(turns)
        self._round = None

    async def _write_round(self, turns: Sequence[_Turn]) -> None:
        settlements = [turn.settlement for turn in turns if turn.settlement]
        wanted = sum(turn.wants_more for turn in turns)
        try:
            letters = iter(await asyncio.to_thread(self._write, settlements, wanted))
        except BaseException as error:
            for turn in turns:
                turn.answer.set_exception(error)
            return
        for turn in turns:
            turn.answer.set_result(next(letters, None) if turn.wants_more else None)
