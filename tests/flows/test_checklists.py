"""The checklist follows the decision, and nothing is erased that somebody has asked to see."""

from __future__ import annotations

import pytest

from privacybot.errors import StaffError
from privacybot.flows import checklists, decisions
from privacybot.gdpr.rights import Right
from privacybot.store.engine import Engine
from tests.flows.cases import by, confirmed, file, office_of, open_case, reply, settle, steps

COPY_THEN_DELETE = "Jeg vil have indsigt i mine data.\nSlet derefter det hele, siger jeg."


def points(engine: Engine, reference: str) -> list[tuple[str, str, str]]:
    return [(task.right, task.system, task.state) for task in file(engine, reference).tasks]


def numbers(engine: Engine, reference: str, right: Right) -> list[int]:
    return [task.number for task in file(engine, reference).tasks if task.right == right]


def test_a_confirmed_case_has_a_point_for_each_system(engine: Engine) -> None:
    reference = confirmed(engine)
    assert points(engine, reference) == [("access", "webshop", "open"), ("access", "newsletter", "open")]


def test_a_point_is_done_or_left_with_a_reason_and_who_did_it_is_known(engine: Engine) -> None:
    reference = confirmed(engine)
    checklists.done(engine, reference, [1], by(reason="two orders"))
    with pytest.raises(StaffError, match="reason"):
        checklists.leave(engine, reference, [2], by())
    checklists.leave(engine, reference, [2], by("bo", reason="never subscribed"))
    first, second = file(engine, reference).tasks
    assert (first.state, first.settled_by, first.reason) == ("done", "mette", "two orders")
    assert (second.state, second.settled_by, second.reason) == ("left", "bo", "never subscribed")
    assert steps(engine, reference)[-2:] == ["points done", "points left"]


def test_a_point_that_is_not_there_is_told(engine: Engine) -> None:
    with pytest.raises(StaffError, match="has no point 9"):
        checklists.done(engine, confirmed(engine), [9], by())


def test_a_correction_keeps_what_is_done_and_drops_what_is_not_asked(engine: Engine) -> None:
    reference = confirmed(engine)
    checklists.done(engine, reference, [1], by())
    decisions.correct(engine, reference, [Right.RECTIFICATION], by(), office_of)
    assert points(engine, reference) == [
        ("access", "webshop", "done"),
        ("rectification", "webshop", "open"),
        ("rectification", "webshop", "open"),
    ]
    assert file(engine, reference).tasks[-1].what == "Tell the carrier (Art. 19)."
    assert [task.number for task in file(engine, reference).tasks] == [1, 2, 3]


def test_the_copy_is_sent_before_anything_is_erased(engine: Engine) -> None:
    reference = confirmed(engine, COPY_THEN_DELETE)
    erasure = numbers(engine, reference, Right.ERASURE)
    with pytest.raises(StaffError, match="Erase nothing yet"):
        checklists.done(engine, reference, erasure[:1], by())
    checklists.done(engine, reference, numbers(engine, reference, Right.ACCESS), by())
    with pytest.raises(StaffError, match="then send it"):
        checklists.done(engine, reference, erasure[:1], by())
    reply(engine, reference, "Et øjeblik.", interim=True)
    with pytest.raises(StaffError, match="then send it"):
        checklists.done(engine, reference, erasure[:1], by())
    reply(engine, reference, "Her er kopien.")
    checklists.done(engine, reference, erasure, by())
    assert {state for _, _, state in points(engine, reference)} == {"done"}


def test_all_at_once_is_no_way_round_the_hold(engine: Engine) -> None:
    reference = confirmed(engine, COPY_THEN_DELETE)
    with pytest.raises(StaffError, match="Erase nothing yet"):
        settle(engine, reference)
    assert {state for _, _, state in points(engine, reference)} == {"open"}


def test_while_the_same_person_asks_for_a_copy_elsewhere_nothing_is_erased(engine: Engine) -> None:
    erasing = confirmed(engine, "Slet mine data, det ønsker jeg.")
    asking = open_case(engine, "Jeg vil have indsigt.", 2)
    assert asking != erasing
    with pytest.raises(StaffError, match=asking):
        settle(engine, erasing)
    assert asking in file(engine, erasing).erasure_hold
    decisions.dismiss(engine, asking, by(reason="a double"))
    settle(engine, erasing)


def test_another_person_holds_nothing(engine: Engine) -> None:
    erasing = confirmed(engine, "Slet mine data, det ønsker jeg.")
    open_case(engine, "Jeg vil have indsigt.", 2, sender="bo@kunde.example")
    settle(engine, erasing)


def test_an_erasure_may_be_left_while_it_is_held(engine: Engine) -> None:
    reference = confirmed(engine, COPY_THEN_DELETE)
    checklists.leave(engine, reference, numbers(engine, reference, Right.ERASURE), by(reason="a contract runs"))
    assert ("erasure", "webshop", "left") in points(engine, reference)
