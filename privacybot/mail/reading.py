"""One mail read whole: what it says, what is new in it, whether it may be answered, what it reports."""

from __future__ import annotations

from dataclasses import dataclass

from privacybot.mail.authres import Authentication, Trust, verdict
from privacybot.mail.automatic import NoResponse, OwnAddresses, no_response_reason
from privacybot.mail.bounce import DeliveryReport, delivery_report
from privacybot.mail.handing_on import WORDS_OF_SUBSTANCE, asked, hands_on
from privacybot.mail.message import Address, Message
from privacybot.mail.parse import parse
from privacybot.mail.text import Text, read_text


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
        if not self.message.enclosed or len(text.split()) >= WORDS_OF_SUBSTANCE:
            return subject, text
        inner = self.message.enclosed[0]
        return inner.subject or subject, f"{text}\n\n{read_text(inner.text).new}".strip()


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
