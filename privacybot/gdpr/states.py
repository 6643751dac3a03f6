"""Where a case stands, and which step leads where: the one table of the desk.

A step that is not in the table is impossible. The table also says who may take a step, what must be given with it,
and which letter it sends, so that the desk has nothing of its own to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, StrEnum, auto


class Status(StrEnum):
    """A case's status. Pauses and identity never hide the original date."""

    NEW = "new"
    CONFIRMED = "confirmed"
    AWAITING_IDENTITY = "awaiting_identity"
    PAUSED = "paused"
    CLOSED = "closed"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    """Staff say that it is no request."""

    @property
    def is_open(self) -> bool:
        return self in OPEN


class Identity(StrEnum):
    """How sure we are who asks, from nothing to what staff have checked (EDPB Guidelines 01/2022, 65-79)."""

    UNPROVEN = ""
    REPLIED = "replied"
    """They answered our letter, whose Message-ID cannot be guessed: they read that mailbox."""
    PROVEN = "proven"


class Step(StrEnum):
    """What can be done with a case, by the name of its verb."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    DISMISS = "dismiss"
    ASSIGN = "assign"
    NOTE = "note"
    LINK = "link"
    SETTLE = "settle"
    """A point of the checklist is done, or left with a reason."""
    ASK_IDENTITY = "ask_identity"
    PROVE_IDENTITY = "prove_identity"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    REPLY = "reply"
    REFUSE = "refuse"
    REFUSE_RIGHTS = "refuse_rights"
    """Some of what is asked is refused; the case goes on for the rest."""
    CLOSE = "close"
    REOPEN = "reopen"
    JOIN = "join"
    """A further mail of the same person arrives."""


class Actor(StrEnum):
    STAFF = "staff"
    ROBOT = "robot"


class Sends(StrEnum):
    """The letter that goes to the data subject with a step."""

    NOTHING = ""
    IDENTITY_REQUEST = "identity_request"
    EXTENSION = "extension"
    REPLY = "reply"
    REFUSAL = "refusal"


class Needs(Flag):
    """What must be given with a step, or be so, before it is taken."""

    NOTHING = 0
    RIGHTS = auto()
    REASON = auto()
    TEXT = auto()
    FIRST_MONTH = auto()
    """Within the first month from receipt, and only once (Art. 12(3))."""
    CHECKLIST = auto()
    """Every point of the checklist done, or left open with a reason."""
    ANSWER = auto()
    """The person has had our answer; or a reason says why not by mail."""
    FILE = auto()
    """What the case was about has not been erased."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: in any status of `before` the step leads to `after`, or with None leaves the case where it is."""

    before: frozenset[Status]
    step: Step
    after: Status | None
    needs: Needs = Needs.NOTHING
    sends: Sends = Sends.NOTHING
    actor: Actor = Actor.STAFF


_NEW = frozenset({Status.NEW})
_CONFIRMED = frozenset({Status.CONFIRMED})
_AWAITING = frozenset({Status.AWAITING_IDENTITY})
_PAUSED = frozenset({Status.PAUSED})
_WORKED = _CONFIRMED | _AWAITING | _PAUSED
_ENDED = frozenset({Status.CLOSED, Status.REFUSED})
_DISMISSED = frozenset({Status.DISMISSED})
_ALL = frozenset(Status)
OPEN = _NEW | _WORKED

TRANSITIONS = (
    Transition(_NEW, Step.CONFIRM, Status.CONFIRMED, Needs.RIGHTS),
    # To correct is to decide as well: the rights are now what staff say.
    Transition(_NEW, Step.CORRECT, Status.CONFIRMED, Needs.RIGHTS),
    Transition(_WORKED, Step.CORRECT, None, Needs.RIGHTS),
    Transition(OPEN, Step.DISMISS, Status.DISMISSED, Needs.REASON),
    Transition(OPEN, Step.ASSIGN, None),
    Transition(_ALL, Step.NOTE, None, Needs.TEXT),
    Transition(_ALL, Step.LINK, None),
    Transition(_WORKED, Step.SETTLE, None),
    Transition(_CONFIRMED, Step.ASK_IDENTITY, Status.AWAITING_IDENTITY, Needs.REASON, Sends.IDENTITY_REQUEST),
    Transition(_AWAITING, Step.PROVE_IDENTITY, Status.CONFIRMED, Needs.REASON),
    Transition(OPEN - _AWAITING, Step.PROVE_IDENTITY, None, Needs.REASON),
    Transition(_CONFIRMED | _AWAITING, Step.PAUSE, Status.PAUSED, Needs.REASON),
    Transition(_AWAITING | _PAUSED, Step.RESUME, Status.CONFIRMED),
    Transition(_WORKED, Step.EXTEND, None, Needs.REASON | Needs.FIRST_MONTH, Sends.EXTENSION),
    Transition(_WORKED, Step.REPLY, None, Needs.TEXT, Sends.REPLY),
    Transition(_WORKED, Step.REFUSE, Status.REFUSED, Needs.REASON, Sends.REFUSAL),
    Transition(_WORKED, Step.REFUSE_RIGHTS, None, Needs.REASON, Sends.REFUSAL),
    Transition(_CONFIRMED, Step.CLOSE, Status.CLOSED, Needs.CHECKLIST | Needs.ANSWER),
    Transition(_ENDED, Step.REOPEN, Status.CONFIRMED, Needs.REASON | Needs.FILE),
    Transition(_DISMISSED, Step.REOPEN, Status.NEW, Needs.REASON | Needs.FILE),
    # "Tak" reopens nothing; new substance opens a linked case.
    Transition(_ALL, Step.JOIN, None, actor=Actor.ROBOT),
)

_BY_STATUS_AND_STEP = {(status, row.step): row for row in TRANSITIONS for status in row.before}


def transition(status: Status, step: Step) -> Transition | None:
    """The row for this step, or None where the step is impossible."""
    return _BY_STATUS_AND_STEP.get((status, step))


def step(status: Status, step: Step) -> Status | None:
    """The status after a step, which may be the same; None where the step is impossible."""
    row = transition(status, step)
    return (row.after or status) if row else None


def steps_from(status: Status) -> tuple[Step, ...]:
    """What staff can do with a case of this status, in the order of `Step`."""
    return tuple(one for one in Step if (row := transition(status, one)) and row.actor is Actor.STAFF)
