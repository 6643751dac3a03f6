"""Several workers on one PostgreSQL database, and a look at who watches what: as an administrator sees it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from signal import SIGTERM

from sqlalchemy import text

from privacybot.app import App
from privacybot.config import load
from privacybot.operation import senders
from privacybot.store.engine import Engine, open_store, reading
from privacybot.store.leases import lock_key
from tests.servers import Dovecot
from tests.system.installation import Installation, eventually
from tests.system.nursery import Nursery, nursery

_HELD = text(
    "SELECT (classid::bigint << 32) | objid::bigint, split_part(application_name, ' ', 4)::int "
    "FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND application_name LIKE 'privacybot worker %'"
)
NO_BREAKER = "[acknowledgements]\nmailbox_per_hour = 100000\n"


@dataclass
class Crew:
    """The workers by process id, and their mailboxes."""

    installation: Installation
    parent: Nursery
    boxes: list[str]
    engine: Engine
    alive: list[int] = field(default_factory=list)

    def join(self, count: int = 1) -> None:
        self.alive += [self.parent.born() for _ in range(count)]

    def kill(self, pid: int) -> None:
        self.alive.remove(pid)
        self.parent.kill(pid)

    def held(self) -> dict[str, int]:
        """Which process watches each mailbox, sends over each connection, keeps house."""
        names = {lock_key(name): name for name in [*map(_duty, self.boxes), *self._senders(), "housekeeping"]}
        with reading(self.engine) as session:
            return {names[key]: pid for key, pid in session.execute(_HELD).all() if key in names}

    def of(self, pid: int) -> list[str]:
        """The mailboxes of one worker."""
        held = self.held()
        return [box for box in self.boxes if held.get(_duty(box)) == pid]

    def shares(self) -> list[int]:
        """How many mailboxes each of the living has; empty while one is nobody's or a dead one's."""
        held = self.held()
        holders = Counter(held.get(_duty(box), 0) for box in self.boxes)
        return sorted(holders[pid] for pid in self.alive) if set(holders) <= set(self.alive) else []

    def balanced(self, seconds: float = 20) -> float:
        """Wait until every mailbox is watched and the shares are even; how long that took."""
        began = time.monotonic()
        assert eventually(lambda: bool(found := self.shares()) and found[-1] - found[0] <= 1, seconds), self.held()
        return time.monotonic() - began

    def taken_over(self, boxes: list[str], since: datetime, seconds: float = 20) -> float:
        """Wait until each of these mailboxes has been opened anew since then; how long the last of them took."""
        opened: dict[str, datetime] = {}

        def all_opened() -> bool:
            for line in self._log_lines():
                at = datetime.fromisoformat(line["timestamp"])
                if line["event"] == "connected" and at > since:
                    opened.setdefault(line["mailbox"], at)
            return set(boxes) <= set(opened)

        assert eventually(all_opened, seconds), set(boxes) - set(opened)
        return max(((opened[box] - since).total_seconds() for box in boxes), default=0.0)

    def _log_lines(self) -> Iterator[dict[str, str]]:
        for line in self.installation.log().splitlines():
            if line.endswith("}"):
                yield json.loads(line)

    def _senders(self) -> list[str]:
        return senders(App(load(self.installation.config)))


@contextmanager
def crew(
    folder: Path, dovecot: Dovecot, url: str, smtp_port: int, boxes: list[str], smtp: str = "", extra: str = NO_BREAKER
) -> Iterator[Crew]:
    """A place for workers, with none yet; at the end they get SIGTERM."""
    made = Installation(folder, dovecot, smtp_port, database_url=url, address=address(boxes[0]), smtp_extra=smtp)
    made.mailbox_extra = "".join(_block(dovecot, box) for box in boxes[1:])
    made.extra = f"{extra}[operation]\nworkers = 4\n"
    made.name = boxes[0]
    made.write()
    with nursery(made) as parent:
        found = Crew(made, parent, boxes, open_store(url))
        try:
            yield found
        finally:
            for pid in found.alive:
                parent.kill(pid, SIGTERM)
            found.engine.dispose()


def address(box: str) -> str:
    return f"{box}@epmgroup.dk"


def _duty(box: str) -> str:
    return f"mailbox {box}"


def _block(dovecot: Dovecot, box: str) -> str:
    return f"""
[[mailbox]]
name = "{box}"
address = "{address(box)}"
host = "127.0.0.1"
port = {dovecot.imap_port}
security = "none"
username = "{address(box)}"
password_env = "IMAP_PASSWORD"
start_from = "all"
poll_seconds = 1
"""
