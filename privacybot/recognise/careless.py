"""A reader who mistypes and leaves out words: what it reads is a second, worse copy of the corpus to learn from.

Nobody can write down every slip of the fingers; a model that has seen many leans less on any one word. The same words
are spoilt the same way each time. Nothing is ever measured on such a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from zlib import crc32

from privacybot.recognise.features import Reader, Reading

SPOILT, LEFT_OUT, UNMARKED = 0.08, 0.05, 0.3
"""Shares of words with a slip, of words left out, and of question and exclamation marks left out."""

SHORTEST = 4
"""Letters: shorter words are spoilt beyond recognition."""

_LIKELY = "aeiourstnld"


class CarelessReader(Reader):
    def read(self, words: Sequence[str]) -> Reading:
        return super().read(list(spoilt(words)))


def spoilt(words: Sequence[str]) -> Iterator[str]:
    """Most words as they are."""
    random = Random(crc32(" ".join(words).encode()))  # noqa: S311 - nothing here is secret.
    for word in words:
        if random.random() < (UNMARKED if word in ("?", "!") else LEFT_OUT):
            continue
        yield _slip(word, random) if len(word) >= SHORTEST and random.random() < SPOILT else word


def _slip(word: str, random: Random) -> str:
    """One letter missing, doubled, swapped with the next, or another; never the first."""
    at = random.randrange(1, len(word) - 1)
    before, letter, following, after = word[:at], word[at], word[at + 1], word[at + 2 :]
    return random.choice(
        [
            before + following + after,
            before + 2 * letter + following + after,
            before + following + letter + after,
            before + random.choice(_LIKELY) + following + after,
        ]
    )
