"""A mail read sentence by sentence: the subject first, then the new text, each sentence with its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from privacybot.recognise.features import Features, Reader, Reading, features
from privacybot.recognise.sentences import sentence_spans
from privacybot.recognise.words import folded

MOST_SENTENCES = 300
"""Sentences of a mail that are read; what is longer is no request but a document."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a document: characters `start` to `end`, and its features among its neighbours."""

    start: int
    end: int
    features: Features


def passages(doc: Doc, text: str, subject_end: int, reader: Reader) -> list[Passage]:
    """The subject, if there is one, is the first passage; it stands around each of the others.
    `text` is the document's, which it would put together anew whenever it is asked."""
    spans = _spans(text, subject_end)
    read = [reader.read(words) for words in _words(doc, spans)]
    if not spans or spans[0][1] > subject_end:
        return _among_neighbours(spans, read, None)
    first = Passage(*spans[0], features(read[0], None, None, None))
    return [first, *_among_neighbours(spans[1:], read[1:], read[0])]


def is_subject(passage: Passage) -> bool:
    """A document begins with its subject; without one, with the blank line below it."""
    return passage.start == 0


def _among_neighbours(
    spans: Sequence[tuple[int, int]], read: Sequence[Reading], subject: Reading | None
) -> list[Passage]:
    around: list[Reading | None] = [None, *read, None]
    return [
        Passage(start, end, features(here, around[at], around[at + 2], subject))
        for at, ((start, end), here) in enumerate(zip(spans, read, strict=True))
    ]


def _spans(text: str, subject_end: int) -> list[tuple[int, int]]:
    spans = [(start + subject_end, end + subject_end) for start, end in sentence_spans(text[subject_end:])]
    if any(letter.isalnum() for letter in text[:subject_end]):
        spans.insert(0, (0, subject_end))
    return spans[:MOST_SENTENCES]


def _words(doc: Doc, spans: Sequence[tuple[int, int]]) -> Iterator[list[str]]:
    tokens = iter(doc)
    token = next(tokens, None)
    for start, end in spans:
        words = []
        while token is not None and token.idx < end:
            if token.idx >= start and (word := folded(token.text)):
                words.append(word)
            token = next(tokens, None)
        yield words
