"""What staff are told by mail, and on which mornings.

On a working morning: what is urgent, overdue, due in fourteen, seven, three or one days or today, new, or not
delivered, and what stands still. On a day off nothing but what is overdue. A weekend swallows no reminder: what has
come within a distance since the working morning before is told now. The digest names cases and rights, and no person:
it leaves the house as ordinary mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.deadline import COPENHAGEN, is_working_day
from privacybot.gdpr.rights import Right

AHEAD = (14, 7, 3, 1, 0)
"""Days before the last day at which a case is named."""
OFFICE_ENDS = 17
"""The hour, Danish time, from which the day's digest waits no longer: tomorrow's says the same."""
BREACH_HOURS = 72
"""Art. 33(1): from when the controller has become aware of the breach."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What a digest wants to know about a case that is not closed."""

    reference: str
    rights: tuple[Right, ...]
    received_at: datetime
    respond_by: date
    is_new: bool
    urgent: bool = False
    undelivered: bool = False
    has_news: bool = False
    assigned_to: str = ""

    def days_left(self, day: date) -> int:
        return (self.respond_by - day).days


@dataclass(frozen=True, slots=True)
class Digest:
    """What there is to tell on a day. A case may stand in several lists, each of which asks for something else."""

    day: date
    language: Language
    urgent: Sequence[OpenCase] = ()
    overdue: Sequence[OpenCase] = ()
    due: Sequence[OpenCase] = ()
    new: Sequence[OpenCase] = ()
    news: Sequence[OpenCase] = ()
    undelivered: Sequence[OpenCase] = ()
    set_aside: int = 0
    standing_still: Sequence[str] = field(default=())
    """The mailboxes whose automatic mails the breaker has stopped."""

    @property
    def lists(self) -> Mapping[str, Sequence[OpenCase]]:
        """The lists of cases by name, in the order in which they are told."""
        names = ("urgent", "overdue", "due", "new", "news", "undelivered")
        return {name: getattr(self, name) for name in names}

    @property
    def is_empty(self) -> bool:
        return not (any(self.lists.values()) or self.standing_still or self.set_aside)


def is_time(now: datetime, from_hour: int) -> bool:
    """Whether a digest may leave now: between the hour that was chosen and the end of the office's day."""
    return from_hour <= now.astimezone(COPENHAGEN).hour < OFFICE_ENDS


def digest_of(
    day: date, language: Language, cases: Iterable[OpenCase], *, set_aside: int = 0, standing_still: Sequence[str] = ()
) -> Digest:
    """Sort the open cases into what is told on this day, the most pressing first."""
    pressing = sorted(cases, key=lambda case: (case.respond_by, case.reference))
    overdue = [case for case in pressing if case.days_left(day) < 0]
    if not is_working_day(day):
        return Digest(day, language, overdue=overdue)
    return Digest(
        day,
        language,
        urgent=[case for case in pressing if case.urgent and case.is_new],
        overdue=overdue,
        due=[case for case in pressing if _comes_near(case, day)],
        new=[case for case in pressing if case.is_new],
        news=[case for case in pressing if case.has_news],
        undelivered=[case for case in pressing if case.undelivered],
        set_aside=set_aside,
        standing_still=standing_still,
    )


def breach_deadline(case: OpenCase) -> datetime:
    """Seventy-two hours from when the mail came: nobody can have known before."""
    return case.received_at + timedelta(hours=BREACH_HOURS)


def _comes_near(case: OpenCase, day: date) -> bool:
    """Whether the case has come within a distance of `AHEAD` since the last working morning; today and tomorrow too."""
    left, before = case.days_left(day), case.days_left(_working_morning_before(day))
    next_left = case.days_left(_working_morning_after(day))
    if left < 0:
        return False
    return any(left <= distance < before for distance in AHEAD) or next_left < 0


def _working_morning_before(day: date) -> date:
    day -= timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def _working_morning_after(day: date) -> date:
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
