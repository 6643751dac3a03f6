"""Example cases: one for every mail that the templates can make, for `preview` to show and `check` to try."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations

from privacybot.gdpr.acknowledgement import Acknowledgement, EnquiryResponse, Language, Period
from privacybot.gdpr.correspondence import Correspondence
from privacybot.gdpr.rights import PROVISIONS, Clock, Right
from privacybot.gdpr.states import Sends

Mail = Acknowledgement | EnquiryResponse | Correspondence
Clocks = Mapping[Right, Clock]
"""The rights of one example, each with its clock."""

REFERENCE = "EPM-7KQ2"
_RECEIVED_ON = date(2026, 11, 24)
_LAST_DAYS = {
    Clock.AT_ONCE: date(2026, 11, 27),
    Clock.COMPLAINT: date(2026, 12, 8),
    Clock.MONTH: date(2026, 12, 24),
}

_TEXTS = {
    Language.DANISH: {
        Sends.IDENTITY_REQUEST: "Skriv fra den mailadresse, du brugte ved tilmeldingen, eller oplys et ordrenummer.",
        Sends.EXTENSION: "Oplysningerne ligger i flere systemer, og nogle af dem skal hentes frem fra et arkiv.",
        Sends.REPLY: "Her kommer svaret på det, du bad os om.",
        Sends.REFUSAL: "Du har fået den samme kopi i sidste uge, og der er ikke sket ændringer siden.",
    },
    Language.ENGLISH: {
        Sends.IDENTITY_REQUEST: "Please write from the address that you used when you enrolled, or give an order no.",
        Sends.EXTENSION: "The data is held in several systems, and some of it has to be fetched from an archive.",
        Sends.REPLY: "Here is our reply to what you asked of us.",
        Sends.REFUSAL: "You were sent the same copy last week, and nothing has changed since.",
    },
}

_IN_PART = {
    Language.DANISH: "Fakturaerne skal vi efter bogføringsloven gemme i fem år.",
    Language.ENGLISH: "Under the Danish Bookkeeping Act we must keep the invoices for five years.",
}


def shown() -> Iterator[tuple[str, Mail]]:
    """Every kind of mail in each language, under a name that will do for a file."""
    for language in Language:
        yield from _in_language(language, dict(_alone()) | dict(_together()))
    for language in (Language.DANISH, Language.ENGLISH):
        for kind in (Sends.IDENTITY_REQUEST, Sends.EXTENSION, Sends.REPLY, Sends.REFUSAL):
            yield f"staff-{language}-{kind.replace('_', '-')}", letter(kind, language)
        refusal = letter(Sends.REFUSAL, language)
        yield f"staff-{language}-refusal-in-part", replace(refusal, text=_IN_PART[language], refused=(Right.ERASURE,))


def tried() -> Iterator[tuple[str, Mail]]:
    """What is shown, and every pair of rights: a text may speak differently of two that meet."""
    yield from shown()
    for language in (Language.DANISH, Language.ENGLISH):
        yield from _in_language(language, dict(_pairs()))


def of_all_rights(language: Language) -> Acknowledgement:
    """The example that uses every variable there is."""
    return _acknowledgement(language, _clocks(*Right))


def letter(kind: Sends, language: Language) -> Correspondence:
    """A letter of staff, with a text as a clerk might write it."""
    extended_to = date(2027, 2, 24) if kind is Sends.EXTENSION else None
    received, month = _RECEIVED_ON, _LAST_DAYS[Clock.MONTH]
    return Correspondence(
        kind,
        REFERENCE,
        language,
        received,
        month,
        _TEXTS[language][kind],
        rights=(Right.ACCESS,),
        extended_to=extended_to,
    )


def _in_language(language: Language, examples: Mapping[str, Clocks]) -> Iterator[tuple[str, Mail]]:
    for name, clocks in examples.items():
        yield f"{language}-{name}", _acknowledgement(language, clocks)
    yield f"{language}-unsure", _acknowledgement(language, {})
    yield f"{language}-enquiry", EnquiryResponse(language)


def _acknowledgement(language: Language, clocks: Clocks) -> Acknowledgement:
    periods = tuple(Period(right, clock, _RECEIVED_ON, _LAST_DAYS[clock]) for right, clock in clocks.items())
    respond_by = min((period.respond_by for period in periods), default=_LAST_DAYS[Clock.MONTH])
    return Acknowledgement(REFERENCE, language, _RECEIVED_ON, respond_by, periods)


def _alone() -> Iterator[tuple[str, Clocks]]:
    for right in Right:
        yield right.value, _clocks(right)
    yield "objection-to-marketing", {Right.OBJECTION: Clock.AT_ONCE}


def _together() -> Iterator[tuple[str, Clocks]]:
    yield "access-and-erasure", _clocks(Right.ACCESS, Right.ERASURE)
    yield "erasure-and-withdrawal", _clocks(Right.ERASURE, Right.WITHDRAWAL)
    yield "all-rights", _clocks(*Right)


def _pairs() -> Iterator[tuple[str, Clocks]]:
    for pair in combinations(Right, 2):
        yield "-and-".join(pair), _clocks(*pair)


def _clocks(*rights: Right) -> Clocks:
    return {right: PROVISIONS[right].clock for right in rights}
