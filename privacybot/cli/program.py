"""The commands, grouped as people look for them. Each imports what it needs when it is called, and no sooner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

program = typer.Typer(
    name="privacybot",
    help="Watches a mailbox for privacy requests, acknowledges them, and queues cases with legal deadlines.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

WORK = "Work cases"
RUN = "Run the worker"
LOOK = "Look without touching"

Config = Annotated[
    Path | None, typer.Option("--config", help="The configuration; else PRIVACYBOT_CONFIG, else ./config.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Reference = Annotated[str, typer.Argument(help="The case, as short as it is unique: 7KQ.", metavar="REF")]


@program.callback()
def privacybot(context: typer.Context, config: Config = None) -> None:
    """Watches a mailbox for privacy requests, acknowledges them, and queues cases with legal deadlines."""
    context.obj = config


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
def ledger(context: typer.Context, as_json: Json = False) -> None:
    """What became of every mail, and which are set aside."""
    from privacybot.cli.reckoning import show_ledger

    show_ledger(context.obj, as_json=as_json)


@program.command(rich_help_panel=RUN)
def retry(
    context: typer.Context,
    mail: Annotated[int, typer.Argument(help="The number of a mail set aside, from `privacybot ledger`.")],
) -> None:
    """Take in a mail that was set aside, after its cause has been mended."""
    from privacybot.cli.reckoning import retry_mail

    retry_mail(context.obj, mail)


@program.command(rich_help_panel=RUN)
def breaker(
    context: typer.Context,
    action: Annotated[str, typer.Argument(help="`show`, or `reset` to let automatic mails leave again.")] = "show",
) -> None:
    """Automatic mails that stand still because too many were made within an hour."""
    from privacybot.cli.reckoning import show_or_reset_breaker

    show_or_reset_breaker(context.obj, action)


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


@program.command(rich_help_panel=WORK)
def queue(
    context: typer.Context,
    as_json: Json = False,
    rows: Annotated[int, typer.Option(help="How many rows the table shows.")] = 50,
) -> None:
    """The cases that are not closed, the most pressing first."""
    from privacybot.cli.desk import show_queue

    show_queue(context.obj, as_json=as_json, rows=rows)


@program.command(rich_help_panel=WORK)
def show(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Everything about one case.

    Example: privacybot show 7KQ
    """
    from privacybot.cli.desk import show_case

    show_case(context.obj, reference, as_json=as_json)


@program.command(rich_help_panel=WORK)
def confirm(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Agree with the recognised rights. Without a terminal nothing is asked."""
    from privacybot.cli.desk import confirm_case

    confirm_case(context.obj, reference, as_json=as_json)


@program.command(rich_help_panel=WORK)
def correct(
    context: typer.Context,
    reference: Reference,
    rights: Annotated[list[str], typer.Argument(help="access, erasure, … : all that the mail uses.")],
    as_json: Json = False,
) -> None:
    """Say which rights the mail uses, where the recognition was wrong.

    Example: privacybot correct 7KQ access erasure
    """
    from privacybot.cli.desk import correct_case

    correct_case(context.obj, reference, rights, as_json=as_json)


@program.command(rich_help_panel=WORK)
def dismiss(
    context: typer.Context,
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why this is no request.", prompt="Why is this no request")],
    as_json: Json = False,
) -> None:
    """Close a case that is no request."""
    from privacybot.cli.desk import dismiss_case

    dismiss_case(context.obj, reference, reason, as_json=as_json)


@program.command(rich_help_panel=WORK)
def note(
    context: typer.Context,
    reference: Reference,
    text: Annotated[list[str], typer.Argument(help="What to write down.")],
    as_json: Json = False,
) -> None:
    """Write something down in a case."""
    from privacybot.cli.desk import note_case

    note_case(context.obj, reference, " ".join(text), as_json=as_json)


@program.command(rich_help_panel=WORK)
def assign(
    context: typer.Context,
    reference: Reference,
    to: Annotated[str, typer.Argument(help="Who takes the case.")],
    as_json: Json = False,
) -> None:
    """Put a case into somebody's hands."""
    from privacybot.cli.desk import assign_case

    assign_case(context.obj, reference, to, as_json=as_json)
