"""What the models and the rules say of one mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from privacybot.recognise.combine import Scores
from privacybot.recognise.linear import Floats, Linear
from privacybot.recognise.reading import Passage
from privacybot.recognise.rules import certain
from privacybot.recognise.views import MAILS, REQUEST, RIGHTS, SENTENCES

CERTAIN = 4.0
"""Log odds, at least, of a right that a rule finds in a sentence."""


def scores_of(linears: Mapping[str, Linear], text: str, read: Sequence[Passage]) -> Scores:
    features = [passage.features for passage in read]
    sentences = SENTENCES.scores(linears[SENTENCES.name], features)
    for row, passage in enumerate(read):
        _raise(sentences[row], text[passage.start : passage.end])
    return Scores(sentences, MAILS.scores(linears[MAILS.name], features)[0])


def _raise(scores: Floats, sentence: str) -> None:
    for right in certain(sentence):
        columns = [RIGHTS.index(right), REQUEST]
        scores[columns] = np.maximum(scores[columns], CERTAIN)
