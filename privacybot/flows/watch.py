"""One pass over one folder: what is new is fetched in batches, taken in, and marked after the commit.

It reads like the journey of a mail. The folder is handed in as a value with a few verbs, so that this file knows no
IMAP; faults of the world come through as `Unavailable`, and a mail that breaks the program is set aside by `begin`.
While one portion is recognised the next one is fetched, and the one before it is stored.
A mail that the server does not hand over, or that breaks the connection time after time, goes on the shelf too, and
holds up no other: see `doubts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from privacybot.errors import Unavailable
from privacybot.flows import intake, reconcile
from privacybot.flows.arrived import Received, Taken
from privacybot.flows.doubts import Doubts
from privacybot.flows.office import Office
from privacybot.flows.reconcile import Mark, StartFrom
from privacybot.mail.handover import Fetched, Handover, Withheld
from privacybot.store.engine import Engine
from privacybot.store.ledger import Place


class OpenFolder(Protocol):
    """A folder of a mailbox, selected on an open connection."""

    @property
    def uidvalidity(self) -> int: ...
    @property
    def uidnext(self) -> int: ...
    def new_uids(self, first: int) -> list[int]: ...
    def uids_since(self, day: date) -> list[int]: ...
    def fetch(self, uids: Iterable[int], *, size_limit: int) -> Iterable[Handover]: ...


Finish = Callable[[], list[Taken]]
Begin = Callable[[Sequence[Received]], Finish]
"""Open these mails; what is returned takes them in, whatever they do to the program: what breaks it is set aside."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a pass needs to know."""

    engine: Engine
    office: Office
    folder_name: str
    start_from: StartFrom
    size_limit: int
    """A larger mail, in bytes, comes without the bodies of its files."""
    now: Callable[[], datetime]
    stopping: Callable[[], bool]
    begin: Begin
    doubts: Doubts = field(default_factory=Doubts)
    """What earlier passes of this worker learnt about mails that are hard to get."""


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
    its.doubts.begin(folder.uidvalidity)
    yield from _new(folder, its, mark, waiting, batch, max(listed, default=0) + 1)
    if listed and not waiting:
        _advance(its, max(listed) + 1)
    yield from _withheld_before(folder, its, mark)


def _new(
    folder: OpenFolder, its: Round, mark: Mark, waiting: Sequence[int], batch: int, beyond: int
) -> Iterator[list[Taken]]:
    """Those that have no outcome yet. The mark moves up to the first that still has none, or `beyond` them all."""
    convicted = its.doubts.convicted(waiting)
    for uid in convicted:
        yield [_withhold(folder, its, Withheld(uid, its.now(), "the connection breaks whenever it is asked for"))]
    left = set(waiting) - set(convicted)
    for portion in _one_ahead(_begun(folder, its, mark, its.doubts.portions(sorted(left), batch))):
        uids, handed = portion.uids, portion.handed
        yield from _outcomes(folder, its, portion)
        if portion.failure:
            its.doubts.blame(set(uids) - {one.uid for one in handed})  # Some of them may only be too old to be ours.
            raise portion.failure
        its.doubts.clear(uids)
        left.difference_update(uids)
        _advance(its, min(left, default=beyond))
        if len(handed) > 1 and not any(isinstance(one, Fetched) for one in handed):
            raise Unavailable(f"The mail server hands over none of the {len(handed)} mails that it was asked for.")


def _begun(folder: OpenFolder, its: Round, mark: Mark, portions: Iterable[Sequence[int]]) -> Iterator[_Portion]:
    """Fetch one portion after another, and begin with what came; ends with the first failure, or when stopping."""
    for uids in portions:
        if its.stopping():
            return
        portion = _fetched(folder, its, mark, uids)
        yield portion
        if portion.failure:
            return


def _one_ahead(portions: Iterable[_Portion]) -> Iterator[_Portion]:
    """Each portion, after the next one has been begun."""
    last: _Portion | None = None
    for portion in portions:
        if last:
            yield last
        last = portion
    if last:
        yield last


def _withheld_before(folder: OpenFolder, its: Round, mark: Mark) -> Iterator[list[Taken]]:
    """Those on the shelf that the server may hand over by now, one by one: each may break the connection."""
    shelved = reconcile.withheld(its.engine, its.office.mailbox, its.folder_name, folder.uidvalidity)
    for uid in its.doubts.due(shelved, its.now()):
        if its.stopping():
            return
        its.doubts.postpone(uid, its.now())
        portion = _fetched(folder, its, mark, [uid], shelved[uid])
        yield from _taken(portion)
        if portion.failure:
            raise portion.failure
        if not portion.handed:
            intake.give_up_withheld(its.engine, shelved[uid], "gone before it could be read")


def _outcomes(folder: OpenFolder, its: Round, portion: _Portion) -> Iterator[list[Taken]]:
    """What the server gave is taken in; what it withheld goes on the shelf. No period may begin tomorrow, whatever
    clock the server, or the program that filed the mail, goes by."""
    yield from _taken(portion)
    for one in portion.handed:
        if isinstance(one, Withheld):
            yield [_withhold(folder, its, one)]


def _taken(portion: _Portion) -> Iterator[list[Taken]]:
    if portion.finish:
        yield portion.finish()


def _listed(folder: OpenFolder, mark: Mark) -> list[int]:
    """The UIDs that this pass looks at. Where old mail lies below, the server leaves it out: a day early, since its
    SEARCH SINCE knows no time of day and counts in a zone of its own."""
    if mark.first_uid == 1 and mark.starts_at is not None:
        return folder.uids_since(mark.starts_at.date() - timedelta(days=1))
    return folder.new_uids(mark.first_uid)


@dataclass(frozen=True, slots=True)
class _Portion:
    """What the server gave of ours, and why it gave no more: what has come is taken in before that is told."""

    uids: Sequence[int]
    handed: Sequence[Handover]
    finish: Finish | None
    failure: Unavailable | None


def _fetched(folder: OpenFolder, its: Round, mark: Mark, uids: Sequence[int], shelved: int | None = None) -> _Portion:
    handed: list[Handover] = []
    failed: Unavailable | None = None
    try:
        for one in folder.fetch(uids, size_limit=its.size_limit):
            if mark.is_ours(one.uid, one.received_at):
                handed.append(one)
    except Unavailable as failure:
        failed = failure
    post = [
        Received(_place(folder, its, one.uid), min(one.received_at, its.now()), one.raw, shelved)
        for one in handed
        if isinstance(one, Fetched)
    ]
    return _Portion(uids, handed, its.begin(post) if post else None, failed)


def _withhold(folder: OpenFolder, its: Round, mail: Withheld) -> Taken:
    its.doubts.postpone(mail.uid, its.now())
    its.doubts.clear([mail.uid])
    place = _place(folder, its, mail.uid)
    return intake.withhold(its.engine, place, mail.received_at, its.office, mail.why, its.now())


def _place(folder: OpenFolder, its: Round, uid: int) -> Place:
    return Place(its.office.mailbox, its.folder_name, folder.uidvalidity, uid)


def _advance(its: Round, next_uid: int) -> None:
    reconcile.move_mark(its.engine, its.office.mailbox, its.folder_name, next_uid=next_uid, now=its.now())
