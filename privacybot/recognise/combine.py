"""From the sentences of a mail to the mail."""

from __future__ import annotations

from typing import Any

import numpy as np

from privacybot.gdpr.rights import Right
from privacybot.recognise.linear import Floats, sigmoid


class Combination:
    """Noisy or: a right is absent only if every sentence fails to show it."""

    def probabilities(self, scores: Floats) -> Floats:
        if not len(scores):
            return np.zeros(len(Right) + 1, np.float32)
        return np.asarray(1 - np.prod(1 - sigmoid(scores), axis=0), np.float32)

    def as_json(self) -> dict[str, Any]:
        return {}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Combination:
        return cls()
