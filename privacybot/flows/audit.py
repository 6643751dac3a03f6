"""The audit: every chain of events gone through, so that whoever changed the past is found out."""

from __future__ import annotations

from dataclasses import dataclass, field

from privacybot.flows.steps import find
from privacybot.store import cases, events
from privacybot.store.engine import Engine, snapshot
from privacybot.store.events import Fault

PORTION = 500
"""How many cases are looked at together, so that memory does not grow with their number."""


@dataclass
class Verified:
    """How many cases and events were gone through, and what was found."""

    cases: int = 0
    events: int = 0
    faults: list[Fault] = field(default_factory=list)


def verify(engine: Engine) -> Verified:
    """Go through every case. An event that belongs to no case is a fault too."""
    result = Verified()
    with snapshot(engine) as session:
        total = events.count(session)
        for portion in cases.in_portions(session, size=PORTION):
            chains = events.of_cases(session, [case.id or 0 for case in portion])
            for case in portion:
                result.faults += events.faults(case, chains[case.id or 0])
                result.events += len(chains[case.id or 0])
            result.cases += len(portion)
    if stray := total - result.events:
        result.faults.append(Fault("no case", 0, f"{stray} events belong to a case that was removed"))
    return result


def verify_one(engine: Engine, shortened: str) -> Verified:
    """Go through one case."""
    with snapshot(engine) as session:
        case = find(session, shortened)
        chain = events.of_case(session, case.id or 0)
        return Verified(1, len(chain), events.faults(case, chain))
