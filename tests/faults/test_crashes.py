"""A crash after every step of intake and dispatch: no mail is lost, none has two outcomes, none is answered twice.

The fuse burns at one step after another: every statement, before and after every commit, every mail that the server
hands over or accepts. What a crash leaves behind is what the next worker finds; it must end where an undisturbed one
ends. The one repeat that is allowed lies between the mail server's 250 and our commit, and bears the same Message-ID.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, select

from privacybot.flows import desk, dispatch
from privacybot.flows.dispatch import Dispatcher, Pace
from privacybot.flows.watch import Round, make_round
from privacybot.mail.delivery import Outcome, Sent
from privacybot.mail.handover import Fetched
from privacybot.store.engine import Engine, is_sqlite, reading
from privacybot.store.outbox import LEASE, Claimed
from privacybot.store.tables import Arrival, Case, Letter, Placement
from privacybot.worker import begin
from tests.flows.office import NOW, OFFICE, mail

OUTCOMES = {
    1: "opened a case",
    2: "general enquiry",
    3: "opened a case",  # The same mail as the first: one arrival in two places.
    4: "set aside",
    5: "ignored",
    6: "set aside",
    7: "appended to a case",
    8: "opened a case",
}


class PowerCut(BaseException):
    """Nothing in the program may catch this, and nothing after it is done."""


@dataclass
class Fuse:
    """Burns at its `burns_at`-th step, once; 0 never burns."""

    burns_at: int = 0
    steps: int = 0

    def step(self, *_anything: object) -> None:
        self.steps += 1
        if self.steps == self.burns_at:
            raise PowerCut


@dataclass
class Post:
    """A folder in which eight mails lie, each another story; `number` makes them unlike those of other runs."""

    number: int
    fuse: Fuse
    uidvalidity: int = 1
    uidnext: int = 9

    def new_uids(self, first: int) -> list[int]:
        self.fuse.step()
        return [uid for uid in OUTCOMES if uid >= first]

    def uids_since(self, day: date) -> list[int]:
        raise AssertionError("everything is ours here")

    def fetch(self, uids: Any, *, size_limit: int) -> Iterator[Fetched]:
        for uid in uids:
            self.fuse.step()
            raw = self._mails()[uid]
            yield Fetched(uid, NOW, len(raw), raw)

    def _mails(self) -> dict[int, bytes]:
        anna, bo = f"anna{self.number}@kunde.example", f"bo{self.number}@kunde.example"
        first = mail(sender=anna, message_id=f"<1.{self.number}@kunde.example>")
        return {
            1: first,
            2: mail("Er der plads?", sender=bo, message_id=f"<2.{self.number}@kunde.example>"),
            3: first,
            4: b"\x00\x01%d" % self.number,
            5: mail("Ferie.", sender=bo, message_id=f"<5.{self.number}@kunde.example>", auto_submitted="auto-replied"),
            6: mail("brag", sender=bo, message_id=f"<6.{self.number}@kunde.example>"),
            7: mail(
                "Mit kursusnummer er 7.",
                sender=anna,
                message_id=f"<7.{self.number}@kunde.example>",
                in_reply_to=f"<1.{self.number}@kunde.example>",
            ),
            8: mail("Jeg vil have alt slettet: slet det.", sender=bo, message_id=f"<8.{self.number}@kunde.example>"),
        }


@dataclass
class MailServer:
    """Accepts everything; the fuse may burn before a mail is accepted, and after."""

    fuse: Fuse
    accepted: list[bytes] = field(default_factory=list)

    async def send(self, letter: Claimed) -> Outcome:
        self.fuse.step()
        self.accepted.append(letter.raw)
        self.fuse.step()
        return Sent("250 2.0.0 Ok")


def work(engine: Engine, post: Post, server: MailServer, ahead: timedelta = timedelta(0)) -> None:
    """What a worker does from its start until nothing is left to do; its clock goes `ahead`."""
    office = replace(OFFICE, mailbox=f"box{post.number}")

    def now() -> datetime:
        return datetime.now(UTC) + ahead

    dispatch.start_alone_if_sqlite(engine)
    its = Round(
        engine=engine,
        office=office,
        folder_name="INBOX",
        start_from="all",
        size_limit=2**20,
        now=now,
        stopping=lambda: False,
        begin=lambda batch: begin(engine, batch, office),
    )
    for _ in make_round(post, its, batch=3):
        post.fuse.step()
    owner = f"worker {post.number} {ahead}"
    dispatcher = Dispatcher(engine, owner, [server.send], Pace(10_000), now, stopping=lambda: False)
    asyncio.run(dispatcher.drain())


@contextmanager
def wired(engine: Engine, fuse: Fuse) -> Iterator[None]:
    """Every statement is a step, and so are the moments before and after each commit.

    At the end every connection is closed as the end of a process closes it: what was not committed is gone.
    """
    connections: list[Any] = []
    engine.dispose()
    event.listen(engine, "connect", collect := lambda connection, _: connections.append(connection))
    wires = [(engine, "after_cursor_execute"), (engine, "commit"), (Session, "after_commit")]
    for target, moment in wires:
        event.listen(target, moment, fuse.step)
    try:
        yield
    finally:
        for target, moment in wires:
            event.remove(target, moment, fuse.step)
        event.remove(engine, "connect", collect)
        for connection in connections:
            connection.close()
        engine.dispose()


def unsettled(engine: Engine, accepted: list[bytes]) -> int:
    """How many letters the server has accepted without our knowing it."""
    with reading(engine) as session:
        waiting = session.exec(select(Letter.raw).where(Letter.state == "waiting")).all()
    return len(set(waiting) & set(accepted))


def outcomes(engine: Engine, mailbox: str) -> dict[int, str]:
    with reading(engine) as session:
        found = session.exec(
            select(Placement.uid, Arrival.outcome)
            .join(Arrival, Arrival.id == Placement.arrival_id)  # type: ignore[arg-type]
            .where(Placement.mailbox == mailbox)
        ).all()
    assert len(found) == len(dict(found))
    return dict(found)


def counted(engine: Engine, table: type[Case] | type[Letter], mailbox: str) -> int:
    with reading(engine) as session:
        return len(session.exec(select(table).where(table.mailbox == mailbox)).all())


def crash_and_recover(engine: Engine, step: int) -> tuple[bool, int]:
    """Whether there is such a step, and how many mails the server was given again."""
    fuse, server = Fuse(step), MailServer(Fuse())
    server.fuse = fuse
    post = Post(step, fuse)
    with wired(engine, fuse):
        with suppress(PowerCut):
            work(engine, post, server)
        gc.collect()  # Cursors that the dead worker's frames still hold would keep SQLite's lock.
    burnt = fuse.steps >= step
    in_the_window = unsettled(engine, server.accepted)
    fuse.burns_at = 0
    work(engine, post, server, ahead=LEASE * 2)
    assert outcomes(engine, f"box{step}") == OUTCOMES
    assert counted(engine, Case, f"box{step}") == 2
    assert counted(engine, Letter, f"box{step}") == len(set(server.accepted)) == 3
    repeats = len(server.accepted) - len(set(server.accepted))
    assert repeats == in_the_window <= 1
    return burnt, repeats


def test_a_crash_at_any_step_loses_nothing_and_repeats_at_most_one_mail(engine: Engine) -> None:
    if is_sqlite(engine):
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        engine.dispose()
    gc.freeze()  # What lives already is not looked through again after each crash.
    figures: Counter[int] = Counter()
    step = 1
    while (crashed := crash_and_recover(engine, step))[0]:
        figures[crashed[1]] += 1
        step += 1
    gc.unfreeze()
    print(f"\n{engine.dialect.name}: {sum(figures.values())} crashes, {figures[1]} of them repeated one mail")
    assert sum(figures.values()) > 100
    assert 3 <= figures[1] <= 3 * 10
    assert all(desk.case_file(engine, case.reference).events for case, _ in desk.queue(engine, most=5)[0])
