"""The worker is killed again and again while mail comes in: nothing is lost, nothing is answered twice by mistake."""

from __future__ import annotations

import random
import time
from collections import Counter
from email import message_from_bytes
from pathlib import Path
from signal import SIGTERM
from uuid import uuid4

import pytest
from sqlmodel import col, select

from privacybot.flows import dispatch
from privacybot.store.engine import Engine, open_store, reading
from privacybot.store.ledger import Outcome
from privacybot.store.tables import Arrival, Case, Letter, Placement
from tests.servers import Dovecot, Postfix
from tests.servers.proxy import Proxy
from tests.system.installation import ADDRESS, Installation, eventually, write_mail
from tests.system.nursery import nursery

pytestmark = pytest.mark.system

KILLS, MAILS, CONNECTIONS = 55, 500, 2
REQUEST = "Hej\n\nJeg vil gerne vide, hvilke oplysninger I har registreret om mig.\n\nVenlig hilsen\n"
QUESTION = "Hej\n\nEr der ledige pladser på kurset i PRINCE2 til marts?\n\nVenlig hilsen\n"


def in_hand(engine: Engine) -> set[str]:
    """The Message-IDs of letters that a worker was sending when it died."""
    with reading(engine) as session:
        claimed = select(Letter.message_id).where(col(Letter.settled_at).is_(None), col(Letter.claimed_by).is_not(None))
        return set(session.exec(claimed))


def test_five_hundred_mails_and_fifty_five_kills_lose_nothing(
    tmp_path: Path, dovecot: Dovecot, postfix: Postfix
) -> None:
    dovecot.empty(ADDRESS)
    account = f"anna-{uuid4().hex[:6]}"
    people = [f"{account}+{number}@kunde.example" for number in range(MAILS)]
    asking = [person for number, person in enumerate(people) if number % 10]
    rounds = [people[kill::KILLS] for kill in range(KILLS)]
    engine = open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    chance, interrupted = random.Random(4711), Counter[str]()  # noqa: S311  (no secret)
    began = time.monotonic()
    with Proxy(postfix.port, delay=0.01) as road, nursery(_installation(tmp_path, dovecot, road.port)) as parent:
        for number, writers in enumerate(rounds):
            for person in writers:
                text = REQUEST if person in asking else QUESTION
                dovecot.deliver(write_mail(text, sender=person, message_id=f"<{person}>"), ADDRESS, reverse_path=person)
            started = time.monotonic()
            worker = parent.born()
            if number == 0:  # How long a round takes here and now, so that the others are killed in the middle of it.
                assert eventually(lambda: _taken_in(engine) == len(rounds[0]) and _is_quiet(engine))
                longest = min(2.0, time.monotonic() - started)
            else:
                time.sleep(chance.uniform(0, longest))
            parent.kill(worker)
            held = in_hand(engine)
            assert len(held) <= CONNECTIONS
            interrupted.update(held)
        worker = parent.born()
        assert eventually(lambda: _taken_in(engine) == MAILS and _is_quiet(engine), 60)
        parent.kill(worker, SIGTERM)
    postfix.await_empty_queue()
    copies = Counter(
        str(message_from_bytes(raw)["Message-ID"]) for raw in dovecot.await_mails(f"{account}@kunde.example", MAILS)
    )
    outcomes, cases, letters = _remembered(engine)
    repeated = {message_id: count - 1 for message_id, count in copies.items() if count > 1}
    print(
        f"\n{MAILS} mails, {KILLS} kills in {time.monotonic() - began:.0f} s: outcomes {dict(outcomes)}; "
        f"{len(cases)} cases, {len(copies)} answers, each with one Message-ID; "
        f"{sum(interrupted.values())} letters were in hand at a kill, {sum(repeated.values())} of them left again"
    )
    assert outcomes == {Outcome.OPENED.value: len(asking), Outcome.ENQUIRY.value: MAILS - len(asking)}
    assert sorted(cases) == sorted(asking)
    assert set(copies) == set(letters)
    assert len(letters) == MAILS
    assert all(count <= interrupted[message_id] for message_id, count in repeated.items())


def _installation(folder: Path, dovecot: Dovecot, smtp_port: int) -> Installation:
    made = Installation(folder, dovecot, smtp_port, extra="[acknowledgements]\nmailbox_per_hour = 100000\n")
    made.write()
    return made


def _is_quiet(engine: Engine) -> bool:
    return dispatch.next_due(engine) is None


def _taken_in(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.exec(select(Placement.uid)).all())


def _remembered(engine: Engine) -> tuple[Counter[str], list[str], list[str]]:
    """Outcomes, whose cases there are, and the Message-IDs of our letters."""
    with reading(engine) as session:
        return (
            Counter(session.exec(select(Arrival.outcome))),
            list(session.exec(select(Case.data_subject))),
            list(session.exec(select(Letter.message_id))),
        )
