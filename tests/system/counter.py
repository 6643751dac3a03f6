"""Commands that need no second to start: a parent has imported everything, and forks one for each that it is asked for.

    python -m tests.system.counter

Each child is what `privacybot …` is from then on: its own arguments, environment, standard streams and exit code. What
start-up costs a person is measured elsewhere.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

STREAMS = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY | os.O_CREAT, "stderr": os.O_WRONLY | os.O_CREAT}


@dataclass(frozen=True)
class Order:
    """One command; its standard streams are files."""

    arguments: list[str]
    environment: dict[str, str]
    stdin: str
    stdout: str
    stderr: str


def run(arguments: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in STREAMS}
        files["stdin"].write_text(stdin, encoding="utf-8")
        code = _asked(Order(list(arguments), dict(environment), **{name: str(file) for name, file in files.items()}))
        said = [files[name].read_text(encoding="utf-8") for name in ("stdout", "stderr")]
    return subprocess.CompletedProcess(list(arguments), code, *said)


def _asked(order: Order) -> int:
    parent = _parent()
    assert parent.stdin is not None
    assert parent.stdout is not None
    print(json.dumps(asdict(order)), file=parent.stdin, flush=True)
    return int(parent.stdout.readline())


@cache
def _parent() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.system.counter"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    atexit.register(process.kill)
    return process


def main() -> None:
    import alembic.command
    import imapclient
    import spacy

    import privacybot.cli.program
    import privacybot.worker

    _ = alembic.command, imapclient, spacy, privacybot.cli.program, privacybot.worker
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _serve(Order(**json.loads(line)))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _serve(order: Order) -> Any:
    for number, (name, flags) in enumerate(STREAMS.items()):
        os.dup2(os.open(getattr(order, name), flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, "r" if number == 0 else "w") for number in range(3))
    os.environ.clear()
    os.environ.update(order.environment)
    os._exit(_ended(order.arguments))


def _ended(arguments: Sequence[str]) -> int:
    from privacybot.cli import main as command

    code = 0
    try:
        command(arguments)
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    main()
