"""Dispatch: claim under a lease │ send, with no transaction open │ settle.

Each connection settles a letter before it takes the next, so that a crash can leave at most one letter a connection
between the server's 250 and our commit; it is then sent again with the same bytes and Message-ID. While letters are
in hand their leases are renewed; what a dead worker held runs free by itself. A worker that is told to stop does not
wait for a silent server: the letter stays, and may leave again, under the same Message-ID.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from privacybot.errors import Unavailable
from privacybot.flows.arrived import ROBOT
from privacybot.flows.books import Books, Settlement
from privacybot.flows.pace import Pace
from privacybot.mail.delivery import Deferred, Outcome, Refused, Sent, next_attempt
from privacybot.store import cases, events, outbox
from privacybot.store.engine import Engine, Session, is_sqlite, reading, transaction
from privacybot.store.outbox import LEASE, Claimed, LetterKind, LetterState

Send = Callable[[Claimed], Coroutine[None, None, Outcome]]
"""Hand one letter to the server, over a connection of its own; raises Unavailable where only a person helps."""

LOOK_AT_STOP_SECONDS = 0.5
GRACE_SECONDS = 5.0
"""How long a server may still take for a letter when the worker is told to stop."""

INTERRUPTED = Deferred(
    "privacybot was stopped before the mail server had answered; it is sent again, and may arrive twice, as one mail "
    "with one Message-ID.",
    connection_lost=True,
)


@dataclass
class Dispatcher:
    """The connections of one worker, and what they share. `owner` names the worker in its claims.

    `unsettled` outlives a dispatcher: a database that fails between the server's 250 and our commit costs no repeat,
    as long as the worker lives.
    """

    engine: Engine
    owner: str
    senders: Sequence[Send]
    pace: Pace
    now: Callable[[], datetime]
    stopping: Callable[[], bool]
    unsettled: dict[int, Settlement] = field(default_factory=dict)
    in_hand: set[int] = field(default_factory=set)

    async def drain(self) -> int:
        """Send everything that is due, over all connections at once; how many letters were tried.

        Raises Unavailable when the server will take none until a person acts; nothing is lost by it.
        """
        await asyncio.to_thread(self._settle_what_is_left)
        books = Books(self._write)
        holding = asyncio.create_task(self._hold())
        try:
            tried = await asyncio.gather(*(self._work(send, books) for send in self.senders), return_exceptions=True)
        finally:
            holding.cancel()
        failed = [outcome for outcome in tried if isinstance(outcome, BaseException)]
        if failed:
            raise failed[0]
        return sum(outcome for outcome in tried if isinstance(outcome, int))

    async def _work(self, send: Send, books: Books) -> int:
        """One connection: a letter at a time, until none is due."""
        tried = 0
        settlement: Settlement | None = None
        while claimed := await books.turn(settlement, wants_more=not (self.stopping() or self.unsettled)):
            settlement = await self._deliver(send, claimed)
            if settlement is None:
                break
            tried += 1
        return tried

    async def _deliver(self, send: Send, claimed: Claimed) -> Settlement | None:
        """Send a letter; None when this process stood still until its lease had ended: another worker may have it."""
        if self.now() >= claimed.until:
            await asyncio.to_thread(self._give_back, claimed)
            return None
        try:
            return Settlement(claimed, await self._answer(send(claimed)), self.now())
        except Unavailable:
            await asyncio.to_thread(self._give_back, claimed)
            raise

    async def _answer(self, sending: Coroutine[None, None, Outcome]) -> Outcome:
        """What the server answers; silence ends soon after the worker is told to stop."""
        task = asyncio.create_task(sending)
        try:
            while not task.done():
                stopping = self.stopping()
                await asyncio.wait([task], timeout=GRACE_SECONDS if stopping else LOOK_AT_STOP_SECONDS)
                if stopping:
                    break
            return task.result() if task.done() else INTERRUPTED
        finally:
            task.cancel()

    def _write(self, settlements: Sequence[Settlement], wanted: int) -> list[Claimed]:
        """One round of the books. What could not be written is kept, and written before anything else is sent."""
        try:
            with transaction(self.engine) as session:
                for one in sorted(settlements, key=lambda one: one.claimed.case_id or 0):
                    _settle(session, one)
                claimed = self._claim(session, wanted) if wanted else []
        except BaseException:
            self.unsettled.update((one.claimed.id, one) for one in settlements)
            raise
        self.in_hand -= {one.claimed.id for one in settlements}
        self.in_hand |= {letter.id for letter in claimed}
        return claimed

    def _claim(self, session: Session, wanted: int) -> list[Claimed]:
        """As many letters as are wanted, and as the provider lets leave now."""
        now = self.now()
        room = min(wanted, self.pace.room(session, now))
        claimed = outbox.claim(session, self.owner, now, most=room) if room else []
        self.pace.count(session, len(claimed), now)
        return claimed

    def _settle_what_is_left(self) -> None:
        for letter_id, left in sorted(self.unsettled.copy().items()):
            with transaction(self.engine) as session:
                _settle(session, left)
            self.unsettled.pop(letter_id, None)  # Another dispatcher of this worker may have come first.
            self.in_hand.discard(letter_id)

    async def _hold(self) -> None:
        """Renew the leases of what is in hand, three times within each."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if self.in_hand:
                with suppress(Unavailable):  # The next attempt may succeed; a claim tells it if none does.
                    await asyncio.to_thread(self._renew)

    def _renew(self) -> None:
        with transaction(self.engine) as session:
            outbox.renew(session, self.owner, frozenset(self.in_hand), self.now())

    def _give_back(self, claimed: Claimed) -> None:
        with transaction(self.engine) as session:
            outbox.release(session, self.owner, [claimed.id])
        self.in_hand.discard(claimed.id)


