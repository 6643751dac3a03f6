"""Does a pass cost more, the more old mail lies in the folder?  `python -m bench.old_mail [MOST]`, in Dovecot."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.filling import office
from bench.post import ADDRESS, lay_old
from bench.report import tell
from privacybot.edges.imap import Folder, open_folder
from privacybot.edges.imap_account import ImapAccount
from privacybot.flows.watch import Round, make_round
from privacybot.store.engine import Engine, open_store
from privacybot.worker import begin
from tests.servers import Dovecot

MOST = 30_000
FEWEST = 100
PASSES = 50


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else MOST
    costs: list[float] = []
    with Dovecot() as dovecot, tempfile.TemporaryDirectory() as folder:
        engine, lying = open_store(f"sqlite:///{Path(folder) / 'store.sqlite3'}"), 0
        for mails in _sizes(most):
            lay_old(dovecot, mails - lying)
            lying = mails
            costs.append(_cost(dovecot, engine))
            tell(f"a pass over {mails:>7,} old mails, nothing new", f"{costs[-1] * 1000:.1f} ms")
    tell("most / fewest", f"{costs[-1] / costs[0]:.2f}", "flat (1.0)")


def _sizes(most: int) -> list[int]:
    sizes = [FEWEST]
    while sizes[-1] * 10 < most:
        sizes.append(sizes[-1] * 10)
    return [*sizes, most]


def _cost(dovecot: Dovecot, engine: Engine) -> float:
    """Seconds of the median pass on an open connection, as a worker makes one after each notice."""
    account = ImapAccount(
        dovecot.host, dovecot.imap_port, security="none", username=ADDRESS, password=dovecot.password, folder="INBOX"
    )
    with open_folder(account) as folder:
        _pass(folder, engine)
        return median(_pass(folder, engine) for _ in range(PASSES))


def _pass(folder: Folder, engine: Engine) -> float:
    its = Round(
        engine=engine,
        office=office(),
        folder_name="INBOX",
        start_from="now",
        size_limit=2**20,
        now=lambda: datetime.now(UTC),
        stopping=lambda: False,
        begin=lambda post: begin(engine, post, office()),
    )
    began = time.perf_counter()
    for _ in make_round(folder, its, batch=32):
        pass
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
