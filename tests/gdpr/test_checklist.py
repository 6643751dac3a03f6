"""What is done in which system, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.gdpr.checklist import COPIES, ORDER, Point, PointKind, System, checklist
from privacybot.gdpr.rights import Right

SHOP = System("webshop", who="web", keep="invoices: five years", recipients=("the carrier",))
LETTERS = System("newsletter", does={Right.ACCESS: "Export the list.", Right.PORTABILITY: "", Right.RECTIFICATION: ""})
CERTIFICATION = System("certification", who="office", controller="PeopleCert", does={Right.ERASURE: "Pass it on."})
SYSTEMS = (SHOP, LETTERS, CERTIFICATION)


def points(*rights: Right, urgent: bool = False) -> list[Point]:
    return list(checklist(rights, SYSTEMS, urgent=urgent))


def test_each_system_has_its_point_and_says_what_is_done_there() -> None:
    shop, letters, certification = points(Right.ACCESS)
    assert (shop.system, letters.what) == ("webshop", "Export the list.")
    assert certification.who == "office with PeopleCert"


def test_a_system_may_have_nothing_to_do() -> None:
    assert "newsletter" not in [point.system for point in points(Right.PORTABILITY)]


def test_what_must_be_kept_is_said_where_something_is_taken_away() -> None:
    assert next(point.keep for point in points(Right.ERASURE) if point.system == "webshop") == "invoices: five years"
    assert not any(point.keep for point in points(Right.ACCESS))


@pytest.mark.parametrize("right", [Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION])
def test_recipients_are_told_of_what_was_changed(right: Right) -> None:
    told = [point for point in points(right) if point.kind is PointKind.TELL]
    assert [point.what for point in told] == ["Tell the carrier (Art. 19)."]


@pytest.mark.parametrize("right", set(Right) - {Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION})
def test_nobody_is_told_where_nothing_was_changed(right: Right) -> None:
    assert all(point.kind is PointKind.DO for point in points(right))


def test_a_complaint_is_one_point_and_one_more_where_it_may_be_a_breach() -> None:
    assert len(points(Right.COMPLAINT)) == 1
    assert "72 hours" in points(Right.COMPLAINT, urgent=True)[0].what


@given(st.sets(st.sampled_from(Right)))
def test_copies_come_before_erasure_and_each_right_is_worked(rights: set[Right]) -> None:
    made = points(*rights)
    assert {point.right for point in made} == rights
    erasures = [number for number, point in enumerate(made) if point.right is Right.ERASURE]
    copies = [number for number, point in enumerate(made) if point.right in COPIES]
    assert not erasures or not copies or max(copies) < min(erasures)


def test_the_order_names_every_right_once() -> None:
    assert sorted(ORDER) == sorted(Right)
