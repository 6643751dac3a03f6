"""The figures, on five mails that can be reckoned by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right
from privacybot.recognise.evaluation import evaluate


def found(rights: Sequence[Right], band: Band, **scores: float) -> Recognition:
    known = {right: scores.get(right.value, 0.0) for right in Right}
    return Recognition("da", tuple(rights), band, known, dict.fromkeys(rights, "sentence"))


EXAMPLES = [
    {"id": "1", "lang": "da", "subject": "", "rights": ["access"]},
    {"id": "2", "lang": "da", "subject": "", "rights": ["access", "erasure"]},
    {"id": "3", "lang": "da", "subject": "", "rights": ["erasure"]},
    {"id": "4", "lang": "da", "subject": "", "rights": ["none"]},
    {"id": "5", "lang": "en", "subject": "", "rights": []},
]
FOUND = [
    found([Right.ACCESS], Band.SURE, access=1.0),
    found([Right.ACCESS], Band.UNSURE, access=0.75, erasure=0.25),
    found([], Band.NONE),
    found([Right.ERASURE], Band.UNSURE, erasure=0.5),
    found([], Band.NONE),
]


def test_figures_are_those_reckoned_by_hand() -> None:
    together = evaluate(EXAMPLES, FOUND).figures["together"]
    assert (together.rights["access"].precision, together.rights["access"].recall) == (1.0, 1.0)
    assert (together.rights["erasure"].precision, together.rights["erasure"].recall) == (0.0, 0.0)
    assert together.macro_f1 == 0.5
    assert together.missed == pytest.approx(1 / 3)
    assert together.request_recall == pytest.approx(2 / 3)
    assert together.request_precision == pytest.approx(2 / 3)
    assert together.disturbed == 0.5
    assert together.exact == pytest.approx(2 / 5)
    assert together.language == pytest.approx(4 / 5)
    # 40 pairs; the bins at 0.75, 0.25 and 0.5 are off by 0.25, 0.75 and 0.5, the bin at 0 by one missed erasure.
    assert together.calibration_error == pytest.approx((0.25 + 0.75 + 0.5 + 1) / 40)


def test_each_language_is_judged_by_itself() -> None:
    report = evaluate(EXAMPLES, FOUND)
    assert report.figures["da"].mails == 4
    assert report.figures["en"].exact == 1.0


def test_every_mistake_is_told_with_its_evidence() -> None:
    report = evaluate(EXAMPLES, FOUND)
    assert [mail.id for mail in report.mistakes] == ["2", "3", "4"]
    assert "3 (missed): expected erasure, found none" in report.as_text()
    assert "4 (disturbed): expected none, found erasure (unsure). erasure 0.50 “sentence”" in report.as_text()
    assert [mistake["id"] for mistake in report.as_json()["mistakes"]] == ["2", "3", "4"]


def test_no_mails_give_no_figures_but_no_failure() -> None:
    assert evaluate([], []).figures["together"].mails == 0
