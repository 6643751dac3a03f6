"""The commands with which staff work cases. Each imports what it needs when it is called, and no sooner."""

from __future__ import annotations

from typing import Annotated

import typer

from privacybot.cli.arguments import WORK, Json, Points, Reference, complete_reference, complete_right

commands = typer.Typer()
audit = typer.Typer(help="Whether anybody has changed the past.")

Reason = Annotated[str, typer.Option("--reason", help="Why, for the case's file.")]


@commands.command(rich_help_panel=WORK)
def queue(
    context: typer.Context,
    as_json: Json = False,
    rows: Annotated[int, typer.Option(min=1, help="How many rows the table shows.")] = 50,
    as_list: Annotated[bool, typer.Option("--list", help="Line by line, as in a narrow terminal.")] = False,
) -> None:
    """The cases that are not closed, the most pressing first.

    Example: privacybot queue
    """
    from privacybot.cli.desk import show_queue

    show_queue(context.obj, as_json=as_json, rows=rows, as_list=as_list)


@commands.command(rich_help_panel=WORK)
def review(
    context: typer.Context,
    as_json: Json = False,
) -> None:
    """Walk through everything that waits for your eyes, one key a decision.

    Example: privacybot review
    """
    from privacybot.cli.review import walk_through

    walk_through(context.obj, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def show(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Everything about one case.

    Example: privacybot show 7KQ
    """
    from privacybot.cli.desk import show_case

    show_case(context.obj, reference, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def confirm(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Agree with the recognised rights. Without a terminal nothing is asked.

    Example: privacybot confirm 7KQ
    """
    from privacybot.cli.desk import confirm_case

    confirm_case(context.obj, reference, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def correct(
    context: typer.Context,
    reference: Reference,
    rights: Annotated[
        list[str],
        typer.Argument(
            help="access, erasure, … : all that the mail uses.", metavar="RIGHT...", autocompletion=complete_right
        ),
    ],
    as_json: Json = False,
) -> None:
    """Say which rights the mail uses, where the recognition was wrong.

    Example: privacybot correct 7KQ access erasure
    """
    from privacybot.cli.desk import correct_case

    correct_case(context.obj, reference, rights, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def dismiss(
    context: typer.Context,
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why this is no request; else you are asked.")] = "",
    as_json: Json = False,
) -> None:
    """Close a case that is no request.

    Example: privacybot dismiss 7KQ --reason "an offer from a supplier"
    """
    from privacybot.cli.desk import dismiss_case

    dismiss_case(context.obj, reference, reason, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def checklist(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """What is to be done in which system, by whom, and what must be kept.

    Example: privacybot checklist 7KQ
    """
    from privacybot.cli.points import show_checklist

    show_checklist(context.obj, reference, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def done(
    context: typer.Context,
    reference: Reference,
    points: Points,
    note: Annotated[str, typer.Option("--note", help="What was found or done.")] = "",
    as_json: Json = False,
) -> None:
    """Points of the checklist are done.

    Example: privacybot done 7KQ 1 2 --note "two orders, copied"
    """
    from privacybot.cli.points import settle

    settle(context.obj, reference, points, note, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def leave(
    context: typer.Context, reference: Reference, points: Points, reason: Reason = "", as_json: Json = False
) -> None:
    """Points of the checklist are not done, for a reason.

    Example: privacybot leave 7KQ 3 --reason "never a customer of the webshop"
    """
    from privacybot.cli.points import leave

    leave(context.obj, reference, points, reason, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def clock(context: typer.Context, reference: Reference, as_json: Json = False) -> None:
    """Explain the date of a case, step by step, for each right.

    Example: privacybot clock 7KQ
    """
    from privacybot.cli.clockwork import show_clock

    show_clock(context.obj, reference, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def pause(
    context: typer.Context,
    reference: Reference,
    kind: Annotated[str, typer.Option("--for", help="identity or clarification: what we wait for.")] = "clarification",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """We wait for the person. The original date stays in force and stays shown.

    Example: privacybot pause 7KQ --for clarification --reason "asked which course is meant"
    """
    from privacybot.cli.clockwork import pause_case

    pause_case(context.obj, reference, kind, reason, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def resume(context: typer.Context, reference: Reference, reason: Reason = "", as_json: Json = False) -> None:
    """The answer has come: the clock goes on.

    Example: privacybot resume 7KQ
    """
    from privacybot.cli.clockwork import resume_case

    resume_case(context.obj, reference, reason, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def note(
    context: typer.Context,
    reference: Reference,
    text: Annotated[list[str], typer.Argument(help="What to write down.", metavar="TEXT...")],
    as_json: Json = False,
) -> None:
    """Write something down in a case.

    Example: privacybot note 7KQ rang her, she means the newsletter
    """
    from privacybot.cli.desk import note_case

    note_case(context.obj, reference, " ".join(text), as_json=as_json)


@commands.command(rich_help_panel=WORK)
def assign(
    context: typer.Context,
    reference: Reference,
    to: Annotated[str, typer.Argument(help="Who takes the case; me for yourself.", metavar="WHO")],
    as_json: Json = False,
) -> None:
    """Put a case into somebody's hands.

    Example: privacybot assign 7KQ me
    """
    from privacybot.cli.desk import assign_case

    assign_case(context.obj, reference, to, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def link(
    context: typer.Context,
    reference: Reference,
    other: Annotated[
        str, typer.Argument(help="The case it belongs with.", metavar="REF", autocompletion=complete_reference)
    ],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Say that two cases belong together; both show it.

    Example: privacybot link 7KQ 9AB --reason "the same person, from work"
    """
    from privacybot.cli.desk import link_cases

    link_cases(context.obj, reference, other, reason, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def close(
    context: typer.Context,
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="How the person was answered, if not by our mail.")] = "",
    as_json: Json = False,
) -> None:
    """End a case whose checklist is settled and whose person is answered.

    Example: privacybot close 7KQ
    """
    from privacybot.cli.desk import close_case

    close_case(context.obj, reference, reason, as_json=as_json)


@commands.command(rich_help_panel=WORK)
def reopen(context: typer.Context, reference: Reference, reason: Reason = "", as_json: Json = False) -> None:
    """Take up a case that had ended.

    Example: privacybot reopen 7KQ --reason "an attachment was missing"
    """
    from privacybot.cli.desk import reopen_case

    reopen_case(context.obj, reference, reason, as_json=as_json)


@audit.command()
def verify(
    context: typer.Context,
    reference: Annotated[
        str, typer.Argument(help="One case; else all.", metavar="[REF]", autocompletion=complete_reference)
    ] = "",
    as_json: Json = False,
) -> None:
    """Go through the chains of events: was anything changed, removed or put in?

    Example: privacybot audit verify
    """
    from privacybot.cli.auditing import verify

    verify(context.obj, reference, as_json=as_json)
