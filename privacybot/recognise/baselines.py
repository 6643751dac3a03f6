"""What somebody would use instead: a rule of five keywords, as the market has it, and TF-IDF with logistic regression.

They are measured on the same held-out authors as the recogniser, and by nothing else in the program.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from privacybot.gdpr.rights import Right
from privacybot.recognise.examples import Example, targets_of
from privacybot.recognise.features import SIZE, Kind, chosen, row, together
from privacybot.recognise.linear import Floats, Sparse, fit, sigmoid
from privacybot.recognise.views import LABELS, REQUEST, RIGHTS

KEYWORDS = {
    Right.ACCESS: r"indsigt|access|copy of my data|kopi af mine",
    Right.RECTIFICATION: r"ret |rette|correct|update",
    Right.ERASURE: r"slet|delete|erase|remove",
    Right.WITHDRAWAL: r"samtykke|consent|unsubscribe|afmeld",
    Right.OBJECTION: r"indsigelse|object",
}
PENALTY = 0.1
_TERMS = chosen(Kind.WORD, Kind.WORD_PAIR)


def keywords(mails: Sequence[Example]) -> Floats:
    """1 for each right of which a keyword stands in the mail."""
    found = np.zeros((len(mails), LABELS), np.float32)
    for at, mail in enumerate(mails):
        for right, pattern in KEYWORDS.items():
            found[at, RIGHTS.index(right)] = re.search(pattern, mail.text, re.IGNORECASE) is not None
    found[:, REQUEST] = found[:, :REQUEST].max(axis=1)
    return found


def terms(taught: Sequence[Example], asked: Sequence[Example]) -> Floats:
    """Probabilities by words and word pairs of the whole text, each weighed by how rare it is."""
    known, rarity = _matrix(taught)
    model = fit(_weighed(known, rarity), targets_of(taught), np.ones((len(taught), LABELS), np.float32), PENALTY)
    return sigmoid(model.scores(_weighed(_matrix(asked)[0], rarity)))


def _matrix(texts: Sequence[Example]) -> tuple[Sparse, Floats]:
    """A row a text, and the inverse document frequency of each term."""
    rows = [row(together([passage.features for passage in text.passages]), _TERMS) for text in texts]
    matrix = Sparse.of(rows, SIZE)
    held = np.bincount(matrix.columns, minlength=SIZE)
    return matrix, np.log((1 + len(texts)) / (1 + held)).astype(np.float32) + np.float32(1)


def _weighed(texts: Sparse, rarity: Floats) -> Sparse:
    """Each row has length 1."""
    values = rarity[texts.columns] * (texts.values > 0)
    lengths = np.sqrt(np.add.reduceat(values**2, texts.starts[:-1]))
    per_value = np.repeat(np.maximum(lengths, np.float32(1e-9)), np.diff(texts.starts))
    return Sparse(texts.starts, texts.columns, (values / per_value).astype(np.float32), texts.width)
