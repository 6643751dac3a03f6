"""The real worker in a thread, so that a test may look into it; recognition is by key words, and costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any

from structlog.testing import capture_logs

from privacybot.app import App
from privacybot.config import MailboxSection, load
from privacybot.edges.imap import ImapAccount
from privacybot.worker import Worker
from tests.flows.office import recognise
from tests.system.installation import Installation, eventually


class Impatient(App):
    """Gives a silent server up after two seconds instead of thirty."""

    def imap_account(self, mailbox: MailboxSection) -> ImapAccount:
        return replace(super().imap_account(mailbox), timeout_seconds=2.0)


@contextmanager
def working(installation: Installation) -> Iterator[tuple[Worker, list[Any]]]:
    app = Impatient(load(installation.config))
    app.__dict__["recognise"] = recognise
    worker = Worker(app)
    with capture_logs() as lines:
        thread = Thread(target=worker.run, daemon=True)
        thread.start()
        try:
            assert eventually(lambda: any(line["event"] == "connected" for line in lines))
            yield worker, lines
        finally:
            worker.stop()
            thread.join(20)
    assert not thread.is_alive()
    assert [line for line in lines if line["event"] == "unexpected"] == []
