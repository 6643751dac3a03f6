"""A mail read sentence by sentence: the subject first, then the new text, each sentence with its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from spacy.tokens import Doc

from privacybot.recognise.features import SIZE, Reader, Reading, Rows, features
from privacybot.recognise.linear import Floats, Sparse
from privacybot.recognise.sentences import sentence_spans
from privacybot.recognise.words import folded

MOST_SENTENCES = 300
"""Sentences of a mail that are read; what is longer is no request but a document."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence and what stands around it; `start` and `end` count characters of the whole document."""

    start: int
    end: int
    here: Reading
    before: Reading | None
    after: Reading | None
    subject: Reading | None


def passages(doc: Doc, subject_end: int, reader: Reader) -> list[Passage]:
    """The subject as the first passage, if there is one."""
    text = doc.text
    spans = [(start, end) for start, end in _spans(text, subject_end)][:MOST_SENTENCES]
    read = [reader.read(words) for words in _words(doc, spans)]
    if not spans or spans[0][1] > subject_end:
        return _passages(spans, read, None)
    return [
        Passage(*spans[0], read[0], None, None, None),
        *_passages(spans[1:], read[1:], read[0]),
    ]


def rows_of(read: Sequence[Passage]) -> Sparse:
    return Sparse.of([_row(passage) for passage in read], SIZE)


def _passages(spans: Sequence[tuple[int, int]], read: Sequence[Reading], subject: Reading | None) -> list[Passage]:
    around: list[Reading | None] = [None, *read, None]
    return [
        Passage(*span, here, around[at], around[at + 2], subject)
        for at, (span, here) in enumerate(zip(spans, read, strict=True))
    ]


def _spans(text: str, subject_end: int) -> Iterator[tuple[int, int]]:
    subject = text[:subject_end]
    if any(letter.isalnum() for letter in subject):
        yield 0, subject_end
    for start, end in sentence_spans(text[subject_end:]):
        yield start + subject_end, end + subject_end


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


def _row(passage: Passage) -> tuple[Rows, Floats]:
    found = features(passage.here, passage.before, passage.after, passage.subject)
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    values = [np.full(len(rows), 1 / len(rows) ** 0.5, np.float32) for rows in found.values()]
    return np.concatenate(list(found.values())), np.concatenate(values)