def settle(engine: Engine, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Write down how a letter fared: sent, to be tried again, or for staff to look at."""
    with transaction(engine) as session:
        _settle(session, Settlement(claimed, outcome, now))


def next_due(engine: Engine) -> datetime | None:
    """When the next letter may be tried; None when the outbox is empty."""
    with reading(engine) as session:
        return outbox.next_due(session)


def start_alone_if_sqlite(engine: Engine) -> None:
    """On SQLite there is one worker: what an earlier one held when it died is free at once."""
    if is_sqlite(engine):
        with transaction(engine) as session:
            outbox.release_all(session)


def _settle(session: Session, one: Settlement) -> None:
    claimed, now = one.claimed, one.at
    match one.outcome:
        case Sent(reply):
            _end(session, claimed, LetterState.SENT, reply, now)
        case Refused(reply):
            _end(session, claimed, LetterState.REFUSED, reply, now)
        case Deferred(reply):
            again = next_attempt(claimed.created_at, claimed.attempts + 1, now)
            if again:
                outbox.defer(session, claimed.owner, claimed.id, reply, again)
            else:
                _end(session, claimed, LetterState.GIVEN_UP, reply, now)


def _end(session: Session, claimed: Claimed, state: LetterState, reply: str, now: datetime) -> None:
    """The letter's last word; a worker that stood still and comes second with it tells the case nothing new."""
    if outbox.settle(session, claimed.id, state, reply, now):
        _tell_case(session, claimed, state.value, reply, now)


def _tell_case(session: Session, claimed: Claimed, step: str, reply: str, now: datetime) -> None:
    case = cases.locked(session, claimed.case_id) if claimed.case_id else None
    if case is None:
        return
    if step == "sent" and claimed.kind == LetterKind.ACKNOWLEDGEMENT.value:
        case.acknowledged_at = now
    elif step == "sent":
        case.undelivered = ""  # This one got through.
    else:
        case.undelivered = f"{step}: {reply}"
        case.news = "a mail of ours was not delivered"
    events.record(session, case, f"{claimed.kind} {step}", actor=ROBOT, at=now, payload={"reply": reply})
