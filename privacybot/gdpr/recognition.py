"""What a text asks for, as the recogniser reads it: rights, probabilities, evidence, language and band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from privacybot.gdpr.rights import Category, Right, category_of


class Band(StrEnum):
    """How sure we are: acknowledged by name, acknowledged neutrally and reviewed, or a general enquiry."""

    SURE = "sure"
    UNSURE = "unsure"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Recognition:
    """The reading of one mail.

    `scores` holds a calibrated probability (0 to 1) for each of the eight rights; `evidence` the sentence that shows
    a right, for each right in `rights` and, where unsure, for the likeliest. `language` is an ISO 639-1 code, or
    "und" where the text is too short to tell.
    """

    language: str
    rights: tuple[Right, ...]
    band: Band
    scores: Mapping[Right, float]
    evidence: Mapping[Right, str]

    @property
    def category(self) -> Category:
        return category_of(self.rights)
