"""The one place that turns errors into sentences and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from privacybot.cli.safe import plain
from privacybot.errors import PrivacybotError


@contextmanager
def in_sentences() -> Iterator[None]:
    """Say what is expected to fail in a sentence; what is not expected keeps its traceback."""
    try:
        yield
    except PrivacybotError as error:
        for line in str(error).splitlines():
            print(f"privacybot: {plain(line)}", file=sys.stderr)
        sys.exit(error.exit_code)
    except typer.TyperException as error:
        print(f"privacybot: {plain(_misused(error))}", file=sys.stderr)
        sys.exit(2)
    except typer.Abort:
        print("privacybot: There was no answer to the question, and nothing was done.", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of a pipe has seen enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


def _misused(error: typer.TyperException) -> str:
    """What is wrong with the line that was typed, and where its right form stands."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "privacybot"
    fault = getattr(error, "format_message", error.__str__)().rstrip(".")
    joint = " See" if fault.endswith("?") else "; see"
    return f"{fault[:1].lower()}{fault[1:]}{joint} {command} --help"
