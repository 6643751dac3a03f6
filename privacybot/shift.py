"""A worker's shift: which duties it has at the moment.

Again and again it looks at the roster, lets go of what is more than its share, and takes what it lacks. A duty ends
between two mails, and is let go of only when its thread has ended; where the seat is lost all of them end, and none is
begun again before its old thread is gone.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from privacybot import log
from privacybot.duty import STEADY, Duty, Stint, pause
from privacybot.errors import Unavailable
from privacybot.flows.sharing import Moves, plan
from privacybot.store.leases import Roster, Seat
from privacybot.vitals import Vitals

LOOK_SECONDS = 1.0
"""How often a worker shows itself and looks at the roster: so soon it takes over from a dead one."""
AT_ONCE = 50
"""So many duties of a kind are begun at one look: no server likes a thousand logins in a moment."""
NEGLECTED_LOOKS = 4
"""A duty that was free at so many looks in a row is taken by whoever sees it, whatever its share."""
LONGEST_AWAY = 10.0
"""How long, in seconds, a worker that has lost its seat waits before it asks for another."""
STOP_SECONDS = 15.0
"""How long the duties of a worker may take to end."""
MAILBOX, SENDING, HOUSE, SEAT = "mailbox", "outbox", "housekeeping", "seat"


@dataclass
class Shift:
    """The duties of one worker, until `stopping`. `grown` is called when letters were written somewhere."""

    duties: Sequence[Duty]
    vitals: Vitals
    grown: Callable[[], None]
    stopping: threading.Event
    workers: int = 0
    """How many were at work at the last look."""
    _stints: dict[str, Stint] = field(default_factory=dict)
    """What our threads do; also those that have lost their lease, until they have ended."""
    _held: set[str] = field(default_factory=set)
    """What this seat has leased."""
    _free: Counter[str] = field(default_factory=Counter)
    """At how many looks in a row nobody had a duty."""
    _seat_until: float = 0.0
    _stop_by: float = 0.0

    def holds(self, name: str) -> bool:
        return name in self._held

    def end(self) -> None:
        """Tell every duty to end after the mail in hand."""
        for stint in list(self._stints.values()):
            stint.over.set()
        self.grown()  # Those that wait for letters see it too.

    def work(self, take_seat: Callable[[], AbstractContextManager[Seat]]) -> None:
        """Do our share until told to stop; a seat that is lost is taken anew. Raises Unavailable where none can be."""
        failures = 0
        self.vitals.expect(SEAT, patience=60.0)
        while not self.stopping.is_set():
            began = time.monotonic()
            try:
                with take_seat() as seat:
                    self._sit(seat)
            except Unavailable as failure:
                if failure.permanent:
                    raise
                self.vitals.ill(SEAT)
                log.get().warning("unavailable", part=SEAT, why=str(failure))
                failures = 1 if time.monotonic() - began > STEADY else failures + 1
                self.stopping.wait(min(pause(failures), LONGEST_AWAY))
        self._await_end()

    # At the seat

    def _sit(self, seat: Seat) -> None:
        log.get().info("working", mailboxes=sum(duty.kind == MAILBOX for duty in self.duties))
        try:
            while not self.stopping.is_set():
                roster = self._look(seat)
                for kind in dict.fromkeys(duty.kind for duty in self.duties):
                    self._move(seat, self._plan(kind, roster))
                self._clear_away(seat)
                self._wait(seat)
            self._hand_over(seat)
        finally:
            self._held.clear()
            self.end()

    def _look(self, seat: Seat) -> Roster:
        asked = time.monotonic()
        roster = seat.look()
        self._seat_until = asked + seat.lasts  # The server counts from its answer, which is later.
        if self.workers and len(roster.seats) != self.workers:
            log.get().info("workers", at_work=len(roster.seats))
        self.workers = len(roster.seats)
        self.vitals.well(SEAT)
        return roster

    def _plan(self, kind: str, roster: Roster) -> Moves:
        names = [duty.name for duty in self.duties if duty.kind == kind]
        for name in names:
            self._free[name] = 0 if name in roster.holders else self._free[name] + 1
        return plan(names, roster, {name for name in names if self._free[name] > NEGLECTED_LOOKS})

    def _move(self, seat: Seat, moves: Moves) -> None:
        for name in moves.let_go:
            if not self._stints[name].over.is_set():
                log.get().info("let go", duty=name)
                self._stints[name].over.set()
                self.grown()
        room = min(moves.room, AT_ONCE)
        for name in moves.take:
            if room > 0 and name not in self._stints and seat.take(name):
                self._begin(name)
                room -= 1

    def _begin(self, name: str) -> None:
        [duty] = [duty for duty in self.duties if duty.name == name]
        stint = self._stints[name] = Stint(duty, self.vitals, lambda: self._seat_until)
        self._held.add(name)
        stint.begin()

    def _clear_away(self, seat: Seat) -> None:
        """What has ended is let go of, also where it ended by itself: whoever is there takes it again."""
        for name, stint in list(self._stints.items()):
            if not stint.thread.is_alive():
                del self._stints[name]
                self.vitals.forget(name)
                if name in self._held:
                    self._held.remove(name)
                    seat.let_go(name)

    def _wait(self, seat: Seat) -> None:
        until = time.monotonic() + LOOK_SECONDS
        while (left := until - time.monotonic()) > 0 and not self.stopping.is_set():
            if seat.wait(left, self.stopping):
                self.grown()

    # The end

    def _hand_over(self, seat: Seat) -> None:
        """Each duty is let go of as soon as it has ended, and the others stay ours until they have."""
        self.end()
        while self._held and time.monotonic() < self._ends_by():
            for thread in self._threads()[:1]:
                thread.join(LOOK_SECONDS)
            seat.look()
            self._clear_away(seat)

    def _await_end(self) -> None:
        """Each finishes the item in hand. What a silent server holds up is left as a crash would leave it."""
        for thread in self._threads():
            thread.join(max(0.0, self._ends_by() - time.monotonic()))
        if held_up := [thread.name for thread in self._threads()]:
            log.get().warning("stopped without waiting any longer", parts=held_up)

    def _ends_by(self) -> float:
        self._stop_by = self._stop_by or time.monotonic() + STOP_SECONDS
        return self._stop_by

    def _threads(self) -> list[threading.Thread]:
        """Those that are at work."""
        return [stint.thread for stint in self._stints.values() if stint.thread.is_alive()]
