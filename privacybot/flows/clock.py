"""The clock of a case: stopped and started by staff, and explained step by step.

A pause never moves the date of the case: the original stays in force, and what the pause may be worth stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from privacybot.flows.decisions import OfficeOf
from privacybot.flows.steps import Given, find, taking
from privacybot.gdpr.deadline import ClockStep, Targets, explain, explain_extension, received_on
from privacybot.gdpr.pause import Pause, PauseKind, explain_pauses, paused_respond_by
from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Identity, Step
from privacybot.store import cases, events, outbox, pauses, tables
from privacybot.store.engine import Engine, Session, reading
from privacybot.store.outbox import LetterKind, LetterState
from privacybot.store.tables import Case, CaseRight


@dataclass(frozen=True, slots=True)
class RightClock:
    """One right with its reckoning. `last_day` is in force; `if_paused` is what it becomes if the pauses count."""

    right: Right
    last_day: date
    if_paused: date
    steps: tuple[ClockStep, ...]


@dataclass(frozen=True, slots=True)
class CaseClock:
    """The reckoning of a whole case; `respond_by` is its earliest date. `cautions` are sentences for staff."""

    case: Case
    rights: tuple[RightClock, ...]
    cautions: tuple[str, ...]


def pause(engine: Engine, shortened: str, kind: PauseKind, given: Given) -> Case:
    """We wait for the person: for who they are, or for what they mean."""
    with taking(engine, shortened, Step.PAUSE, given) as (session, case):
        pauses.end(session, case.id or 0, given.now)
        pauses.begin(session, case.id or 0, kind.value, given.reason.strip(), given.now)
        _record(session, case, "paused", given, kind=kind.value, reason=given.reason.strip())
    return case


def resume(engine: Engine, shortened: str, given: Given) -> Case:
    """The answer has come, or is waited for no longer."""
    with taking(engine, shortened, Step.RESUME, given) as (session, case):
        pauses.end(session, case.id or 0, given.now)
        _record(session, case, "resumed", given, reason=given.reason.strip())
    return case


def prove_identity(engine: Engine, shortened: str, given: Given) -> Case:
    """Staff are sure who asks; the reason says how. A case that waited for it goes on."""
    with taking(engine, shortened, Step.PROVE_IDENTITY, given) as (session, case):
        case.identity = Identity.PROVEN.value
        for waiting in pauses.of_case(session, case.id or 0):
            if waiting.kind == PauseKind.IDENTITY and waiting.ended_at is None:
                pauses.end(session, case.id or 0, given.now)
        _record(session, case, "identity proven", given, reason=given.reason.strip())
    return case


def explained(engine: Engine, shortened: str, office_of: OfficeOf, now: datetime) -> CaseClock:
    """The reckoning of every right that stands."""
    with reading(engine) as session:
        case = find(session, shortened)
        return reckoned(session, case, office_of(case.mailbox).targets, now)


def reckoned(session: Session, case: Case, targets: Targets, now: datetime) -> CaseClock:
    stood_still = _law(pauses.of_case(session, case.id or 0))
    rows = sorted(cases.standing_rights(session, case.id or 0), key=lambda row: list(Right).index(Right(row.right)))
    today = received_on(now)
    clocks = tuple(_right_clock(row, stood_still, targets, today) for row in rows)
    return CaseClock(case, clocks, tuple(_cautions(session, case)))


def case_if_paused(respond_by: date, rows: Sequence[tables.Pause], now: datetime) -> date:
    """The date of a case if its pauses count."""
    return paused_respond_by(respond_by, _law(rows), received_on(now))


def _right_clock(row: CaseRight, stood_still: Sequence[Pause], targets: Targets, today: date) -> RightClock:
    right, received = Right(row.right), received_on(row.received_at)
    steps = explain(right, row.received_at, row.evidence, targets)
    if row.extended_from:
        steps += explain_extension(received)
    if steps[-1].day != row.respond_by:
        steps += (ClockStep(row.respond_by, "The date that was told when the case was opened stays in force."),)
    return RightClock(
        right,
        row.respond_by,
        paused_respond_by(row.respond_by, stood_still, today),
        (*steps, *explain_pauses(row.respond_by, received, stood_still, today)),
    )


def _law(rows: Sequence[tables.Pause]) -> list[Pause]:
    """The pauses as the law counts them: in Danish calendar days."""
    return [
        Pause(PauseKind(row.kind), received_on(row.began_at), received_on(row.ended_at) if row.ended_at else None)
        for row in rows
    ]


def _cautions(session: Session, case: Case) -> list[str]:
    """What the date rests on and is not certain."""
    told = [letter for letter in outbox.of_case(session, case.id or 0) if letter.kind == LetterKind.EXTENSION]
    return [
        "The extension stands only if the person is told in time, and the letter has not been sent yet."
        if letter.state == LetterState.WAITING
        else "The extension stands only if the person was told, and the letter could not be delivered."
        for letter in told
        if letter.state != LetterState.SENT or letter.bounce
    ]


def _record(session: Session, case: Case, step: str, given: Given, **payload: object) -> None:
    events.record(session, case, step, actor=given.staff, at=given.now, payload=payload)
