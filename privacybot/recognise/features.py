"""A sentence as numbers: its words, their letters, what they mean, and what stands around them.

Each feature is a place in one table of `SIZE` rows; words and pairs fall there by a hash that is the same on every
machine. Features of a kind share a weight, so that a long sentence does not shout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from zlib import crc32

import numpy as np
import numpy.typing as npt

from privacybot.recognise.concepts import Lexicon

BITS = 18
SIZE = 1 << BITS
"""Rows of the weight table."""

Features = npt.NDArray[np.int64]
Row = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
Kinds = npt.NDArray[np.bool_]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - BITS)


class Kind(IntEnum):
    """What a feature is made of; the number seeds its hash."""

    WORD = auto()
    WORD_PAIR = auto()
    LETTERS = auto()
    CONCEPT = auto()
    CONCEPT_PAIR = auto()
    CONCEPT_SKIP = auto()
    CONCEPT_WORD = auto()
    BEFORE = auto()
    AFTER = auto()
    SUBJECT_WORD = auto()
    SUBJECT_CONCEPT = auto()


# How loudly a kind speaks, found by cross-validation over authors; 1 where not named.
_LOUDNESS = {
    Kind.LETTERS: 2.0,
    Kind.CONCEPT_PAIR: 0.5,
    Kind.BEFORE: 0.6,
    Kind.AFTER: 0.6,
    Kind.SUBJECT_WORD: 0.5,
    Kind.SUBJECT_CONCEPT: 0.5,
}
_LOUD = np.array([_LOUDNESS.get(Kind(number), 1.0) if number else 1.0 for number in range(max(Kind) + 1)])


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence read: its folded words as numbers, their letters, and its concepts in order."""

    words: npt.NDArray[np.uint64]
    letters: npt.NDArray[np.uint64]
    concepts: npt.NDArray[np.uint64]
    at: npt.NDArray[np.int64]
    """The position of each concept's word."""


class Reader:
    """Reads sentences with one lexicon; what it has learnt of a word it keeps."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._letters: dict[str, tuple[int, ...]] = {}

    def read(self, words: Sequence[str]) -> Reading:
        occurrences = self.lexicon.occurrences(words)
        letters = {number for word in words for number in self._letters_of(word)}
        return Reading(
            np.array([crc32(word.encode()) for word in words], np.uint64),
            np.array(sorted(letters), np.uint64),
            np.array([occurrence.concept + 1 for occurrence in occurrences], np.uint64),
            np.array([occurrence.position for occurrence in occurrences], np.int64),
        )

    def _letters_of(self, word: str) -> tuple[int, ...]:
        if word not in self._letters:
            if len(self._letters) > 50_000:
                self._letters.clear()
            self._letters[word] = tuple({crc32(piece.encode()) for piece in pieces(word)})
        return self._letters[word]


def pieces(word: str) -> list[str]:
    """The word's runs of three to five letters, with its beginning and end marked."""
    marked = f"^{word}$"
    return [marked[start : start + n] for n in (3, 4, 5) for start in range(len(marked) - n + 1)]


def features(here: Reading, before: Reading | None, after: Reading | None, subject: Reading | None) -> Features:
    """Each feature of a sentence once, sorted: its kind in the high bits, its row in the low."""
    words, concepts = here.words, here.concepts
    found = [
        (Kind.WORD, words),
        (Kind.WORD_PAIR, _chain(words[:-1], words[1:])),
        (Kind.LETTERS, here.letters),
        (Kind.CONCEPT, concepts),
        (Kind.CONCEPT_PAIR, _chain(concepts[:-1], concepts[1:])),
        (Kind.CONCEPT_SKIP, _skips(concepts)),
        (Kind.CONCEPT_WORD, _beside(here)),
    ]
    if before is not None:
        found.append((Kind.BEFORE, before.concepts))
    if after is not None:
        found.append((Kind.AFTER, after.concepts))
    if subject is not None:
        found += [(Kind.SUBJECT_WORD, subject.words), (Kind.SUBJECT_CONCEPT, subject.concepts)]
    kinds = np.repeat(np.array([kind for kind, _ in found], np.uint64), [len(numbers) for _, numbers in found])
    return np.unique(_hashed(kinds, np.concatenate([numbers for _, numbers in found])))


def row(found: Features, kinds: Kinds) -> Row:
    """The chosen kinds of features as one sparse row: each kind has length 1 times its loudness."""
    of = found >> BITS
    kept = kinds[of]
    found, of = found[kept], of[kept]
    many = np.bincount(of, minlength=len(kinds))[of]
    return found & (SIZE - 1), (_LOUD[of] / np.sqrt(many)).astype(np.float32)


def together(sentences: Sequence[Features]) -> Features:
    """The features of a whole mail: whatever stands in any of its sentences, without regard to order."""
    return np.unique(np.concatenate(sentences)) if sentences else np.zeros(0, np.int64)


def chosen(*kinds: Kind) -> Kinds:
    """A table that says of each kind whether it is among these."""
    return np.array([number in kinds for number in range(max(Kind) + 1)])


def without(found: Features, kinds: Iterable[Kind]) -> Features:
    """The features that are of none of these kinds."""
    kept: Features = found[~chosen(*kinds)[found >> BITS]]
    return kept


def _hashed(kinds: npt.NDArray[np.uint64], numbers: npt.NDArray[np.uint64]) -> Features:
    seeded = (numbers + kinds * np.uint64(0x1000003)) * _MIX
    rows = ((seeded ^ (seeded >> np.uint64(29))) * _MIX) >> _SHIFT
    return (rows | (kinds << np.uint64(BITS))).astype(np.int64)


def _chain(*parts: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One number for several in a row."""
    chained = parts[0] * _MIX
    for part in parts[1:]:
        chained = (chained ^ (part + (chained >> np.uint64(17)))) * _MIX
    return chained


def _skips(concepts: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Every ordered pair of two concepts of the sentence, however far apart."""
    if len(concepts) > 40:
        concepts = concepts[:40]
    first, second = np.triu_indices(len(concepts), 1)
    return _chain(concepts[first], concepts[second])


def _beside(here: Reading) -> npt.NDArray[np.uint64]:
    """A concept with the word after it, and a word with the concept after it."""
    if not len(here.at):
        return here.concepts
    after = here.at + 1 < len(here.words)
    before = here.at > 0
    return np.concatenate(
        [
            _chain(here.concepts[after], here.words[here.at[after] + 1]),
            _chain(here.words[here.at[before] - 1], here.concepts[before], here.concepts[before]),
        ]
    )
