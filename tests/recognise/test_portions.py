"""A request is found wherever it stands in a long text."""

from __future__ import annotations

import pytest

from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right
from privacybot.recognise.pipeline import Recogniser
from privacybot.recognise.portions import LONGEST, MOST_PORTIONS, SENTENCES, portions, together

LINE = "Kursus nummer {} om PRINCE2 var godt, og lokalet var rart.\n"
REQUEST = "Jeg vil gerne have slettet alle mine oplysninger hos jer.\n"


def lines(count: int) -> str:
    return "".join(LINE.format(number) for number in range(count))


@pytest.mark.parametrize("before", [0, 100, 300, 700])
@pytest.mark.parametrize("after", [0, 700])
def test_a_request_is_found_wherever_it_stands(recogniser: Recogniser, before: int, after: int) -> None:
    [found] = recogniser.recognise([("Hej", lines(before) + REQUEST + lines(after))])
    assert found.rights == (Right.ERASURE,)
    assert found.evidence[Right.ERASURE] == REQUEST.strip()


def test_a_mail_among_long_ones_keeps_its_own_result(recogniser: Recogniser) -> None:
    asked = [("", lines(700)), ("", REQUEST), ("", lines(400) + REQUEST), ("", LINE)]
    bands = [found.band is not Band.NONE for found in recogniser.recognise(asked)]
    assert bands == [False, True, True, False]


def test_portions_are_the_text_and_no_more_than_are_read() -> None:
    text = lines(3 * SENTENCES - 5)
    assert "".join(portions(text)) == text
    assert len(portions(text)) == 3
    assert portions(REQUEST) == [REQUEST]
    assert len(portions(lines(20 * SENTENCES))) == MOST_PORTIONS


def test_long_sentences_make_more_portions() -> None:
    text = ("ord " * 140 + ".\n") * 280
    assert "".join(portions(text)) == text
    assert max(map(len, portions(text))) <= LONGEST


def test_what_portions_ask_for_is_put_together() -> None:
    def one(band: Band, right: Right, score: float, sentence: str) -> Recognition:
        found = (right,) if band is Band.SURE else ()
        return Recognition("da", found, band, {**dict.fromkeys(Right, 0.0), right: score}, {right: sentence})

    found = together([one(Band.UNSURE, Right.ACCESS, 0.4, "a"), one(Band.SURE, Right.ERASURE, 0.9, "e")])
    assert (found.band, found.rights) == (Band.SURE, (Right.ERASURE,))
    assert (found.scores[Right.ACCESS], found.scores[Right.ERASURE]) == (0.4, 0.9)
    assert found.evidence == {Right.ACCESS: "a", Right.ERASURE: "e"}
