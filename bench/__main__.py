"""`make bench`: every measurement beside its goal, at sizes that take some minutes; `make bench FULL=1` at full size.

What a measurement needs and the machine has not (Dovecot, Postfix's smtp-sink) is said, and the others go on.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

MEASUREMENTS: Sequence[tuple[str, str, str]] = (
    ("throughput", "4000", "The whole program against the physical limit"),
    ("helpdesk", "4000", "The whole program against django-helpdesk"),
    ("latency", "200", "From the notice of a new mail to its answer"),
    ("startup", "", "Start-up of the desk's commands"),
    ("desk", "100000", "The desk with many cases"),
    ("memory", "50000", "Memory of the worker"),
    ("stored_cases", "1000000", "A mail among many stored cases"),
    ("old_mail", "100000", "A pass over many old mails"),
)


def main() -> None:
    full = "--full" in sys.argv[1:]
    failed = [name for name, size, title in MEASUREMENTS if not _measured(name, title, [size] if full and size else [])]
    if failed:
        print(f"\nNot measured: {', '.join(failed)}.")


def _measured(name: str, title: str, arguments: list[str]) -> bool:
    print(f"\n{title} (python -m bench.{' '.join([name, *arguments])})", flush=True)
    done = subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"  {(done.stderr.strip().splitlines() or ['it failed'])[-1]}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    main()
