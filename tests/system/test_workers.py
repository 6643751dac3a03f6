"""Four workers share twelve mailboxes and one outbox; they are killed in turn, and one is stopped in mid-mail."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from privacybot.flows import dispatch
from privacybot.store.engine import Engine, reading
from privacybot.store.leases import SEAT_SECONDS
from privacybot.store.ledger import Outcome
from privacybot.store.tables import Arrival, Case, Letter, Placement
from tests.servers import Dovecot, Postfix, Postgres
from tests.servers.proxy import Proxy
from tests.system.crew import Crew, address, crew
from tests.system.installation import eventually, write_mail

pytestmark = pytest.mark.system

MAILS = int(os.environ.get("PRIVACYBOT_WORKERS_MAILS", "240"))
"""PRIVACYBOT_WORKERS_MAILS=3000 pytest tests/system/test_workers.py -s is the long run."""
WORKERS, BOXES, CONNECTIONS = 4, 12, 4
REQUEST = "Hej\n\nJeg vil gerne vide, hvilke oplysninger I har registreret om mig.\n\nVenlig hilsen\n"
QUESTION = "Hej\n\nEr der ledige pladser på kurset i PRINCE2 til marts?\n\nVenlig hilsen\n"


def test_four_workers_that_are_killed_in_turn_lose_nothing_and_answer_nothing_twice(
    tmp_path: Path, dovecot: Dovecot, postfix: Postfix, postgres: Postgres
) -> None:
    tag = uuid4().hex[:6]
    boxes = [f"box{number}-{tag}" for number in range(BOXES)]
    people = [f"anna-{tag}+{number}@kunde.example" for number in range(MAILS)]
    asking = [person for number, person in enumerate(people) if number % 10]
    began = time.monotonic()
    with (
        Proxy(postfix.port, delay=0.01) as road,
        crew(tmp_path, dovecot, postgres.fresh_database(), road.port, boxes, f"connections = {CONNECTIONS}") as workers,
        ThreadPoolExecutor(1) as post,
    ):
        workers.join(WORKERS)
        print(f"\n{WORKERS} workers began and shared {BOXES} mailboxes evenly within {workers.balanced():.1f} s")
        writing = post.submit(_write, dovecot, boxes, people, set(asking))
        interrupted, worked = Counter[str](), list[str]()
        for number, worker in enumerate(list(workers.alive)):
            _await_taken_in(workers.engine, MAILS * (2 * number + 1) // (2 * WORKERS + 1))
            interrupted.update(_kill_and_replace(workers, worker))
            worked += [_take_a_case(workers)] if number < 2 else []
        writing.result()
        _await_taken_in(workers.engine, MAILS)
        assert eventually(lambda: dispatch.next_due(workers.engine) is None, 120)
        took = time.monotonic() - began
        workers.installation.once()  # One more, for a moment: it finds nothing to do, and no connection free.
        assert workers.installation.json("audit", "verify")["faults"] == []
        open_cases = {case["reference"]: case["status"] for case in workers.installation.json("queue")}
        assert {open_cases[reference] for reference in worked} == {"confirmed"}
        outcomes, cases, letters = _remembered(workers.engine)
        connections = {duty: pid for duty, pid in workers.held().items() if duty.startswith("outbox")}
        assert len(connections) == CONNECTIONS
        assert len(set(connections.values())) == WORKERS
    postfix.await_empty_queue(60)
    copies = Counter(
        str(message_from_bytes(raw)["Message-ID"]) for raw in dovecot.await_mails(f"anna-{tag}@kunde.example", MAILS)
    )
    repeated = {message_id: count - 1 for message_id, count in copies.items() if count > 1}
    print(
        f"{MAILS} mails, {WORKERS} kills in {took:.0f} s: outcomes {dict(outcomes)}; {len(cases)} cases, {len(copies)} "
        f"answers, each with one Message-ID; {sum(interrupted.values())} letters were in hand at a kill, "
        f"{sum(repeated.values())} of them left again"
    )
    assert outcomes == {Outcome.OPENED.value: len(asking), Outcome.ENQUIRY.value: MAILS - len(asking)}
    assert sorted(cases) == sorted(asking)
    assert set(copies) == set(letters)
    assert len(letters) == MAILS
    assert all(count <= interrupted[message_id] for message_id, count in repeated.items())


def test_a_worker_that_is_stopped_in_the_middle_of_a_mail_is_replaced_and_makes_no_second_case(
    tmp_path: Path, dovecot: Dovecot, postfix: Postfix, postgres: Postgres
) -> None:
    tag = uuid4().hex[:6]
    box, person = f"box-{tag}", f"anna-{tag}@kunde.example"
    with crew(tmp_path, dovecot, postgres.fresh_database(), postfix.port, [box], "connections = 1") as workers:
        workers.join()
        workers.balanced()
        [first] = workers.alive
        workers.join()
        assert workers.of(first) == [box]
        with workers.engine.connect() as store:
            store.execute(text("LOCK TABLE arrival IN EXCLUSIVE MODE"))  # Who takes a mail in comes so far and waits.
            _deliver(dovecot, box, person, REQUEST)
            assert eventually(lambda: _waits_for(workers.engine, "arrival"))
            os.kill(first, signal.SIGSTOP)
            stopped = datetime.now(UTC)
        try:
            took = workers.taken_over([box], stopped, seconds=30)
            _await_taken_in(workers.engine, 1)
            print(f"\na stopped worker's mailbox was opened by another after {took:.1f} s")
        finally:
            os.kill(first, signal.SIGCONT)
        assert eventually(lambda: '"unavailable"' in workers.installation.log())  # It has found its seat lost.
        [_, second] = workers.alive
        workers.kill(second)
        _deliver(dovecot, box, person, QUESTION)
        _await_taken_in(workers.engine, 2)
        assert eventually(lambda: dispatch.next_due(workers.engine) is None)
        assert workers.of(first) == [box]
        outcomes, cases, letters = _remembered(workers.engine)
        log = workers.installation.log()
    postfix.await_empty_queue(60)
    assert outcomes == {Outcome.OPENED.value: 1, Outcome.ENQUIRY.value: 1}
    assert cases == [person]
    assert len(letters) == len(dovecot.await_mails(person, 2)) == 2
    assert '"unexpected"' not in log


def _kill_and_replace(workers: Crew, worker: int) -> set[str]:
    """One worker dies and another comes; which letters were in a dead hand."""
    boxes = workers.of(worker)
    assert boxes
    killed = datetime.now(UTC)
    workers.kill(worker)
    in_hand = _in_hand(workers.engine, worker)
    taken_over = workers.taken_over(boxes, killed)
    evenly = workers.balanced()
    workers.join()
    joined = workers.balanced()
    print(
        f"a worker with {len(boxes)} mailboxes was killed: all opened by others within {taken_over:.1f} s, evenly "
        f"{evenly:.1f} s later; the next one had its share {joined:.1f} s after it began: {workers.shares()}"
    )
    assert taken_over < SEAT_SECONDS  # The others saw it die, and did not wait until it had been silent for too long.
    return in_hand


def _take_a_case(workers: Crew) -> str:
    """Staff work meanwhile."""
    reference: str = next(
        case["reference"] for case in workers.installation.json("queue") if case["status"] == "new" and case["rights"]
    )
    assert workers.installation.run("confirm", reference).returncode == 0
    return reference


def _write(dovecot: Dovecot, boxes: list[str], people: list[str], asking: set[str]) -> None:
    for number, person in enumerate(people):
        _deliver(dovecot, boxes[number % len(boxes)], person, REQUEST if person in asking else QUESTION)


def _deliver(dovecot: Dovecot, box: str, person: str, words: str) -> None:
    raw = write_mail(words, sender=person, to=address(box), message_id=f"<{uuid4().hex}@kunde.example>")
    dovecot.deliver(raw, address(box), reverse_path=person)


def _in_hand(engine: Engine, worker: int) -> set[str]:
    """The Message-IDs of letters that a dead worker was sending."""
    with reading(engine) as session:
        return set(
            session.exec(
                select(Letter.message_id).where(
                    col(Letter.settled_at).is_(None), col(Letter.claimed_by).contains(f"-{worker}-")
                )
            )
        )


def _waits_for(engine: Engine, table: str) -> bool:
    with reading(engine) as session:
        return bool(
            session.execute(
                text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = to_regclass(:table)"),
                {"table": table},
            ).scalar()
        )


def _await_taken_in(engine: Engine, count: int) -> None:
    assert eventually(lambda: _taken_in(engine) >= count, 60 + MAILS / 10)


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
