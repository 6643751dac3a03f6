"""How many mails have left through an account lately: a provider's limit is one for all workers together.

The row is locked from the look until the transaction ends, so that two workers cannot both see the last place free.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from privacybot.store.ledger import insert_if_new
from privacybot.store.tables import Sending

KEPT_SECONDS = 62
"""A mail may leave in the second after the one it is counted in, and a minute begins anywhere within a second."""


Lately = Mapping[int, int]
"""The second since 1970 to how many mails left in it."""


def lately(session: Session, account: str, now: datetime) -> Lately:
    """What left in the last minute. Nobody else may look or count until the transaction ends."""
    row = select(Sending.seconds).where(col(Sending.account) == account).with_for_update()
    seconds = session.exec(row).first()
    if seconds is None:
        session.execute(insert_if_new(session, Sending), [{"account": account, "seconds": []}])
        seconds = session.exec(row).one()
    second = int(now.timestamp())
    kept = range(second - KEPT_SECONDS + 1, second + KEPT_SECONDS)  # A clock that was put back blocks nothing for ever.
    return {at: mails for at, mails in seconds if at in kept}


def count(session: Session, account: str, before: Lately, mails: int, now: datetime) -> None:
    """So many more than `before`, which was looked up in this transaction, are leaving now."""
    second = int(now.timestamp())
    counted = {**before, second: before.get(second, 0) + mails}
    seconds = [[at, counted[at]] for at in sorted(counted)]
    session.execute(update(Sending).where(col(Sending.account) == account).values(seconds=seconds))
