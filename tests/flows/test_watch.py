"""A pass begins with the next portion before it finishes the last, and finishes what it has begun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from privacybot.errors import Unavailable
from privacybot.flows.arrived import Received, Taken
from privacybot.flows.watch import Round, make_round
from privacybot.mail.handover import Fetched
from privacybot.store.engine import open_store
from privacybot.store.ledger import Outcome
from tests.flows.office import NOW, OFFICE


@dataclass
class Post:
    """Six mails, of which the server hands over those below `breaks_at`; what is done with them is written down."""

    breaks_at: int = 7
    uidvalidity: int = 1
    uidnext: int = 7
    told: list[str] = field(default_factory=list)

    def new_uids(self, first: int) -> list[int]:
        return [uid for uid in range(1, self.uidnext) if uid >= first]

    def uids_since(self, day: date) -> list[int]:
        raise AssertionError("everything is ours here")

    def fetch(self, uids: Iterable[int], *, size_limit: int) -> Iterator[Fetched]:
        for uid in uids:
            if uid >= self.breaks_at:
                raise Unavailable("The connection was lost.")
            yield Fetched(uid, NOW, 3, b"raw")

    def begin(self, post: Sequence[Received]) -> Callable[[], list[Taken]]:
        uids = [received.place.uid for received in post if received.place]
        self.told.append(f"begin {uids}")

        def finish() -> list[Taken]:
            self.told.append(f"finish {uids}")
            return [Taken(received.place, Outcome.IGNORED) for received in post]

        return finish


def go_through(post: Post, folder: Path, stopping: Callable[[], bool] = lambda: False) -> None:
    its = Round(
        engine=open_store(f"sqlite:///{folder / 'store.sqlite3'}"),
        office=OFFICE,
        folder_name="INBOX",
        start_from="all",
        size_limit=2**20,
        now=lambda: NOW,
        stopping=stopping,
        begin=post.begin,
    )
    for _ in make_round(post, its, batch=2):
        pass


def test_the_next_portion_is_begun_before_the_last_is_finished(tmp_path: Path) -> None:
    post = Post()
    go_through(post, tmp_path)
    assert post.told == [
        "begin [1, 2]",
        "begin [3, 4]",
        "finish [1, 2]",
        "begin [5, 6]",
        "finish [3, 4]",
        "finish [5, 6]",
    ]


def test_what_came_before_the_connection_was_lost_is_finished(tmp_path: Path) -> None:
    post = Post(breaks_at=4)
    with pytest.raises(Unavailable, match="lost"):
        go_through(post, tmp_path)
    assert post.told == ["begin [1, 2]", "begin [3]", "finish [1, 2]", "finish [3]"]


def test_what_is_begun_is_finished_when_the_worker_stops(tmp_path: Path) -> None:
    post = Post()
    go_through(post, tmp_path, stopping=lambda: bool(post.told))
    assert post.told == ["begin [1, 2]", "finish [1, 2]"]
