"""`privacybot review`: everything that waits for a person's eyes, one key a decision.

It only ever writes on: nothing is cleared or drawn, so a narrow terminal, a screen reader and a log of the session
read it alike. Without a terminal the keys are lines on standard input, and its end ends the review.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill

from rich.text import Text

from privacybot.app import App
from privacybot.cli import casefile
from privacybot.cli.casefile import WORDS, day, moment
from privacybot.cli.clerk import given, print_json, staff
from privacybot.cli.desk import rights_named
from privacybot.cli.evidence import marked
from privacybot.cli.keys import one_key
from privacybot.cli.safe import plain
from privacybot.cli.screen import console, indented, line, say
from privacybot.config import load
from privacybot.errors import StaffError
from privacybot.flows import decisions, desk, second_look
from privacybot.flows.desk import CaseFile
from privacybot.gdpr.rights import Right, in_order
from privacybot.store.tables import Mail

MOST_LINES = 40
"""Of a long mail so many lines are shown at first."""

LETTERS: Mapping[str, Right] = {
    "a": Right.ACCESS,
    "r": Right.RECTIFICATION,
    "e": Right.ERASURE,
    "l": Right.RESTRICTION,
    "p": Right.PORTABILITY,
    "o": Right.OBJECTION,
    "w": Right.WITHDRAWAL,
    "c": Right.COMPLAINT,
}
"""One letter a right, so that several are typed in a second."""


class Ended(Exception):
    """The clerk has had enough."""


@dataclass(slots=True)
class Looked:
    """A case as the clerk has seen it: what they write into it themselves is no news to them."""

    reference: str
    revision: int


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it does in a word, and what happens. An answer of False shows the keys again."""

    word: str
    act: Callable[[], bool]


def walk_through(config: Path | None, *, as_json: bool) -> None:
    app = App(load(config))
    waiting, mails = desk.waiting(app.engine), second_look.waiting(app.engine)
    if as_json:
        print_json({"cases": waiting, "mails": [_mail_json(mail) for mail in mails]})
        return
    try:
        for number, reference in enumerate(waiting, 1):
            _review_case(app, reference, f"{number} of {len(waiting)}")
        for number, mail in enumerate(mails, 1):
            _review_mail(app, mail, f"{number} of {len(mails)}")
        say("Nothing else waits for your eyes.")
    except Ended:
        say("Stopped; the rest waits.")
    for warning in desk.warnings(app.engine):
        say(warning)


def _review_case(app: App, reference: str, place: str) -> None:
    file = desk.case_file(app.engine, reference)
    say(f"\nCase {place}", style="dim")
    casefile.show_heading(file, datetime.now(UTC))
    for mail in _mails_to_read(file):
        _show_mail(mail, MOST_LINES)
    casefile.show_rights(file)
    _ask(_case_keys(app, file))


def _mails_to_read(file: CaseFile) -> Sequence[Mail]:
    """The mails of a new case; of one that is worked already the latest."""
    return file.mails if file.case.status == "new" else file.mails[-1:]


def _show_mail(mail: Mail, most: int) -> None:
    screen = console()
    say("")
    screen.print(line("Subject", mail.subject))
    if mail.authentication:
        screen.print(line("Sender", mail.authentication))
    text = marked(mail.new_text, (mail.recognition or {}).get("evidence", {}).values())
    lines = text.split("\n", allow_blank=True)
    shown = Text("\n").join(lines[:most])
    indented(shown, 2, above=1)
    if len(lines) > most:
        say(f"  … {len(lines) - most} lines more: o shows them.")


def _case_keys(app: App, file: CaseFile) -> dict[str, Key]:
    looked = Looked(file.case.reference, file.case.revision)
    new = file.case.status == "new"
    can_confirm = new and bool(file.rights)
    yes = Key("confirm", lambda: _confirm(app, looked))
    read = Key("read, nothing to do", lambda: _read(app, looked))
    return {
        **({"y": yes} if can_confirm else {} if new else {"y": read}),
        "c": Key("correct the rights", lambda: _correct(app, looked)),
        **({"n": Key("no request", lambda: _dismiss(app, looked))} if new else {}),
        "a": Key("assign to me", lambda: _assign(app, looked)),
        "t": Key("note", lambda: _note(app, looked)),
        "o": Key("open all of it", lambda: _open(app, looked)),
        "s": Key("skip", lambda: True),
        "q": Key("quit", _quit),
    }


def _ask(keys: Mapping[str, Key]) -> None:
    """Show the keys, and do what is chosen, until one of them ends this case."""
    while True:
        say(f"\n{_listed(keys)}", style="dim")
        key = _key()
        chosen = keys.get(key)
        if chosen is None:
            say(f"{plain(key)!r} is none of the keys.")
            continue
        try:
            if chosen.act():
                return
        except StaffError as error:
            say(str(error), style="yellow")
            if "just been" in str(error):
                return


