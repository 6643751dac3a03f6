"""One step of a case: possible by the table of `gdpr.states`, complete, taken by one clerk alone, and written down.

The table is asked twice: beforehand, for a sentence that helps, and in the UPDATE itself, whose WHERE holds the
statuses that the table allows and the revision that was seen. So of two clerks one wins, whatever happened between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from privacybot.errors import StaffError
from privacybot.gdpr.checklist import PointState
from privacybot.gdpr.deadline import received_on, respond_by
from privacybot.gdpr.rights import Clock, Right
from privacybot.gdpr.states import Needs, Status, Step, Transition, transition
from privacybot.store import cases, outbox, references, tasks
from privacybot.store.engine import Engine, Session, transaction
from privacybot.store.outbox import LetterKind, LetterState
from privacybot.store.tables import Case


@dataclass(frozen=True, slots=True)
class Given:
    """Who takes a step and when, what they give with it, and the revision of the case that they looked at."""

    staff: str
    now: datetime
    reason: str = ""
    text: str = ""
    rights: tuple[Right, ...] = ()
    seen: int | None = None


@contextmanager
def taking(engine: Engine, shortened: str, step: Step, given: Given) -> Iterator[tuple[Session, Case]]:
    """Take a step in one transaction. Raises StaffError with what to do instead where it cannot be taken."""
    with transaction(engine) as session:
        case = find(session, shortened)
        row = possible(session, case, step, given)
        take(session, case, row, given)
        yield session, case
        session.add(case)


def take(session: Session, case: Case, row: Transition, given: Given) -> None:
    """Make the step ours, or say that somebody was quicker."""
    after = row.after.value if row.after else ""
    seen_before = given.seen is not None and given.seen != case.revision
    if seen_before or not cases.take(session, case, row.before, after):
        raise StaffError(
            f"{case.reference} has just been changed by somebody else or by a mail; "
            f"look at it again: privacybot show {case.reference}"
        )
    case.news = ""  # Whoever takes a step has looked.


def possible(session: Session, case: Case, step: Step, given: Given) -> Transition:
    """The table's row for this step. Raises StaffError where there is none, or something is missing."""
    row = transition(Status(case.status), step)
    if row is None:
        raise StaffError(impossible(case, step))
    for need, lacking in _LACKING.items():
        if need in row.needs and (sentence := lacking(session, case, given)):
            raise StaffError(sentence)
    return row


def find(session: Session, shortened: str) -> Case:
    """The one case that a shortened reference names. Raises StaffError where it names none, or several."""
    found = references.matching(session, shortened) if shortened.strip() else []
    match found:
        case [case]:
            return case
        case []:
            raise StaffError(f"No case is called {shortened!r}; `privacybot queue` lists those that are open.")
        case _:
            names = ", ".join(case.reference for case in found)
            raise StaffError(f"{shortened!r} could be {names}; type one letter more.")


def impossible(case: Case, step: Step) -> str:
    """Why the step cannot be taken now, and which one can."""
    ref = case.reference
    if case.erased_at:
        return _erased(case)
    match Status(case.status):
        case Status.CLOSED | Status.REFUSED | Status.DISMISSED as ended:
            return f"{ref} is {ended}; reopen it first: privacybot reopen {ref} --reason WHY"
        case Status.NEW:
            return (
                f"{ref} is new, so {_verb(step)} is not possible now; decide first what it is: privacybot confirm {ref}"
            )
        case Status.PAUSED | Status.AWAITING_IDENTITY as waiting if step is not Step.CONFIRM:
            word = waiting.replace("_", " ")
            return f"{ref} is {word}, so {_verb(step)} is not possible now; go on first: privacybot resume {ref}"
        case status:
            word = status.replace("_", " ")
            return f"{ref} is {word}: {_verb(step)} is not possible now; see privacybot show {ref}"


def _verb(step: Step) -> str:
    return step.value.replace("_", " ")


def _lacks_rights(session: Session, case: Case, given: Given) -> str:
    if given.rights or cases.rights_of(session, case.id or 0):
        return ""
    return (
        f"{case.reference} has no recognised right to confirm; say which it is: "
        f"privacybot correct {case.reference} access"
    )


def _lacks_reason(_session: Session, case: Case, given: Given) -> str:
    return "" if given.reason.strip() else f"This needs a reason that is written into {case.reference}: --reason WHY"


def _lacks_text(_session: Session, case: Case, given: Given) -> str:
    return "" if given.text.strip() else f"There is no text; nothing was written into {case.reference}."


def _lacks_first_month(session: Session, case: Case, given: Given) -> str:
    """Art. 12(3): once, for the rights that have a month, and told within that month."""
    months = [right for right in cases.standing_rights(session, case.id or 0) if right.clock == Clock.MONTH]
    if case.extended_at is not None:
        return f"{case.reference} has been extended already; the law allows it once."
    if not months:
        return f"{case.reference} has no right with a month to answer; only that period can be extended."
    last = min(respond_by(received_on(right.received_at)) for right in months)
    if received_on(given.now) > last:
        return f"The person had to be told by {last:%d-%m-%Y} (Art. 12(3)); it is too late to extend {case.reference}."
    return ""


def _lacks_settled_points(session: Session, case: Case, _given: Given) -> str:
    still = [str(task.number) for task in tasks.of_case(session, case.id or 0) if task.state == PointState.OPEN]
    if not still:
        return ""
    return (
        f"{case.reference} has open points ({', '.join(still)}): "
        f"privacybot done {case.reference} NUMBER, or leave {case.reference} NUMBER --reason WHY"
    )


def _lacks_answer(session: Session, case: Case, given: Given) -> str:
    if given.reason.strip() or any(
        letter.kind == LetterKind.REPLY and letter.state not in (LetterState.REFUSED, LetterState.GIVEN_UP)
        for letter in outbox.of_case(session, case.id or 0)
    ):
        return ""
    return (
        f"The person has not had our answer: privacybot reply {case.reference}, "
        "or say with --reason how they were answered otherwise."
    )


def _lacks_file(_session: Session, case: Case, _given: Given) -> str:
    return _erased(case) if case.erased_at else ""


def _erased(case: Case) -> str:
    on = f" on {received_on(case.erased_at):%d-%m-%Y}" if case.erased_at else ""
    return (
        f"{case.reference} was erased{on}; nothing is left to go on with. "
        "If the person writes again, a new case opens by itself."
    )


_LACKING: Mapping[Needs, Callable[[Session, Case, Given], str]] = {
    Needs.RIGHTS: _lacks_rights,
    Needs.REASON: _lacks_reason,
    Needs.TEXT: _lacks_text,
    Needs.FIRST_MONTH: _lacks_first_month,
    Needs.CHECKLIST: _lacks_settled_points,
    Needs.ANSWER: _lacks_answer,
    Needs.FILE: _lacks_file,
}
"""For each need of the table: the sentence that says what is missing, or nothing."""
