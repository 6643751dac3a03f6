"""One mail read whole: what it says, what is new in it, whether it may be answered, what it reports."""

from __future__ import annotations

from dataclasses import dataclass

from privacybot.mail.authres import Authentication, Trust, verdict
from privacybot.mail.automatic import NoResponse, OwnAddresses, no_response_reason
from privacybot.mail.bounce import DeliveryReport, delivery_report
from privacybot.mail.message import Message
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
    def asked(self) -> tuple[str, str]:
        """The subject and the text that the recogniser is given: a bare forward speaks with the mail it carries."""
        forwarded = self.text.forwarded
        if self.text.new.strip() or forwarded is None:
            return self.message.subject, self.text.new
        return forwarded.subject or self.message.subject, forwarded.text


def read(raw: bytes, *, own: OwnAddresses, trust: Trust) -> Reading:
    """Read a mail. Raises UnreadableMessage where there is none."""
    message = parse(raw)
    authentication = verdict(message, trust)
    return Reading(
        message=message,
        text=read_text(message.text),
        authentication=authentication,
        no_response=no_response_reason(message, own=own, authentication=authentication),
        report=delivery_report(raw) if _may_report(message) else None,
    )


def _may_report(message: Message) -> bool:
    """Only mail that looks made by a machine is searched for a delivery report: a bounce has a null return path, a
    report's type, or a mail system's name."""
    local_part = message.originator.local_part.lower() if message.originator else ""
    return (
        message.return_path == ""
        or message.content_type == "multipart/report"
        or message.header("X-Failed-Recipients") is not None
        or (message.header("Auto-Submitted") or "no").strip().lower() != "no"
        or local_part in {"mailer-daemon", "postmaster", ""}
    )
