"""What words mean, from a hand-written lexicon: acts, things, whose they are, negation, authority, article numbers.

It stands in for word vectors, which cannot be had for Danish here, and lets both languages learn from one another.
A pattern is a folded word, with `*` for any letters before or after, or several words with `..` for up to three
others between them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from privacybot.errors import PrivacybotError
from privacybot.recognise.words import folded

LONGEST_GAP = 3


class LexiconError(PrivacybotError):
    """A lexicon file breaks its format; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A concept at a word of a sentence."""

    position: int
    concept: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words in order; after each, whether others may stand between it and the next."""

    concept: int
    words: tuple[str, ...]
    gaps: tuple[bool, ...]

    def possible(self, present: frozenset[str]) -> bool:
        """Quickly: is the second word there at all?"""
        return self.words[1] in present or "*" in self.words[1]


class Lexicon:
    """Concepts by number, in the order of the file."""

    def __init__(self, text: str, name: str = "lexicon") -> None:
        self.text = text
        self.names: list[str] = []
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._affixes: list[tuple[re.Pattern[str], int]] = []
        self._phrases: dict[str, list[_Phrase]] = defaultdict(list)
        self._loose_phrases: list[tuple[re.Pattern[str], _Phrase]] = []
        self._meanings: dict[str, tuple[tuple[int, ...], tuple[_Phrase, ...]]] = {}
        self._matchers: dict[str, re.Pattern[str]] = {}
        wildcards: dict[int, list[str]] = defaultdict(list)
        for concept, pattern in _entries(text, name, self.names):
            self._add(concept, pattern, wildcards)
        self._affixes = [(re.compile("|".join(map(_regex, words))), number) for number, words in wildcards.items()]

    @classmethod
    def read(cls, path: Path) -> Lexicon:
        return cls(path.read_text(encoding="utf-8"), path.name)

    def occurrences(self, words: Sequence[str]) -> list[Occurrence]:
        """Each concept once a position, in the order of the sentence."""
        found, present = list[Occurrence](), frozenset(words)
        for position, word in enumerate(words):
            concepts, phrases = self._meaning(word)
            here = list(concepts)
            here += [
                phrase.concept
                for phrase in phrases
                if phrase.possible(present) and self._follows(phrase, words, position)
            ]
            found += [Occurrence(position, concept) for concept in dict.fromkeys(here)]
        return found

    def _add(self, concept: int, pattern: str, wildcards: dict[int, list[str]]) -> None:
        words, gaps = _split(pattern)
        if len(words) > 1:
            phrase = _Phrase(concept, words, gaps)
            if "*" in words[0]:
                self._loose_phrases.append((re.compile(_regex(words[0])), phrase))
            else:
                self._phrases[words[0]].append(phrase)
        elif "*" in words[0]:
            wildcards[concept].append(words[0])
        else:
            self._exact[words[0]].append(concept)

    def _meaning(self, word: str) -> tuple[tuple[int, ...], tuple[_Phrase, ...]]:
        """A word's own concepts and the phrases that it may begin; remembered, for most words come again."""
        if word not in self._meanings:
            if len(self._meanings) > 50_000:
                self._meanings.clear()
            concepts = {
                *self._exact.get(word, ()),
                *(number for regex, number in self._affixes if regex.fullmatch(word)),
            }
            loose = [phrase for regex, phrase in self._loose_phrases if regex.fullmatch(word)]
            self._meanings[word] = (tuple(sorted(concepts)), (*self._phrases.get(word, ()), *loose))
        return self._meanings[word]

    def _follows(self, phrase: _Phrase, words: Sequence[str], start: int) -> bool:
        position = start
        for word, gap in zip(phrase.words[1:], phrase.gaps, strict=True):
            reach = range(position + 1, min(len(words), position + 2 + (LONGEST_GAP if gap else 0)))
            position = next((at for at in reach if self._is(words[at], word)), -1)
            if position < 0:
                return False
        return True

    def _is(self, word: str, pattern: str) -> bool:
        if "*" not in pattern:
            return word == pattern
        if pattern not in self._matchers:
            self._matchers[pattern] = re.compile(_regex(pattern))
        return self._matchers[pattern].fullmatch(word) is not None


def _entries(text: str, name: str, names: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            names.append(line.strip("[] "))
        elif line and not names:
            raise LexiconError(f"{name}, line {number}: a pattern stands before the first [concept].")
        else:
            yield from ((len(names) - 1, pattern.strip()) for pattern in line.split(",") if pattern.strip())


def _split(pattern: str) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    words, gaps = list[str](), list[bool]()
    for part in pattern.split():
        if part == "..":
            gaps[-1] = True
        else:
            words.append("*".join(map(folded, part.split("*"))))
            gaps.append(False)
    return tuple(words), tuple(gaps[:-1])


def _regex(pattern: str) -> str:
    return ".*".join(re.escape(part) for part in pattern.split("*"))
