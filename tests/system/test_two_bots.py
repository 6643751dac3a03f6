"""Two installations of the program write to each other over real servers, and fall silent; their logs hold no mail."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.servers import Dovecot, Postfix
from tests.system.installation import Installation, write_mail

pytestmark = pytest.mark.system

REQUEST = "Hej\n\nJeg vil gerne vide, hvilke oplysninger I har registreret om mig.\n\nVenlig hilsen\nKontakt\n"


def installation(folder: Path, dovecot: Dovecot, postfix: Postfix) -> Installation:
    folder.mkdir()
    made = Installation(folder, dovecot, postfix.port, address=f"kontakt@{folder.name}-{uuid4().hex[:6]}.example")
    made.write()
    return made


def test_two_bots_facing_each_other_write_at_most_one_mail_each(
    tmp_path: Path, dovecot: Dovecot, postfix: Postfix
) -> None:
    ours, theirs = (installation(tmp_path / name, dovecot, postfix) for name in ("vores", "deres"))
    asked = write_mail(
        REQUEST, sender=theirs.address, to=ours.address, subject="Indsigt", message_id="<1@deres.example>"
    )
    postfix.submit(asked, reverse_path=theirs.address, to=ours.address)
    postfix.await_empty_queue()
    for _ in range(2):
        for bot in (ours, theirs):
            bot.once()
            postfix.await_empty_queue()
    assert len(dovecot.mails(theirs.address)) == 1  # Our acknowledgement.
    assert len(dovecot.mails(ours.address)) == 1  # Their request, and no answer to our answer.
    assert len(ours.json("queue")) == 1
    assert ours.json("ledger")["compared"][0]["without_outcome"] == 0
    assert theirs.json("ledger")["compared"][0]["without_outcome"] == 0


def test_a_mail_writes_no_line_of_the_log_and_no_word_of_it(tmp_path: Path, dovecot: Dovecot, postfix: Postfix) -> None:
    bot = installation(tmp_path / "vores", dovecot, postfix)
    forged = 'x"}\n{"event": "stopped", "level": "error"}\n\x1b[31mhemmelig'
    raw = write_mail(REQUEST + forged, sender="hemmelig@kunde.example", message_id="<hemmelig@kunde.example>")
    raw = raw.replace(b"Subject: Hej", b'Subject: =?utf-8?q?hemmelig=0A=7B"event":_"stopped"=7D?=')
    dovecot.deliver(raw, bot.address, reverse_path="hemmelig@kunde.example")
    with dovecot.client(bot.address) as client:
        client.append("INBOX", b"\x00hemmelig\n{}\n" * 9)
    lines = [json.loads(line) for line in bot.once().splitlines()]
    assert [line["event"] for line in lines].count("mail taken in") == 2
    assert not [line for line in lines if line["event"] == "stopped"]
    assert "hemmelig" not in json.dumps(lines)
