"""The commands with which staff write to the person: each mail is shown first, and sent after a yes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacybot.cli.arguments import WRITE, InLanguage, Json, Preview, Reference, Text, TextFile, Yes, complete_right

commands = typer.Typer()

Attach = Annotated[list[Path], typer.Option("--attach", help="A file to enclose; may be repeated.")]


@commands.command(rich_help_panel=WRITE)
def reply(
    context: typer.Context,
    reference: Reference,
    text: Text = "",
    text_file: TextFile = None,
    attach: Attach = [],  # noqa: B006  (Typer copies it)
    interim: Annotated[
        bool, typer.Option("--interim", help="A question or a word in between: it is not yet the answer.")
    ] = False,
    in_language: InLanguage = "",
    yes: Yes = False,
    preview: Preview = False,
    as_json: Json = False,
) -> None:
    """Answer the person, from a draft for the rights they use, in your editor.

    Example: privacybot reply 7KQ --attach copy.zip
    """
    from privacybot.cli.letters import Wish, write
    from privacybot.gdpr.states import Step

    wish = Wish(Step.REPLY, text, text_file, in_language, tuple(attach), interim, yes, preview)
    write(context.obj, reference, wish, as_json=as_json)


@commands.command(rich_help_panel=WRITE)
def refuse(
    context: typer.Context,
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why, as the person will read it; else your editor.")] = "",
    right: Annotated[
        list[str],
        typer.Option(
            "--right", help="Only this right; may be repeated. The rest goes on.", autocompletion=complete_right
        ),
    ] = [],  # noqa: B006  (Typer copies it)
    text_file: TextFile = None,
    attach: Attach = [],  # noqa: B006  (Typer copies it)
    in_language: InLanguage = "",
    yes: Yes = False,
    preview: Preview = False,
    as_json: Json = False,
) -> None:
    """Tell the person why nothing is done; the mail names Datatilsynet and the courts (Art. 12(4)).

    Example: privacybot refuse 7KQ --reason "Du fik den samme kopi i sidste uge."

    Example: privacybot refuse 7KQ --right erasure --reason "Fakturaer skal vi gemme i fem år."
    """
    from privacybot.cli.letters import Wish, write
    from privacybot.gdpr.states import Step

    step = Step.REFUSE_RIGHTS if right else Step.REFUSE
    wish = Wish(step, reason, text_file, in_language, tuple(attach), False, yes, preview, tuple(right))
    write(context.obj, reference, wish, as_json=as_json)


@commands.command(rich_help_panel=WRITE)
def extend(
    context: typer.Context,
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why, as the person will read it; else your editor.")] = "",
    text_file: TextFile = None,
    in_language: InLanguage = "",
    yes: Yes = False,
    preview: Preview = False,
    as_json: Json = False,
) -> None:
    """Take two more months, once, and tell the person within the first (Art. 12(3)).

    Example: privacybot extend 7KQ --reason "Vi skal hente oplysninger fra et arkiv."
    """
    from privacybot.cli.letters import Wish, write
    from privacybot.gdpr.states import Step

    wish = Wish(Step.EXTEND, reason, text_file, in_language, (), False, yes, preview)
    write(context.obj, reference, wish, as_json=as_json)


@commands.command(rich_help_panel=WRITE)
def identity(
    context: typer.Context,
    reference: Reference,
    ask: Annotated[bool, typer.Option("--ask", help="Write to the person; the case waits for the answer.")] = False,
    text: Text = "",
    text_file: TextFile = None,
    proven: Annotated[str, typer.Option("--proven", help="You are sure who asks, and how you know it.")] = "",
    in_language: InLanguage = "",
    yes: Yes = False,
    preview: Preview = False,
    as_json: Json = False,
) -> None:
    """Ask who somebody is where there is doubt (Art. 12(6)), or write down how you know.

    Example: privacybot identity 7KQ --ask

    Example: privacybot identity 7KQ --proven "rang back on the number of the enrolment"
    """
    from privacybot.cli.clockwork import prove_identity, show_identity
    from privacybot.cli.letters import Wish, write
    from privacybot.errors import StaffError
    from privacybot.gdpr.states import Step

    if proven and (ask or text or text_file):
        raise StaffError("Either you ask who it is (--ask) or you know it (--proven HOW); say one of them.")
    if proven:
        prove_identity(context.obj, reference, proven, as_json=as_json)
    elif ask or text or text_file:
        wish = Wish(Step.ASK_IDENTITY, text, text_file, in_language, (), False, yes, preview)
        write(context.obj, reference, wish, as_json=as_json)
    else:
        show_identity(context.obj, reference, as_json=as_json)
