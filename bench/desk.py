"""How long do the commands of staff take beyond their start-up, with many open cases?  In seconds of the processor.

`python -m bench.desk [CASES]`
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.filling import fill
from bench.report import tell
from bench.startup import CONFIG, seconds
from privacybot.store.engine import open_store
from tests.system.installation import PROGRAM

CASES = 100_000
FEW = 10
TURNS = 3
GOAL = 0.25
COMMANDS: Sequence[tuple[str, ...]] = (
    ("queue",),
    ("show", "EPM-00000007"),
    ("review",),
    ("stats", "--from", "2020-01-01"),
)


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        for folder, size in ((Path(few), FEW), (Path(many), cases)):
            (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
            fill(open_store(f"sqlite:///{folder / 'store.sqlite3'}"), size)
        for command in COMMANDS:
            more = _median(Path(many), command) - _median(Path(few), command)
            goal = f"{GOAL:.2f} s" if command[0] in ("queue", "show", "review") else ""
            tell(f"`{' '.join(command)}` with {cases:,} open cases, beyond start-up", f"{more:.2f} s CPU", goal)


def _median(folder: Path, command: Sequence[str]) -> float:
    config = str(folder / "config.toml")
    return median(seconds([*PROGRAM, "--config", config, *command]) for _ in range(TURNS))


if __name__ == "__main__":
    main()
