"""What is to be done in which system for which right, in the right order  (GDPR Art. 15-21, 19, 33-34).

What is asked for is copied before anything is erased: a controller was reported to the police for the other order.
Whoever had received the data is told last (Art. 19). A point is a value in words; the store keeps it as it read when
the case was confirmed, so that a later configuration changes no case that is being worked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from privacybot.gdpr.rights import Right


class PointKind(StrEnum):
    """What a point asks of staff."""

    DO = "do"
    TELL = "tell"
    """Art. 19: a recipient is told of a correction, an erasure or a restriction."""


class PointState(StrEnum):
    OPEN = "open"
    DONE = "done"
    LEFT = "left"
    """Not done, for a reason that is written down."""


@dataclass(frozen=True, slots=True)
class System:
    """A place that holds personal data. `does` says for a right what differs from the usual; "" means nothing to do."""

    name: str
    holds: str = ""
    who: str = ""
    controller: str = ""
    """Who decides about the data where we only process them for somebody."""
    keep: str = ""
    """What may not be erased from it, by which law and how long."""
    recipients: tuple[str, ...] = ()
    """Who was given the data and must be told (Art. 19)."""
    does: Mapping[Right, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a checklist."""

    right: Right
    system: str
    kind: PointKind
    what: str
    who: str = ""
    keep: str = ""


COPIES = frozenset({Right.ACCESS, Right.PORTABILITY})
"""Rights that must be answered before anything of the person is erased."""

ORDER = (
    Right.COMPLAINT,
    Right.WITHDRAWAL,
    Right.OBJECTION,
    Right.ACCESS,
    Right.PORTABILITY,
    Right.RESTRICTION,
    Right.RECTIFICATION,
    Right.ERASURE,
)
"""What takes effect at once first, copies before changes, erasure last."""

USUAL: Mapping[Right, str] = {
    Right.ACCESS: "Look for the person; copy what it holds, with purpose, source, recipients and storage time.",
    Right.RECTIFICATION: "Correct or complete what is wrong.",
    Right.ERASURE: "Erase what need not be kept.",
    Right.RESTRICTION: "Mark the data so that they are stored but not used.",
    Right.PORTABILITY: "Export what the person gave us as CSV or JSON.",
    Right.OBJECTION: "Stop the use that is objected to; direct marketing without conditions.",
    Right.WITHDRAWAL: "Stop what rests on the consent, and write down when.",
}
"""What is done in a system that says nothing else. A complaint is not worked system by system."""

_TOLD = frozenset({Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION})
_KEPT = frozenset({Right.ERASURE, Right.OBJECTION, Right.WITHDRAWAL})
_THE_CASE = "the case itself"
_COMPLAINT = "Find out what happened, and answer; name Datatilsynet."
_BREACH = "Decide within 72 hours whether Datatilsynet is notified (Art. 33), and whether persons are told (Art. 34)."


def checklist(rights: Collection[Right], systems: Iterable[System], *, urgent: bool = False) -> tuple[Point, ...]:
    """Every point for these rights, in the order in which they are worked."""
    known = tuple(systems)
    wanted = [right for right in ORDER if right in rights]
    done = [point for right in wanted for point in _of_right(right, known, urgent=urgent)]
    told = [point for right in wanted if right in _TOLD for point in _tellings(right, known)]
    return (*done, *told)


def _of_right(right: Right, systems: Iterable[System], *, urgent: bool) -> Iterator[Point]:
    if right is Right.COMPLAINT:
        if urgent:
            yield Point(right, _THE_CASE, PointKind.DO, _BREACH)
        yield Point(right, _THE_CASE, PointKind.DO, _COMPLAINT)
        return
    for system in systems:
        if what := system.does.get(right, USUAL[right]):
            yield Point(right, system.name, PointKind.DO, what, _who(system), system.keep if right in _KEPT else "")


def _who(system: System) -> str:
    return f"{system.who or 'somebody'} with {system.controller}" if system.controller else system.who


def _tellings(right: Right, systems: Iterable[System]) -> Iterator[Point]:
    for system in systems:
        if system.does.get(right, USUAL[right]):
            for recipient in system.recipients:
                yield Point(right, system.name, PointKind.TELL, f"Tell {recipient} (Art. 19).", system.who)
