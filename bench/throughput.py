"""How long do mixed mails take, compared with the bare loop and with the recognition alone?

`python -m bench.throughput [MAILS]`, of which the issue counts 4,000.

Goal: the whole program, start-up and durable storage included, within 2.0 × the bare loop plus `classify`'s own time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.post import ADDRESS, UNLIMITED, as_jsonl, fill, mixed_mails
from bench.report import tell
from bench.sink import Sink
from tests.servers import Dovecot
from tests.system.installation import Installation

MAILS = 1000
GOAL = 2.0


def timed(command: list[str], **options: object) -> float:
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=quiet, stderr=quiet, **options)  # type: ignore[call-overload]
    return time.perf_counter() - began


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    with Dovecot() as dovecot, Sink() as sink, tempfile.TemporaryDirectory() as folder:
        mails = mixed_mails(count)
        fill(dovecot, mails)
        as_jsonl(mails, Path(folder) / "mails.jsonl")
        installation = Installation(Path(folder), dovecot, sink.port, smtp_extra="connections = 4", extra=UNLIMITED)
        installation.write()
        ports = [str(dovecot.imap_port), str(sink.port)]
        bare = timed([sys.executable, "-m", "bench.bare_loop", *ports, ADDRESS, dovecot.password])
        classify = timed(installation.command("classify", "--jsonl", str(Path(folder) / "mails.jsonl")))
        whole = timed(installation.command("run", "--once"), env=installation.variables())
        settled = {row["outcome"]: row["mails"] for row in installation.json("ledger")["outcomes"]}
    if sum(settled.values()) != count:
        raise RuntimeError(f"{count} mails, and these outcomes: {settled}")
    tell(f"{count:,} mails: the bare loop", f"{bare:.1f} s")
    tell("`classify` alone", f"{classify:.1f} s")
    tell("the whole program", f"{whole:.1f} s", f"{GOAL * bare + classify:.1f} s")
    tell("(whole - classify) / bare loop", f"{(whole - classify) / bare:.2f}", f"{GOAL}")


if __name__ == "__main__":
    main()
