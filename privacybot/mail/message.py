"""A mail as a value: what its header fields and parts say  (RFC 5322, 2045-2047).

Everything here comes from a stranger: texts are decoded and free of NUL, but not safe for a terminal or HTML.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """One address of an address field (RFC 5322, 3.4); `address` has its domain in lower case."""

    address: str
    display_name: str = ""

    @property
    def local_part(self) -> str:
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not read as text: its name as given, its size in bytes and the SHA-256 of its content in hex."""

    filename: str
    content_type: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, read. Fields keep the order of the mail; Message-IDs keep their angle brackets."""

    size: int
    headers: tuple[tuple[str, str], ...] = ()
    """Every header field of the mail itself: the name as written, the value unfolded and decoded; those of
    servers (Received, Authentication-Results) only unfolded."""
    originators: tuple[Address, ...] = ()
    """The From field; normally one."""
    recipients: tuple[Address, ...] = ()
    """To and Cc."""
    return_path: str | None = None
    """The Return-Path field: None where there is none, "" for the null path <>."""
    subject: str = ""
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    content_type: str = "text/plain"
    text: str = ""
    """The full text: what a person would read, quotes and all; HTML is rendered, line ends are LF."""
    attachments: tuple[Attachment, ...] = ()
    enclosed: tuple[Message, ...] = ()
    """Mails carried as message/rfc822 parts, read in turn."""
    sealed: bool = False
    """Part of it is encrypted: only who has the key can read that."""
    defects: tuple[str, ...] = field(default=())
    """What was wrong with the mail, in short English sentences; it was read all the same."""

    @property
    def originator(self) -> Address | None:
        """The one address in From; None where there is none, or more than one."""
        return self.originators[0] if len(self.originators) == 1 else None

    def header(self, name: str) -> str | None:
        """The first field of that name, whatever its case."""
        return next(iter(self.header_all(name)), None)

    def header_all(self, name: str) -> tuple[str, ...]:
        """Every field of that name, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)
