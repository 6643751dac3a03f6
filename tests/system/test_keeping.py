"""The digest and the evidence against real servers."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers import Dovecot, Postfix
from tests.system.installation import ADDRESS, Installation, send, write_mail

pytestmark = pytest.mark.system

REQUEST = "Hej\n\nJeg vil gerne vide, hvilke oplysninger I har registreret om mig.\n\nVenlig hilsen\nAnna Berg\n"


@pytest.fixture
def mette() -> str:
    return f"mette-{uuid4().hex[:8]}@epmgroup.example"


@pytest.fixture
def installation(tmp_path: Path, dovecot: Dovecot, postfix: Postfix, mette: str) -> Installation:
    dovecot.empty(ADDRESS)
    made = Installation(tmp_path, dovecot, postfix.port)
    made.extra = f'[reminders]\nrecipients = ["{mette}", "{ADDRESS}"]\n'
    made.write()
    return made


def one_request(installation: Installation, postfix: Postfix, dovecot: Dovecot) -> str:
    anna = f"anna-{uuid4().hex[:8]}@kunde.example"
    send(postfix, write_mail(REQUEST, sender=f"Anna <{anna}>"), anna)
    dovecot.await_mails(ADDRESS)
    installation.once()
    [case] = installation.json("queue")
    return str(case["reference"])


def make_overdue(installation: Installation) -> None:
    """On a day off nothing else is told, and these tests run on any day."""
    with sqlite3.connect(installation.folder / "store.sqlite3") as store:
        store.execute("UPDATE case_file SET respond_by = '2026-01-05'")


def test_staff_are_reminded_by_mail_once_and_the_bot_does_not_answer_itself(
    installation: Installation, postfix: Postfix, dovecot: Dovecot, mette: str
) -> None:
    reference = one_request(installation, postfix, dovecot)
    make_overdue(installation)
    installation.run("remind")
    installation.run("remind")
    installation.once()
    [raw] = dovecot.await_mails(mette)
    digest = message_from_bytes(raw, policy=policy.default)
    assert digest["Auto-Submitted"] == "auto-generated"
    assert reference in digest.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    installation.once()  # The copy to the watched mailbox is our own mail, though it is full of such words.
    assert len(installation.json("queue")) == 1
    outcomes = {row["reason"] for row in installation.json("ledger")["outcomes"]}
    assert "own_mail" in outcomes or "own mail" in outcomes


def test_the_evidence_holds_the_servers_reply_and_the_mail_as_it_came(
    installation: Installation, postfix: Postfix, dovecot: Dovecot
) -> None:
    [*_] = [one_request(installation, postfix, dovecot)]
    path = installation.folder / "evidence.zip"
    [case] = installation.json("queue")
    assert installation.run("audit", "export", case["reference"], "--to", str(path)).returncode == 0
    packed = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    summary = packed.read(f"{case['reference']}/README.txt").decode()
    assert "the server said: 2" in " ".join(summary.split())
    assert "Jeg vil gerne vide" in packed.read(f"{case['reference']}/mails/01.eml").decode()
    assert b"Auto-Submitted: auto-replied" in packed.read(f"{case['reference']}/letters/01-acknowledgement.eml")
