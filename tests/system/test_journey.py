"""A mail's whole journey: Postfix, LMTP, Dovecot, the worker, Postfix again, and the sender's own Dovecot mailbox."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers import Dovecot, Postfix, Postgres
from tests.system.installation import ADDRESS, Installation, eventually, send, write_mail

pytestmark = pytest.mark.system

REQUEST = "Hej\n\nJeg vil gerne vide, hvilke oplysninger I har registreret om mig.\n\nVenlig hilsen\nAnna Berg\n"


@pytest.fixture
def anna() -> str:
    """A customer nobody has met before."""
    return f"anna-{uuid4().hex[:8]}@kunde.example"


@pytest.fixture
def installation(tmp_path: Path, dovecot: Dovecot, postfix: Postfix) -> Installation:
    dovecot.empty(ADDRESS)
    made = Installation(tmp_path, dovecot, postfix.port)
    made.write()
    return made


def acknowledgement(dovecot: Dovecot, customer: str) -> EmailMessage:
    [raw] = dovecot.await_mails(customer)
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def test_a_mail_is_read_acknowledged_and_queued_while_the_worker_runs(
    installation: Installation, dovecot: Dovecot, postfix: Postfix, anna: str
) -> None:
    with installation.worker():
        send(postfix, write_mail(REQUEST, sender=f"Anna <{anna}>", message_id="<spoerg@kunde.example>"), anna)
        letter = acknowledgement(dovecot, anna)
    [case] = installation.json("queue")
    assert (case["rights"], case["language"], case["sender"]) == (["access"], "da", anna)
    assert case["acknowledged_at"]
    assert letter["From"].addresses[0].addr_spec == ADDRESS
    assert case["reference"] in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["Return-Path"] == f"<{ADDRESS}>"


def test_polling_serves_where_idle_is_refused(
    tmp_path: Path, dovecot_without_idle: Dovecot, postfix: Postfix, dovecot: Dovecot, anna: str
) -> None:
    installation = Installation(tmp_path, dovecot_without_idle, postfix.port)
    installation.write()
    with installation.worker():
        dovecot_without_idle.deliver(write_mail(REQUEST, sender=anna), ADDRESS, reverse_path=anna)
        acknowledgement(dovecot, anna)


def test_the_flags_that_people_see_are_left_alone(
    installation: Installation, dovecot: Dovecot, postfix: Postfix, anna: str
) -> None:
    dovecot.deliver(write_mail(REQUEST, sender=anna), ADDRESS, reverse_path=anna)
    installation.once()
    acknowledgement(dovecot, anna)
    with dovecot.client(ADDRESS) as client:
        client.select_folder("INBOX", readonly=True)
        flags = client.get_flags(client.search())
    assert {flag for set_ in flags.values() for flag in set_} <= {b"\\Recent"}


def test_the_same_over_postgresql_tls_and_a_login(
    tmp_path: Path, dovecot: Dovecot, postfix: Postfix, postgres: Postgres, anna: str
) -> None:
    dovecot.empty(ADDRESS)
    installation = Installation(
        tmp_path,
        dovecot,
        postfix.submission_port,
        database_url=postgres.fresh_database(),
        security="tls",
        imap_port=dovecot.imaps_port,
        smtp_security="starttls",
        mailbox_extra=f'ca_file = "{dovecot.ca_file}"',
        smtp_extra=f'username = "{ADDRESS}"\npassword_env = "IMAP_PASSWORD"\nca_file = "{postfix.ca_file}"',
    )
    installation.write()
    dovecot.deliver(write_mail(REQUEST, sender=anna), ADDRESS, reverse_path=anna)
    installation.once()
    acknowledgement(dovecot, anna)
    assert [case["sender"] for case in installation.json("queue")] == [anna]


def test_a_second_run_does_nothing_twice(installation: Installation, dovecot: Dovecot, anna: str) -> None:
    dovecot.deliver(write_mail(REQUEST, sender=anna), ADDRESS, reverse_path=anna)
    installation.once()
    dovecot.change_uidvalidity(ADDRESS, 4711)
    installation.once()
    assert len(dovecot.await_mails(anna)) == 1
    assert len(installation.json("queue")) == 1


def test_a_first_start_from_now_leaves_old_mail_alone(installation: Installation, dovecot: Dovecot, anna: str) -> None:
    installation.start_from = "now"
    installation.write()
    dovecot.deliver(write_mail(REQUEST, sender=anna), ADDRESS, reverse_path=anna)
    installation.once()
    assert installation.json("queue") == []
    dovecot.deliver(write_mail(REQUEST + "Igen.", sender=anna), ADDRESS, reverse_path=anna)
    installation.once()
    assert len(installation.json("queue")) == 1


def test_a_bounced_acknowledgement_shows_in_its_case(
    installation: Installation, dovecot: Dovecot, postfix: Postfix
) -> None:
    unknown = "ukendt@kunde.example"
    with installation.worker():
        send(postfix, write_mail(REQUEST, sender=unknown), unknown)
        assert eventually(lambda: bool([c for c in installation.json("queue") if c["undelivered"]]), 30)
    [case] = installation.json("queue")
    assert "550" in case["undelivered"]


def test_a_mail_that_breaks_everything_is_set_aside_and_shown(
    installation: Installation, dovecot: Dovecot, anna: str
) -> None:
    with dovecot.client(ADDRESS) as client:
        client.append("INBOX", b"\x01\x02\x03\xff" * 50)
    dovecot.deliver(write_mail(REQUEST, sender=anna), ADDRESS, reverse_path=anna)
    installation.once()
    [kept] = installation.json("ledger")["set_aside"]
    assert kept["reason"]
    acknowledgement(dovecot, anna)


def test_a_wrong_password_is_told_and_nothing_is_lost(installation: Installation, dovecot: Dovecot, anna: str) -> None:
    dovecot.deliver(write_mail(REQUEST, sender=anna), ADDRESS, reverse_path=anna)
    installation.environment = {"IMAP_PASSWORD": "forkert"}
    failed = installation.run("run", "--once")
    assert failed.returncode == 69
    assert "refuses the login" in failed.stderr
    checked = installation.run("check")
    assert checked.returncode == 1
    assert "refuses the login" in " ".join(checked.stdout.split())
    installation.environment = {}
    installation.once()
    acknowledgement(dovecot, anna)


def test_a_missing_folder_is_told_with_those_that_exist(installation: Installation) -> None:
    installation.mailbox_extra = 'folder = "Indbakke"'
    installation.write()
    failed = installation.run("run", "--once")
    assert failed.returncode == 69
    assert 'no folder "Indbakke"' in failed.stderr
    assert "INBOX" in failed.stderr


def test_everything_is_checked_before_the_worker_is_started(installation: Installation) -> None:
    checks = {check["subject"]: check["grade"] for check in installation.json("check")}
    assert checks == {
        "policy": "warning",
        "templates": "fine",
        "model": "fine",
        "database": "fine",
        "mailbox kontakt": "fine",
        "smtp": "fine",
        "reminders": "warning",
    }


def test_a_case_is_worked_from_the_command_line(installation: Installation, dovecot: Dovecot, anna: str) -> None:
    dovecot.deliver(write_mail(REQUEST, sender=f"Anna Berg <{anna}>"), ADDRESS, reverse_path=anna)
    installation.once()
    [case] = installation.json("queue")
    short = case["reference"].partition("-")[2][:3]
    assert installation.run("note", short, "ringet", "til", "Anna").returncode == 0
    assert installation.run("confirm", short).returncode == 0
    assert installation.run("correct", short, "access", "erasure").returncode == 0
    shown = installation.json("show", short)
    assert (shown["status"], shown["rights"]) == ("confirmed", ["access", "erasure"])
    assert [(event["step"], event["actor"]) for event in shown["events"]] == [
        ("opened", "privacybot"),
        ("acknowledgement written", "privacybot"),
        ("acknowledgement sent", "privacybot"),
        ("note", "mette"),
        ("confirmed", "mette"),
        ("corrected", "mette"),
    ]
    table = installation.run("show", short).stdout
    assert "ringet til Anna" in table
    assert "hvilke oplysninger I har registreret om mig" in " ".join(table.split())
    again = installation.run("confirm", short)
    assert again.returncode == 2
    assert "confirm is not possible now" in again.stderr


def test_a_worker_killed_at_any_moment_loses_nothing_and_writes_one_message_id(
    installation: Installation, dovecot: Dovecot, postfix: Postfix
) -> None:
    people = [f"p{uuid4().hex[:10]}@kunde.example" for _ in range(20)]
    for person in people:
        dovecot.deliver(write_mail(REQUEST, sender=person), ADDRESS, reverse_path=person)
    for delay in (0.8, 1.4, 2.0):
        with pytest.raises(KilledWorker), installation.worker() as process:
            eventually(lambda: False, delay)
            process.kill()
            raise KilledWorker
    installation.once()
    postfix.await_empty_queue()
    for person in people:
        found = [message_from_bytes(raw)["Message-ID"] for raw in dovecot.await_mails(person)]
        assert len(set(found)) == 1
    assert sorted(case["sender"] for case in installation.json("queue")) == sorted(people)


class KilledWorker(Exception):
    """Raised by a test that has killed its worker, so that no orderly end is asked of it."""


def test_a_mail_of_forty_megabytes_is_read_without_its_attachment(
    installation: Installation, dovecot: Dovecot, anna: str
) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = anna, ADDRESS, "Mine billeder"
    mail.set_content(REQUEST)
    mail.add_attachment(b"\xff" * 30_000_000, maintype="image", subtype="jpeg", filename="kursus.jpg")
    dovecot.deliver(mail.as_bytes(), ADDRESS, reverse_path=anna)
    installation.once()
    [case] = installation.json("queue")
    assert case["rights"] == ["access"]
    acknowledgement(dovecot, anna)
