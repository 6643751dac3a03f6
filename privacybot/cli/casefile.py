"""One case on the screen, so that a colleague could take it over; and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import typer
from rich.padding import Padding
from rich.text import Text

from privacybot.cli.safe import masked, paragraphs, plain
from privacybot.cli.screen import console, line, say
from privacybot.flows.desk import CaseFile
from privacybot.gdpr.deadline import COPENHAGEN, received_on
from privacybot.gdpr.rights import PROVISIONS, Right
from privacybot.store.tables import Case, CaseRight, Event, Letter, Mail

WORDS: Mapping[Right, str] = {
    Right.ACCESS: "access",
    Right.RECTIFICATION: "rectification",
    Right.ERASURE: "erasure",
    Right.RESTRICTION: "restriction",
    Right.PORTABILITY: "portability",
    Right.OBJECTION: "objection",
    Right.WITHDRAWAL: "withdrawal of consent",
    Right.COMPLAINT: "complaint",
}


def day(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b %Y}"


def moment(at: datetime) -> str:
    """As the clock in the office shows it."""
    return f"{at.astimezone(COPENHAGEN):%d-%m-%Y %H:%M}"


def days_left(case: Case, today: date) -> int:
    return (case.respond_by - today).days


def rights_in_words(rights: Sequence[CaseRight]) -> str:
    """Those that stand: what staff confirmed, else what was proposed."""
    return ", ".join(WORDS[Right(row.right)] for row in _standing(rights)) or "unsure, to be read"


def summary(case: Case, rights: Sequence[CaseRight]) -> dict[str, Any]:
    """A case as `queue --json` lists it."""
    return {
        "reference": case.reference,
        "status": case.status,
        "category": case.category,
        "rights": [row.right for row in _standing(rights)],
        "language": case.language,
        "received_at": case.received_at.isoformat(),
        "respond_by": case.respond_by.isoformat(),
        "sender": case.data_subject,
        "subject": masked(case.subject),
        "acknowledged_at": case.acknowledged_at.isoformat() if case.acknowledged_at else None,
        "confidence": round(case.confidence, 4),
        "band": case.band,
        "mailbox": case.mailbox,
        "assigned_to": case.assigned_to or None,
        "urgent": case.urgent,
        "held": case.held or None,
        "no_response_reason": case.silence or None,
        "undelivered": case.undelivered or None,
    }


def as_json(file: CaseFile) -> dict[str, Any]:
    """A case as `show --json` prints it."""
    return {
        **summary(file.case, file.rights),
        "proposed": [_right_json(row) for row in file.rights],
        "mails": [_mail_json(mail) for mail in file.mails],
        "letters": [_letter_json(letter) for letter in file.letters],
        "events": [_event_json(event) for event in file.events],
        "earlier": [case.reference for case in file.earlier],
        "linked": file.linked.reference if file.linked else None,
    }


def show(file: CaseFile, now: datetime) -> None:
    """Everything, in the order in which a clerk asks for it."""
    _show_heading(file, now)
    _show_rights(file)
    for mail in file.mails:
        _show_mail(mail)
    _show_letters(file)
    _show_events(file.events)
    say("")
    say(_next_step(file.case), style="bold")


def ask_to_confirm(file: CaseFile) -> None:
    """Let a person at a terminal agree before anything is written."""
    _show_rights(file)
    if not typer.confirm(f"Confirm {rights_in_words(file.rights)} for {file.case.reference}?"):
        raise typer.Exit(1)


def _standing(rights: Sequence[CaseRight]) -> list[CaseRight]:
    order = list(Right)
    kept = [row for row in rights if row.confirmed is not False]
    return sorted(kept, key=lambda row: order.index(Right(row.right)))


def _show_heading(file: CaseFile, now: datetime) -> None:
    case = file.case
    left = days_left(case, received_on(now))
    screen = console()
    screen.print(Text(f"{case.reference}  {rights_in_words(file.rights)}", style="bold"))
    screen.print(line("Status", case.status.replace("_", " ")))
    screen.print(
        line(
            "Answer by",
            f"{day(case.respond_by)} ({left} days left)" if left >= 0 else f"{day(case.respond_by)} (OVERDUE)",
        )
    )
    screen.print(line("Received", moment(case.received_at)))
    screen.print(
        line(
            "From",
            f"{case.display_name} <{case.data_subject}>" if case.data_subject else "nobody who could be answered",
        )
    )
    optional = (
        ("Urgent", "look at this first; it may be a breach (72 hours, Art. 33) or an authority" if case.urgent else ""),
        ("Forwarded by", case.proposed_by),
        ("Held", case.held),
        ("Not answered", case.silence_sentence if not case.held else ""),
        ("Not delivered", case.undelivered),
        ("Assigned to", case.assigned_to),
        ("Earlier cases", ", ".join(earlier.reference for earlier in file.earlier)),
        ("Linked to", file.linked.reference if file.linked else ""),
    )
    for label, value in optional:
        if value:
            screen.print(line(label, value))


def _show_rights(file: CaseFile) -> None:
    for row in file.rights:
        article = PROVISIONS[Right(row.right)].article
        standing = {None: "proposed", True: "confirmed", False: "not so, staff say"}[row.confirmed]
        console().print(
            Text(
                f"\n• {WORDS[Right(row.right)]} (Art. {article}), {standing}, "
                f"probability {row.score:.2f}, by {day(row.respond_by)}"
            )
        )
        if row.evidence:
            console().print(Padding(Text(f"“{plain(row.evidence)}”", style="italic"), (0, 0, 0, 2)))


def _show_mail(mail: Mail) -> None:
    screen = console()
    screen.print(Text(f"\nMail of {moment(mail.received_at)}", style="bold"))
    screen.print(line("From", f"{mail.display_name} <{mail.originator}>"))
    screen.print(line("Subject", mail.subject))
    if mail.authentication:
        screen.print(line("Sender", mail.authentication))
    screen.print(Padding(Text(paragraphs(mail.new_text)), (1, 0, 0, 2)))


def _show_letters(file: CaseFile) -> None:
    if file.letters:
        console().print(Text("\nOur mails", style="bold"))
    for letter in file.letters:
        at = moment(letter.settled_at or letter.created_at)
        reply = f": {plain(letter.reply)}" if letter.reply else ""
        console().print(Text(f"  {at}  {letter.kind}, {letter.state}{reply}"))


def _show_events(events: Sequence[Event]) -> None:
    console().print(Text("\nWhat happened", style="bold"))
    for event in events:
        said = plain(str((event.payload or {}).get("text") or (event.payload or {}).get("reason") or ""))
        console().print(
            Text(f"  {moment(event.at)}  {event.step} by {plain(event.actor)}{': ' + said if said else ''}")
        )


def _next_step(case: Case) -> str:
    if case.closed_at is not None:
        return f"{case.reference} is closed."
    if case.status == "new":
        return f"Next: privacybot confirm {case.reference}, correct {case.reference} RIGHT… or dismiss {case.reference}"
    return f"Next: do what is asked in each system, and privacybot note {case.reference} TEXT as you go."


def _right_json(row: CaseRight) -> dict[str, Any]:
    return {
        "right": row.right,
        "proposed": row.proposed,
        "confirmed": row.confirmed,
        "score": round(row.score, 4),
        "evidence": masked(row.evidence),
        "respond_by": row.respond_by.isoformat(),
    }


def _mail_json(mail: Mail) -> dict[str, Any]:
    return {
        "from": mail.originator,
        "subject": masked(mail.subject),
        "received_at": mail.received_at.isoformat(),
        "message_id": mail.message_id,
        "text": masked(mail.new_text),
        "authentication": mail.authentication,
    }


def _letter_json(letter: Letter) -> dict[str, Any]:
    return {
        "kind": letter.kind,
        "state": letter.state,
        "recipient": letter.recipient,
        "message_id": letter.message_id,
        "reply": letter.reply,
        "bounce": letter.bounce or None,
        "template_version": letter.template_version,
        "policy_version": letter.policy_version,
        "created_at": letter.created_at.isoformat(),
        "settled_at": letter.settled_at.isoformat() if letter.settled_at else None,
    }


def _event_json(event: Event) -> dict[str, Any]:
    return {
        "number": event.number,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "step": event.step,
        "payload": event.payload,
    }
