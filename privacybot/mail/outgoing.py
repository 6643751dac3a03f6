"""A mail of ours before it has bytes: subject, text and HTML, and where it belongs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Content:
    """What a template makes: the subject without any prefix, the text and the HTML that say the same."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with a mail: its name as the reader sees it, its media type and its bytes."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Thread:
    """The mail that is answered: its Message-ID and References (RFC 5322, 3.6.4); both empty outside a thread."""

    message_id: str | None = None
    references: tuple[str, ...] = ()
