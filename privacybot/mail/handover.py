"""What a mailbox's server gives when it is asked for a mail: the mail, or nothing and why  (RFC 3501, 6.4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as the server has it; `received_at` is INTERNALDATE in UTC, `size` the server's RFC822.SIZE."""

    uid: int
    received_at: datetime
    size: int
    raw: bytes
    thinned: bool = False
    """Above the size limit: in `raw` the bodies of its files are left out."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A mail that lies in the folder and is not handed over; `why` ends a sentence and holds nothing of the mail."""

    uid: int
    received_at: datetime
    why: str


Handover = Fetched | Withheld


@dataclass(frozen=True, slots=True)
class Heading:
    """What names a mail: when it came, and its From, Subject and Message-ID fields as bytes."""

    uid: int
    received_at: datetime
    header: bytes
