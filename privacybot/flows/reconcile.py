"""Where to read on in a folder: from what the server says of it, and what the ledger remembers  (RFC 3501, 2.3.1.1).

The mark `next_uid` moves on only when everything below it has its outcome, so a pass costs what is new. A changed
UIDVALIDITY makes every UID void: then all mail since our beginning is looked at again, and the ledger's fingerprints
recognise what has been taken in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from privacybot.gdpr.deadline import COPENHAGEN
from privacybot.store import ledger, shelf
from privacybot.store.engine import Engine, Session, reading, transaction
from privacybot.store.tables import Folder

StartFrom = Literal["now", "all"] | date


@dataclass(frozen=True, slots=True)
class Mark:
    """Read on from `first_uid`; messages below `old_below` that came before `starts_at` are not ours to answer."""

    first_uid: int
    old_below: int
    starts_at: datetime | None

    def is_ours(self, uid: int, received_at: datetime) -> bool:
        return self.starts_at is None or uid >= self.old_below or received_at >= self.starts_at


def find_mark(
    engine: Engine, mailbox: str, folder: str, *, uidvalidity: int, uidnext: int, start_from: StartFrom, now: datetime
) -> Mark:
    """The mark of a folder, set up at the first visit and set back when UIDVALIDITY has changed."""
    with transaction(engine) as session:
        state = ledger.folder_state(session, mailbox, folder)
        if state is None:
            starts_at, next_uid = _beginning(start_from, uidnext, now)
            state = Folder(mailbox=mailbox, name=folder, uidvalidity=uidvalidity, next_uid=next_uid, old_below=uidnext)
            state.starts_at = starts_at
            ledger.save_folder(session, state)
        elif state.uidvalidity != uidvalidity:
            state.uidvalidity, state.next_uid, state.old_below = uidvalidity, 1, uidnext
            ledger.save_folder(session, state)
            _give_up_withheld(session, mailbox, folder)
        return Mark(state.next_uid, state.old_below, state.starts_at)


def unknown(engine: Engine, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]) -> list[int]:
    """Those UIDs that have no outcome yet, in order."""
    with reading(engine) as session:
        return ledger.without_outcome(session, mailbox, folder, uidvalidity, uids)


def withheld(engine: Engine, mailbox: str, folder: str, uidvalidity: int) -> dict[int, int]:
    """UID to arrival of the mails on the shelf that the server has not handed over."""
    with reading(engine) as session:
        known = shelf.withheld(session, mailbox, folder)
    return {mail.place.uid: mail.arrival_id for mail in known if mail.place.uidvalidity == uidvalidity}


def move_mark(engine: Engine, mailbox: str, folder: str, *, next_uid: int, now: datetime) -> None:
    """Everything below `next_uid` has its outcome."""
    with transaction(engine) as session:
        ledger.advance(session, mailbox, folder, next_uid=next_uid, now=now)


def _give_up_withheld(session: Session, mailbox: str, folder: str) -> None:
    """What the server withheld under an old number is a new mail under its new one."""
    for mail in shelf.withheld(session, mailbox, folder):
        shelf.take_down(session, mail.arrival_id)
        ledger.record(session, mail.arrival_id, ledger.Outcome.IGNORED, reason="renumbered by the server")


def _beginning(start_from: StartFrom, uidnext: int, now: datetime) -> tuple[datetime | None, int]:
    """The instant from which mail is ours, and the first UID to look at."""
    match start_from:
        case "all":
            return None, 1
        case date():
            return datetime.combine(start_from, time(), COPENHAGEN), 1
        case _:
            return now, uidnext
