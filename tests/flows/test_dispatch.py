"""Letters leave once, at the provider's pace, and a crash anywhere repeats at most the same bytes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from privacybot.errors import Unavailable
from privacybot.flows import desk, dispatch, intake
from privacybot.flows.dispatch import Dispatcher, Send
from privacybot.flows.pace import Pace
from privacybot.mail.delivery import Deferred, Outcome, Refused, Sent
from privacybot.store.engine import Engine
from privacybot.store.outbox import LEASE, Claimed
from tests.flows.office import NOW, OFFICE, mail, received


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


class Server:
    """What a server has accepted, and how it answers the next mails."""

    def __init__(self, *answers: Outcome | Exception) -> None:
        self.answers = deque(answers)
        self.accepted: list[bytes] = []

    async def send(self, letter: Claimed) -> Outcome:
        answer = self.answers.popleft() if self.answers else Sent("250 2.0.0 Ok")
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Sent):
            self.accepted.append(letter.raw)
        return answer


def open_cases(engine: Engine, count: int = 1) -> None:
    post = [
        received(mail(sender=f"p{n}@kunde.example", message_id=f"<{n}@kunde.example>"), n) for n in range(1, count + 1)
    ]
    intake.take_in(engine, post, OFFICE, NOW)


def drain(
    engine: Engine,
    *senders: Send,
    now: Callable[[], datetime] | None = None,
    pace: Pace | None = None,
    owner: str = "w",
) -> int:
    dispatcher = Dispatcher(engine, owner, senders, pace or Pace(10_000), now or Clock(), stopping=lambda: False)
    return asyncio.run(dispatcher.drain())


def test_a_sent_letter_shows_in_its_case(engine: Engine) -> None:
    open_cases(engine)
    server = Server()
    assert drain(engine, server.send) == 1
    [(case, _)], _ = desk.queue(engine)
    assert case.acknowledged_at == NOW
    assert drain(engine, server.send) == 0
    assert len(server.accepted) == 1


def test_many_connections_send_each_letter_once(engine: Engine) -> None:
    open_cases(engine, 30)
    servers = [Server() for _ in range(4)]
    assert drain(engine, *(server.send for server in servers)) == 30
    sent = [raw for server in servers for raw in server.accepted]
    assert len(sent) == len(set(sent)) == 30


def test_a_deferred_letter_is_tried_again_with_the_same_bytes(engine: Engine) -> None:
    open_cases(engine)
    clock, server = Clock(), Server(Deferred("451 try later"), Deferred("lost", connection_lost=True))
    seen: list[bytes] = []

    async def send(letter: Claimed) -> Outcome:
        seen.append(letter.raw)
        return await server.send(letter)

    for _ in range(3):
        drain(engine, send, now=clock)
        due = dispatch.next_due(engine)
        clock.at = due or clock.at
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert len(server.accepted) == 1


def test_the_first_retry_comes_within_five_seconds(engine: Engine) -> None:
    open_cases(engine)
    drain(engine, Server(Deferred("421 busy")).send)
    due = dispatch.next_due(engine)
    assert due is not None
    assert timedelta(0) < due - NOW <= timedelta(seconds=5)


def test_a_refused_letter_is_shown_to_staff_and_never_tried_again(engine: Engine) -> None:
    open_cases(engine)
    drain(engine, Server(Refused("550 5.1.1 no such user")).send)
    [(case, _)], _ = desk.queue(engine)
    assert "550 5.1.1" in case.undelivered
    assert case.acknowledged_at is None
    assert dispatch.next_due(engine) is None


def test_after_five_days_a_letter_is_given_up_and_shown(engine: Engine) -> None:
    open_cases(engine)
    clock = Clock()
    clock.at = NOW + timedelta(days=5)
    drain(engine, Server(Deferred("451 still not")).send, now=clock)
    [(case, _)], _ = desk.queue(engine)
    assert "given up" in case.undelivered


def test_a_server_that_takes_no_mail_until_a_person_acts_loses_nothing(engine: Engine) -> None:
    open_cases(engine)
    with pytest.raises(Unavailable, match="password"):
        drain(engine, Server(Unavailable("The password is wrong.", permanent=True)).send)
    server = Server()
    assert drain(engine, server.send) == 1
    assert len(server.accepted) == 1


@pytest.mark.parametrize("crash", ["before sending", "after sending"])
def test_a_crash_between_claim_and_settlement_repeats_only_the_same_mail(engine: Engine, crash: str) -> None:
    open_cases(engine)
    server, clock = Server(), Clock()

    class PowerCut(BaseException):
        pass

    async def send(letter: Claimed) -> Outcome:
        if crash == "after sending":
            await server.send(letter)
        raise PowerCut

    with pytest.raises(PowerCut):
        drain(engine, send, now=clock, owner="dead")
    assert drain(engine, server.send, now=clock, owner="heir") == 0
    clock.at = NOW + LEASE
    assert drain(engine, server.send, now=clock, owner="heir") == 1
    assert len(server.accepted) == (2 if crash == "after sending" else 1)
    assert len(set(server.accepted)) == 1


def test_the_pace_is_one_for_all_workers_and_goes_on_where_an_earlier_one_left_it(engine: Engine) -> None:
    open_cases(engine, 7)
    clock, server = Clock(), Server()
    accepted: list[int] = []
    for second in range(200):
        clock.at = NOW + timedelta(seconds=second)
        for owner in ("one", "two"):
            drain(engine, server.send, server.send, now=clock, pace=Pace(3), owner=owner)
        accepted.append(len(server.accepted))
    sent_in_a_minute = [accepted[end] - accepted[end - 60] for end in range(60, 200)]
    assert accepted[0] == 3
    assert max(sent_in_a_minute) == 3
    assert accepted[-1] == 7


def test_the_pace_tells_when_a_letter_may_leave_again(engine: Engine) -> None:
    open_cases(engine, 2)
    clock, server, pace = Clock(), Server(), Pace(1)
    assert drain(engine, server.send, now=clock, pace=pace) == 1
    assert pace.free_at is not None
    assert timedelta(minutes=1) < pace.free_at - NOW < timedelta(seconds=63)
    clock.at = pace.free_at
    assert drain(engine, server.send, now=clock, pace=pace) == 1
    assert pace.free_at is None or pace.free_at > clock.at


@pytest.mark.parametrize("per_minute", [10, 2_000])
def test_racing_workers_keep_the_limit_together(engine: Engine, per_minute: int) -> None:
    open_cases(engine, 30)
    servers = [Server() for _ in range(3)]

    def work(server: Server) -> int:
        return drain(engine, server.send, server.send, pace=Pace(per_minute), owner=str(id(server)))

    with ThreadPoolExecutor(3) as pool:
        tried = sum(pool.map(work, servers))
    assert tried == min(30, per_minute)
    assert len({raw for server in servers for raw in server.accepted}) == tried


def test_a_clock_that_was_put_back_blocks_nobody_for_ever(engine: Engine) -> None:
    open_cases(engine, 2)
    clock, server = Clock(), Server()
    clock.at = NOW + timedelta(days=2)
    drain(engine, server.send, now=clock, pace=Pace(1))
    clock.at = NOW + timedelta(minutes=1)
    assert drain(engine, server.send, now=clock, pace=Pace(1)) == 1


def test_a_worker_that_stood_still_beyond_its_lease_does_not_send_what_another_may_have(engine: Engine) -> None:
    open_cases(engine)
    server, clock = Server(), Clock()

    def stands_still() -> datetime:
        clock.at += LEASE  # As long again passes between any two looks at the clock.
        return clock.at

    assert drain(engine, server.send, now=stands_still, owner="stopped") == 0
    assert server.accepted == []
    assert drain(engine, server.send, now=clock, owner="heir") == 1


def test_who_comes_second_with_an_answer_tells_the_case_nothing_new(engine: Engine) -> None:
    open_cases(engine)
    clock, late = Clock(), asyncio.Event()
    heir = Server()

    async def stopped(letter: Claimed) -> Outcome:
        await late.wait()
        return Deferred("421 the connection was idle for too long", connection_lost=True)

    async def both() -> None:
        first = Dispatcher(engine, "stopped", [stopped], Pace(100), clock, stopping=lambda: False)
        working = asyncio.create_task(first.drain())
        while not first.in_hand:
            await asyncio.sleep(0.01)
        clock.at += LEASE
        second = Dispatcher(engine, "heir", [heir.send], Pace(100), clock, stopping=lambda: False)
        assert await second.drain() == 1
        late.set()
        await working

    asyncio.run(both())
    assert len(heir.accepted) == 1
    assert dispatch.next_due(engine) is None
    [(case, _)], _ = desk.queue(engine)
    steps = [event.step for event in desk.case_file(engine, case.reference).events]
    assert steps.count("acknowledgement sent") == 1
