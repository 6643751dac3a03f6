"""The worker: what its duties are, and how each is done. Which of them it has at a time is its `shift`'s affair.

With `duty` it catches everything: the fault of one mail sets that mail aside, the fault of the world makes a duty wait
and try again for ever, and neither ends the worker. SIGTERM raises a flag that is looked at between two mails.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from privacybot import log
from privacybot.app import App
from privacybot.config import MailboxSection
from privacybot.duty import Duty, Stint, pause
from privacybot.edges.imap import Folder, open_folder
from privacybot.edges.smtp import SmtpConnection
from privacybot.errors import ConfigError, Unavailable
from privacybot.flows import dispatch, intake, reminders, retention
from privacybot.flows.arrived import Received, Taken
from privacybot.flows.books import Settlement
from privacybot.flows.dispatch import Dispatcher
from privacybot.flows.doubts import Doubts
from privacybot.flows.intake import Opened
from privacybot.flows.office import Office
from privacybot.flows.pace import Pace
from privacybot.flows.watch import Round, make_round
from privacybot.mail.delivery import Deferred
from privacybot.mail.delivery import Outcome as Delivery
from privacybot.operation import HOUSEKEEPING, LONGEST_SEND, OUTBOX, Operation, part_of, senders
from privacybot.shift import HOUSE, MAILBOX, SENDING, Shift
from privacybot.store.engine import Engine, is_sqlite
from privacybot.store.leases import Seat, borrowed, take_seat
from privacybot.store.ledger import Outcome
from privacybot.store.outbox import Claimed
from privacybot.store.workplace import alone

BATCH = 32
"""How many mails share a transaction."""
ONCE_WAITS = timedelta(seconds=30)
"""`run --once` waits for retries that fall due within this time."""
ONCE_VISITS = 20
"""So often `run --once` connects to a mailbox where single mails break the connection."""
REMIND_SECONDS, REMINDS_A_PURGE = 60.0, 60
"""How often it is asked whether it is time to remind staff; once in so many times, what is too old goes."""
LOOK_AGAIN = 5.0
"""How often the outbox is looked at when nobody says that it has grown, in seconds."""


@dataclass
class Worker:
    """One process at work on a configuration. `owner` is its name in the outbox's claims."""

    app: App
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}")
    stopping: threading.Event = field(default_factory=threading.Event)
    doubts: dict[str, Doubts] = field(default_factory=dict)
    """By mailbox: what is known of mails that are hard to get."""
    unsettled: dict[int, Settlement] = field(default_factory=dict)
    """What the server has answered and the database has not yet taken down."""
    bells: dict[str, threading.Event] = field(default_factory=dict)
    """By duty: rung when the outbox has grown."""

    def __post_init__(self) -> None:
        self.operation = Operation(self.app, holds=lambda duty: self.shift.holds(duty), workers=self._workers)
        self.shift = Shift((), self.operation.vitals, self.ring, self.stopping)

    def run(self) -> None:
        """Work until `stopping` is set."""
        self._prepare()
        self.shift.duties = self._duties()
        with self.operation.told():
            self.shift.work(self._seat)
        log.get().info("stopped")

    def run_once(self) -> None:
        """Take in what is there, send what is due, wait for retries that fall due soon, and stop.

        Raises Unavailable, after everything else has been tried, when a server could not be used.
        """
        self._prepare()
        with alone(self.app.engine):
            dispatch.start_alone_if_sqlite(self.app.engine)
            failures = asyncio.run(self._once())
        if failures:
            raise failures[0]

    def stop(self, *_signal: object) -> None:
        self.stopping.set()
        self.shift.end()

    def ring(self) -> None:
        """The outbox has grown."""
        for bell in list(self.bells.values()):
            bell.set()

    def stop_on_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def _prepare(self) -> None:
        """Whatever can fail for good fails here, before anything is begun."""
        recognise = self.app.recognise  # It loads while the rest is looked at.
        if problems := self.app.templates.problems():
            raise ConfigError(problems)
        _ = self.app.engine, self.app.smtp_account(), list(recognise([]))
        for mailbox in self.app.config.mailbox:
            self.app.imap_account(mailbox)

    @contextmanager
    def _seat(self) -> Iterator[Seat]:
        with take_seat(self.app.engine, [duty.name for duty in self.shift.duties]) as seat:
            dispatch.start_alone_if_sqlite(self.app.engine)
            yield seat

    def _workers(self) -> int:
        return self.shift.workers

    def _duties(self) -> list[Duty]:
        """Everything there is to do, whoever does it."""
        mailboxes = [
            Duty(MAILBOX, part_of(box), partial(self._watch, box), 2 * box.poll_seconds + 300.0)
            for box in self.app.config.mailbox
        ]
        sending = [Duty(SENDING, name, self._dispatch, LONGEST_SEND) for name in senders(self.app)]
        return [*mailboxes, *sending, Duty(HOUSE, HOUSEKEEPING, self._keep_house, LONGEST_SEND)]

    async def _once(self) -> list[Unavailable]:
        """Letters leave while further mails are taken in."""
        taking_in = asyncio.create_task(asyncio.to_thread(self._take_in_once))
        try:
            await self._drain_once(lambda: not taking_in.done())
        finally:
            failures = await taking_in
        return failures

    # Intake

    def _take_in_once(self) -> list[Unavailable]:
        try:
            failures = [failure for box in self.app.config.mailbox if (failure := self._visit_once(box))]
            self._purge()
            self._remind()
            return failures
        finally:
            self.ring()

    def _visit_once(self, mailbox: MailboxSection) -> Unavailable | None:
        """One visit; a few more where a mail broke the connection, so that the others are taken in."""
        doubts = self.doubts.setdefault(mailbox.name, Doubts())
        for _ in range(ONCE_VISITS):
            known = doubts.lessons
            failure = self._visit(mailbox)
            if failure is None or doubts.lessons == known or self.stopping.wait(pause(1)):
                return failure
        return failure

    def _visit(self, mailbox: MailboxSection) -> Unavailable | None:
        try:
            with open_folder(self.app.imap_account(mailbox)) as folder:
                self._pass(folder, mailbox, self.stopping.is_set)
        except Unavailable as failure:
            return failure
        return None

    def _watch(self, mailbox: MailboxSection, stint: Stint) -> None:
        """One connection to one mailbox, as long as it holds: pass, wait, pass."""
        with open_folder(self.app.imap_account(mailbox)) as folder:
            log.get().info("connected", mailbox=mailbox.name)
            while not stint.is_over():
                self._pass(folder, mailbox, stint.is_over)
                folder.wait(mailbox.poll_seconds, stint.over, use_idle=mailbox.idle)

    def _pass(self, folder: Folder, mailbox: MailboxSection, stopping: Callable[[], bool]) -> None:
        office = self.app.office(mailbox)
        its = Round(
            engine=self.app.engine,
            office=office,
            folder_name=mailbox.folder,
            start_from=mailbox.start_from,
            size_limit=mailbox.max_megabytes * 2**20,
            now=_now,
            stopping=stopping,
            begin=lambda post: begin(self.app.engine, post, office),
            doubts=self.doubts.setdefault(mailbox.name, Doubts()),
        )
        for taken in make_round(folder, its, BATCH):
            self._tell(mailbox, taken)
            self.ring()
            _mark(folder, mailbox, taken)
        self.operation.vitals.well(part_of(mailbox))

    def _tell(self, mailbox: MailboxSection, taken: Sequence[Taken]) -> None:
        self.operation.vitals.well(part_of(mailbox))
        for one in taken:
            if not one.again:
                self.operation.metrics.mail_taken_in(mailbox.name, one.outcome.value)
                log.get().info(
                    "mail taken in",
                    mailbox=mailbox.name,
                    uid=one.place.uid if one.place else None,
                    outcome=one.outcome.value,
                    reason=one.reason if one.outcome is not Outcome.SET_ASIDE else "",
                    case=one.reference,
                )

    # Housekeeping

    def _keep_house(self, stint: Stint) -> None:
        """Let go what is too old, and remind staff in the morning."""
        while not stint.is_over():
            self._purge()
            for _ in range(REMINDS_A_PURGE):
                self._remind()
                self.operation.vitals.well(HOUSEKEEPING)
                if stint.over.wait(REMIND_SECONDS) or stint.is_over():
                    return

    def _remind(self) -> None:
        digest = reminders.remind_in_time(self.app.engine, self.app.morning(), _now())
        if digest is not None and not digest.is_empty:
            log.get().info("staff reminded", day=digest.day.isoformat(), new=len(digest.new), due=len(digest.due))
            self.ring()

    def _purge(self) -> None:
        if not self.app.config.retention.automatic:
            return
        gone = retention.purge(self.app.engine, self.app.terms, _now())
        if not gone.is_empty:
            cases = len(gone.closed) + len(gone.dismissed)
            log.get().info("purged", cases=cases, mails=len(gone.enquiries), set_aside=len(gone.set_aside))

    # Dispatch

    def _dispatch(self, stint: Stint) -> None:
        """Send what is due, and wait until more is, as long as the server and the database serve."""
        connections = self.app.config.smtp.connections if is_sqlite(self.app.engine) else 1
        bell = self.bells[stint.duty.name] = threading.Event()
        asyncio.run(self._send_for_ever(stint, bell, connections))

    async def _send_for_ever(self, stint: Stint, bell: threading.Event, connections: int) -> None:
        name = stint.duty.name
        async with self._dispatcher(connections, stint.is_over, name) as dispatcher:
            while not stint.is_over():
                bell.clear()
                await dispatcher.drain()
                self.operation.vitals.well(name)
                wait = 0.0 if stint.is_over() else await asyncio.to_thread(self._until_due, dispatcher.pace)
                await asyncio.to_thread(bell.wait, wait)

    async def _drain_once(self, more_comes: Callable[[], bool]) -> None:
        """Send until nothing is due within `ONCE_WAITS`; where other workers have every connection, they send."""
        bell = self.bells[OUTBOX] = threading.Event()
        while not self.stopping.is_set():
            with borrowed(self.app.engine, senders(self.app)) as got:
                connections = self.app.config.smtp.connections if is_sqlite(self.app.engine) else len(got)
                async with self._dispatcher(connections, self.stopping.is_set, OUTBOX) as dispatcher:
                    await dispatcher.drain()
                    while more_comes() and not self.stopping.is_set():
                        await asyncio.to_thread(bell.wait, LOOK_AGAIN)
                        bell.clear()
                        await dispatcher.drain()
            due = await asyncio.to_thread(dispatch.next_due, self.app.engine)
            if due is None or due - _now() > ONCE_WAITS:
                return
            await asyncio.to_thread(self.stopping.wait, max(0.05, self._until_due(dispatcher.pace)))

    @asynccontextmanager
    async def _dispatcher(self, connections: int, stopping: Callable[[], bool], duty: str) -> AsyncIterator[Dispatcher]:
        smtp, account = self.app.config.smtp, self.app.smtp_account()
        opened = [SmtpConnection(account) for _ in range(connections)]
        try:
            yield Dispatcher(
                engine=self.app.engine,
                owner=f"{self.owner} {duty}",
                senders=[self._counted(_sender(connection), duty) for connection in opened],
                pace=Pace(smtp.max_per_minute, f"{smtp.username}@{smtp.host}:{smtp.port}"),
                now=_now,
                stopping=stopping,
                unsettled=self.unsettled,
            )
        finally:
            for connection in opened:
                await connection.close()

    def _counted(self, send: dispatch.Send, duty: str) -> dispatch.Send:
        async def counted(letter: Claimed) -> Delivery:
            outcome = await send(letter)
            self.operation.tried(letter, outcome, _now())
            self.operation.vitals.well(duty)
            return outcome

        return counted

    def _until_due(self, pace: Pace) -> float:
        """Seconds until something may leave."""
        due = [at for at in (dispatch.next_due(self.app.engine), pace.free_at) if at]
        return min(LOOK_AGAIN, max(0.0, (max(due) - _now()).total_seconds())) if due else LOOK_AGAIN


