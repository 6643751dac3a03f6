"""A small discrete-event kernel: time passes from event to event, and whoever finds a server busy waits in line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count


@dataclass(eq=False)
class Server:
    """Serves as many as it has places, first come, first served. `busy` is the time for which places were taken."""

    places: int
    busy: float = 0.0
    taken: int = 0
    line: deque[Callable[[], None]] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Use:
    """Take a place at each server in turn, keep them for so long, and give them back."""

    servers: tuple[Server, ...]
    seconds: float


@dataclass(eq=False)
class Bell:
    """Whoever waits for it goes on when it is rung."""

    waiting: list[Process] = field(default_factory=list)


Process = Iterator[float | Use | Bell]
"""A story that yields what it waits for: a time, servers, or a bell."""


class World:
    """Time, and what happens next in it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def start(self, process: Process, after: float = 0.0) -> None:
        self._at(after, lambda: self._go_on(process))

    def ring(self, bell: Bell) -> None:
        waiting, bell.waiting = bell.waiting, []
        for process in waiting:
            self.start(process)

    def run(self, until: float = float("inf")) -> None:
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, happen = heappop(self._agenda)
            happen()

    def _at(self, after: float, happen: Callable[[], None]) -> None:
        heappush(self._agenda, (self.now + after, next(self._numbers), happen))

    def _go_on(self, process: Process) -> None:
        match next(process, None):
            case Use() as job:
                self._take(job, 0, process)
            case Bell() as bell:
                bell.waiting.append(process)
            case float() as seconds:
                self.start(process, seconds)

    def _take(self, job: Use, place: int, process: Process) -> None:
        if place == len(job.servers):
            self._at(job.seconds, lambda: self._give_back(job, process))
            return
        server = job.servers[place]
        if server.taken < server.places:
            server.taken += 1
            self._take(job, place + 1, process)
        else:
            server.line.append(lambda: self._take(job, place + 1, process))

    def _give_back(self, job: Use, process: Process) -> None:
        for server in job.servers:
            server.busy += job.seconds
            if server.line:
                server.line.popleft()()  # The place is handed on.
            else:
                server.taken -= 1
        self._go_on(process)
