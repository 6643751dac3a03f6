"""When the clock may stand still, and what that is worth  (EDPB Guidelines 01/2022, 157 and 159).

While identity is asked for, or which data are meant, the period "may be" suspended, if we asked without undue delay.
Whether it is, staff decide and an authority may judge otherwise: so the original date stays the date of the case, and
the later one is only shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from privacybot.gdpr.deadline import ClockStep, day_off, next_working_day

LATE_TO_ASK = 7
"""Days after receipt from which asking can hardly be called "without undue delay"; staff are warned."""


class PauseKind(StrEnum):
    """The two grounds that the guidelines know."""

    IDENTITY = "identity"
    CLARIFICATION = "clarification"


@dataclass(frozen=True, slots=True)
class Pause:
    """From the day we asked to the day the answer came; `ended_on` is None while we wait."""

    kind: PauseKind
    began_on: date
    ended_on: date | None = None


def days_stood_still(pauses: Sequence[Pause], last_day: date, today: date) -> int:
    """How many days the clock stood still up to `today`: none is counted twice, and none once the period had ended."""
    return sum(1 for _ in _days(pauses, last_day, today))


def paused_respond_by(last_day: date, pauses: Sequence[Pause], today: date) -> date:
    """The last day if every pause counts; the same day where there was none."""
    gained = days_stood_still(pauses, last_day, today)
    return next_working_day(last_day + timedelta(days=gained)) if gained else last_day


def explain_pauses(last_day: date, received_on: date, pauses: Sequence[Pause], today: date) -> Iterator[ClockStep]:
    """What the pauses are worth, step by step; nothing where there was none."""
    for pause in pauses:
        until = f"to {pause.ended_on:%d-%m-%Y}" if pause.ended_on else "and has not ended"
        late = (pause.began_on - received_on).days > LATE_TO_ASK
        doubt = " We asked late, so an authority may not accept it." if late else ""
        yield ClockStep(pause.began_on, f"A pause ({pause.kind}) began here {until}.{doubt}")
    if gained := days_stood_still(pauses, last_day, today):
        day = last_day + timedelta(days=gained)
        yield ClockStep(
            day, f"If the pause counts, {gained} day{'s' * (gained > 1)} later (EDPB Guidelines 01/2022, 159)."
        )
        while name := day_off(day):
            day += timedelta(days=1)
            yield ClockStep(day, f"The day before is {name}: the period moves on.")


def _days(pauses: Sequence[Pause], last_day: date, today: date) -> Iterator[date]:
    """Each day of a pause: the day of asking counts, the day of the answer does not."""
    counted: set[date] = set()
    for pause in sorted(pauses, key=lambda pause: pause.began_on):
        day = pause.began_on
        while day < min(pause.ended_on or today, today) and day <= last_day + timedelta(days=len(counted)):
            if day not in counted:
                counted.add(day)
                yield day
            day += timedelta(days=1)
