"""After the commit a case may show in the mailbox: by a keyword, a copy, or a move. Other mail is left where it is."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers import Dovecot, Postfix
from tests.system.installation import Installation, write_mail

pytestmark = pytest.mark.system

REQUEST = "Please send me a copy of all the personal data you hold about me."
ORDINARY = "Hej, er der plads på kurset i marts?"
TO = "cases@epmgroup.dk"


@pytest.fixture
def installation(tmp_path: Path, dovecot: Dovecot, postfix: Postfix) -> Installation:
    with dovecot.client(TO) as client:
        for folder in ("Sager", "Kopier"):
            if not client.folder_exists(folder):
                client.create_folder(folder)
    for folder in ("INBOX", "Sager", "Kopier"):
        dovecot.empty(TO, folder)
    for text in (REQUEST, ORDINARY):
        sender = f"{uuid4().hex}@kunde.example"
        dovecot.deliver(write_mail(text, sender=sender, to=TO), TO, reverse_path=sender)
    return Installation(tmp_path, dovecot, postfix.port, address=TO)


def texts(dovecot: Dovecot, folder: str) -> list[str]:
    return ["request" if b"copy of all" in raw else "ordinary" for raw in dovecot.mails(TO, folder)]


def test_a_case_gets_a_keyword_that_staff_see(installation: Installation, dovecot: Dovecot) -> None:
    installation.mailbox_extra = 'case_keyword = "privatliv"'
    installation.write()
    installation.once()
    with dovecot.client(TO) as client:
        client.select_folder("INBOX", readonly=True)
        marked = client.search(["KEYWORD", "privatliv"])
        assert len(marked) == 1
        assert b"copy of all" in client.fetch(marked, ["BODY.PEEK[]"])[marked[0]][b"BODY[]"]


def test_a_case_is_copied(installation: Installation, dovecot: Dovecot) -> None:
    installation.mailbox_extra = 'copy_cases_to = "Kopier"'
    installation.write()
    installation.once()
    assert texts(dovecot, "Kopier") == ["request"]
    assert sorted(texts(dovecot, "INBOX")) == ["ordinary", "request"]


def test_a_case_is_moved_and_not_missed_by_the_next_pass(installation: Installation, dovecot: Dovecot) -> None:
    installation.mailbox_extra = 'move_cases_to = "Sager"'
    installation.write()
    installation.once()
    installation.once()
    assert texts(dovecot, "Sager") == ["request"]
    assert texts(dovecot, "INBOX") == ["ordinary"]
    assert len(installation.json("queue")) == 1


def test_a_folder_that_does_not_exist_does_not_stop_the_work(installation: Installation) -> None:
    installation.mailbox_extra = 'move_cases_to = "Findes ikke"'
    installation.write()
    installation.once()
    assert len(installation.json("queue")) == 1
