"""A worker's shift: which duties it has at the moment, each done in a thread of its own.

Again and again it looks at the roster, lets go of what is more than its share, and takes what it lacks. A duty ends
between two mails and is let go of only when its thread has ended; where the seat is lost, all of them end, and none is
begun again before its old thread is gone. It is one of the places that catch everything: what failed is tried again,
for ever, after a pause.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from privacybot import log
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
STOP_SECONDS = 15.0
"""How long the duties of a worker may take to end."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
HELPLESS = 4
"""So many failures counts what only a person can mend: a wrong password that is tried too often locks an account."""
STEADY = 60.0
"""What went well for so long, in seconds, begins again with the shortest pause."""
MAILBOX, SENDING, HOUSE, SEAT = "mailbox", "outbox", "housekeeping", "seat"


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that one worker at a time does. Duties of one kind are shared out evenly."""

    kind: str
    name: str
    work: Callable[[Stint], None]
    patience: float
    """How long it may give no sign of life, in seconds."""


@dataclass
class Stint:
    """One worker's time with one duty. Its work looks at `is_over` between two mails."""

    duty: Duty
    seat_lasts_until: Callable[[], float]
    over: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def is_over(self) -> bool:
        """Whether we were told to end, or have stood still for so long that our lease may be another's."""
        return self.over.is_set() or time.monotonic() > self.seat_lasts_until()

    @property
    def has_ended(self) -> bool:
        return self.thread is None or not self.thread.is_alive()


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
    _free: Counter[str] = field(default_factory=Counter)
    _seat_until: float = 0.0
    _stop_by: float = 0.0

    def holds(self, name: str) -> bool:
        return name in self._stints

    def end(self) -> None:
        """Tell every duty to end after the mail in hand."""
        for stint in list(self._stints.values()):
            stint.over.set()
        self.grown()  # Senders that wait for letters see it too.

    def work(self, take_seat: Callable[[], AbstractContextManager[Seat]]) -> None:
        """Do our share until told to stop; a seat that is lost is taken anew. Raises Unavailable where nobody could."""
        failures = 0
        self.vitals.expect(SEAT, patience=STOP_SECONDS * 4)
        while not self.stopping.is_set():
            try:
                with take_seat() as seat:
                    self._sit(seat)
            except Unavailable as failure:
                if failure.permanent:
                    raise
                failures += 1
                self.vitals.ill(SEAT)
                log.get().warning("unavailable", part=SEAT, why=str(failure))
            finally:
                self.end()
            self.stopping.wait(0 if self.stopping.is_set() else pause(failures))
        self._await_end()

    # At the seat

    def _sit(self, seat: Seat) -> None:
        held: set[str] = set()
        log.get().info("working", mailboxes=sum(duty.kind == MAILBOX for duty in self.duties))
        while not self.stopping.is_set():
            roster = self._look(seat)
            for kind in dict.fromkeys(duty.kind for duty in self.duties):
                self._move(seat, held, self._plan(kind, roster))
            self._clear_away(seat, held)
            self._wait(seat)
        self._hand_over(seat, held)

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

    def _move(self, seat: Seat, held: set[str], moves: Moves) -> None:
        for name in moves.let_go:
            if not self._stints[name].over.is_set():
                log.get().info("let go", duty=name)
                self._stints[name].over.set()
                self.grown()
        room = min(moves.room, AT_ONCE)
        for name in moves.take:
            if room > 0 and name not in self._stints and seat.take(name):
                held.add(name)
                self._begin(name)
                room -= 1

    def _clear_away(self, seat: Seat, held: set[str]) -> None:
        """What has ended is let go of, also where it ended by itself: whoever is there takes it again."""
        for name, stint in list(self._stints.items()):
            if stint.has_ended:
                del self._stints[name]
                self.vitals.forget(name)
                if name in held:
                    held.remove(name)
                    seat.let_go(name)

    def _wait(self, seat: Seat) -> None:
        until = time.monotonic() + LOOK_SECONDS
        while (left := until - time.monotonic()) > 0 and not self.stopping.is_set():
            if seat.wait(left, self.stopping):
                self.grown()

    def _hand_over(self, seat: Seat, held: set[str]) -> None:
        """At the end each duty is let go of as soon as it has ended, and the others stay ours until they have."""
        self.end()
        while held and time.monotonic() < self._ends_by():
            for thread in self._threads()[:1]:
                thread.join(LOOK_SECONDS)
            seat.look()
            self._clear_away(seat, held)

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
        return [stint.thread for stint in self._stints.values() if stint.thread and stint.thread.is_alive()]

    # At a duty

    def _begin(self, name: str) -> None:
        [duty] = [duty for duty in self.duties if duty.name == name]
        stint = Stint(duty, lambda: self._seat_until)
        self.vitals.expect(duty.name, duty.patience)
        self._stints[duty.name] = stint
        stint.thread = threading.Thread(target=self._for_ever, args=(stint,), name=duty.name, daemon=True)
        stint.thread.start()

    def _for_ever(self, stint: Stint) -> None:
        """Work that ends only when something failed; then pause, longer each time, and begin anew."""
        name, failures = stint.duty.name, 0
        while not stint.is_over():
            began, patience = time.monotonic(), 0
            try:
                stint.duty.work(stint)
            except Unavailable as failure:
                self.vitals.ill(name)
                log.get().warning("unavailable", part=name, why=str(failure))
                patience = HELPLESS if failure.permanent else 0
            except Exception as error:
                self.vitals.ill(name)
                log.get().error("unexpected", part=name, error=log.whereabouts(error))
            # A time that went well makes good for the failures before it.
            failures = 1 if time.monotonic() - began > STEADY else failures + 1
            stint.over.wait(pause(failures + patience))


def pause(failures: int) -> float:
    """Seconds until the next attempt: doubling, bounded, and scattered so that many workers do not knock together."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 16))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  (no secret)