def begin(engine: Engine, post: Sequence[Received], office: Office) -> Callable[[], list[Taken]]:
    """Open mails; what is returned takes them in together, or one by one where one of them breaks that."""
    try:
        opened = intake.open_post(post, office)
    except Exception as error:
        broken = error
        return lambda: _rescued(engine, post, office, broken)
    return lambda: _taken_in(engine, opened, office)


def _taken_in(engine: Engine, opened: Opened, office: Office) -> list[Taken]:
    try:
        return intake.enter(engine, opened, office, _now())
    except Unavailable:
        raise
    except Exception as error:
        return _rescued(engine, opened.post, office, error)


def _rescued(engine: Engine, post: Sequence[Received], office: Office, error: Exception) -> list[Taken]:
    """The mails of a batch that broke the program, each alone; one that breaks it alone is set aside."""
    if len(post) > 1:
        return [taken for received in post for taken in begin(engine, [received], office)()]
    where = log.whereabouts(error)
    log.get().error("mail set aside", mailbox=office.mailbox, error=where)
    return [intake.set_aside(engine, post[0], office, f"It broke the program: {where}.", _now())]


def _sender(connection: SmtpConnection) -> dispatch.Send:
    """A fault of this program in the middle of one letter is that letter's deferral, and no other's."""

    async def send(letter: Claimed) -> Delivery:
        try:
            return await connection.send(letter.raw, reverse_path=letter.reverse_path, recipient=letter.recipient)
        except Unavailable:
            raise
        except Exception as error:
            where = log.whereabouts(error)
            log.get().error("letter deferred", letter=letter.id, error=where)
            await connection.close()
            return Deferred(f"It broke the program: {where}.", connection_lost=True)

    return send


def _mark(folder: Folder, mailbox: MailboxSection, taken: Sequence[Taken]) -> None:
    """Show staff in their mail program what has become a case; where the server forbids it, nothing happens."""
    for one in taken:
        if one.again or one.place is None or one.outcome not in (Outcome.OPENED, Outcome.APPENDED):
            continue
        if mailbox.case_keyword:
            folder.mark(one.place.uid, mailbox.case_keyword)
        if mailbox.copy_cases_to:
            folder.copy(one.place.uid, mailbox.copy_cases_to)
        if mailbox.move_cases_to:
            folder.move(one.place.uid, mailbox.move_cases_to)


def _now() -> datetime:
    return datetime.now(UTC)
