"""Does a mail cost more, the more cases are stored?  `python -m bench.stored_cases [MOST]`

The recogniser is left out: what is measured is intake and outbox, with their look-ups by sender, thread and reference.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.filling import fill, office
from bench.report import tell
from privacybot.flows import intake
from privacybot.flows.arrived import Received
from privacybot.flows.dispatch import Dispatcher
from privacybot.flows.pace import Pace
from privacybot.mail.delivery import Outcome, Sent
from privacybot.store.engine import Engine, open_store
from privacybot.store.ledger import Place
from privacybot.store.outbox import Claimed
from tests.flows.office import mail

MOST = 100_000
FEWEST = 1_000
MAILS, BATCH = 640, 32


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else MOST
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{Path(folder) / 'store.sqlite3'}")
        costs: list[float] = []
        stored, uid = FEWEST, 10**9
        while stored <= most:
            fill(engine, stored, open_share=10)
            first = _cost(engine, uid)
            costs.append(min(first, _cost(engine, uid + MAILS)))
            tell(f"a mail at {stored:>9,} stored cases, without the recogniser", f"{costs[-1]:.2f} ms CPU")
            stored, uid = stored * 10, uid + 2 * MAILS
    tell("most / fewest", f"{costs[-1] / costs[0]:.2f}", "flat (1.0)")


def _cost(engine: Engine, uid: int) -> float:
    """Milliseconds of processor time for a mail, from its bytes to its settled answer."""
    now = datetime.now(UTC)
    post = [Received(Place("kontakt", "INBOX", 1, uid + n), now, _mail(uid + n)) for n in range(MAILS)]
    began = time.process_time()
    for start in range(0, MAILS, BATCH):
        intake.take_in(engine, post[start : start + BATCH], office(), now)
    asyncio.run(_send(engine))
    return (time.process_time() - began) * 1000 / MAILS


def _mail(number: int) -> bytes:
    """Every second mail answers another that nobody knows, and every fourth names a reference."""
    text = "Jeg vil gerne have indsigt." if number % 2 else "Er der plads?"
    subject = f"EPM-{number % 1000:08d}" if number % 4 == 0 else "Hej"
    thread = {"in_reply_to": f"<{number}@andre.example>"} if number % 2 else {}
    message_id = f"<{number}@kunde.example>"
    return mail(text, sender=f"q{number}@kunde.example", subject=subject, message_id=message_id, **thread)


async def _send(engine: Engine) -> None:
    async def accept(_: Claimed) -> Outcome:
        return Sent("250 2.0.0 Ok")

    pace = Pace(10**9, "bench")
    await Dispatcher(engine, "bench", [accept] * 4, pace, lambda: datetime.now(UTC), lambda: False).drain()


if __name__ == "__main__":
    main()
