"""Where sentences end: a table of what people write."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.recognise.sentences import sentence_spans


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Slet mig. Send ikke mere.", ["Slet mig.", "Send ikke mere."]),
        ("hej. kan i slette mig. tak", ["hej.", "kan i slette mig.", "tak"]),
        ("Efter art. 15 og f.eks. stk. 3 vil jeg se det.", ["Efter art. 15 og f.eks. stk. 3 vil jeg se det."]),
        ("Mødet er den 14. maj kl. 9. Tak.", ["Mødet er den 14. maj kl. 9.", "Tak."]),
        ("1. Slet mig.\n2. Send alt.", ["1. Slet mig.", "2. Send alt."]),
        ("Hej\n\nSlet mig\n\nMvh Bo", ["Hej", "Slet mig", "Mvh Bo"]),
        ("Why? Because! Ok…", ["Why?", "Because!", "Ok…"]),
        ("Tak 😀 Slet mig", ["Tak 😀", "Slet mig"]),
        (
            "Jeg skriver til jer for at bede om at få alle mine\noplysninger slettet hurtigst muligt.",
            ["Jeg skriver til jer for at bede om at få alle mine", "oplysninger slettet hurtigst muligt."],
        ),
        (
            "Jeg skriver til jer for at bede om, at I sletter alle oplysninger,\nsom I har om mig.",
            ["Jeg skriver til jer for at bede om, at I sletter alle oplysninger,\nsom I har om mig."],
        ),
        ("...", []),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_pause(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


@given(st.text(max_size=300))
def test_no_letter_is_lost_and_none_is_read_twice(text: str) -> None:
    spans = list(sentence_spans(text))
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    read = sum(character.isalnum() for start, end in spans for character in text[start:end])
    assert read == sum(character.isalnum() for character in text)


@pytest.mark.parametrize(
    "text", ["." * 60_000, ". " * 30_000, "😀" * 60_000, " " * 60_000, "\n " * 30_000, ":" * 60_000]
)
def test_time_is_linear_in_the_length(text: str) -> None:
    started = time.process_time()
    list(sentence_spans(text))
    assert time.process_time() - started < 3
