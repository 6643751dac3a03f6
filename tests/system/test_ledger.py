"""`privacybot ledger` names every mail without an outcome; what is set aside can be seen and taken in again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers import Dovecot, Postfix
from tests.system.installation import Installation, write_mail

pytestmark = pytest.mark.system

REQUEST = "Hej\n\nJeg vil gerne vide, hvilke oplysninger I har registreret om mig.\n\nVenlig hilsen\nAnna Berg\n"


@pytest.fixture
def installation(tmp_path: Path, dovecot: Dovecot, postfix: Postfix) -> Installation:
    made = Installation(tmp_path, dovecot, postfix.port, address=f"post{uuid4().hex[:6]}@epmgroup.dk")
    made.write()
    return made


def deliver(installation: Installation, sender: str = "anna@kunde.example", text: str = REQUEST) -> None:
    raw = write_mail(text, sender=sender, subject="Hej \x1b[31m du", to=installation.address)
    installation.dovecot.deliver(raw, installation.address, reverse_path=sender)


def test_every_mail_without_an_outcome_is_named(installation: Installation) -> None:
    deliver(installation)
    installation.once()
    [compared] = installation.json("ledger")["compared"]
    assert (compared["mails"], compared["without_outcome"], compared["not_compared"]) == (1, 0, "")
    deliver(installation, sender="bo@kunde.example")
    [compared] = installation.json("ledger")["compared"]
    assert compared["without_outcome"] == 1
    assert [(mail["uid"], mail["from"]) for mail in compared["named"]] == [(2, "bo@kunde.example")]
    said = installation.run("ledger").stdout
    assert "1 of 2 mails have no outcome" in said
    assert "\x1b[31m" not in said
    installation.once()
    assert "2 mails compared; each has its outcome" in installation.run("ledger").stdout


def test_a_mail_that_the_worker_has_passed_by_is_named_and_looked_at_again(installation: Installation) -> None:
    deliver(installation)
    installation.once()
    deliver(installation, sender="bo@kunde.example")
    with closing(sqlite3.connect(installation.folder / "store.sqlite3")) as store, store:
        store.execute("UPDATE folder SET next_uid = 99")  # What no known fault does.
    installation.once()
    assert installation.json("ledger", "--again")["compared"][0]["without_outcome"] == 1
    installation.once()
    assert installation.json("ledger")["compared"][0]["without_outcome"] == 0
    assert len(installation.json("queue")) == 2


def test_a_mailbox_that_does_not_answer_is_told_and_the_outcomes_are_still_shown(installation: Installation) -> None:
    deliver(installation)
    installation.once()
    installation.environment = {"IMAP_PASSWORD": "forkert"}
    told = installation.json("ledger")
    assert "refuses the login" in told["compared"][0]["not_compared"]
    assert told["outcomes"] == [{"outcome": "opened a case", "reason": "", "mails": 1}]


def test_a_mail_on_which_the_server_hangs_up_holds_up_no_other_and_comes_when_it_is_mended(
    installation: Installation,
) -> None:
    deliver(installation)
    for number in range(3):
        deliver(installation, sender=f"p{number}@kunde.example")
    path = next((installation.dovecot.folder / "mail").rglob(f"{installation.address.partition('@')[0]}/**/u.1"))
    whole = path.read_bytes()
    path.write_bytes(whole[:200])
    installation.once()
    assert len(installation.json("queue")) == 3
    [kept] = installation.json("set-aside")
    assert kept["bytes"] is None
    assert "does not hand it over: the connection breaks whenever it is asked for" in kept["reason"]
    assert installation.json("ledger")["compared"][0]["without_outcome"] == 0
    path.write_bytes(whole)
    installation.once()
    assert len(installation.json("queue")) == 4
    assert installation.json("set-aside") == []


def test_what_is_set_aside_is_listed_shown_and_retried(installation: Installation) -> None:
    raw = b"\x01\x02\x03\x1b[31m\xff" * 50
    with installation.dovecot.client(installation.address) as client:
        client.append("INBOX", raw)
    installation.once()
    [kept] = installation.json("set-aside")
    number = str(kept["mail"])
    assert kept["bytes"] == len(raw)
    assert installation.json("set-aside", number)["text"]
    shown = installation.run("set-aside", number)
    assert kept["reason"] in " ".join(shown.stdout.split())
    assert "\x1b" not in shown.stdout
    [tried] = installation.json("retry")
    assert (tried["mail"], tried["outcome"]) == (kept["mail"], "set aside")
    failed = installation.run("retry", number)
    assert (failed.returncode, "still cannot be taken in" in failed.stderr) == (2, True)
    missing = installation.run("set-aside", "4711")
    assert (missing.returncode, "No mail 4711 is set aside" in missing.stderr) == (2, True)
