"""How soon does `queue` answer, compared with the bare import of the libraries that it uses?"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.report import tell
from tests.system.installation import PROGRAM

GOAL = 1.3
TURNS = 9
_LIBRARIES = """
import json, sys
from privacybot.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
theirs = [name for name, module in sys.modules.items() if "site-packages" in (getattr(module, "__file__", None) or "")]
print(json.dumps(theirs), file=sys.stderr)
"""
CONFIG = """
[[mailbox]]
name = "kontakt"
address = "kontakt@epmgroup.dk"
host = "127.0.0.1"
username = "kontakt"
password_env = "PRIVACYBOT_IMAP_PASSWORD"
[smtp]
host = "127.0.0.1"
[database]
url = "sqlite:///store.sqlite3"
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG, encoding="utf-8")
        queue = ["--config", str(config), "queue"]
        found = _run([sys.executable, "-c", _LIBRARIES, *queue]).stderr.splitlines()[-1]
        imports = "\n".join(f"import {name}" for name in json.loads(found))
        times = [(seconds([*PROGRAM, *queue]), seconds([sys.executable, "-c", imports])) for _ in range(TURNS)]
    program, libraries = (median(column) for column in zip(*times, strict=True))
    tell("`queue` on an empty store", f"{program * 1000:.0f} ms CPU")
    tell("its libraries alone", f"{libraries * 1000:.0f} ms CPU")
    tell("ratio", f"{program / libraries:.2f}", f"{GOAL}")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PRIVACYBOT_IMAP_PASSWORD": "secret"}
    nothing = subprocess.DEVNULL
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment, stdin=nothing)


def seconds(command: list[str]) -> float:
    """Of the processor, which other programs on the machine disturb less than they do the clock on the wall."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
