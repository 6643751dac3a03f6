"""The shipped pipeline on plain requests, ordinary mails, traps and hostile texts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from privacybot.errors import Unavailable
from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Right
from privacybot.recognise.pipeline import Recogniser, load
from privacybot.recognise.training import write
from tests.recognise.plain_requests import FOREIGN, ORDINARY, PLAIN, TRAPS

REQUESTS = [
    (language, right, text) for language, rights in PLAIN.items() for right, texts in rights.items() for text in texts
]
NEWLINE_FLOOD = "slet mig\n" * 12_000


@pytest.mark.parametrize(("language", "right", "text"), REQUESTS)
def test_a_plain_request_is_recognised(recogniser: Recogniser, language: str, right: Right, text: str) -> None:
    [found] = recogniser.recognise([("", text)])
    assert right in found.rights
    assert found.language == language
    assert found.evidence[right]


@pytest.mark.parametrize("text", [text for texts in ORDINARY.values() for text in texts])
def test_an_ordinary_mail_is_left_alone(recogniser: Recogniser, text: str) -> None:
    [found] = recogniser.recognise([("", text)])
    assert found.band is Band.NONE
    assert found.rights == ()


@pytest.mark.parametrize(("text", "rights"), TRAPS)
def test_what_only_looks_like_a_right_names_none(recogniser: Recogniser, text: str, rights: tuple[Right, ...]) -> None:
    assert recogniser.recognise([("", text)])[0].rights == rights


@pytest.mark.parametrize("text", FOREIGN)
def test_a_request_in_a_neighbours_language_is_never_filed_away(recogniser: Recogniser, text: str) -> None:
    assert recogniser.recognise([("", text)])[0].band is not Band.NONE


def test_evidence_is_the_sentence_that_asks(recogniser: Recogniser) -> None:
    text = "Kære EPM\n\nTak for sidst. Vil I slette alle mine oplysninger? Det var et godt kursus.\n\nMvh Bo"
    [found] = recogniser.recognise([("", text)])
    assert found.evidence[Right.ERASURE] == "Vil I slette alle mine oplysninger?"


def test_a_right_in_the_subject_counts(recogniser: Recogniser) -> None:
    [found] = recogniser.recognise([("Afmeld mig nyhedsbrevet", "Hej\n\nMvh Bo")])
    assert found.rights == (Right.WITHDRAWAL,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\x00\x00",
        "?!" * 30_000,
        "." * 100_000,
        "😀" * 50_000,
        "a" * 100_000,
        "a " * 50_000,
        NEWLINE_FLOOD,
        "\u202eslet mig\u202c \ufeff\ud7ff",
        "\udce6\udcf8",
        "art. " * 20_000,
    ],
    ids=[
        "empty",
        "blank",
        "nul",
        "marks",
        "dots",
        "pictures",
        "one word",
        "words",
        "lines",
        "bidi",
        "surrogates",
        "art",
    ],
)
def test_no_text_stops_it(recogniser: Recogniser, text: str) -> None:
    [found] = recogniser.recognise([(text[:2000], text)])
    assert set(found.scores) == set(Right)
    assert all(0 <= score <= 1 for score in found.scores.values())


@pytest.mark.parametrize("text", ["", "\n", "\x00", "…"])
def test_a_mail_without_words_asks_for_nothing(recogniser: Recogniser, text: str) -> None:
    [found] = recogniser.recognise([("", text)])
    assert (found.band, found.rights, found.language, found.evidence) == (Band.NONE, (), "und", {})


def test_answers_come_in_the_order_of_the_questions(recogniser: Recogniser) -> None:
    asked = [("", text) for _, _, text in REQUESTS]
    together = recogniser.recognise(asked)
    assert together == [recogniser.recognise([one])[0] for one in asked]


def test_threads_do_not_disturb_one_another(recogniser: Recogniser) -> None:
    asked = [("", text) for _, _, text in REQUESTS[:20]]
    alone = recogniser.recognise(asked)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == alone for found in pool.map(recogniser.recognise, [asked] * 8))


def test_a_saved_pipeline_gives_the_same_scores(recogniser: Recogniser, tmp_path: Path) -> None:
    asked = [("", text) for _, _, text in REQUESTS]
    write(recogniser.nlp, recogniser.thresholds, tmp_path / "again")
    assert load(tmp_path / "again").recognise(asked) == recogniser.recognise(asked)


def test_a_missing_pipeline_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="make model"):
        load(tmp_path / "nowhere")
