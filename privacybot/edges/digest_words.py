"""What the digest to staff may say: its variables, ready-made in the language of the house  (Babel)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from babel.dates import format_datetime

from privacybot.edges.template_words import Words, one_line, written
from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.deadline import COPENHAGEN
from privacybot.gdpr.reminder import Digest, OpenCase, breach_deadline
from privacybot.gdpr.rights import Right

MOST = 25
"""As many cases are named in a list; the rest are counted, and `privacybot queue` shows them."""

_SUMMARY = {
    Language.DANISH: {
        "urgent": ("{} haster", "{} haster"),
        "overdue": ("{} overskredet", "{} overskredet"),
        "due": ("{} med frist snart", "{} med frist snart"),
        "new": ("{} ny", "{} nye"),
        "undelivered": ("{} ikke leveret", "{} ikke leveret"),
        "": ("drift", "drift"),
    },
    Language.ENGLISH: {
        "urgent": ("{} urgent", "{} urgent"),
        "overdue": ("{} overdue", "{} overdue"),
        "due": ("{} due soon", "{} due soon"),
        "new": ("{} new", "{} new"),
        "undelivered": ("{} not delivered", "{} not delivered"),
        "": ("news", "news"),
    },
}
_LOCALES = {Language.DANISH: "da", Language.ENGLISH: "en_GB"}
_PATTERN = {Language.DANISH: "d. MMMM 'kl.' HH.mm", Language.ENGLISH: "d MMMM 'at' HH:mm"}


def digest_words(digest: Digest, language: Language) -> Words:
    """The further words of a digest; each list holds at most `MOST` cases."""
    return {
        "day": written(digest.day, language),
        "summary": ", ".join(_summary({name: len(cases) for name, cases in digest.lists.items()}, language)),
        "set_aside": digest.set_aside,
        "standing_still": one_line(", ".join(digest.standing_still)),
        **{
            name: [_case_words(case, digest.day, language) for case in cases[:MOST]]
            for name, cases in digest.lists.items()
        },
        "more": {name: max(0, len(cases) - MOST) for name, cases in digest.lists.items()},
    }


def example(language: Language) -> Digest:
    """A digest with something in every list, for `preview` to show and `check` to try."""
    received = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
    access = OpenCase("EPM-7KQ2", (Right.ACCESS,), received, date(2026, 12, 24), is_new=True)
    breach = OpenCase("EPM-9XVM", (Right.COMPLAINT,), received, date(2026, 12, 8), is_new=True, urgent=True)
    late = OpenCase("EPM-2HTR", (Right.ACCESS, Right.ERASURE), received, date(2026, 12, 7), False, assigned_to="mette")
    silent = OpenCase("EPM-4DWC", (), received, date(2026, 12, 9), is_new=False, undelivered=True, has_news=True)
    return Digest(
        date(2026, 12, 8),
        language,
        urgent=[breach],
        overdue=[late],
        due=[breach, silent],
        new=[breach, access],
        news=[silent],
        undelivered=[silent],
        set_aside=2,
        standing_still=["kontakt"],
    )


def _summary(counts: dict[str, int], language: Language) -> Iterator[str]:
    words = _SUMMARY[language]
    told = [(name, count) for name, count in counts.items() if count and name in words]
    for name, count in told:
        yield words[name][count != 1].format(count)
    if not told:
        yield words[""][0]


def _case_words(case: OpenCase, day: date, language: Language) -> Words:
    deadline = breach_deadline(case).astimezone(COPENHAGEN)
    return {
        "reference": case.reference,
        "rights": [right.value for right in case.rights],
        "respond_by": written(case.respond_by, language),
        "days_left": case.days_left(day),
        "assigned_to": one_line(case.assigned_to),
        "breach_deadline": format_datetime(deadline, _PATTERN[language], locale=_LOCALES[language]),
    }
