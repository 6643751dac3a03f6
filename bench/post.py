"""Mixed mails in Dovecot: the corpus' own whole mails, each under a sender of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from email.message import EmailMessage
from itertools import cycle, islice
from pathlib import Path

from privacybot import shipped
from privacybot.recognise.corpus import read_corpus
from tests.servers import Dovecot

ADDRESS = "kontakt@epmgroup.dk"
UNLIMITED = "[acknowledgements]\nmailbox_per_hour = 1000000\nper_address_per_day = 1000000\n"
"""What an installation must allow before it answers thousands of mails in an hour."""
PORTION = 100
MANY = 1000


def mixed_mails(count: int) -> list[tuple[str, str, str]]:
    """(sender, subject, body) of `count` mails, in the corpus' own mixture."""
    written = [(mail.subject.text, mail.body.text) for mail in read_corpus(shipped.corpus()).mails]
    return [
        (f"p{number}@kunde{number % 97}.example", subject, body)
        for number, (subject, body) in enumerate(islice(cycle(written), count))
    ]


def as_bytes(number: int, sender: str, subject: str, body: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ADDRESS, subject
    mail["Message-ID"] = f"<bench-{number}@kunde.example>"
    mail.set_content(body)
    return f"Return-Path: <{sender}>\r\n".encode() + mail.as_bytes().replace(b"\n", b"\r\n")


def fill(dovecot: Dovecot, mails: Sequence[tuple[str, str, str]], *, first: int = 0) -> None:
    """Lay the mails into the mailbox, many at a time; `first` is the number of the first."""
    with dovecot.client(ADDRESS) as client:
        client.select_folder("INBOX")
        for start in range(0, len(mails), PORTION):
            some = mails[start : start + PORTION]
            client.multiappend("INBOX", [as_bytes(first + start + n, *mail) for n, mail in enumerate(some)])


def lay_old(dovecot: Dovecot, count: int) -> None:
    """Lay so many mails into the mailbox that are all the same: they are only to be in the way."""
    old = as_bytes(0, *mixed_mails(1)[0])
    with dovecot.client(ADDRESS) as client:
        client.select_folder("INBOX")
        for left in range(count, 0, -MANY):
            client.multiappend("INBOX", [old] * min(left, MANY))


def as_jsonl(mails: list[tuple[str, str, str]], path: Path) -> None:
    lines = (json.dumps({"id": n, "subject": subject, "body": body}) for n, (_, subject, body) in enumerate(mails))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
