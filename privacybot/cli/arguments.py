"""Options and arguments that many commands share, and the groups in which the help lists commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WORK = "Work cases"
WRITE = "Write to the person"
RUN = "Run the worker"
LOOK = "Look without touching"


def complete_reference(context: typer.Context, incomplete: str) -> list[str]:
    """References that begin with what was typed. A shell that completes is told of no fault."""
    from privacybot.app import App
    from privacybot.config import load
    from privacybot.errors import PrivacybotError
    from privacybot.flows import desk

    root = context.find_root()
    try:
        return desk.open_references(App(load(root.params.get("config"))).engine, incomplete)
    except PrivacybotError:
        return []


def complete_right(incomplete: str) -> list[str]:
    from privacybot.gdpr.rights import Right

    return [right.value for right in Right if right.startswith(incomplete)]


Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration; else PRIVACYBOT_CONFIG, else ./config.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Reference = Annotated[
    str,
    typer.Argument(help="The case, as short as it is unique: 7KQ.", metavar="REF", autocompletion=complete_reference),
]
Points = Annotated[list[str], typer.Argument(help="The numbers of the points, or all.", metavar="NUMBER...")]
Text = Annotated[str, typer.Option("--text", help="The words themselves; else your editor opens.")]
TextFile = Annotated[
    Path | None, typer.Option("--text-file", help="A file with the words; - for standard input.", allow_dash=True)
]
InLanguage = Annotated[str, typer.Option("--language", help="da or en; else that of the person.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Send without asking; otherwise you see the mail first.")]
Preview = Annotated[bool, typer.Option("--preview", help="Show the mail and send nothing.")]
