"""Folding, concepts, rules and language: tables."""

from __future__ import annotations

import pytest

from privacybot import shipped
from privacybot.gdpr.rights import Right
from privacybot.recognise.concepts import Lexicon, LexiconError
from privacybot.recognise.language import language_of
from privacybot.recognise.rules import certain
from privacybot.recognise.words import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("FÅ", "faa"), ("få", "fa"), ("søge", "soege"), ("ændre", "aendre"), ("don’t", "don't"), ("José", "jose")],
)
def test_a_word_has_one_spelling(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("word", "spelling"),
    [("15", "15"), ("15(3", "15"), ("2024", "0000"), ("bo@firma.dk", "@"), ("...", ""), ("?", "?")],
)
def test_numbers_keep_their_shape_and_articles_their_number(word: str, spelling: str) -> None:
    assert folded(word) == spelling


SMALL = Lexicon("[delete]\nslet*, smid .. ud\n[mine] # whose\nmine, mit\n[data]\n*oplysning*")


@pytest.mark.parametrize(
    ("words", "concepts"),
    [
        (["slettede", "kundeoplysninger"], ["delete", "data"]),
        (["smid", "det", "hele", "ud"], ["delete"]),
        (["smid", "nu", "alt", "det", "der", "ud"], []),
        (["mine", "ting"], ["mine"]),
        ([], []),
    ],
)
def test_concepts_are_found_in_parts_of_words_and_across_gaps(words: list[str], concepts: list[str]) -> None:
    assert [SMALL.names[found.concept] for found in SMALL.occurrences(words)] == concepts


def test_a_pattern_without_a_concept_is_refused() -> None:
    with pytest.raises(LexiconError, match="line 1"):
        Lexicon("slet")


def test_every_pattern_of_the_shipped_lexicon_is_found_by_itself() -> None:
    lexicon = Lexicon.read(shipped.corpus().parent / "lexicon" / "concepts.txt")
    assert len(lexicon.names) == len(set(lexicon.names)) > 80
    assert {lexicon.names[found.concept] for found in lexicon.occurrences(["slet", "nyhedsbrevet"])} >= {
        "delete",
        "newsletter",
    }


@pytest.mark.parametrize(
    ("sentence", "rights"),
    [
        ("Jeg anmoder om indsigt efter artikel 15.", {Right.ACCESS}),
        ("I hereby request erasure under Art. 17(1) GDPR.", {Right.ERASURE}),
        ("Jeg gør indsigelse, jf. databeskyttelsesforordningens artikel 21, stk. 1.", {Right.OBJECTION}),
        ("I request the data under Article 15 and its transfer under Article 20.", {Right.ACCESS, Right.PORTABILITY}),
        ("Jeg anmoder om plads på kursus 150, artikel 150.", set()),
        ("I reserve the right to request erasure under Article 17.", set()),
        ("Jeg forbeholder mig at kræve sletning efter artikel 17.", set()),
        ("Jeg ønsker ikke sletning efter artikel 17.", set()),
        ("Hvad kræver artikel 15?", set()),
        ("What would a request under Article 15 cost?", set()),
        ("I har ikke besvaret min anmodning efter artikel 15.", set()),
        ("Du har ret til at anmode om sletning af dine data efter artikel 17.", set()),
        ("Hej", set()),
    ],
)
def test_a_rule_speaks_only_where_there_is_no_doubt(sentence: str, rights: set[Right]) -> None:
    assert certain(sentence) == rights


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Vil I slette mine oplysninger?", "da"),
        ("slet mig", "da"),
        ("Please delete my data", "en"),
        ("unsubscribe", "en"),
        ("Jag vill att ni raderar mina uppgifter, tack.", "sv"),
        ("Jeg vil gjerne at dere sletter meg, hilsen Kari", "no"),
        ("Bitte löschen Sie meine Daten.", "de"),
        ("", "und"),
        ("12345", "und"),
    ],
)
def test_the_language_is_told_by_small_words(text: str, language: str) -> None:
    assert language_of(text) == language
