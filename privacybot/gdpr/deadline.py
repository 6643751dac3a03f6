"""By when must a request be answered?  (GDPR Art. 12(3); Regulation 1182/71, Art. 3; EDPB Guidelines 01/2022, 157-161)

A period of months ends on the same day number, or on the last day of a shorter month; a last day on a Saturday, a
Sunday or a Danish public holiday moves to the next working day, and no other day does. Never thirty days. Receipt is
the day in Copenhagen on which the server took the mail in. What goes wrong: a date too late breaks the law.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from privacybot.gdpr.acknowledgement import Period
from privacybot.gdpr.rights import PROVISIONS, Clock, Right

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

MONTHS = 1
MONTHS_EXTENDED = 3
"""Art. 12(3): one month from receipt, and two further months where necessary: three from receipt."""

OFFICE_CLOSED = {
    (6, 5): "Constitution Day",
    (12, 24): "Christmas Eve",
    (12, 31): "New Year's Eve",
}
"""Days on which a Danish office is closed though they are no public holidays: a period may well end there."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Our own short targets, in working days after receipt, where the law says "at once" or sets no period."""

    at_once_working_days: int = 3
    complaint_working_days: int = 10


@dataclass(frozen=True, slots=True)
class ClockStep:
    """One step of the reckoning: the day it arrives at, and why, with its source."""

    day: date
    sentence: str


def received_on(received_at: datetime) -> date:
    """The calendar day of receipt in Denmark. Raises ValueError for a time without zone."""
    if received_at.tzinfo is None:
        raise ValueError("A time of receipt needs a time zone.")
    return received_at.astimezone(COPENHAGEN).date()


def respond_by(received_on: date, months: int = MONTHS) -> date:
    """The last day, itself included, of a period of months from the day of receipt."""
    return next_working_day(_same_day_number(received_on, months))


def working_days_after(day: date, count: int) -> date:
    """The count-th working day after a day, which is itself not counted; with 0 the next working day from it on."""
    if count < 0:
        raise ValueError("Working days are counted forwards.")
    day = next_working_day(day) if count == 0 else day
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1))
    return day


def next_working_day(day: date) -> date:
    """This day, or where it is a day off the first working day after it."""
    while day_off(day):
        day += timedelta(days=1)
    return day


def is_working_day(day: date) -> bool:
    """Whether the office works: no day off, and none of `OFFICE_CLOSED`."""
    return not (day_off(day) or office_closed(day))


def day_off(day: date) -> str:
    """The name of the Saturday, Sunday or public holiday that this is; empty for a working day."""
    weekend = {5: "a Saturday", 6: "a Sunday"}.get(day.weekday(), "")
    return _public_holidays(day.year).get(day, weekend)


def office_closed(day: date) -> str:
    """A warning for staff where a period ends on a day that is no public holiday but finds nobody at work; or empty."""
    name = OFFICE_CLOSED.get((day.month, day.day))
    if name is None or day_off(day):
        return ""
    return f"{name} is no public holiday, so the period ends on it; the office is closed: answer before."


def period(right: Right, received_on: date, evidence: str, targets: Targets) -> Period:
    """The period of one right. `evidence` is the sentence that shows it, or empty."""
    clock = clock_of(right, evidence)
    return Period(right, clock, received_on, _last_day(clock, received_on, targets))


def clock_of(right: Right, evidence: str) -> Clock:
    """The clock of the right's provision; but an objection that may concern marketing stops it at once."""
    clock = PROVISIONS[right].clock
    return Clock.AT_ONCE if right is Right.OBJECTION and may_concern_marketing(evidence) else clock


def may_concern_marketing(evidence: str) -> bool:
    """Art. 21(2): true where an objection speaks of marketing, and where it names no other processing."""
    return bool(MARKETING.search(evidence)) or not OTHER_PROCESSING.search(evidence)


def explain(right: Right, received_at: datetime, evidence: str, targets: Targets) -> tuple[ClockStep, ...]:
    """The reckoning step by step; the last step's day is the last day of `period`."""
    received = received_on(received_at)
    local = received_at.astimezone(COPENHAGEN)
    clock = clock_of(right, evidence)
    steps = _months_explained(received) if clock is Clock.MONTH else _target_explained(clock, received, targets)
    first = ClockStep(received, f"Received at {local:%H:%M}, Danish time: this is the day of receipt.")
    return (first, *_objection_explained(right, clock, received), *steps)


