"""From probabilities to what is done: which rights are named, and how sure we are.

A missed request costs a hundred times a false alarm: so a mail that might be a request is unsure long before that is
more likely than not. Thresholds are learnt from mails of authors who were held out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Right, in_order
from privacybot.recognise.linear import Floats
from privacybot.recognise.views import REQUEST, RIGHTS

DOUBTED = 0.05
"""The share of the corpus's ordinary mails, most of them near misses, that may end as unsure without a named right."""

WRONG = 0.1
"""The share of mails in the band sure whose rights may be not exactly those meant."""

FOREIGN = 0.05
"""Doubt begins here in a language that is neither Danish nor English: what we read badly, a person should read."""

_CANDIDATES = np.arange(0.3, 0.601, 0.02)
_AS_GOOD = 0.004
"""F1 that few mails cannot tell apart."""

_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`named`: a right at least this likely is named. `doubted`: a mail that is a request with at least this
    probability is never filed as an ordinary enquiry. `sure`: the probability, at least, that the named rights are
    exactly those meant, if a mail is to be acknowledged by name."""

    named: Mapping[Right, float]
    doubted: float
    sure: float

    def rights(self, scores: Mapping[Right, float]) -> tuple[Right, ...]:
        return in_order(right for right, score in scores.items() if score >= self.named[right])

    def band(self, scores: Mapping[Right, float], request: float, *, foreign: bool = False) -> Band:
        rights = self.rights(scores)
        if rights:
            return Band.SURE if exactness(scores, rights) >= self.sure else Band.UNSURE
        return Band.UNSURE if request >= (min(FOREIGN, self.doubted) if foreign else self.doubted) else Band.NONE

    def as_json(self) -> dict[str, Any]:
        named = {right.value: chance for right, chance in self.named.items()}
        return {"named": named, "doubted": self.doubted, "sure": self.sure}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        named = {Right(name): float(chance) for name, chance in stored["named"].items()}
        return cls(named, float(stored["doubted"]), float(stored["sure"]))


def exactness(scores: Mapping[Right, float], rights: tuple[Right, ...]) -> float:
    """The probability that these rights and no others are meant, were the rights independent."""
    return float(np.prod([score if right in rights else 1 - score for right, score in scores.items()]))


def fit_thresholds(chances: Floats, targets: Floats) -> Thresholds:
    """From held-out probabilities and what was meant, a row a mail."""
    named = {right: _best(chances[:, column], targets[:, column]) for column, right in enumerate(RIGHTS)}
    loose = Thresholds(named, 0.0, 0.0)
    scores = [dict(zip(RIGHTS, map(float, row[:REQUEST]), strict=True)) for row in chances]
    found = [loose.rights(row) for row in scores]
    return Thresholds(named, _doubted(chances[:, REQUEST], targets, found), _sure(scores, targets, found))


def _best(chances: Floats, targets: Floats) -> float:
    """Of the thresholds with the best F1 the one nearest to a half, where most mails get exactly their rights.
    F1 is smoothed over its neighbours: few mails stand behind each step."""
    scores = [_f1(chances >= threshold, targets > 0) for threshold in _CANDIDATES]
    padded = np.pad(scores, _NEIGHBOURS, mode="edge")
    smooth = np.convolve(padded, np.full(2 * _NEIGHBOURS + 1, 1 / (2 * _NEIGHBOURS + 1)), mode="valid")
    good = _CANDIDATES[smooth >= smooth.max() - _AS_GOOD]
    return round(float(good[np.abs(good - 0.5).argmin()]), 2)


def _f1(found: np.ndarray[Any, Any], meant: np.ndarray[Any, Any]) -> float:
    return float(2 * (found & meant).sum() / max(1, found.sum() + meant.sum()))


def _doubted(request: Floats, targets: Floats, found: list[tuple[Right, ...]]) -> float:
    """As low as the ordinary mails of which no right is named allow."""
    quiet = (targets[:, REQUEST] == 0) & np.array([not rights for rights in found])
    share = DOUBTED * float((targets[:, REQUEST] == 0).sum()) / max(1, int(quiet.sum()))
    chances = request[quiet]
    return round(float(np.clip(np.quantile(chances, 1 - min(1.0, share)), 0.02, 0.5)), 4) if len(chances) else 0.5


def _sure(scores: list[dict[Right, float]], targets: Floats, found: list[tuple[Right, ...]]) -> float:
    """The lowest exactness above which hardly a named set is wrong."""
    named = [
        (exactness(row, rights), rights == in_order(right for at, right in enumerate(RIGHTS) if target[at]))
        for row, target, rights in zip(scores, targets, found, strict=True)
        if rights
    ]
    ranked = sorted(named, key=lambda pair: -pair[0])
    right = np.cumsum([exact for _, exact in ranked])
    good = [at for at in range(len(ranked)) if right[at] >= (1 - WRONG) * (at + 1)]
    return round(min(0.95, ranked[good[-1]][0]), 4) if good else 0.95
