"""The careless reader spoils some words, a letter at a time, and the same words in the same way."""

from __future__ import annotations

from privacybot.recognise.careless import SHORTEST, spoilt

WORDS = ["please", "delete", "all", "my", "data", "at", "once", "?"] * 60


def test_most_words_stay_as_they_are() -> None:
    kept = list(spoilt(WORDS))
    assert 0.85 * len(WORDS) < len(kept) < len(WORDS)
    assert 0.85 < sum(word in WORDS for word in kept) / len(kept) < 1


def test_a_slip_leaves_the_first_letter_and_nearly_the_length() -> None:
    slips = {word for word in spoilt(WORDS) if word not in WORDS}
    assert slips
    assert all(word[0] in "pdo" and len(word) >= SHORTEST - 1 for word in slips)


def test_the_same_words_are_spoilt_in_the_same_way() -> None:
    assert list(spoilt(WORDS)) == list(spoilt(WORDS))


def test_nothing_comes_of_nothing() -> None:
    assert list(spoilt([])) == []
