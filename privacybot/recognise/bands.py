"""From probabilities to what is done: which rights are named, and how sure we are.

A missed request costs a hundred times a false alarm (PRODUCT, section 4): so a mail that might be a request is unsure
long before it is more likely than not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Right, in_order


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`named`: a right at least this likely is named. `doubted`: a mail whose likeliest right, or whose being a
    request at all, is at least this likely is never filed as an ordinary enquiry."""

    named: Mapping[Right, float]
    doubted: float

    def rights(self, scores: Mapping[Right, float]) -> tuple[Right, ...]:
        return in_order(right for right, score in scores.items() if score >= self.named[right])

    def band(self, scores: Mapping[Right, float], request: float) -> Band:
        """Sure where at least one right is named; unsure where there might be one."""
        if self.rights(scores):
            return Band.SURE
        return Band.UNSURE if max(request, *scores.values()) >= self.doubted else Band.NONE

    def as_json(self) -> dict[str, Any]:
        return {"named": {right.value: chance for right, chance in self.named.items()}, "doubted": self.doubted}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls({Right(name): float(chance) for name, chance in stored["named"].items()}, float(stored["doubted"]))
