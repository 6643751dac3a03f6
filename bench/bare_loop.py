"""The physical limit: fetch in batches, parse with the standard library, send a ready mail over four connections.

It recognises nothing, remembers nothing and would lose everything in a crash; nothing that does more can be faster.
"""

from __future__ import annotations

import asyncio
import sys
from email import message_from_bytes, policy
from email.utils import parseaddr

from aiosmtplib import SMTP
from imapclient import IMAPClient

from privacybot import shipped
from privacybot.app import templates
from privacybot.config import AcknowledgementsSection, CompanySection, PolicySection

CONNECTIONS = 4
BATCH = 50


def ready_mail() -> bytes:
    """An acknowledgement of the usual length, the same for everybody."""
    made = templates(CompanySection(), PolicySection(), AcknowledgementsSection(), shipped.templates())
    content = dict(made.previews())["da-access"]
    return (
        f"From: <kontakt@epmgroup.dk>\r\nSubject: Tak\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{content.text}"
    ).encode()


def senders(host: str, port: int, user: str, password: str) -> list[str]:
    """Fetch and parse every mail; whom to answer."""
    found: list[str] = []
    with IMAPClient(host, port, ssl=False) as client:
        client.login(user, password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search()
        for start in range(0, len(uids), BATCH):
            for fetched in client.fetch(uids[start : start + BATCH], ["BODY.PEEK[]"]).values():
                mail = message_from_bytes(fetched[b"BODY[]"], policy=policy.default)
                body = mail.get_body(("plain",))
                if body is not None:
                    body.get_content()
                found.append(parseaddr(str(mail["From"]))[1])
    return found


async def send(host: str, port: int, recipients: list[str], mail: bytes) -> None:
    waiting = iter(recipients)

    async def work() -> None:
        async with SMTP(hostname=host, port=port, start_tls=False) as smtp:
            for recipient in waiting:
                await smtp.sendmail("kontakt@epmgroup.dk", [recipient], mail)

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


def main() -> None:
    imap_port, smtp_port, user, password = sys.argv[1:5]
    mail = ready_mail()
    recipients = senders("127.0.0.1", int(imap_port), user, password)
    asyncio.run(send("127.0.0.1", int(smtp_port), recipients, mail))
    print(len(recipients))


if __name__ == "__main__":
    main()
