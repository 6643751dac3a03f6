"""A store with any number of cases: one real case, multiplied by the database itself (SQLite).

Each copy has its own numbers, reference, person, Message-IDs and last day; everything else is as the real one left it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from privacybot.flows import dispatch, intake
from privacybot.flows.arrived import Received
from privacybot.flows.office import Office
from privacybot.mail.delivery import Sent
from privacybot.store import outbox
from privacybot.store.engine import Engine, transaction
from privacybot.store.ledger import Place
from tests.flows.office import OFFICE, mail

YEAR = 365
STEP = 10
"""A case has fewer rows than this in each table; so the numbers of its copies never meet."""
TABLES = ("case_file", "arrival", "placement", "case_right", "mail", "letter", "event")
_OWN = {
    "reference": "'EPM-' || printf('%08d', n.i)",
    "fingerprint": "hex(randomblob(32))",
    "message_id": "'<' || n.i || '.' || substr(message_id, 2)",
    "data_subject": "'p' || n.i || '@kunde.example'",
    "originator": "'p' || n.i || '@kunde.example'",
    "recipient": "'p' || n.i || '@kunde.example'",
    "respond_by": "date('now', '+' || (n.i % 60) || ' days')",
}
_KEYS = {"placement": "arrival_id", "case_right": "case_id", "mail": "arrival_id"}
_NUMBERS = ("id", "case_id", "arrival_id", "uid")
_CLOSED = "UPDATE case_file SET status = 'closed', closed_at = received_at WHERE id % :share != 1 AND closed_at IS NULL"


def office() -> Office:
    """A real office; its recogniser knows key words only, since it is the store that is measured."""
    return replace(OFFICE, limits=replace(OFFICE.limits, per_address_per_day=10**9, mailbox_per_hour=10**9))


def fill(engine: Engine, cases: int, *, open_share: int = 1) -> None:
    """Have so many cases, acknowledged; one in `open_share` is open."""
    with transaction(engine) as session:
        have = session.execute(text("SELECT count(*) FROM case_file")).scalar_one()
    if not have:
        _open_one(engine)
        have = 1
    with transaction(engine) as session:
        for table in TABLES:
            columns = [row[1] for row in session.execute(text(f"PRAGMA table_info({table})"))]
            copied = ", ".join(map(_copied, columns))
            session.execute(
                text(  # Only names of our own tables and columns.
                    f"WITH RECURSIVE n(i) AS (SELECT {have} UNION ALL SELECT i + 1 FROM n WHERE i < {cases - 1}) "
                    f"INSERT INTO {table} ({', '.join(map(_quoted, columns))}) "
                    f"SELECT {copied} FROM n, {table} AS t WHERE t.{_KEYS.get(table, 'id')} < {STEP}"
                )
            )
        if open_share > 1:
            session.execute(text(_CLOSED), {"share": STEP * open_share})
        session.execute(text("ANALYZE"))


def _copied(column: str) -> str:
    if column in _NUMBERS:
        return f"t.{column} + {STEP} * n.i"
    if column.endswith("_digest") and column != "payload_digest":
        return "hex(randomblob(32))"
    return _OWN.get(column, f"t.{_quoted(column)}")


def _quoted(column: str) -> str:
    return f'"{column}"'


def _open_one(engine: Engine) -> None:
    now = datetime.now(UTC) - timedelta(days=YEAR)
    received = Received(Place("kontakt", "INBOX", 1, 1), now, mail("Jeg vil gerne have indsigt."))
    intake.take_in(engine, [received], office(), now)
    with transaction(engine) as session:
        [letter] = outbox.claim(session, "bench", now, most=1)
    dispatch.settle(engine, letter, Sent("250 2.0.0 Ok"), now)
