"""One mail read whole: what it says, what is new in it, whether it may be answered, what it reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from privacybot.mail.authres import Authentication, Trust, verdict
from privacybot.mail.automatic import NoResponse, OwnAddresses, no_response_reason
from privacybot.mail.bounce import DeliveryReport, delivery_report
from privacybot.mail.handing_on import asked, hands_on, repeated
from privacybot.mail.message import Address, Message
from privacybot.mail.parse import WORDS_OF_SUBSTANCE, parse
from privacybot.mail.text import Text, read_text

MOST_CARRIED = 10
WORDS_OF_A_SCAN = 3
"""With more words than these a picture is a logo or an illustration, and no letter that somebody scanned."""
LETTERS = frozenset(
    {
        *("application/pdf", "application/msword", "application/rtf", "text/rtf"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.oasis.opendocument.text",
    }
)
"""The kinds of files that people write letters in."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What intake and `inspect` know of a mail before the recogniser and the store are asked."""

    message: Message
    text: Text
    authentication: Authentication
    no_response: NoResponse | None
    report: DeliveryReport | None

    @property
    def hands_on(self) -> bool:
        """Whether the mail forwards another, in its text or as an attachment."""
        return bool(self.message.enclosed) or hands_on(self.message.subject, self.text)

    @property
    def handed_on_from(self) -> Address | None:
        """Who wrote the mail that is handed on, as far as it says."""
        if self.message.enclosed:
            return self.message.enclosed[0].originator
        return self.text.forwarded.originator if self.text.forwarded and self.hands_on else None

    @property
    def asked(self) -> tuple[str, str]:
        """The subject and the text in which a request is to be looked for."""
        subject, text = asked(self.message.subject, self.text)
        if before := repeated(self.message.originator, self.text):
            text = f"{text}\n\n{before}"
        if not self.message.enclosed or len(text.split()) >= WORDS_OF_SUBSTANCE:
            return subject, text
        carried = list(islice(_carried(self.message), MOST_CARRIED))
        further = (f"{inner.subject}\n{read_text(inner.text).new}" for inner in carried[1:])
        return carried[0].subject or subject, "\n\n".join((text, read_text(carried[0].text).new, *further)).strip()

    @property
    def sealed(self) -> bool:
        """Whether what it says, if not what it is about, is for the holder of a key alone."""
        return self.message.sealed and len(self.text.new.split()) < WORDS_OF_SUBSTANCE

    @property
    def unread(self) -> bool:
        """Whether it may say in a file what it does not say in words: "please see the enclosed letter"."""
        words = len(self.text.new.split())
        kinds = {attachment.content_type for attachment in self.message.attachments}
        return words < WORDS_OF_SUBSTANCE and any(
            kind in LETTERS or (kind.startswith("image/") and words < WORDS_OF_A_SCAN) for kind in kinds
        )


def _carried(message: Message) -> Iterator[Message]:
    """The enclosed mails, and those that they enclose in turn."""
    for inner in message.enclosed:
        yield inner
        yield from _carried(inner)


def read(raw: bytes, *, own: OwnAddresses, trust: Trust) -> Reading:
    """Read a mail. Raises UnreadableMessage where there is none."""
    message = parse(raw)
    authentication = verdict(message, trust)
    return Reading(
        message=message,
        text=read_text(message.text),
        authentication=authentication,
        no_response=no_response_reason(message, own=own, authentication=authentication),
        report=delivery_report(raw),
    )
