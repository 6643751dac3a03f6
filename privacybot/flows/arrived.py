"""A mail in the middle of its intake: what the mailbox gave, what was read, and its row in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privacybot.gdpr.recognition import Recognition
from privacybot.gdpr.rights import Category
from privacybot.mail.outgoing import Thread
from privacybot.mail.reading import Reading
from privacybot.store.ledger import Outcome, Place

ROBOT = "privacybot"
"""The actor of every step that no person takes."""


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as the mailbox gave it: where it lies, when the server took it in (INTERNALDATE), its bytes."""

    place: Place | None
    received_at: datetime
    raw: bytes
    shelved: int | None = None
    """Its arrival on the shelf, where the server had withheld it before."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that the ledger has admitted."""

    arrival_id: int
    received: Received
    reading: Reading
    recognition: Recognition

    @property
    def thread(self) -> Thread:
        """Where an answer to this mail belongs."""
        message = self.reading.message
        return Thread(message.message_id, message.references or message.in_reply_to)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a mail. `again` says that it had its outcome before."""

    place: Place | None
    outcome: Outcome
    reason: str = ""
    reference: str = ""
    category: Category = Category.OTHER
    again: bool = False
