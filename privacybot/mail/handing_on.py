"""Does somebody hand a mail on, and what is then to be read?

A forward whose own text only hands it on speaks with the mail that it carries; own text of substance decides by
itself. An answer repeats the mail it answers in the same way, so a forward must say that it is one: by its subject, or
by the words that mail programs put above what they forward.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from privacybot.mail.address_list import addresses
from privacybot.mail.layouts import FORWARDED
from privacybot.mail.message import Address, Message
from privacybot.mail.parse import WORDS_OF_SUBSTANCE
from privacybot.mail.text import Text

_SUBJECT = re.compile(
    r"(?:(?:re|sv|aw|antw?)\s*:\s*)*(?:fwd?|vs|vb|wg|tr|videresendt?|forward(?:ed)?)\s*:", re.IGNORECASE
)
_ANNOUNCEMENT = re.compile("|".join(FORWARDED), re.IGNORECASE)
_HEAD = 400


def hands_on(subject: str, text: Text) -> bool:
    """Whether the mail below the own words is forwarded, not answered."""
    if text.forwarded is None:
        return False
    return bool(_SUBJECT.match(subject.strip()) or _ANNOUNCEMENT.search(text.quoted[:_HEAD]))


def asked(subject: str, text: Text) -> tuple[str, str]:
    """The subject and the text in which a request is to be looked for."""
    forwarded = text.forwarded
    if forwarded is None or not hands_on(subject, text):
        return subject, text.new
    own = _own_words(text)
    if len(own.split()) >= WORDS_OF_SUBSTANCE:
        return subject, own
    return forwarded.subject or subject, f"{own}\n\n{forwarded.text}".strip()


def visitor(message: Message, ours: Callable[[Address], bool]) -> Address | None:
    """For whom a form on our website wrote: it writes from an address of ours, and gives the visitor's in Reply-To."""
    originator, answer_to = message.originator, addresses(message.header("Reply-To") or "")
    if originator is None or len(answer_to) != 1 or not ours(originator) or ours(answer_to[0]):
        return None
    return answer_to[0]


def repeated(originator: Address | None, text: Text) -> str:
    """What a person wrote before, where a few words only point at it: "have you seen this?" above their own mail."""
    if originator is None or len(text.new.split()) >= WORDS_OF_SUBSTANCE:
        return ""
    first, *rest = text.quoted.split("\n")
    if not first.rstrip().endswith(":") and rest and not _MARK.match(rest[0]):
        first = f"{first} {rest[0]}"  # The sentence that names the writer may be wrapped.
    names = {originator.address, originator.display_name if " " in originator.display_name else ""} - {""}
    if not any(name.lower() in first.lower() for name in names):
        return ""
    return "\n".join(_MARK.sub("", line) for line in rest if not _DEEPER.match(line)).strip()


_MARK = re.compile(r"[ \t]{0,3}> ?")
_DEEPER = re.compile(r"[ \t]{0,3}>[ \t]{0,3}>")


def _own_words(text: Text) -> str:
    """Empty where nothing is new: then `new` is the whole text, with what is quoted in it."""
    return "" if "".join(text.quoted.split()) in "".join(text.new.split()) else text.new
