"""One duty at work: a thread that does it over and over, until its time with this worker is over.

It catches everything: what failed is tried again for ever, after a pause that grows while nothing goes well.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from privacybot import log
from privacybot.errors import Unavailable
from privacybot.vitals import Vitals

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
HELPLESS = 4
"""So many failures counts what only a person can mend: a wrong password that is tried too often locks an account."""
STEADY = 60.0
"""What went well for so long, in seconds, begins again with the shortest pause."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that one worker at a time does. Duties of one kind are shared out evenly."""

    kind: str
    name: str
    work: Callable[[Stint], None]
    """Returns when the stint is over, or raises what went wrong."""
    patience: float
    """How long it may give no sign of life, in seconds."""


@dataclass
class Stint:
    """One worker's time with one duty. Its work looks at `is_over` between two mails."""

    duty: Duty
    vitals: Vitals
    lasts_until: Callable[[], float]
    """Until when, on the clock of `time.monotonic`, the duty is certainly ours."""
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._work, name=self.duty.name, daemon=True)

    def begin(self) -> None:
        self.vitals.expect(self.duty.name, self.duty.patience)
        self.thread.start()

    def is_over(self) -> bool:
        """Whether we were told to end, or have stood still for so long that the duty may be another's."""
        return self.over.is_set() or time.monotonic() > self.lasts_until()

    def _work(self) -> None:
        failures = 0
        while not self.is_over():
            began, weight = time.monotonic(), 1
            try:
                self.duty.work(self)
            except Unavailable as failure:
                self.vitals.ill(self.duty.name)
                log.get().warning("unavailable", part=self.duty.name, why=str(failure))
                weight = 1 + HELPLESS * failure.permanent
            except Exception as error:
                self.vitals.ill(self.duty.name)
                log.get().error("unexpected", part=self.duty.name, error=log.whereabouts(error))
            # A time that went well makes good for the failures before it.
            failures = 1 if time.monotonic() - began > STEADY else failures + 1
            self.over.wait(pause(failures + weight - 1))


def pause(failures: int) -> float:
    """Seconds until the next attempt: doubling, bounded, and scattered so that many workers do not knock together."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 16))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  (no secret)
