"""What the flows are handed: how to read, recognise and write, and the house's own rules. No edge, no configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from privacybot.gdpr.acknowledgement import Acknowledgement, EnquiryResponse
from privacybot.gdpr.checklist import System
from privacybot.gdpr.correspondence import Correspondence
from privacybot.gdpr.deadline import Targets
from privacybot.gdpr.recognition import Recognition
from privacybot.gdpr.triage import Limits
from privacybot.mail.message import Address
from privacybot.mail.outgoing import Content
from privacybot.mail.reading import Reading

Recognise = Callable[[Sequence[tuple[str, str]]], Iterable[Recognition]]
"""From (subject, new text) of each mail to its recognition, in order; whoever goes through them may have to wait."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The templates, and the versions that are recorded with each mail as evidence."""

    acknowledgement: Callable[[Acknowledgement], Content]
    enquiry: Callable[[EnquiryResponse], Content]
    template_version: str
    policy_version: str
    letter: Callable[[Correspondence], Content]
    """What staff wrote, in the frame of its kind."""
    draft: Callable[[Acknowledgement], str]
    """What a reply about these rights begins with."""


@dataclass(frozen=True, slots=True)
class Office:
    """One mailbox with its rules: who we are there, how we read, whom we may answer and how fast we must."""

    mailbox: str
    address: Address
    addresses: frozenset[str]
    """Every address of ours, in lower case."""
    colleagues: frozenset[str]
    """Domains whose senders are colleagues."""
    reverse_path: str
    reference_prefix: str
    read: Callable[[bytes], Reading]
    recognise: Recognise
    writer: Writer
    limits: Limits
    targets: Targets
    answer_enquiries: bool
    acknowledge_at_once: bool
    systems: tuple[System, ...] = ()
    """Where personal data lie, for the checklists."""
