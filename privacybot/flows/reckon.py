"""The reckoning: every mail that lies in a folder and is ours has its outcome, or is named here.

It only looks; the one thing it may do is to set the mark back, so that the worker looks again. A mail that came a
moment ago has no outcome yet either: the worker's next pass gives it one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from privacybot.errors import UnreadableMessage
from privacybot.flows.reconcile import Mark
from privacybot.mail.handover import Heading
from privacybot.mail.parse import parse
from privacybot.store import ledger, shelf
from privacybot.store.engine import Engine, reading, transaction
from privacybot.store.tables import SetAside

MOST_NAMED = 200
"""So many mails are named; of more there is only the number."""


class ListedFolder(Protocol):
    """A folder of a mailbox, selected on an open connection."""

    @property
    def uidvalidity(self) -> int: ...
    def new_uids(self, first: int) -> list[int]: ...
    def uids_since(self, day: date) -> list[int]: ...
    def headings(self, uids: Iterable[int]) -> list[Heading]: ...


@dataclass(frozen=True, slots=True)
class Unaccounted:
    """A mail without an outcome, as staff find it again: its sender and subject are a stranger's words."""

    uid: int
    received_at: datetime
    originator: str
    subject: str


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How a folder and the ledger compare. `note` says why they could not be compared, or is empty."""

    mails: int = 0
    missing: int = 0
    named: Sequence[Unaccounted] = ()
    note: str = ""


def reckon(engine: Engine, folder: ListedFolder, mailbox: str, name: str) -> Reckoning:
    """Compare what lies in the folder with the outcomes."""
    with reading(engine) as session:
        state = ledger.folder_state(session, mailbox, name)
    if state is None:
        return Reckoning(note="the worker has not been here yet")
    if state.uidvalidity != folder.uidvalidity:
        return Reckoning(note="the server has renumbered the folder; the worker's next pass goes through it")
    mark = Mark(state.next_uid, state.old_below, state.starts_at)
    listed = folder.uids_since(mark.starts_at.date() - timedelta(days=1)) if mark.starts_at else folder.new_uids(1)
    with reading(engine) as session:
        unknown = ledger.without_outcome(session, mailbox, name, folder.uidvalidity, listed)
    ours = [found for found in folder.headings(unknown) if mark.is_ours(found.uid, found.received_at)]
    return Reckoning(len(listed), len(ours), [_named(heading) for heading in ours[:MOST_NAMED]])


def look_again(engine: Engine, mailbox: str, name: str, uid: int) -> None:
    """Set the mark back, so that the worker's next pass begins with this mail."""
    with transaction(engine) as session:
        ledger.set_back(session, mailbox, name, uid)


def shelved(engine: Engine, arrival_id: int) -> SetAside | None:
    """A mail that is set aside, by its number."""
    with reading(engine) as session:
        return shelf.by_number(session, arrival_id)


def all_shelved(engine: Engine) -> list[SetAside]:
    """Everything that is set aside, the oldest first."""
    with reading(engine) as session:
        return shelf.listed(session)


def _named(heading: Heading) -> Unaccounted:
    try:
        message = parse(heading.header)
    except UnreadableMessage:
        return Unaccounted(heading.uid, heading.received_at, "", "")
    originator = message.originator.address if message.originator else ""
    return Unaccounted(heading.uid, heading.received_at, originator, message.subject)
