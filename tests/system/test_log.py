"""The log holds references and numbers: nothing of a person, whatever their mails and the servers do to us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import structlog

from privacybot import log
from privacybot.demo.servers import MailServer
from tests.edges.misbehaving import Answer, imap, serving, smtp
from tests.system.installation import ADDRESS, write_mail

pytestmark = pytest.mark.system

NAME, STREET, SECRET_WORD, CPR = "Zarathustrasen", "Mimosevej", "hypokonderkursus", "240585-1234"
SENDER = "zarathustra.z@kunde.example"
MARKS = (NAME, STREET, SECRET_WORD, CPR, CPR.replace("-", ""), CPR[:6], "zarathustra", "kunde.example", "Emnemarkør")
PASSWORD = "hemmelig-adgang-9"

LETTER = f"""Hej

Jeg hedder {NAME}, CPR {CPR}, og bor på {STREET} 4. Jeg vil gerne vide, hvilke oplysninger I har om mig og mit
{SECRET_WORD}, og derefter skal de slettes.

Venlig hilsen
{NAME}
"""
MAILS = {
    "a request": write_mail(LETTER, sender=f"{NAME} <{SENDER}>", subject=f"Emnemarkør {CPR}"),
    "an enquiry": write_mail(f"Hvornår er næste {SECRET_WORD}? Hilsen {NAME}", sender=SENDER, subject="Emnemarkør"),
    "an absence": write_mail(
        f"{NAME} er på ferie.", sender=SENDER, subject="Autosvar: Emnemarkør", Auto_Submitted="auto-replied"
    ),
    "a complaint": write_mail(f"I har lækket {NAME}s {SECRET_WORD}! Jeg klager.", sender=SENDER, subject="Emnemarkør"),
    "a letter from no one": write_mail(LETTER, sender="", subject="Emnemarkør"),
    "bytes that are no mail": b"\x00\xff" + LETTER.encode("latin-1") * 3,
    "a mail with a broken header": f"From: {NAME} <<{SENDER}>>\r\nSubject: =?utf-9?b?{NAME}?=\r\n\r\n{LETTER}".encode(),
    "a mail of endless parts": b"Content-Type: multipart/mixed; boundary=x\r\nFrom: " + SENDER.encode() + b"\r\n\r\n"
    b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 200 + LETTER.encode(),
}


def run(folder: Path, imap_port: int, smtp_port: int, password: str = PASSWORD) -> str:
    """`run --once`, and everything it said."""
    config = folder / "config.toml"
    config.write_text(
        f"""
[[mailbox]]
name = "kontakt"
address = "{ADDRESS}"
host = "127.0.0.1"
port = {imap_port}
security = "none"
username = "{ADDRESS}"
password_env = "IMAP_PASSWORD"
start_from = "all"

[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"
max_per_minute = 1000
""",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "privacybot", "--config", str(config), "run", "--once"],
        capture_output=True,
        text=True,
        env={**os.environ, "IMAP_PASSWORD": password},
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def given_away(said: str, also: tuple[str, ...] = ()) -> list[str]:
    return [mark for mark in (*MARKS, PASSWORD, *also) if mark.casefold() in said.casefold()]


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer(ADDRESS, PASSWORD, lambda _recipient, _raw: None) as server:
        for raw in MAILS.values():
            server.file_at_once(b"Return-Path: <" + SENDER.encode() + b">\r\n" + raw)
        yield server


def test_a_days_work_tells_nothing_of_a_person(post: MailServer, tmp_path: Path) -> None:
    said = run(tmp_path, post.imap_port, post.smtp_port)
    events = [json.loads(line) for line in said.splitlines()]
    assert len([event for event in events if event["event"] == "mail taken in"]) == len(MAILS)
    assert given_away(said) == []


@pytest.mark.parametrize(
    "faults",
    [
        {"RCPT": f"550 5.1.1 <{SENDER}>: {NAME} has moved\r\n".encode()},
        {".": f"554 5.7.1 {SECRET_WORD} is spam, {NAME}\r\n".encode()},
    ],
    ids=str,
)
def test_what_an_smtp_server_says_of_a_person_stays_out(
    post: MailServer, tmp_path: Path, faults: Mapping[str, Answer]
) -> None:
    with serving(smtp(faults)) as server:
        said = run(tmp_path, post.imap_port, server.port)
        assert any(line.startswith(b"MAIL") for line in server.heard)
    assert given_away(said) == []


@pytest.mark.parametrize(
    "faults",
    [
        {"FETCH": f"* 1 FETCH (UID 1 BODY[] {{9}}\r\n{LETTER}\r\n%s OK done\r\n".encode()},
        {"FETCH": f"%s NO [SERVERBUG] cannot read the mail of {NAME}\r\n".encode()},
        {"FETCH": f'* 1 FETCH (ENVELOPE ("{LETTER}" NIL'.encode() + b"\r\n%s OK done\r\n"},
        {"SIZES": f'* 1 FETCH (UID 1 RFC822.SIZE "{NAME}")\r\n%s OK done\r\n'.encode()},
        {"SEARCH": f"* SEARCH 1 {SENDER}\r\n%s OK done\r\n".encode()},
    ],
    ids=str,
)
def test_what_an_imap_server_says_of_a_person_stays_out(tmp_path: Path, faults: Mapping[str, Answer]) -> None:
    with serving(imap(faults)) as server:
        said = run(tmp_path, server.port, 1)
    assert said
    assert given_away(said) == []


def test_a_wrong_password_is_not_repeated(post: MailServer, tmp_path: Path) -> None:
    said = run(tmp_path, post.imap_port, post.smtp_port, "forkert-adgang-7")
    assert "refuses the login" in said
    assert given_away(said, ("forkert-adgang-7",)) == []


def test_an_address_that_reaches_the_log_does_not_leave_it(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(as_json=True)
    try:
        log.get().warning("unavailable", part="outbox", why=f"mail.example:25 said: no <{SENDER}> here, CPR {CPR}.")
    finally:
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert "mail.example:25 said: no <…@…> here" in said
    assert SENDER not in said
    assert CPR not in said


def test_an_unexpected_error_is_told_without_its_words() -> None:
    try:
        raise ValueError(f"cannot parse {NAME}")
    except ValueError as error:
        where = log.whereabouts(error)
    assert where.startswith("ValueError at test_log.py:")
    assert given_away(where) == []
