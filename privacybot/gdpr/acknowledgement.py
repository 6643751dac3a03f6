"""What the data subject is told at once: which rights we understood, the reference and the period.

EDPB Guidelines 01/2022 v2.1, paragraph 57: an acknowledgement should say from which day to which day the period runs.
Nothing here comes from the mail but its language and its rights: no word, name or subject of the sender is echoed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from privacybot.gdpr.rights import Clock, Right


class Language(StrEnum):
    """The language of an answer; a mail that is neither Danish nor English is answered in both."""

    DANISH = "da"
    ENGLISH = "en"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Period:
    """One right with its period: from the day of receipt up to and including `respond_by`."""

    right: Right
    clock: Clock
    received_on: date
    respond_by: date


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A case as its acknowledgement shows it. Without `periods` we are unsure what is asked (neutral words)."""

    reference: str
    language: Language
    received_on: date
    respond_by: date
    """The last day of the period that the whole case must be answered in, both days included."""
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class EnquiryResponse:
    """The short mail which the policy itself promises to whoever writes."""

    language: Language


@dataclass(frozen=True, slots=True)
class Company:
    """Who answers: the controller of Art. 4(7), as every mail names it."""

    name: str
    street: str
    postal_code: str
    city: str
    phone: str
    email: str
    website: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The privacy policy that is cited: its address, and the version, a date kept together with the text's digest."""

    url: str
    version: date
