"""From what the views say of a mail's sentences and of the whole to one probability a right.

A second, small logistic regression, the same for all rights but for a bias and a slope of each right's own. It is
fitted on scores given to mails of authors from whom the first models had learnt nothing, so its probabilities are
calibrated (Platt's scaling) for writers never met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from privacybot.recognise.linear import Dense, Floats, Linear, fit, sigmoid
from privacybot.recognise.views import LABELS, REQUEST, RIGHTS

PENALTY = 1.0
FARTHEST = 8.0
"""Log odds beyond which a score is no surer."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Log odds of one mail: `sentences` has a row a sentence, `mail` is the whole's."""

    sentences: Floats
    mail: Floats


@dataclass(frozen=True)
class Combination:
    rights: Linear
    request: Linear

    def probabilities(self, scores: Scores) -> Floats:
        """A probability for each right, and last for being a request at all."""
        log_odds = self.rights.scores(Dense(_rights_features(scores)))[:, 0]
        request = self.request.scores(Dense(_request_features(scores, log_odds)))[0]
        return sigmoid(np.concatenate([log_odds, request]))

    def as_json(self) -> dict[str, Any]:
        return {"rights": _as_json(self.rights), "request": _as_json(self.request)}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        return cls(_of_json(stored["rights"]), _of_json(stored["request"]))


def fit_combination(scores: Sequence[Scores], targets: Floats) -> Combination:
    """`targets`: a row a mail and a column a label, from mails that the models behind `scores` have not seen."""
    features = np.concatenate([_rights_features(mail) for mail in scores])
    rights = _fit(features, targets[:, :REQUEST].reshape(-1, 1))
    log_odds = rights.scores(Dense(features))[:, 0].reshape(-1, REQUEST)
    asked = np.concatenate([_request_features(*pair) for pair in zip(scores, log_odds, strict=True)])
    return Combination(rights, _fit(asked, targets[:, REQUEST:]))


def _fit(features: Floats, targets: Floats) -> Linear:
    return fit(Dense(features), targets, np.ones_like(targets), PENALTY)


def _rights_features(scores: Scores) -> Floats:
    """A row a right: its best and second sentence, all together, its rivals, and what the whole mail looks like."""
    found, mail = _clipped(scores)
    ranked = -np.sort(-found, axis=0)
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else np.full(LABELS, -FARTHEST, np.float32)
    at = found[:, :REQUEST].argmax(axis=0)
    rivals = np.array([np.delete(best[:REQUEST], column).max() for column in range(REQUEST)])
    beside = np.array([np.delete(found[row, :REQUEST], column).max() for column, row in enumerate(at)])
    columns = [
        best[:REQUEST],
        second[:REQUEST],
        np.log(np.exp(found).sum(axis=0))[:REQUEST],
        np.full(REQUEST, best[REQUEST]),
        found[at, REQUEST],
        beside,
        rivals,
        np.maximum(0, best[:REQUEST] - rivals),
        np.full(REQUEST, np.log(len(found))),
        mail[:REQUEST],
        np.full(REQUEST, mail[REQUEST]),
    ]
    own = np.eye(len(RIGHTS))
    return np.concatenate([np.stack(columns, axis=1), own, own * best[:REQUEST, None] / 2], axis=1).astype(np.float32)


def _request_features(scores: Scores, log_odds: Floats) -> Floats:
    """One row: is this mail any request at all?"""
    found, mail = _clipped(scores)
    best = -np.sort(-found[:, :REQUEST].max(axis=0))
    likeliest = -np.sort(-np.clip(log_odds, -FARTHEST, FARTHEST))
    row = [
        *best[:2],
        found[:, REQUEST].max(),
        np.log(np.exp(found[:, REQUEST]).sum()),
        np.log(len(found)),
        mail[REQUEST],
        mail[:REQUEST].max(),
        *likeliest[:2],
    ]
    return np.array([row], np.float32)


def _clipped(scores: Scores) -> tuple[Floats, Floats]:
    """A mail without a sentence asks for nothing."""
    found = scores.sentences if len(scores.sentences) else np.full((1, LABELS), -FARTHEST, np.float32)
    return np.clip(found, -FARTHEST, FARTHEST), np.clip(scores.mail, -FARTHEST, FARTHEST)


def _as_json(linear: Linear) -> dict[str, Any]:
    return {"weights": linear.weights.tolist(), "bias": linear.bias.tolist()}


def _of_json(stored: dict[str, Any]) -> Linear:
    return Linear(np.array(stored["weights"], np.float32), np.array(stored["bias"], np.float32))
