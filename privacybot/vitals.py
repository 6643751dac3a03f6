"""Whether a worker is alive: each part of it shows itself from time to time, and says when something fails.

A part that is silent for longer than its patience hangs; one that has failed for a minute needs a person. What failed
stands in the log; here there are only names and seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

FORGIVEN = 60.0
"""So many seconds may a failure last before it is a complaint: servers are restarted."""


@dataclass
class _Part:
    patience: float
    seen_at: float
    ill_since: float | None = None


@dataclass
class Vitals:
    """The parts of one worker by name; thread-safe."""

    clock: Callable[[], float] = time.monotonic
    _parts: dict[str, _Part] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, name: str, patience: float) -> None:
        """This part shows itself at least every `patience` seconds."""
        with self._lock:
            self._parts[name] = _Part(patience, self.clock())

    def forget(self, name: str) -> None:
        """This part is no longer ours to look after; what it says late is not heard."""
        with self._lock:
            self._parts.pop(name, None)

    def well(self, name: str) -> None:
        with self._lock:
            if part := self._parts.get(name):
                part.seen_at, part.ill_since = self.clock(), None

    def ill(self, name: str) -> None:
        with self._lock:
            if part := self._parts.get(name):
                part.seen_at = self.clock()
                part.ill_since = part.seen_at if part.ill_since is None else part.ill_since

    def is_well(self, name: str) -> bool:
        with self._lock:
            part = self._parts.get(name)
            return part is None or part.ill_since is None

    def complaints(self) -> list[str]:
        """What a person should look at, a sentence each; empty when all is well."""
        now = self.clock()
        with self._lock:
            return [sentence for name, part in self._parts.items() if (sentence := _complaint(name, part, now))]


def _complaint(name: str, part: _Part, now: float) -> str:
    if part.ill_since is not None and now - part.ill_since > FORGIVEN:
        return f"{name}: failing for {now - part.ill_since:.0f} s; the log says why."
    if now - part.seen_at > part.patience:
        return f"{name}: no sign of life for {now - part.seen_at:.0f} s; restart the worker."
    return ""
