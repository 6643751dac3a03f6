"""The same mails through django-helpdesk's `get_email`, which is what one would take instead.

`python -m bench.helpdesk [MAILS]` puts it into an environment of its own, from the package index. Both answer every
mail to the same SMTP server; privacybot's time has its start-up in it, django-helpdesk's has not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.post import ADDRESS, UNLIMITED, fill, mixed_mails
from bench.report import tell
from bench.sink import Sink
from bench.throughput import timed
from tests.servers import Dovecot
from tests.system.installation import Installation

MAILS = 1000
FEWER = 10
"""django-helpdesk gets so many times fewer: its rate does not depend on it."""
GOAL = 10
PACKAGE = "django-helpdesk==2.6.1"


def main() -> None:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    theirs, tickets = _get_email(mails // FEWER)
    ours = _privacybot(mails)
    tell(f"privacybot, {mails:,} mails", f"{mails / ours:.1f} mails/s")
    tell(f"{PACKAGE}, {tickets:,} mails", f"{tickets / theirs:.1f} mails/s")
    tell("ratio", f"{mails / ours / (tickets / theirs):.1f}", f"at least {GOAL}")


def _privacybot(mails: int) -> float:
    with Dovecot() as dovecot, Sink() as sink, tempfile.TemporaryDirectory() as folder:
        fill(dovecot, mixed_mails(mails))
        installation = Installation(Path(folder), dovecot, sink.port, smtp_extra="connections = 4", extra=UNLIMITED)
        installation.write()
        return timed(installation.command("run", "--once"), env=installation.variables())


def _get_email(mails: int) -> tuple[float, int]:
    """Seconds, and how many tickets there are."""
    with Dovecot() as dovecot, Sink() as sink, tempfile.TemporaryDirectory() as folder:
        fill(dovecot, mixed_mails(mails))
        settings = [folder, str(dovecot.imap_port), str(sink.port), ADDRESS, dovecot.password]
        environment = os.environ | {"HELPDESK_BENCH": " ".join(settings)}
        command = [_environment(Path(folder)), "-m", "bench.helpdesk_site"]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    seconds, tickets = done.stdout.split()[-2:]
    return float(seconds), int(tickets)


def _environment(folder: Path) -> Path:
    """A Python of its own, with nothing but what it is compared with."""
    subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
    python = folder / "environment" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE], check=True, stderr=subprocess.DEVNULL)
    return python


if __name__ == "__main__":
    main()
