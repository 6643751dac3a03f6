"""Handing over a mail: to Postfix, and to servers that misbehave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from privacybot.edges.smtp import SmtpAccount, SmtpConnection
from privacybot.edges.tls import Security
from privacybot.errors import Unavailable
from privacybot.mail.delivery import Deferred, Outcome, Refused, Sent
from tests.edges.misbehaving import Answer, Fault, Server, serving, smtp
from tests.servers import Dovecot, Postfix

US = "kontakt@epmgroup.dk"
MAIL = b"From: kontakt@epmgroup.dk\nTo: anna@kunde.example\nSubject: Kvittering\n\n.Hej\n..\nHilsen\n"

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def account(port: int, *, security: Security = "none", **settings: Any) -> SmtpAccount:
    defaults: dict[str, Any] = {"timeout_seconds": 5.0, "final_reply_seconds": 5.0, "helo_name": "epmgroup.dk"}
    return SmtpAccount("127.0.0.1", port, security, **(defaults | settings))


async def send(
    to: SmtpAccount, *, mails: int = 1, reverse_path: str = US, recipient: str = "anna@kunde.example"
) -> list[Outcome]:
    connection = SmtpConnection(to)
    try:
        return [await connection.send(MAIL, reverse_path=reverse_path, recipient=recipient) for _ in range(mails)]
    finally:
        await connection.close()


def outcomes(*faults: Mapping[str, Answer], mails: int = 1, **settings: Any) -> tuple[list[Outcome], Server]:
    with serving(smtp(*faults)) as server:
        return run(send(account(server.port, **settings), mails=mails)), server


class TestPostfix:
    @pytest.mark.parametrize("security", ["none", "starttls", "tls"])
    def test_takes_a_mail_and_it_arrives_unharmed(self, dovecot: Dovecot, postfix: Postfix, security: Security) -> None:
        ports = {"none": postfix.port, "starttls": postfix.submission_port, "tls": postfix.smtps_port}
        login = {} if security == "none" else {"username": US, "password": dovecot.password}
        to = account(ports[security], security=security, ca_file=postfix.ca_file, **login)
        recipient = f"{security}@kunde.example"
        (outcome,) = run(send(to, recipient=recipient))
        assert isinstance(outcome, Sent)
        assert outcome.reply.startswith("250 2.0.0 Ok: queued as")
        (mail,) = dovecot.await_mails(recipient)
        assert mail.startswith(b"Return-Path: <kontakt@epmgroup.dk>")
        assert mail.endswith(b"\r\n\r\n.Hej\r\n..\r\nHilsen\r\n")

    def test_takes_danish_letters_in_domain_and_mailbox(self, dovecot: Dovecot, postfix: Postfix) -> None:
        to = account(postfix.port)
        assert isinstance(run(send(to, recipient="anna@blåbær.example"))[0], Sent)
        assert len(dovecot.await_mails("anna@xn--blbr-roah.example")) == 1
        assert isinstance(run(send(to, recipient="søren@kunde.example"))[0], Sent)

    def test_is_told_how_to_answer_when_the_mail_bounces_later(self, dovecot: Dovecot, postfix: Postfix) -> None:
        work = send(account(postfix.port), reverse_path="bounces@epmgroup.dk", recipient="ukendt@kunde.example")
        assert isinstance(run(work)[0], Sent)
        (bounce,) = dovecot.await_mails("bounces@epmgroup.dk")
        assert b"report-type=delivery-status" in bounce

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"password": "wrong"}, "refuses the login of kontakt@epmgroup.dk: 535"),
            ({"ca_file": None}, "a certificate that is not trusted"),
            ({"ca_file": Path("/nowhere.pem")}, "correct ca_file"),
            ({"host": "findes-ikke.invalid"}, "There is no server by the name of findes-ikke.invalid"),
            ({"host": "192.0.2.1", "security": "none"}, 'security = "none" is not allowed'),
        ],
    )
    def test_a_fault_of_the_settings_is_one_sentence_for_a_person(
        self, dovecot: Dovecot, postfix: Postfix, change: dict[str, Any], sentence: str
    ) -> None:
        settings: dict[str, Any] = {"username": US, "password": dovecot.password, "ca_file": postfix.ca_file}
        good = account(postfix.smtps_port, security="tls", **settings)
        for attempt in (send, lambda to: SmtpConnection(to).check()):
            with pytest.raises(Unavailable, match=sentence) as fault:
                run(attempt(replace(good, **change)))
            assert fault.value.permanent
            assert "\n" not in str(fault.value)

    def test_tls_against_a_plain_port_names_the_setting(self, postfix: Postfix) -> None:
        with pytest.raises(Unavailable, match='set security = "starttls"'):
            run(send(account(postfix.port, security="tls", ca_file=postfix.ca_file)))

    def test_check_is_content_with_a_good_account(self, dovecot: Dovecot, postfix: Postfix) -> None:
        to = account(
            postfix.smtps_port, security="tls", ca_file=postfix.ca_file, username=US, password=dovecot.password
        )
        run(SmtpConnection(to).check())


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"greeting": b"421 4.3.2 too busy\r\n"}, Deferred),
        ({"greeting": Fault.CUT}, Deferred),
        ({"EHLO": Fault.CUT}, Deferred),
        ({"MAIL": b"421 4.3.2 shutting down\r\n"}, Deferred),
        ({"MAIL": b"451 4.3.0 later\r\n"}, Deferred),
        ({"MAIL": b"552 5.3.4 too large\r\n"}, Refused),
        ({"RCPT": b"450 4.2.0 greylisted\r\n"}, Deferred),
        ({"RCPT": b"550 5.1.1 no such user\r\n"}, Refused),
        ({"RCPT": b"252 cannot verify\r\n"}, Deferred),
        ({"RCPT": Fault.CUT}, Deferred),
        ({"DATA": b"451 4.3.0 later\r\n"}, Deferred),
        ({"DATA": b"554 5.5.1 no valid recipients\r\n"}, Refused),
        ({".": b"421 4.3.2 shutting down\r\n"}, Deferred),
        ({".": b"451 4.3.0 disk full\r\n"}, Deferred),
        ({".": b"554 5.7.1 spam\r\n"}, Refused),
        ({".": b"251 forwarded\r\n"}, Sent),
        ({".": b"well...\r\n"}, Deferred),
        ({".": Fault.CUT}, Deferred),
        ({}, Sent),
    ],
    ids=str,
)
def test_every_answer_is_an_outcome(fault: Mapping[str, Answer], outcome: type[Outcome]) -> None:
    (settled,), _ = outcomes(fault)
    assert isinstance(settled, outcome), settled
    assert settled.reply


@pytest.mark.parametrize("verb", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "."])
def test_silence_is_a_deferral_that_costs_the_connection(verb: str) -> None:
    began = time.monotonic()
    (settled,), _ = outcomes({verb: Fault.SILENCE}, timeout_seconds=0.3, final_reply_seconds=0.3)
    assert isinstance(settled, Deferred)
    assert settled.connection_lost
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("last_answer", [Fault.CUT, Fault.SILENCE, b"421 4.3.2 shutting down\r\n"], ids=str)
def test_after_a_lost_connection_the_next_mail_opens_another(last_answer: Answer) -> None:
    settled, server = outcomes({".": last_answer}, {}, mails=2, final_reply_seconds=0.3)
    assert [type(outcome) for outcome in settled] == [Deferred, Sent]
    assert server.visits == 2


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", [b"450 4.2.0 later\r\n", b"550 5.1.1 never\r\n"], ids=["450", "550"])
def test_after_a_refusal_the_next_mail_uses_the_same_connection(verb: str, answer: bytes) -> None:
    settled, server = outcomes({verb: answer}, mails=2)
    assert len(settled) == 2
    assert server.visits == 1
    commands = [line.split(b" ")[0] for line in server.heard]
    assert commands.index(b"RSET") < len(commands) - 1 - commands[::-1].index(b"MAIL")


def test_a_server_that_cannot_reset_judges_no_other_mail() -> None:
    settled, server = outcomes({"RCPT": b"550 5.1.1 never\r\n", "RSET": b"500 5.5.1 what?\r\n"}, {}, mails=2)
    assert [type(outcome) for outcome in settled] == [Refused, Sent]
    assert server.visits == 2


@pytest.mark.parametrize("goodbye", [Fault.CUT, b"421 4.4.2 idle for too long\r\n"], ids=str)
def test_a_connection_that_died_of_idleness_costs_no_attempt(goodbye: Answer) -> None:
    async def send_twice(port: int) -> list[Outcome]:
        connection = SmtpConnection(account(port))
        first = await connection.send(MAIL, reverse_path=US, recipient="anna@kunde.example")
        manners["MAIL"] = goodbye
        second = await connection.send(MAIL, reverse_path=US, recipient="anna@kunde.example")
        await connection.close()
        return [first, second]

    manners: dict[str, Answer] = {}
    with serving(lambda visit: smtp(manners if visit.number == 1 else {})(visit)) as server:
        settled = run(send_twice(server.port))
    assert [type(outcome) for outcome in settled] == [Sent, Sent]


def test_a_mail_that_is_cancelled_leaves_no_reply_to_the_next() -> None:
    async def cancel_then_send(port: int) -> Outcome:
        connection = SmtpConnection(account(port))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.send(MAIL, reverse_path=US, recipient="anna@kunde.example"), 0.2)
        return await connection.send(MAIL, reverse_path=US, recipient="bo@kunde.example")

    with serving(smtp({".": Fault.SILENCE}, {})) as server:
        assert isinstance(run(cancel_then_send(server.port)), Sent)
    assert server.visits == 2


def test_a_refused_sender_is_a_fault_of_the_settings_and_of_no_mail() -> None:
    with pytest.raises(Unavailable, match=r"takes no mail from kontakt@epmgroup.dk: 550 5.7.60") as fault:
        outcomes({"MAIL": b"550 5.7.60 may not send as this address\r\n"})
    assert fault.value.permanent


def test_a_server_that_takes_no_mail_from_us_at_all_waits_for_a_person() -> None:
    with pytest.raises(Unavailable, match="blocked") as fault:
        outcomes({"greeting": b"554 5.7.1 blocked\r\n"})
    assert fault.value.permanent


def test_a_withdrawn_starttls_sends_nothing_in_the_clear() -> None:
    with serving(smtp()) as server:
        with pytest.raises(Unavailable, match="does not offer STARTTLS"):
            run(send(account(server.port, security="starttls", username=US, password="hemmelig")))
        assert not [line for line in server.heard if line.startswith((b"AUTH", b"MAIL"))]


def test_a_wrong_password_is_tried_once() -> None:
    with serving(smtp({"AUTH": b"535 5.7.8 no\r\n"})) as server:
        with pytest.raises(Unavailable, match="refuses the login"):
            run(send(account(server.port, username=US, password="hemmelig")))
        assert len([line for line in server.heard if line.startswith(b"AUTH")]) == 1


def test_a_login_that_fails_for_now_is_a_deferral() -> None:
    (settled,), _ = outcomes({"AUTH": b"454 4.7.0 try later\r\n"}, username=US, password="hemmelig")
    assert settled == Deferred(reply=settled.reply, connection_lost=True)
    assert "454 4.7.0 try later" in settled.reply


def test_a_token_logs_in_with_xoauth2() -> None:
    async def token() -> str:
        return "token-1"

    ehlo = b"250-mail.example\r\n250 AUTH XOAUTH2\r\n"
    (settled,), server = outcomes({"EHLO": ehlo}, username=US, access_token=token)
    assert isinstance(settled, Sent)
    assert any(line.startswith(b"AUTH XOAUTH2 ") for line in server.heard)


def test_the_envelope_asks_for_bounces_and_tells_the_size() -> None:
    _, server = outcomes()
    size = len(MAIL.replace(b"\n", b"\r\n"))
    assert f"MAIL FROM:<{US}> SIZE={size} RET=HDRS".encode() in server.heard
    assert b"RCPT TO:<anna@kunde.example> NOTIFY=FAILURE" in server.heard


def test_a_server_without_extensions_is_asked_for_none() -> None:
    (settled,), server = outcomes({"EHLO": b"502 what?\r\n", "HELO": b"250 mail.example\r\n"})
    assert isinstance(settled, Sent)
    assert f"MAIL FROM:<{US}>".encode() in server.heard
    assert b"RCPT TO:<anna@kunde.example>" in server.heard


@pytest.mark.parametrize(
    "recipient",
    [
        "anna@kunde.example> NOTIFY=NEVER",
        "anna@kunde.example\r\nRCPT TO:<bo@kunde.example>",
        "anna@kunde.example, bo@kunde.example",
        "søren@kunde.example",  # This server has no SMTPUTF8.
        "",
    ],
)
def test_an_address_that_smtp_cannot_write_is_refused_and_never_sent(recipient: str) -> None:
    with serving(smtp()) as server:
        (settled,) = run(send(account(server.port), recipient=recipient))
    assert isinstance(settled, Refused)
    assert not [line for line in server.heard if line.startswith(b"RCPT")]


def test_secrets_do_not_show() -> None:
    assert "hemmelig" not in repr(account(25, username=US, password="hemmelig"))
