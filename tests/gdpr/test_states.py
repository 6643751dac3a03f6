"""Which step is possible where: the whole table, cell by cell."""

from __future__ import annotations

import pytest

from privacybot.gdpr.states import OPEN, TRANSITIONS, Actor, Needs, Sends, Status, Step, step, steps_from, transition

NEW, CONFIRMED, IDENTITY, PAUSED = Status.NEW, Status.CONFIRMED, Status.AWAITING_IDENTITY, Status.PAUSED
CLOSED, REFUSED, DISMISSED = Status.CLOSED, Status.REFUSED, Status.DISMISSED

CELLS = {
    #                     new        confirmed  identity   paused     closed     refused    dismissed
    Step.CONFIRM:        (CONFIRMED, None,      None,      None,      None,      None,      None),
    Step.CORRECT:        (CONFIRMED, CONFIRMED, IDENTITY,  PAUSED,    None,      None,      None),
    Step.DISMISS:        (DISMISSED, DISMISSED, DISMISSED, DISMISSED, None,      None,      None),
    Step.ASSIGN:         (NEW,       CONFIRMED, IDENTITY,  PAUSED,    None,      None,      None),
    Step.NOTE:           (NEW,       CONFIRMED, IDENTITY,  PAUSED,    CLOSED,    REFUSED,   DISMISSED),
    Step.LINK:           (NEW,       CONFIRMED, IDENTITY,  PAUSED,    CLOSED,    REFUSED,   DISMISSED),
    Step.SETTLE:         (None,      CONFIRMED, IDENTITY,  PAUSED,    None,      None,      None),
    Step.ASK_IDENTITY:   (None,      IDENTITY,  None,      None,      None,      None,      None),
    Step.PROVE_IDENTITY: (NEW,       CONFIRMED, CONFIRMED, PAUSED,    None,      None,      None),
    Step.PAUSE:          (None,      PAUSED,    PAUSED,    None,      None,      None,      None),
    Step.RESUME:         (None,      None,      CONFIRMED, CONFIRMED, None,      None,      None),
    Step.EXTEND:         (None,      CONFIRMED, IDENTITY,  PAUSED,    None,      None,      None),
    Step.REPLY:          (None,      CONFIRMED, IDENTITY,  PAUSED,    None,      None,      None),
    Step.REFUSE:         (None,      REFUSED,   REFUSED,   REFUSED,   None,      None,      None),
    Step.REFUSE_RIGHTS:  (None,      CONFIRMED, IDENTITY,  PAUSED,    None,      None,      None),
    Step.CLOSE:          (None,      CLOSED,    None,      None,      None,      None,      None),
    Step.REOPEN:         (None,      None,      None,      None,      CONFIRMED, CONFIRMED, NEW),
    Step.JOIN:           (NEW,       CONFIRMED, IDENTITY,  PAUSED,    CLOSED,    REFUSED,   DISMISSED),
}  # fmt: skip


@pytest.mark.parametrize("taken", Step)
def test_each_step_leads_where_the_table_says_and_nowhere_else(taken: Step) -> None:
    assert tuple(step(status, taken) for status in Status) == CELLS[taken]


def test_no_status_has_two_rows_for_one_step() -> None:
    pairs = [(status, row.step) for row in TRANSITIONS for status in row.before]
    assert len(pairs) == len(set(pairs))


def test_only_three_statuses_end_a_case_and_each_can_be_reopened() -> None:
    ended = set(Status) - OPEN
    assert ended == {CLOSED, REFUSED, DISMISSED}
    assert all((after := step(status, Step.REOPEN)) and after.is_open for status in ended)


def test_nothing_is_refused_dismissed_paused_or_extended_without_a_reason() -> None:
    weighty = {Step.REFUSE, Step.REFUSE_RIGHTS, Step.DISMISS, Step.PAUSE, Step.EXTEND, Step.REOPEN}
    assert {row.step for row in TRANSITIONS if Needs.REASON in row.needs} >= weighty


def test_an_extension_is_told_within_the_first_month() -> None:
    row = transition(CONFIRMED, Step.EXTEND)
    assert row is not None
    assert row.needs == Needs.REASON | Needs.FIRST_MONTH
    assert row.sends is Sends.EXTENSION


def test_staff_are_not_offered_what_only_the_robot_does() -> None:
    robots = {row.step for row in TRANSITIONS if row.actor is Actor.ROBOT}
    assert robots == {Step.JOIN}
    assert not any(robots & set(steps_from(status)) for status in Status)
    assert steps_from(CLOSED) == (Step.NOTE, Step.LINK, Step.REOPEN)
