"""The servers that all other tests stand on, tried once by themselves."""

from __future__ import annotations

import smtplib
import ssl
from pathlib import Path

import psycopg
import pytest

from tests.conftest import installed
from tests.servers import Dovecot, NotInstalled, Postfix, Postgres, StartFailed
from tests.servers.process import Process

MAIL = b"From: anna@kunde.example\r\nTo: kontakt@epmgroup.dk\r\nSubject: %s\r\n\r\nHej\r\n"


def test_a_mail_handed_to_postfix_reaches_dovecot(dovecot: Dovecot, postfix: Postfix) -> None:
    postfix.submit(MAIL % b"over Postfix", reverse_path="anna@kunde.example", to="servers@epmgroup.dk")
    (mail,) = dovecot.await_mails("servers@epmgroup.dk")
    assert mail.startswith(b"Return-Path: <anna@kunde.example>")
    assert b"Subject: over Postfix" in mail


def test_a_mail_to_nobody_comes_back_as_a_bounce(dovecot: Dovecot, postfix: Postfix) -> None:
    postfix.submit(MAIL % b"to nobody", reverse_path="bo@kunde.example", to="ukendt@kunde.example")
    (bounce,) = dovecot.await_mails("bo@kunde.example")
    assert b"report-type=delivery-status" in bounce
    assert b"Status: 5.1.1" in bounce


def test_submission_wants_tls_and_a_password(dovecot: Dovecot, postfix: Postfix) -> None:
    context = ssl.create_default_context(cafile=str(postfix.ca_file))
    with smtplib.SMTP(postfix.host, postfix.submission_port) as smtp:
        smtp.starttls(context=context)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login("kontakt@epmgroup.dk", "wrong")
        smtp.login("kontakt@epmgroup.dk", dovecot.password)


def test_uidvalidity_changes_and_the_mails_stay(dovecot: Dovecot) -> None:
    dovecot.deliver(MAIL % b"rebuilt", "rebuilt@epmgroup.dk")
    dovecot.change_uidvalidity("rebuilt@epmgroup.dk", 77)
    with dovecot.client("rebuilt@epmgroup.dk") as client:
        assert client.select_folder("INBOX")[b"UIDVALIDITY"] == 77
    assert len(dovecot.mails("rebuilt@epmgroup.dk")) == 1


def test_every_fresh_database_is_empty(postgres: Postgres) -> None:
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    urls = {postgres.fresh_database() for _ in range(2)}
    assert len(urls) == 2
    for url in urls:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            assert connection.execute(tables.encode()).fetchone() == (0,)


def test_a_server_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    process = Process(["/bin/sh", "-c", "echo port taken >&2; exit 3"], tmp_path / "log")
    with pytest.raises(StartFailed, match="port taken"):
        process.start(lambda: False)


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_server_is_skipped_by_name_but_never_in_ci(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Dovecot:
        raise NotInstalled("Dovecot is not installed")

    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="Dovecot is not installed"):
        installed(missing)
