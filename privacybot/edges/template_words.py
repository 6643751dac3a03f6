"""What a template may say: every variable, ready-made in the language of the mail  (Babel lives here alone).

Templates get texts, lists and tables of texts and nothing else, so that none can print a date as a machine writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from babel.lists import format_list

from privacybot.gdpr import rights as law
from privacybot.gdpr.acknowledgement import Acknowledgement, Company, Language, Period, Policy
from privacybot.gdpr.correspondence import Correspondence
from privacybot.gdpr.rights import PROVISIONS, Clock, Right
from privacybot.gdpr.states import Sends

Words = dict[str, Any]
"""Each variable with its text, its list or its table of texts."""

_LOCALES = {Language.DANISH: "da", Language.ENGLISH: "en_GB"}
_ARTICLES = {Language.DANISH: ("artikel {}", "artikel {}, stk. {}"), Language.ENGLISH: ("Article {}", "Article {}({})")}
_SECTIONS = {
    "rights": law.RIGHTS_SECTION,
    "consent": law.CONSENT_SECTION,
    "cookies": law.COOKIE_SECTION,
    "certification": law.CERTIFICATION_SECTION,
    "enquiry": law.ENQUIRY_SECTION,
}
_AUTHORITIES = {Language.DANISH: "Datatilsynet", Language.ENGLISH: "the Danish Data Protection Agency (Datatilsynet)"}
_AUTHORITY_EMAIL = "dt@datatilsynet.dk"
_COURTS = {Language.DANISH: "domstolene", Language.ENGLISH: "the courts"}
_HELD_DATA = frozenset(Right) - {Right.WITHDRAWAL, Right.COMPLAINT}
"""Articles 15 to 21: rights over data that is held, for which Art. 12(6) allows an identity to be confirmed."""


def common_words(company: Company, policy: Policy, language: Language) -> Words:
    """The words of every mail."""
    return {
        "company": {name: one_line(value) for name, value in asdict(company).items()},
        "policy": {"url": one_line(policy.url), "version": written(policy.version, language)},
        "sections": _SECTIONS,
    }


def case_words(case: Acknowledgement, language: Language) -> Words:
    """The further words of a mail about a case."""
    return {
        "reference": case.reference,
        "received_on": written(case.received_on, language),
        "respond_by": written(case.respond_by, language),
        "asks": _asked(case.periods),
        "rights": [_right_words(period, language) for period in case.periods],
        "deadlines": list(_deadlines(case.periods, language)),
    }


def letter_words(letter: Correspondence, language: Language) -> Words:
    """The further words of a letter that staff write."""
    return {
        "reference": letter.reference,
        "received_on": written(letter.received_on, language),
        "respond_by": written(letter.respond_by, language),
        "extended_to": written(letter.extended_to, language) if letter.extended_to else "",
        "text": letter.text.strip(),
        "refused": [right.value for right in letter.refused],
        "authority": {"name": _AUTHORITIES[language], "email": _AUTHORITY_EMAIL},
        "courts": _COURTS[language],
        "needs_remedies": letter.kind is not Sends.IDENTITY_REQUEST,
    }


def indispensable(words: Words) -> Iterator[tuple[str, str]]:
    """The variables, with their values, that no mail with these words may leave out."""
    yield from ((f"company.{name}", words["company"][name]) for name in ("name", "phone", "email"))
    if "text" in words:
        yield from _indispensable_in_letters(words)
        return
    yield from ((f"policy.{name}", words["policy"][name]) for name in ("url", "version"))
    if "reference" not in words:
        yield "sections.enquiry", words["sections"]["enquiry"]
        return
    yield "reference", words["reference"]
    yield "received_on", words["received_on"]
    yield from (("right.section", right["section"]) for right in words["rights"])
    yield from (("deadline.respond_by", deadline["respond_by"]) for deadline in words["deadlines"])
    if not words["rights"]:
        yield "respond_by", words["respond_by"]


def _indispensable_in_letters(words: Words) -> Iterator[tuple[str, str]]:
    """Who refuses or asks for more time names the authority and the courts (Art. 12(4))."""
    yield from ((name, words[name]) for name in ("reference", "received_on", "text"))
    if words["needs_remedies"]:
        yield "authority.email", words["authority"]["email"]
        yield "courts", words["courts"]
    if words["extended_to"]:
        yield "extended_to", words["extended_to"]


@lru_cache(maxsize=500)
def written(day: date, language: Language) -> str:
    """“24. november 2026” in Danish, “24 November 2026” in English."""
    return format_date(day, "long", locale=_LOCALES[language])


def listed(keys: Iterable[str], names: Mapping[str, str], language: Language) -> str:
    """“indsigt, rettelse og sletning”: what `names` calls each key, joined as in a sentence."""
    return format_list([names[key] for key in keys], locale=_LOCALES[language])


def one_line(value: str) -> str:
    """A value of the configuration, without the line ends and control characters that could forge a mark or header."""
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())


def _right_words(period: Period, language: Language) -> Words:
    provision = PROVISIONS[period.right]
    return {
        "name": period.right.value,
        "article": _article(provision.article, language),
        "section": provision.policy_section,
        **_dates(period.clock, period.received_on, period.respond_by, language),
    }


def _deadlines(periods: Iterable[Period], language: Language) -> Iterator[Words]:
    """Rights with the same period share one deadline, so that a mail names it once."""
    shared: dict[tuple[Clock, date, date], list[str]] = {}
    for period in periods:
        shared.setdefault((period.clock, period.received_on, period.respond_by), []).append(period.right.value)
    for (clock, received_on, respond_by), rights in shared.items():
        yield {"rights": rights, **_dates(clock, received_on, respond_by, language)}


def _dates(clock: Clock, received_on: date, respond_by: date, language: Language) -> Words:
    return {
        "clock": clock.value,
        "received_on": written(received_on, language),
        "respond_by": written(respond_by, language),
    }


def _asked(periods: Iterable[Period]) -> Words:
    """What the mail asks for. To be left in peace by marketing nobody needs to prove who they are."""
    clocks = {period.right: period.clock for period in periods}
    return {
        **{right.value: right in clocks for right in Right},
        "held_data": any(right in _HELD_DATA and clock is not Clock.AT_ONCE for right, clock in clocks.items()),
    }


def _article(article: str, language: Language) -> str:
    numbers = re.findall(r"\d+", article)
    return _ARTICLES[language][len(numbers) - 1].format(*numbers)
