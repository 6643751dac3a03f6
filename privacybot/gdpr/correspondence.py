"""What staff write to a person in a case, as the templates get it  (GDPR Art. 12(3), 12(4), 12(6)).

The words of a letter's frame are the template's; `text` is what a clerk wrote, and may bear the marks of a letter
(`mail.letter`). A text with a gap in it never leaves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Sends

_GAP = re.compile(r"\[\[.*?\]\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Correspondence:
    """One letter of staff. `language` is Danish or English: a person writes in one."""

    kind: Sends
    reference: str
    language: Language
    received_on: date
    respond_by: date
    """The last day of the period as it was before any extension."""
    text: str
    rights: tuple[Right, ...] = ()
    refused: tuple[Right, ...] = ()
    """What a refusal is about, where it leaves other rights of the case standing; else empty: it is about all."""
    extended_to: date | None = None


def gaps(text: str) -> tuple[str, ...]:
    """What a draft leaves for staff to fill in, written [[like this]], and they have not."""
    return tuple(" ".join(found.split()) for found in _GAP.findall(text))


def spoken(language: Language, chosen: Language | None = None) -> Language:
    """The one language of a letter: staff's choice, else the person's, else English."""
    wanted = chosen or language
    return Language.ENGLISH if wanted is Language.BOTH else wanted
