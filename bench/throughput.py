"""How long do 4,000 mixed mails take, compared with the bare loop and with the recognition alone?

Goal: the whole program, start-up and durable storage included, within 2.0 × the bare loop plus `classify`'s own time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.post import ADDRESS, as_jsonl, fill, mixed_mails
from bench.sink import Sink
from tests.servers import Dovecot
from tests.system.installation import Installation

MAILS = 4000
GOAL = 2.0


def timed(command: list[str], **options: object) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    return time.perf_counter() - began


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    with Dovecot() as dovecot, Sink() as sink, tempfile.TemporaryDirectory() as folder:
        mails = mixed_mails(count)
        fill(dovecot, mails)
        as_jsonl(mails, Path(folder) / "mails.jsonl")
        installation = Installation(
            Path(folder),
            dovecot,
            sink.port,
            smtp_extra="connections = 4",
            extra="[acknowledgements]\nmailbox_per_hour = 1000000\nper_address_per_day = 1000000\n",
        )
        installation.write()
        ports = [str(dovecot.imap_port), str(sink.port)]
        bare = timed([sys.executable, "-m", "bench.bare_loop", *ports, ADDRESS, dovecot.password])
        classify = timed(installation.command("classify", "--jsonl", str(Path(folder) / "mails.jsonl")))
        whole = timed(installation.command("run", "--once"), env=installation.variables())
        settled = installation.json("ledger")["outcomes"]
    bound = bare + classify
    print(f"{count} mails: bare loop {bare:.1f} s, classify {classify:.1f} s, whole program {whole:.1f} s")
    print(f"whole / bare loop without classify: {(whole - classify) / bare:.2f} (goal {GOAL}); bound {bound:.1f} s")
    print("outcomes:", {row["outcome"]: row["mails"] for row in settled})


if __name__ == "__main__":
    main()