def _listed(keys: Mapping[str, Key]) -> str:
    """The keys with their words; no line ends between the two."""
    glued = ", ".join(f"{key} {chosen.word}".replace(" ", "_") for key, chosen in keys.items())
    return fill(glued, console().width).replace("_", " ")


def _key() -> str:
    """One key, without Enter at a terminal; a line elsewhere. Raises Ended at the end of the input."""
    if not sys.stdin.isatty():
        text = sys.stdin.readline()
        if not text:
            raise Ended
        return text.strip().lower()
    try:
        return one_key().lower()
    except EOFError as error:
        raise Ended from error


def _line(question: str) -> str:
    """What the clerk types; nothing goes back to the keys."""
    console().print(Text(f"{question} (nothing goes back): "), end="")
    try:
        return input().strip()
    except EOFError as error:
        say("")  # Ctrl-D leaves the cursor behind the question.
        raise Ended from error


def _confirm(app: App, looked: Looked) -> bool:
    decisions.confirm(app.engine, looked.reference, given(seen=looked.revision), app.office_named)
    return _told(app, looked.reference, "confirmed")


def _correct(app: App, looked: Looked) -> bool:
    if not (rights := _rights()):
        return False
    decisions.correct(app.engine, looked.reference, rights, given(seen=looked.revision), app.office_named)
    return _told(app, looked.reference, "corrected")


def _dismiss(app: App, looked: Looked) -> bool:
    if not (reason := _line("Why is this no request?")):
        return False
    decisions.dismiss(app.engine, looked.reference, given(reason, seen=looked.revision))
    say(f"{looked.reference} is closed: no request.")
    return True


def _read(app: App, looked: Looked) -> bool:
    decisions.seen(app.engine, looked.reference, given(seen=looked.revision))
    say(f"{looked.reference}: read.")
    return True


def _assign(app: App, looked: Looked) -> bool:
    """The case is mine; what it is has still to be decided."""
    case = decisions.assign(app.engine, looked.reference, staff(), given(seen=looked.revision))
    looked.revision = case.revision
    say(f"{looked.reference} is yours.")
    return False


def _note(app: App, looked: Looked) -> bool:
    if text := _line("Note"):
        looked.revision = decisions.note(app.engine, looked.reference, given(text=text, seen=looked.revision)).revision
        say("Noted.")
    return False


def _open(app: App, looked: Looked) -> bool:
    casefile.show(desk.case_file(app.engine, looked.reference), datetime.now(UTC))
    return False


def _quit() -> bool:
    raise Ended


def _told(app: App, reference: str, done: str) -> bool:
    file = desk.case_file(app.engine, reference)
    say(f"{reference} {done}: {casefile.rights_in_words(file.rights)}; answer by {day(file.case.respond_by)}.")
    return True


def _rights() -> tuple[Right, ...]:
    """The rights, by their letters or by name; none goes back."""
    known = ", ".join(f"{letter} {WORDS[right]}" for letter, right in LETTERS.items())
    typed = _line(f"Which rights? {known}")
    if not typed:
        return ()
    letters = typed.replace(" ", "").replace(",", "").lower()
    if set(letters) <= set(LETTERS) and letters not in list(Right):
        return in_order(LETTERS[letter] for letter in letters)
    return rights_named(typed.split())


def _review_mail(app: App, mail: Mail, place: str) -> None:
    """A mail that opened no case: was that right?"""
    likely = second_look.likeliest(mail)
    say(f"\nMail without a case, {place}", style="dim")
    console().print(line("From", casefile.who(mail.display_name, mail.originator)))
    console().print(line("Received", moment(mail.received_at)))
    say(_why_shown(mail, likely))
    _show_mail(mail, MOST_LINES)
    _ask(
        {
            "n": Key("no request", lambda: _nothing(app, mail)),
            "c": Key("it is a request", lambda: _request(app, mail)),
            "s": Key("skip", lambda: True),
            "q": Key("quit", _quit),
        }
    )


def _why_shown(mail: Mail, likely: float) -> str:
    if likely >= second_look.NEAR:
        return f"The likeliest right has a probability of {likely:.2f}"
    if second_look.is_unread(mail):
        return "It says hardly a word, and has a file that privacybot cannot read: look at that in your mail program"
    return "Shown as a sample"


def _nothing(app: App, mail: Mail) -> bool:
    second_look.nothing(app.engine, mail.arrival_id, given())
    say("No request; it will not be shown again.")
    return True


def _request(app: App, mail: Mail) -> bool:
    if not (rights := _rights()):
        return False
    case = second_look.request(app.engine, mail.arrival_id, rights, given(), app.office_named)
    return _told(app, case.reference, "opened and confirmed")


def _mail_json(mail: Mail) -> dict[str, object]:
    return {
        "mail": mail.arrival_id,
        "from": mail.originator,
        "subject": plain(mail.subject),
        "probability": round(second_look.likeliest(mail), 4),
    }
