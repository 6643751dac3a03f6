"""Letters to the person: written in the editor or given as text, shown whole, and sent only after a yes."""

from __future__ import annotations

import mimetypes
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.text import Text

from privacybot.app import App
from privacybot.cli import casefile, editor
from privacybot.cli.clerk import at_terminal, given, language, print_json
from privacybot.cli.desk import rights_named
from privacybot.cli.safe import masked, paragraphs
from privacybot.cli.screen import console, indented, line, say
from privacybot.config import load
from privacybot.errors import PrivacybotError, StaffError
from privacybot.flows import desk, writing
from privacybot.flows.writing import Prepared, Words
from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Step
from privacybot.mail.outgoing import Enclosure

_BEGINNINGS = {
    Step.REFUSE: "[[Why we cannot do what is asked, in the person's language.]]",
    Step.REFUSE_RIGHTS: "[[Why we cannot do this part of what is asked, in the person's language.]]",
    Step.EXTEND: "[[Why it takes longer: what is complex, or how many requests there are. In the person's language.]]",
    Step.ASK_IDENTITY: "[[What we are in doubt about, and what would settle it. In the person's language.]]",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    step: Step
    text: str = ""
    text_file: Path | None = None
    language: str = ""
    attach: Sequence[Path] = ()
    interim: bool = False
    yes: bool = False
    preview: bool = False
    refused: Sequence[str] = ()


@dataclass(slots=True)
class _Draft:
    """The words as they stand now; what came from the editor would be lost with this process."""

    words: Words
    by_hand: bool = False

    def edit(self, text: str) -> None:
        self.words, self.by_hand = replace(self.words, text=editor.edit(text)), True


def write(config: Path | None, reference: str, wish: Wish, *, as_json: bool) -> None:
    """From the words to the outbox. Nothing is sent but after a yes."""
    app = App(load(config))
    _one_source(wish)
    enclosures = tuple(_enclosure(path) for path in wish.attach)
    draft = _Draft(Words(wish.step, wish.text, language(wish.language), enclosures, wish.interim, _refused(wish)))
    if as_json and not (wish.yes or wish.preview):
        raise StaffError("With --json nobody can be asked; add --yes to send, or --preview to look.")
    with _kept_unless_sent(draft):
        _begin(app, reference, wish, draft)
        prepared = _agreed_letter(app, reference, wish, draft, as_json=as_json)
        if prepared is not None:
            seen = prepared.case.revision
            writing.send(app.engine, reference, draft.words, app.office_named, given(seen=seen))
    if prepared is not None:
        _report(app, prepared.case.reference, prepared, as_json=as_json)


def _one_source(wish: Wish) -> None:
    if wish.text and wish.text_file is not None:
        raise StaffError(f"The words are there twice; give either {_option(wish.step)} or --text-file.")


def _option(step: Step) -> str:
    """The option that holds the words of this letter."""
    return "--reason" if step in (Step.REFUSE, Step.REFUSE_RIGHTS, Step.EXTEND) else "--text"


@contextmanager
def _kept_unless_sent(draft: _Draft) -> Iterator[None]:
    """However the work on a letter ends without one, what the clerk wrote is in a file that they are told of."""
    try:
        yield
    except (PrivacybotError, typer.Exit, typer.Abort, KeyboardInterrupt) as error:
        told_why = isinstance(error, PrivacybotError)
        if draft.by_hand or (draft.words.text and not told_why):
            say(f"Nothing was sent; your words are in {editor.keep(draft.words.text)}.")
        raise


def _refused(wish: Wish) -> tuple[Right, ...]:
    return rights_named(wish.refused) if wish.refused else ()


def _begin(app: App, reference: str, wish: Wish, draft: _Draft) -> None:
    """The first words: from the option, from a file, or from the editor."""
    if wish.text:
        return
    if wish.text_file is not None:
        draft.words = replace(draft.words, text=_read(wish.text_file))
        return
    if not at_terminal():
        option = _option(wish.step)
        raise StaffError(f"There are no words yet; give them with {option} or --text-file (- for standard input).")
    # What stands in the way of the letter is told before anybody writes it.
    writing.prepare(app.engine, reference, replace(draft.words, text="…"), app.office_named, given())
    beginning = _BEGINNINGS.get(wish.step)
    if beginning is None:
        beginning = writing.draft(app.engine, reference, app.office_named, draft.words.language, given())
    draft.edit(beginning)


def _agreed_letter(app: App, reference: str, wish: Wish, draft: _Draft, *, as_json: bool) -> Prepared | None:
    """The letter that shall be sent, as often edited as the clerk likes; None where it was only looked at."""
    while True:
        prepared = _prepared(app, reference, wish, draft)
        if wish.preview:
            _show(prepared, as_json=as_json)
            return None
        if wish.yes or _agreed(prepared):
            return prepared
        draft.edit(draft.words.text)


def _prepared(app: App, reference: str, wish: Wish, draft: _Draft) -> Prepared:
    """The letter; at a terminal the editor opens again where its text cannot be sent as it stands."""
    while True:
        try:
            return writing.prepare(app.engine, reference, draft.words, app.office_named, given())
        except StaffError as error:
            if "[[" not in draft.words.text or not at_terminal() or wish.yes:
                raise
            say(str(error), style="yellow")
            if not typer.confirm("Edit it again?", default=True):
                raise typer.Exit(1) from error
            draft.edit(draft.words.text)


def _agreed(prepared: Prepared) -> bool:
    """Show the letter and ask; False to edit it again. Ends the program where nothing shall be sent."""
    _show(prepared, as_json=False)
    if not at_terminal():
        raise StaffError("Nothing was sent; if the mail above is right, say it again with --yes.")
    answer = typer.prompt(f"Send it to {prepared.case.data_subject}? yes, no or edit", default="no").strip().lower()
    if answer in ("e", "edit"):
        return False
    if answer in ("y", "yes", "j", "ja"):
        return True
    raise typer.Exit(1)


def _show(prepared: Prepared, *, as_json: bool) -> None:
    if as_json:
        print_json(_as_json(prepared))
        return
    screen = console()
    screen.print(line("To", prepared.case.data_subject))
    screen.print(line("Subject", prepared.content.subject))
    for file in prepared.enclosures:
        screen.print(line("Enclosed", f"{file.filename} ({max(1, len(file.content) // 1024)} kB)"))
    indented(Text(paragraphs(prepared.content.text.rstrip())), 2, above=1)
    say("")
    for caution in _cautions(prepared):
        screen.print(Text(f"Mind: {caution}", style="yellow"))


def _cautions(prepared: Prepared) -> list[str]:
    cpr = ["The text holds a CPR number, hidden above; mail is not the way for it."]
    return [*prepared.cautions, *(cpr if masked(prepared.content.text) != prepared.content.text else [])]


def _report(app: App, reference: str, prepared: Prepared, *, as_json: bool) -> None:
    file = desk.case_file(app.engine, reference)
    if as_json:
        print_json({**casefile.summary(file.case, file.rights), "letter": _as_json(prepared)})
        return
    say(f"{reference}: the mail to {file.case.data_subject} is in the outbox; the worker sends it.")
    say(casefile.next_step(file))


def _as_json(prepared: Prepared) -> dict[str, object]:
    return {
        "to": prepared.case.data_subject,
        "subject": prepared.content.subject,
        "text": prepared.content.text,
        "enclosed": [file.filename for file in prepared.enclosures],
        "cautions": _cautions(prepared),
    }


def _read(path: Path) -> str:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StaffError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise StaffError(f"{path} is not UTF-8; save it with that encoding.") from error
    return editor.without_help(text)


def _enclosure(path: Path) -> Enclosure:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StaffError(f"{path} cannot be read ({error.strerror}).") from error
    kind, encoding = mimetypes.guess_type(path.name)
    return Enclosure(path.name, kind if kind and not encoding else "application/octet-stream", content)
