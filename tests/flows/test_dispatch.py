"""Letters leave once, at the provider's pace, and a crash anywhere repeats at most the same bytes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from privacybot.errors import Unavailable
from privacybot.flows import desk, dispatch, intake
from privacybot.flows.dispatch import Dispatcher, Pace, Send
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


def test_no_more_leave_in_a_minute_than_the_provider_allows() -> None:
    pace = Pace(2)
    pace.count(NOW)
    pace.count(NOW + timedelta(seconds=10))
    assert pace.wait(NOW + timedelta(seconds=20)) == timedelta(seconds=40)
    assert pace.wait(NOW + timedelta(seconds=60)) == timedelta(0)


def test_the_pace_goes_on_where_an_earlier_worker_left_it(engine: Engine) -> None:
    open_cases(engine)
    drain(engine, Server().send)
    assert list(dispatch.settled_since(engine, NOW - timedelta(minutes=1))) == [NOW]
