"""One folder of a mailbox, watched over IMAP  (RFC 3501, 2177, 4315, 6851).

Bodies are read with BODY.PEEK[] and no flag that people see is changed. One `Folder` is one connection, for one thread.
Every failure is `Unavailable`; leave the `with` block then, and take the next step with another `open_folder`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime
from functools import partial
from threading import Event
from types import TracebackType
from typing import Any, TypeVar

from imapclient.exceptions import IMAPClientError, IMAPClientReadOnlyError  # type: ignore[import-untyped]

from privacybot.edges.imap_account import ImapAccount, connect, hang_up
from privacybot.edges.imap_batches import UIDS_A_COMMAND, UIDS_A_SEARCH, batches, chunks, uid_ranges
from privacybot.edges.imap_faults import Refused, told
from privacybot.edges.imap_idle import RENEWAL_SECONDS, IdleRefused, idle
from privacybot.edges.imap_large import Vanished, fetch_large
from privacybot.edges.tls import one_line
from privacybot.errors import Unavailable
from privacybot.mail.handover import Fetched, Handover, Heading, Withheld

__all__ = ["Folder", "ImapAccount", "open_folder"]

T = TypeVar("T")
Ask = Callable[[list[int]], Iterable[tuple[int, T]]]
"""Asks the server about these UIDs; raises `Refused` when it says no."""

_NAMING = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID)]"


def open_folder(account: ImapAccount) -> Folder:
    """Connects, logs in and selects; the folder is read-only where the server allows no more."""
    client = connect(account)
    try:
        return Folder(client, account)
    except BaseException:
        hang_up(client)
        raise


class Folder:
    """A selected folder. `uidnext` and `exists` are those of the moment of selection."""

    def __init__(self, client: Any, account: ImapAccount) -> None:
        self._client = client
        self._account = account
        self._idles = False
        selected = self._select()
        self._is_writable = b"READ-WRITE" in selected
        self._flags = frozenset(flag.lower() for flag in selected.get(b"PERMANENTFLAGS", ()))
        self.exists: int = selected.get(b"EXISTS", 0)
        self.uidvalidity = self._uidvalidity(selected)
        self.uidnext: int = selected.get(b"UIDNEXT") or self._uid_after_the_last()
        self._idles = self._offers("IDLE")

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Says goodbye if the server still listens; never fails."""
        with suppress(IMAPClientError, OSError, ValueError):
            self._client.logout()
        hang_up(self._client)

    @property
    def offers_idle(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        return self._idles

    # Looking

    def new_uids(self, first: int) -> list[int]:
        """The UIDs from `first` upwards, in order. The cost is that of the mails found, not of the folder."""
        return self._search((), first)

    def uids_since(self, day: date) -> list[int]:
        """The UIDs received on that day or later, as the server reckons days."""
        return self._search(("SINCE", day), 1)

    def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """UID to size in bytes, without those that are gone."""
        outlines: dict[int, tuple[int, datetime]] = {}
        for chunk in chunks(sorted(set(uids)), UIDS_A_COMMAND):
            outlines |= self._outlines(chunk)
        return {uid: size for uid, (size, _) in outlines.items()}

    def headings(self, uids: Iterable[int]) -> list[Heading]:
        """What names each of these mails, without those that are gone."""
        found: list[Heading] = []
        for chunk in chunks(sorted(set(uids)), UIDS_A_COMMAND):
            with self._told("reading headers"):
                answers = self._client.fetch(chunk, ["INTERNALDATE", _NAMING])
                for uid in chunk:
                    header = next((part for key, part in answers.get(uid, {}).items() if key[:5] == b"BODY["), None)
                    if header is not None:
                        found.append(Heading(uid, _utc(answers[uid].get(b"INTERNALDATE")), header))
        return found

    def fetch(self, uids: Iterable[int], *, size_limit: int) -> Iterator[Handover]:
        """Each mail once, a few megabytes at a time; mails that have vanished do not come back.

        A mail above `size_limit` bytes comes without the bodies of its files. One that the server refuses, or lists and
        does not give, comes as `Withheld`; it holds up no other.
        """
        for chunk in chunks(sorted(set(uids)), UIDS_A_COMMAND):
            refused: dict[int, str] = {}
            outlines = dict(self._narrowing(chunk, lambda few: self._outlines(few).items(), refused))
            given: set[int] = set()
            for fetched in self._bodies_of(outlines, size_limit, refused):
                given.add(fetched.uid)
                yield fetched
            hidden = self._still_listed(set(chunk) - given - set(refused))
            for uid, why in sorted((refused | dict.fromkeys(hidden, "it lists it and gives nothing")).items()):
                yield Withheld(uid, outlines[uid][1] if uid in outlines else _utc(None), why)

    # Waiting

    def wait(self, seconds: float, stop: Event, *, use_idle: bool = True) -> None:
        """Returns when there may be new mail, at the latest after `seconds` or nine minutes, and soon after `stop`.

        IDLE is used where it is offered and wanted, else the connection is tried at the end. Whatever woke it, look.
        """
        self._forget()
        if not (use_idle and self._idles and self._idle(seconds, stop)):
            stop.wait(min(seconds, RENEWAL_SECONDS))
            with self._told("asking for news"):
                self._client.noop()

    # Marking

    def mark(self, uid: int, keyword: str) -> bool:
        """Sets a keyword; False where the server keeps none (Exchange) or the folder is read-only."""
        if not self._keeps(keyword):
            return False
        return self._try("setting a keyword", self._client.add_flags, [uid], [keyword], True)

    def copy(self, uid: int, folder: str) -> bool:
        """Copies a mail into a folder of the same account; False where the server refuses."""
        return self._try("copying a mail", self._client.copy, [uid], folder)

    def move(self, uid: int, folder: str) -> bool:
        """Moves a mail; False where the server refuses or cannot move one mail without expunging others."""
        if not self._is_writable:
            return False
        if self._offers("MOVE"):
            return self._try("moving a mail", self._client.move, [uid], folder)
        return (
            self._offers("UIDPLUS")
            and self.copy(uid, folder)
            and self._try("moving a mail", self._client.delete_messages, [uid], True)
            and self._try("moving a mail", self._client.uid_expunge, [uid])
        )

    # The conversation

    @property
    def _place(self) -> str:
        return self._account.place

    def _select(self) -> Mapping[bytes, Any]:
        folder = self._account.folder
        try:
            with self._told("opening the folder"):
                return self._select_or_examine(folder)
        except Refused as refusal:
            raise self._no_folder(folder, str(refusal)) from None

    def _select_or_examine(self, folder: str) -> Mapping[bytes, Any]:
        try:
            return dict(self._client.select_folder(folder))
        except IMAPClientReadOnlyError:
            return dict(self._client.select_folder(folder, readonly=True))

    def _no_folder(self, folder: str, refusal: str) -> Unavailable:
        with self._told("listing the folders"):
            names = [name for flags, _, name in self._client.list_folders() if rb"\Noselect" not in flags]
        if folder in names:
            return Unavailable(refusal)
        there = ", ".join(sorted(map(one_line, names))[:30])
        return Unavailable(
            f'{self._place} has no folder "{folder}" for {self._account.username}; there are: {there}.', permanent=True
        )

    def _uidvalidity(self, selected: Mapping[bytes, Any]) -> int:
        value = selected.get(b"UIDVALIDITY")
        if not isinstance(value, int):
            raise Unavailable(f"{self._place} gives mails no lasting numbers (UIDVALIDITY is missing).", permanent=True)
        return value

    def _uid_after_the_last(self) -> int:
        with self._told("looking for the last mail"):
            return max(self._client.search(["UID", "*"]), default=0) + 1

    def _search(self, criteria: Sequence[object], first: int) -> list[int]:
        width = None if self.exists <= UIDS_A_SEARCH else UIDS_A_SEARCH
        found: set[int] = set()
        with self._told("looking for mail"):
            for uids in uid_ranges(first, self.uidnext, width):
                found.update(self._client.search([*criteria, "UID", uids]))
        return sorted(uid for uid in found if uid >= first)  # "n:*" always brings the last mail, even below n.

    def _outlines(self, uids: list[int]) -> dict[int, tuple[int, datetime]]:
        """UID to size and time of receipt; an answer without a size is news of another kind."""
        with self._told("asking for sizes"):
            answers = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
            return {
                uid: (answers[uid][b"RFC822.SIZE"], _utc(answers[uid].get(b"INTERNALDATE")))
                for uid in uids
                if b"RFC822.SIZE" in answers.get(uid, ())
            }

    def _bodies_of(
        self, outlines: Mapping[int, tuple[int, datetime]], size_limit: int, refused: dict[int, str]
    ) -> Iterator[Fetched]:
        sizes = {uid: size for uid, (size, _) in outlines.items()}
        for batch in batches(sizes, size_limit):
            is_large = sizes[batch[0]] > size_limit
            ask = partial(self._large, size=sizes[batch[0]]) if is_large else self._bodies
            for uid, raw in self._narrowing(batch, ask, refused):
                size, received_at = outlines[uid]
                yield Fetched(uid, received_at, size, raw, thinned=is_large)

    def _bodies(self, uids: list[int]) -> list[tuple[int, bytes]]:
        with self._told("fetching mail"):
            answers = self._client.fetch(uids, ["BODY.PEEK[]"])
        return [(uid, raw) for uid in uids if (raw := answers.get(uid, {}).get(b"BODY[]")) is not None]

    def _large(self, uids: list[int], size: int) -> list[tuple[int, bytes]]:
        """It stands alone in its batch."""
        try:
            with self._told("fetching a large mail"):
                return [(uid, fetch_large(self._client, uid, size)) for uid in uids]
        except Vanished:
            return []

    def _narrowing(self, uids: list[int], ask: Ask[T], refused: dict[int, str]) -> Iterator[tuple[int, T]]:
        """A server that refuses one mail refuses its whole batch: halve it until that mail stands alone."""
        try:
            yield from ask(uids)
        except Refused as refusal:
            if len(uids) == 1:
                refused[uids[0]] = str(refusal).rstrip(".")
                return
            for half in (uids[: len(uids) // 2], uids[len(uids) // 2 :]):
                yield from self._narrowing(half, ask, refused)

    def _still_listed(self, uids: set[int]) -> list[int]:
        """Those of them that have not vanished; NOOP lets the server tell of what has."""
        if not uids:
            return []
        with self._told("looking for mail"):
            self._client.noop()
            return [uid for uid in self._client.search(["UID", ",".join(map(str, sorted(uids)))]) if uid in uids]

    def _offers(self, capability: str) -> bool:
        with self._told("asking what the server can do"):
            return bool(self._client.has_capability(capability))

    def _keeps(self, keyword: str) -> bool:
        r"""PERMANENTFLAGS names the keywords that last; \* says that new ones may be made."""
        return self._is_writable and (rb"\*" in self._flags or keyword.lower().encode() in self._flags)

    def _idle(self, seconds: float, stop: Event) -> bool:
        """Whether the server let us; one that refuses is not asked again on this connection."""
        try:
            with self._told("waiting for mail"):
                idle(self._client, seconds, stop)
        except (IdleRefused, Refused):
            self._idles = False
        return self._idles

    def _try(self, doing: str, command: Any, *arguments: Any) -> bool:
        try:
            with self._told(doing):
                command(*arguments)
        except Refused:
            return False
        return True

    def _forget(self) -> None:
        """Lets go of unasked-for news, which imaplib would keep for as long as the connection lives."""
        for kind in ("EXISTS", "RECENT", "EXPUNGE", "FETCH"):
            self._client._imap.response(kind)

    def _told(self, doing: str) -> AbstractContextManager[None]:
        return told(self._client, self._account, doing)


def _utc(received_at: datetime | None) -> datetime:
    """A server that cannot tell when it received a mail has it at least now."""
    if received_at is None:
        return datetime.now(UTC)
    return received_at.astimezone(UTC) if received_at.tzinfo else received_at.replace(tzinfo=UTC)
