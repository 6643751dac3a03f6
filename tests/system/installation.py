"""privacybot as an administrator installs it: a configuration, a worker process, and the commands of staff."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.servers import Dovecot, Postfix
from tests.system import counter

ADDRESS = "kontakt@epmgroup.dk"
PROGRAM = [sys.executable, "-m", "privacybot"]


@dataclass
class Installation:
    """A folder with config.toml. Ports and security of the two servers are set before `write`."""

    folder: Path
    dovecot: Dovecot
    smtp_port: int
    database_url: str = ""
    security: str = "none"
    smtp_security: str = "none"
    imap_port: int = 0
    name: str = "kontakt"
    address: str = ADDRESS
    start_from: str = "all"
    mailbox_extra: str = ""
    smtp_extra: str = ""
    extra: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def write(self) -> None:
        url = self.database_url or f"sqlite:///{self.folder / 'store.sqlite3'}"
        self.config.write_text(
            f"""
[[mailbox]]
name = "{self.name}"
address = "{self.address}"
host = "127.0.0.1"
port = {self.imap_port or self.dovecot.imap_port}
security = "{self.security}"
username = "{self.address}"
password_env = "IMAP_PASSWORD"
start_from = "{self.start_from}"
poll_seconds = 1
{self.mailbox_extra}
[smtp]
host = "127.0.0.1"
port = {self.smtp_port}
security = "{self.smtp_security}"
max_per_minute = 100000
{self.smtp_extra}
[database]
url = "{url}"
{self.extra}
""",
            encoding="utf-8",
        )

    def command(self, *arguments: str) -> list[str]:
        return [*PROGRAM, "--config", str(self.config), *arguments]

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One command, to its end."""
        return counter.run(["--config", str(self.config), *arguments], self.variables(), stdin)

    def once(self) -> str:
        """`run --once`, which must end well; its log."""
        done = self.run("run", "--once")
        assert done.returncode == 0, done.stderr
        return done.stderr

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """`privacybot run`; at the end it gets SIGTERM, and must stop by itself."""
        log = (self.folder / "worker.log").open("ab")
        process = subprocess.Popen(self.command("run"), stderr=log, env=self.variables())
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0, self.log()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            log.close()

    def log(self) -> str:
        return (self.folder / "worker.log").read_text(encoding="utf-8")

    def variables(self) -> dict[str, str]:
        """The environment of every command."""
        return {**os.environ, "IMAP_PASSWORD": self.dovecot.password, "PRIVACYBOT_STAFF": "mette", **self.environment}


def write_mail(
    text: str, *, sender: str, subject: str = "Hej", to: str = ADDRESS, message_id: str | None = None, **fields: str
) -> bytes:
    """A mail as a customer's program writes it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    if message_id:
        mail["Message-ID"] = message_id
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def send(postfix: Postfix, raw: bytes, sender: str) -> None:
    postfix.submit(raw, reverse_path=sender, to=ADDRESS)


def eventually(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
