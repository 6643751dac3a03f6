"""One pass over one folder: what is new is fetched in batches, taken in, and marked after the commit.

It reads like the journey of a mail. The folder is handed in as a value with a few verbs, so that this file knows no
IMAP; faults of the world come through as `Unavailable`, and a mail that breaks the program is set aside by `rescue`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from privacybot.errors import Unavailable
from privacybot.flows import reconcile
from privacybot.flows.arrived import Received, Taken
from privacybot.flows.office import Office
from privacybot.flows.reconcile import Mark, StartFrom
from privacybot.store.engine import Engine
from privacybot.store.ledger import Place


class Fetched(Protocol):
    """One message as the server gave it."""

    @property
    def uid(self) -> int: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def raw(self) -> bytes: ...


class OpenFolder(Protocol):
    """A folder of a mailbox, selected on an open connection."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def uidnext(self) -> int: ...
    def new_uids(self, first: int) -> list[int]: ...
    def uids_since(self, day: date) -> list[int]: ...
    def fetch(self, uids: Iterable[int], *, size_limit: int) -> Iterable[Fetched]: ...


@dataclass(frozen=True, slots=True)
class Round:
    """What a pass needs to know."""

    engine: Engine
    office: Office
    folder_name: str
    start_from: StartFrom
    size_limit: int
    """Of a larger mail, in bytes, only the beginning is read."""
    now: Callable[[], datetime]
    stopping: Callable[[], bool]
    rescue: Callable[[Sequence[Received]], list[Taken]]
    """Take these mails in, whatever they do to the program: one by one if need be, the breaking ones set aside."""


def make_round(folder: OpenFolder, its: Round, batch: int) -> Iterator[list[Taken]]:
    """Take in everything new; yields what became of each batch, after its commit. Ends early when stopping."""
    mailbox, name = its.office.mailbox, its.folder_name
    mark = reconcile.find_mark(
        its.engine,
        mailbox,
        name,
        uidvalidity=folder.uidvalidity,
        uidnext=folder.uidnext,
        start_from=its.start_from,
        now=its.now(),
    )
    listed = _listed(folder, mark)
    waiting = reconcile.unknown(its.engine, mailbox, name, folder.uidvalidity, listed)
    failure: Unavailable | None = None
    for start in range(0, len(waiting), batch):
        if its.stopping():
            return
        post, failed = _fetched(folder, waiting[start : start + batch], mark, its)
        failure = failure or failed
        if post:
            yield its.rescue(post)
        elif failed:
            break
        if failure is None:
            _advance(its, waiting[start + batch] if start + batch < len(waiting) else max(listed) + 1)
    if failure:
        raise failure
    if listed and not waiting:
        _advance(its, max(listed) + 1)


def _listed(folder: OpenFolder, mark: Mark) -> list[int]:
    """The UIDs that this pass looks at. Where old mail lies below, the server leaves it out: a day early, since its
    SEARCH SINCE knows no time of day and counts in a zone of its own."""
    if mark.first_uid == 1 and mark.starts_at is not None:
        return folder.uids_since(mark.starts_at.date() - timedelta(days=1))
    return folder.new_uids(mark.first_uid)


def _fetched(
    folder: OpenFolder, uids: Sequence[int], mark: Mark, its: Round
) -> tuple[list[Received], Unavailable | None]:
    """The mails that the server handed over, and why it gave no more: what has come is taken in before that is told."""
    post: list[Received] = []
    try:
        for fetched in folder.fetch(uids, size_limit=its.size_limit):
            if mark.is_ours(fetched.uid, fetched.received_at):
                place = Place(its.office.mailbox, its.folder_name, folder.uidvalidity, fetched.uid)
                post.append(Received(place, fetched.received_at, fetched.raw))
    except Unavailable as failure:
        return post, failure
    return post, None


def _advance(its: Round, next_uid: int) -> None:
    reconcile.move_mark(its.engine, its.office.mailbox, its.folder_name, next_uid=next_uid, now=its.now())
