"""The eight rights that a mail may use, and what the law and the policy attach to each  (GDPR Art. 7, 15-21, 77)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """A right as the classifier and the store name it. The order is that of the articles."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"
    COMPLAINT = "complaint"


class Category(StrEnum):
    """The four categories of the policy, in the order in which a mail with several rights is filed."""

    COMPLAINT = "complaint"
    ACCESS = "access"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    OTHER = "other"


class Clock(StrEnum):
    """How long the controller has: a month (Art. 12(3)), at once (Art. 7(3), 21(3)), or a target of its own."""

    MONTH = "month"
    AT_ONCE = "at_once"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Provision:
    """Where a right stands: article, category, clock, and the Danish heading of the policy's section."""

    article: str
    category: Category
    clock: Clock
    policy_section: str


RIGHTS_SECTION = "Indsigt og klager"
CONSENT_SECTION = "Formål"
COOKIE_SECTION = "Cookies"
CERTIFICATION_SECTION = "Generelt"
ENQUIRY_SECTION = "Henvendelser til os pr. mail, telefon eller pr. alm. brev"

PROVISIONS = {
    Right.ACCESS: Provision("15", Category.ACCESS, Clock.MONTH, RIGHTS_SECTION),
    Right.RECTIFICATION: Provision("16", Category.CORRECTION, Clock.MONTH, RIGHTS_SECTION),
    Right.ERASURE: Provision("17", Category.CORRECTION, Clock.MONTH, RIGHTS_SECTION),
    Right.RESTRICTION: Provision("18", Category.CORRECTION, Clock.MONTH, RIGHTS_SECTION),
    Right.PORTABILITY: Provision("20", Category.ACCESS, Clock.MONTH, RIGHTS_SECTION),
    Right.OBJECTION: Provision("21", Category.WITHDRAWAL, Clock.MONTH, RIGHTS_SECTION),
    Right.WITHDRAWAL: Provision("7(3)", Category.WITHDRAWAL, Clock.AT_ONCE, CONSENT_SECTION),
    Right.COMPLAINT: Provision("77", Category.COMPLAINT, Clock.COMPLAINT, RIGHTS_SECTION),
}


def in_order(rights: Iterable[Right]) -> tuple[Right, ...]:
    """Each right once, in the order of `Right`."""
    wanted = frozenset(rights)
    return tuple(right for right in Right if right in wanted)


def category_of(rights: Iterable[Right]) -> Category:
    """The first category in the order complaint, access, correction, withdrawal; `OTHER` without a right."""
    present = {PROVISIONS[right].category for right in rights}
    return next((category for category in Category if category in present), Category.OTHER)
