"""The commands, grouped as people look for them. Each imports what it needs when it is called, and no sooner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacybot.cli import correspondence, keeping, working
from privacybot.cli.arguments import LOOK, RUN, Config, Json


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"privacybot {version('privacybot')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Say which version this is.", callback=_tell_version, is_eager=True)
]

program = typer.Typer(
    name="privacybot",
    help="Watches a mailbox for privacy requests, acknowledges them, and queues cases with legal deadlines.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@program.callback()
def privacybot(context: typer.Context, config: Config = None, _version: Version = False) -> None:
    """Watches a mailbox for privacy requests, acknowledges them, and queues cases with legal deadlines."""
    context.obj = config
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(2)


@program.command(rich_help_panel=RUN)
def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Take in what is there, send what is due, and stop.")] = False,
) -> None:
    """Watch the mailboxes, acknowledge requests and queue cases, until SIGTERM.

    Example: privacybot run
    """
    from privacybot.cli.running import run_worker

    run_worker(context.obj, once=once)


@program.command(rich_help_panel=RUN)
def check(context: typer.Context, as_json: Json = False) -> None:
    """Try everything the worker needs, and say what to do about each fault."""
    from privacybot.cli.checking import check_everything

    check_everything(context.obj, as_json=as_json)


@program.command(rich_help_panel=RUN)
def demo(
    keep: Annotated[Path | None, typer.Option(help="Keep the demo's database and mails in this folder.")] = None,
) -> None:
    """Show the whole journey with embedded servers on this machine; no account is needed."""
    from privacybot.cli.demonstration import demonstrate

    demonstrate(keep)


@program.command(rich_help_panel=RUN)
def ledger(
    context: typer.Context,
    as_json: Json = False,
    offline: Annotated[bool, typer.Option("--offline", help="Do not log in: leave the mailboxes uncompared.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Have the worker look at mails without an outcome.")] = False,
) -> None:
    """What became of every mail, compared with the mailboxes: a mail without an outcome is named."""
    from privacybot.cli.reckoning import show_ledger

    show_ledger(context.obj, as_json=as_json, offline=offline, again=again)


@program.command("set-aside", rich_help_panel=RUN)
def set_aside(
    context: typer.Context,
    mail: Annotated[int | None, typer.Argument(help="A mail's number; without one all are listed.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Write the mail's bytes as they came.")] = False,
    as_json: Json = False,
) -> None:
    """Mails that could not be taken in, each with the reason.

    Example: privacybot set-aside 17
    """
    from privacybot.cli.reckoning import show_set_aside

    show_set_aside(context.obj, mail, raw=raw, as_json=as_json)


@program.command(rich_help_panel=RUN)
def retry(
    context: typer.Context,
    mail: Annotated[int | None, typer.Argument(help="A mail's number, from `privacybot set-aside`; else all.")] = None,
    as_json: Json = False,
) -> None:
    """Take in mails that were set aside, after their cause has been mended."""
    from privacybot.cli.reckoning import retry_mails

    retry_mails(context.obj, mail, as_json=as_json)


@program.command(rich_help_panel=RUN)
def breaker(
    context: typer.Context,
    action: Annotated[str, typer.Argument(help="`show`, or `reset` to let automatic mails leave again.")] = "show",
    as_json: Json = False,
) -> None:
    """Automatic mails that stand still because too many were made within an hour."""
    from privacybot.cli.reckoning import show_or_reset_breaker

    show_or_reset_breaker(context.obj, action, as_json=as_json)


@program.command(rich_help_panel=LOOK)
def inspect(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Mails as files (.eml).", metavar="FILE...")],
    as_json: Json = False,
) -> None:
    """Explain what would happen to a mail, and why, without doing it.

    Example: privacybot inspect mail.eml
    """
    from privacybot.cli.inspection import inspect_files

    inspect_files(context.obj, files, as_json=as_json)


@program.command(rich_help_panel=LOOK)
def classify(
    jsonl: Annotated[str, typer.Option("--jsonl", help='Lines {"id", "subject", "body"}; - for standard input.')],
) -> None:
    """Recognise the rights in many texts at once; a JSON line for each, in order."""
    from privacybot.cli.classification import classify_lines

    classify_lines(jsonl)


@program.command(rich_help_panel=LOOK)
def evaluate(
    file: Annotated[Path, typer.Argument(help='Lines {"id", "lang", "subject", "body", "rights"}.')],
    as_json: Json = False,
) -> None:
    """Measure the recognition on labelled mails: every figure, and every mistake."""
    from privacybot.cli.classification import evaluate_file

    evaluate_file(file, as_json=as_json)


@program.command(rich_help_panel=LOOK)
def preview(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to write the mails.")] = Path("preview"),
) -> None:
    """Write every mail that can leave, as text and HTML, with an index page to look at."""
    from privacybot.cli.previewing import write_previews

    write_previews(context.obj, folder)


program.add_typer(working.commands)
program.add_typer(correspondence.commands)
program.add_typer(keeping.commands)
program.add_typer(working.audit, name="audit", rich_help_panel=RUN)
