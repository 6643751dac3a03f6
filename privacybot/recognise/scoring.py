"""What the models and the rules say of one mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from privacybot.recognise.combine import Scores
from privacybot.recognise.linear import Floats
from privacybot.recognise.reading import Passage, is_subject
from privacybot.recognise.rules import certain
from privacybot.recognise.views import MAILS, REQUEST, RIGHTS, SENTENCES, Model

SUBJECT_DISCOUNT = 6.0
"""Log odds by which the subject must speak louder than the text to be shown as evidence: it names, the text asks."""

CERTAIN = 4.0
"""Log odds, at least, of a right that a rule finds in a sentence."""


def scores_of(models: Mapping[str, Model], text: str, read: Sequence[Passage]) -> Scores:
    features = [passage.features for passage in read]
    sentences = SENTENCES.scores(models[SENTENCES.name], features)
    for row, passage in enumerate(read):
        _raise(sentences[row], text[passage.start : passage.end])
    return Scores(sentences, MAILS.scores(models[MAILS.name], features)[0])


def telling(sentences: Floats, column: int, read: Sequence[Passage]) -> int:
    """Which passage shows the right of this column; there must be one."""
    spoken = sentences[:, column].copy()
    if is_subject(read[0]):
        spoken[0] -= SUBJECT_DISCOUNT
    return int(np.argmax(spoken))


def _raise(scores: Floats, sentence: str) -> None:
    for right in certain(sentence):
        columns = [RIGHTS.index(right), REQUEST]
        scores[columns] = np.maximum(scores[columns], CERTAIN)
