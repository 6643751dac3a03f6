"""For people: commands, tables and sentences. Typer and Rich live here alone; nothing here knows a rule."""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""The exit code of whoever pressed Ctrl-C, as shells count it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The `privacybot` command."""
    from privacybot.cli.failures import in_sentences
    from privacybot.cli.program import program

    given = list(sys.argv[1:] if arguments is None else arguments)
    with in_sentences():
        ended = program(_config_first(given), prog_name="privacybot", standalone_mode=False)
        if ended == INTERRUPTED:
            print(file=sys.stderr)  # The cursor stands behind ^C.
        sys.exit(ended or 0)


def _config_first(arguments: list[str]) -> list[str]:
    """`--config FILE` may stand anywhere: people add it at the end."""
    first: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            rest += [word, *waiting]
        elif word == "--config":
            first += [word, *([value] if (value := next(waiting, None)) is not None else [])]
        elif word.startswith("--config="):
            first.append(word)
        else:
            rest.append(word)
    return first + rest