def explain_extension(received_on: date) -> tuple[ClockStep, ...]:
    """The reckoning of the extended period; it stands only if the person is told within the first month."""
    told = ClockStep(
        respond_by(received_on), "Last day to tell the person of the extension, with reasons (Art. 12(3))."
    )
    return (told, *_months_explained(received_on, MONTHS_EXTENDED))


def _last_day(clock: Clock, received_on: date, targets: Targets) -> date:
    match clock:
        case Clock.MONTH:
            return respond_by(received_on)
        case Clock.AT_ONCE:
            return working_days_after(received_on, targets.at_once_working_days)
        case Clock.COMPLAINT:
            return working_days_after(received_on, targets.complaint_working_days)


def _same_day_number(day: date, months: int) -> date:
    """Regulation 1182/71, Art. 3(2)(c): the same date, or the last day of a month that has no such date."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _months_explained(received_on: date, months: int = MONTHS) -> Iterator[ClockStep]:
    day = _same_day_number(received_on, months)
    count = "One month" if months == 1 else f"{months} months"
    same = "the same day number" if day.day == received_on.day else "this month has no such day, so its last"
    yield ClockStep(day, f"{count} from receipt: {same} (GDPR Art. 12(3); Regulation 1182/71, Art. 3(2)).")
    while name := day_off(day):
        day += timedelta(days=1)
        yield ClockStep(day, f"The day before is {name}: the period moves on (Regulation 1182/71, Art. 3(4)).")
    yield from _end_explained(day)


def _target_explained(clock: Clock, received_on: date, targets: Targets) -> Iterator[ClockStep]:
    day = _last_day(clock, received_on, targets)
    if clock is Clock.AT_ONCE:
        why = f"The law says at once; our target is {_days(targets.at_once_working_days)} after receipt."
    else:
        why = f"A complaint has no period of its own; our target is {_days(targets.complaint_working_days)}."
    yield ClockStep(day, why)
    yield from _end_explained(day)


def _objection_explained(right: Right, clock: Clock, received_on: date) -> Iterator[ClockStep]:
    if right is Right.OBJECTION:
        at_once = "The objection concerns marketing, or may: it takes effect at once (Art. 21(3))."
        month = "The objection names other processing than marketing: the month applies (Art. 21(1))."
        yield ClockStep(received_on, at_once if clock is Clock.AT_ONCE else month)


def _end_explained(day: date) -> Iterator[ClockStep]:
    warning = office_closed(day)
    yield ClockStep(day, f"Last day to answer, this day included.{' ' + warning if warning else ''}")


def _days(count: int) -> str:
    return "one working day" if count == 1 else f"{count} working days"


@cache
def _public_holidays(year: int) -> Mapping[date, str]:
    """Copied out of the library, whose own mapping grows when it is asked, and so is not safe among threads.

    The import costs 50 to 100 ms, which `privacybot --help` need not pay.
    """
    from holidays import PUBLIC, country_holidays

    return dict(country_holidays("DK", years=year, categories=PUBLIC, language="en_US"))


MARKETING = re.compile(
    r"markedsf|marketing|reklame|annonc|nyhedsbrev|nyhedsmail|newsletter|advert|\bads?\b|promotion|kampagne|campaign"
    r"|tilbudsmail|salgsmail|salgsopkald|telemarket|telefonsalg|mailing|retarget|spam|junk"
    r"|(?:sales|commercial) (?:call|mail|e-?mail|offer)|(?:special|your) offers|(?:jeres|flere|med) tilbud",
    re.IGNORECASE,
)

OTHER_PROCESSING = re.compile(
    r"statisti|forskning|research|offentligg|publicer|publish|publication|foto|billede|photo|picture|video|optagelse"
    r"|recording|overvåg|surveillance|kamera|camera|kreditvurd|credit (?:check|scor|rating)|evaluering|evaluation"
    r"|automatiske? afgørelse|automated decision|21\s*\(1\)|21,?\s*stk\.?\s*1\b|analytics"
    r"|referenceliste|reference list",
    re.IGNORECASE,
)
"""Processing that is plainly no marketing. What marketing may hide behind, such as profiling, legitimate interests or
passing on to partners, is left out: it leaves the matter in doubt."""
