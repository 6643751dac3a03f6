"""The commands about what the bot itself holds. Each imports what it needs when it is called, and no sooner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacybot.cli.arguments import Json, Reference
from privacybot.cli.working import audit

KEEP = "What privacybot itself holds"
SEE = "See how it goes"

commands = typer.Typer()

First = Annotated[str, typer.Option("--from", help="The first day, such as 2026-01-01; else a year ago.")]
Last = Annotated[str, typer.Option("--to", help="The last day; else today.")]


@commands.command(rich_help_panel=SEE)
def stats(context: typer.Context, first: First = "", last: Last = "", as_json: Json = False) -> None:
    """How requests were met: how many, how fast, how many in time, and what the recognition got wrong.

    Example: privacybot stats --from 2026-01-01
    """
    from privacybot.cli.seeing import show

    show(context.obj, first, last, as_json=as_json)


@commands.command(rich_help_panel=SEE)
def report(
    context: typer.Context,
    html: Annotated[Path, typer.Option("--html", help="The file to write.")],
    first: First = "",
    last: Last = "",
    replace: Annotated[bool, typer.Option("--replace", help="Write over a file that is there.")] = False,
) -> None:
    """The figures of a period as one page with charts, for the screen and for paper. It names no person.

    Example: privacybot report --html 2026.html --from 2026-01-01 --to 2026-12-31
    """
    from privacybot.cli.seeing import write_report

    write_report(context.obj, first, last, html, replace=replace)


@commands.command(rich_help_panel=SEE)
def remind(
    context: typer.Context,
    preview: Annotated[bool, typer.Option("--preview", help="Show the digest and write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Send today's digest to staff now. The worker does it by itself in the morning; there is one a day.

    Example: privacybot remind --preview
    """
    from privacybot.cli.reminding import remind

    remind(context.obj, preview=preview, as_json=as_json)


@commands.command(rich_help_panel=KEEP)
def purge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and erase nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what is older than the configuration keeps it. The worker does it by itself, unless that is switched off.

    Example: privacybot purge --dry-run
    """
    from privacybot.cli.purging import purge

    purge(context.obj, dry_run=dry_run, as_json=as_json)


@commands.command(rich_help_panel=KEEP)
def person(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="A mail address.")],
    export: Annotated[Path | None, typer.Option("--export", help="Write a copy of all of it to this zip file.")] = None,
    erase: Annotated[bool, typer.Option("--erase", help="Erase what may go; --reason says why.")] = False,
    with_cases: Annotated[
        bool, typer.Option("--with-cases", help="Erase closed cases too, though their time is not over.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the case's file.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Erase without asking.")] = False,
    as_json: Json = False,
) -> None:
    """What privacybot itself holds about an address; a copy of it; and its erasure.

    Example: privacybot person anna@example.dk --export anna.zip
    """
    from privacybot.cli import personal

    if export is not None:
        personal.export(context.obj, address, export, as_json=as_json)
    if erase:
        personal.erase(context.obj, address, with_cases=with_cases, reason=reason, without_asking=yes, as_json=as_json)
    elif export is None:
        personal.show(context.obj, address, as_json=as_json)


@commands.command(rich_help_panel=KEEP)
def corrections(
    context: typer.Context,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write them here, without persons, in the format of the corpus.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What staff corrected, as lessons for the recognition.

    Example: privacybot corrections --export models/corpus/corrections
    """
    from privacybot.cli.teaching import show_or_export

    show_or_export(context.obj, export, as_json=as_json)


@commands.command(rich_help_panel=KEEP)
def backup(
    context: typer.Context, to: Annotated[Path, typer.Argument(help="The file to write.", metavar="FILE")]
) -> None:
    """Copy the database to a file while it is in use.

    Example: privacybot backup /backup/privacybot-monday
    """
    from privacybot.cli.backing_up import back_up

    back_up(context.obj, to)


@commands.command(rich_help_panel=KEEP)
def restore(
    context: typer.Context,
    copy: Annotated[Path, typer.Argument(help="A file that `privacybot backup` made.", metavar="FILE")],
    replace: Annotated[bool, typer.Option("--replace", help="Let the copy take the place of what is there.")] = False,
) -> None:
    """Put a copy in the place of the database. Stop every worker first.

    Example: privacybot restore /backup/privacybot-monday --replace
    """
    from privacybot.cli.backing_up import restore

    restore(context.obj, copy, replace=replace)


@audit.command("export")
def export(
    context: typer.Context,
    reference: Reference,
    to: Annotated[Path | None, typer.Option("--to", help="The zip file to write; else REF-evidence.zip here.")] = None,
    as_json: Json = False,
) -> None:
    """Everything about one case as a zip: mails, our letters, server replies, every step, with a summary to read.

    Example: privacybot audit export 7KQ
    """
    from privacybot.cli.bundling import export

    export(context.obj, reference, to, as_json=as_json)
