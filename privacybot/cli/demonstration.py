"""`privacybot demo`: the whole journey, told as it happens. Worker, store and templates are those of earnest."""

from __future__ import annotations

import os
import smtplib
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from privacybot import log
from privacybot.app import App
from privacybot.cli import casefile
from privacybot.cli.reckoning import show_account
from privacybot.cli.safe import paragraphs, plain
from privacybot.cli.screen import console, say
from privacybot.cli.table import queue_table
from privacybot.config import Config, DatabaseSection, MailboxSection, SmtpSection
from privacybot.demo.mails import SAMPLES, UNREADABLE, Sample
from privacybot.demo.servers import LOOPBACK, MailServer
from privacybot.flows import decisions, desk, dispatch
from privacybot.flows.steps import Given
from privacybot.worker import Worker

ADDRESS = "kontakt@epmgroup.dk"
PASSWORD_VARIABLE = "PRIVACYBOT_DEMO_PASSWORD"  # noqa: S105
PATIENCE = 30.0
STAFF = "demo"


class _Post:
    """What the demo's customers receive."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self._arrived = threading.Condition()

    def deliver(self, recipient: str, raw: bytes) -> None:
        with self._arrived:
            letter = message_from_bytes(raw, policy=policy.default)
            self.letters.append(letter)
            self._arrived.notify_all()

    def wait_for(self, count: int) -> bool:
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self.letters) >= count, PATIENCE)


def demonstrate(keep: Path | None) -> None:
    """Send the sample mails through an embedded server while the worker runs, and show what becomes of them."""
    log.configure(as_json=False, level=log.SILENT)
    with _folder(keep) as folder:
        post = _Post()
        with MailServer(ADDRESS, "demo", post.deliver) as server, _working(server, folder) as app:
            _tell_the_beginning(server)
            _send(server, SAMPLES)
            _wait_for_outcomes(app, len(SAMPLES) + 1)
            post.wait_for(desk.letters_written(app.engine))
            _wait_until_settled(app)
            _show_letters(post)
            _show_queue(app)
            _work_a_case(app)
            _show_the_rest(app)
    _say_what_next(keep)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="privacybot-demo-") as folder:
            yield Path(folder)
        return
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


@contextmanager
def _working(server: MailServer, folder: Path) -> Iterator[App]:
    """The worker at its work, in this process."""
    os.environ[PASSWORD_VARIABLE] = server.password
    app = App(_config(server, folder))
    worker = Worker(app)
    say("Loading the recognition …")
    _ = app.recognise
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield app
    finally:
        worker.stop()
        thread.join()


def _config(server: MailServer, folder: Path) -> Config:
    mailbox = MailboxSection(
        name="kontakt",
        address=ADDRESS,
        host=LOOPBACK,
        port=server.imap_port,
        security="none",
        username=ADDRESS,
        password_env=PASSWORD_VARIABLE,
        start_from="all",
    )
    return Config(
        mailbox=(mailbox,),
        smtp=SmtpSection(host=LOOPBACK, port=server.smtp_port, security="none", max_per_minute=600),
        database=DatabaseSection(url=f"sqlite:///{folder / 'demo.sqlite3'}"),
        base=folder,
    )


def _tell_the_beginning(server: MailServer) -> None:
    screen = console()
    screen.print(Rule("privacybot demo"))
    say(
        f"A mail server runs within this process (IMAP {server.imap_port}, SMTP {server.smtp_port}), and the worker "
        f"watches {ADDRESS}. {len(SAMPLES)} people now write to it, and one broken mail arrives."
    )


def _send(server: MailServer, samples: tuple[Sample, ...]) -> None:
    screen = console()
    with smtplib.SMTP(LOOPBACK, server.smtp_port) as smtp:
        for sample in samples:
            sender = sample.sender.rpartition("<")[2].rstrip(">")
            smtp.sendmail(sender, [ADDRESS], sample.as_bytes(ADDRESS, datetime.now(UTC)))
            screen.print(Text.assemble("  → ", (f"{sender:34}", "cyan"), f"“{sample.subject}”"))
    server.file_at_once(UNREADABLE)


def _wait_for_outcomes(app: App, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while sum(desk.ledger_account(app.engine).tally.values()) < count and time.monotonic() < deadline:
        time.sleep(0.05)


def _wait_until_settled(app: App) -> None:
    """The server has taken every letter; the worker writes down a moment later that it has."""
    deadline = time.monotonic() + PATIENCE
    while dispatch.next_due(app.engine) is not None and time.monotonic() < deadline:
        time.sleep(0.05)


def _show_letters(post: _Post) -> None:
    """Two in full, the others by their subject: a reader has seen enough after two."""
    screen = console()
    screen.print(Rule("What the people receive"))
    letters = sorted(post.letters, key=lambda letter: str(letter["To"]))
    shown = [letter for letter in letters if str(letter["To"]).startswith(("karen", "priya"))]
    for letter in shown:
        body = letter.get_body(("plain",))
        text = paragraphs(body.get_content()) if body else ""
        screen.print(Panel(Text(text), title=plain(f"To {letter['To']}: {letter['Subject']}"), title_align="left"))
    for letter in letters:
        if letter not in shown:
            screen.print(
                Text.assemble("  ← ", (f"{plain(str(letter['To'])):34}", "cyan"), plain(str(letter["Subject"])))
            )


def _show_queue(app: App) -> None:
    console().print(Rule("What staff see: privacybot queue"))
    found, _ = desk.queue(app.engine)
    console().print(queue_table(found, datetime.now(UTC), console().width))


def _work_a_case(app: App) -> None:
    """Confirm one case, and find that another is no request."""
    found, _ = desk.queue(app.engine)
    first = next(case for case, rights in found if rights)
    console().print(Rule(f"privacybot confirm {first.reference}"))
    decisions.confirm(app.engine, first.reference, Given(STAFF, datetime.now(UTC)), app.office_named)
    casefile.show(desk.case_file(app.engine, first.reference), datetime.now(UTC))


def _show_the_rest(app: App) -> None:
    console().print(Rule("Where nothing was answered, and why: privacybot ledger"))
    show_account(desk.ledger_account(app.engine))


def _say_what_next(keep: Path | None) -> None:
    console().print(Rule("What next"))
    if keep:
        say(f"The database is in {keep}.")
    say("1. Write your servers into config.toml, and the passwords into the environment.")
    say("2. privacybot check    tries everything and names every fault with its cure.")
    say("3. privacybot preview  writes all mails to a folder, to be read before a customer does.")
    say("4. privacybot run      watches the mailbox.")
