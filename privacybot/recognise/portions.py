"""A text longer than the pipeline reads at once, in portions: a request at the end of a long letter is one too.

A mail of ordinary length is one portion. What several portions say is put together as a person would: each right that
one of them asks for, with the sentence that shows it best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right, in_order
from privacybot.recognise.reading import MOST_SENTENCES
from privacybot.recognise.sentences import sentence_spans

SENTENCES = MOST_SENTENCES - 10
"""A portion's own: the subject is one more, and what is put around a text may be counted otherwise."""
LONGEST = 50_000
"""And so many characters: less than the pipeline reads."""
MOST_PORTIONS = 8
SHORTEST = 4 * SENTENCES
"""Characters of a text that may have more sentences than a portion."""
_SUREST_FIRST = (Band.SURE, Band.UNSURE, Band.NONE)


def portions(text: str) -> list[str]:
    """The text in pieces of whole sentences, in order. Of a whole book the end is left out."""
    if len(text) < SHORTEST:
        return [text]
    starts = list(islice(_starts(text), MOST_PORTIONS + 1))
    ends = [*starts[1:], len(text)][:MOST_PORTIONS]
    return [text[start:end] for start, end in zip(starts, ends, strict=False)] if len(starts) > 1 else [text]


def _starts(text: str) -> Iterator[int]:
    """Where a portion begins: before the sentence with which the last one would be too long."""
    begun, sentences = 0, 0
    yield begun
    for start, end in sentence_spans(text):
        sentences += 1
        if sentences > SENTENCES or end - begun > LONGEST:
            yield start
            begun, sentences = start, 1


def together(read: Sequence[Recognition]) -> Recognition:
    """One recognition for all portions of a mail; its language is that of the first, where the person begins."""
    if len(read) == 1:
        return read[0]
    scores = {right: max(one.scores[right] for one in read) for right in Right}
    return Recognition(
        language=read[0].language,
        rights=in_order(right for one in read for right in one.rights),
        band=next(band for band in _SUREST_FIRST if any(one.band is band for one in read)),
        scores=scores,
        evidence={right: sentence for right in Right if (sentence := _evidence(read, right, scores))},
    )


def _evidence(read: Sequence[Recognition], right: Right, scores: Mapping[Right, float]) -> str:
    best = next(one for one in read if one.scores[right] == scores[right])
    found = (best.evidence.get(right), *(one.evidence.get(right) for one in read))
    return next(filter(None, found), "")
