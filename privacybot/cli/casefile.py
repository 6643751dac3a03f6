"""One case on the screen, so that a colleague could take it over; and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import typer
from rich.text import Text

from privacybot.cli.safe import masked, paragraphs, plain
from privacybot.cli.screen import console, indented, line, say
from privacybot.flows.clock import case_if_paused
from privacybot.flows.desk import CaseFile
from privacybot.gdpr.checklist import PointState
from privacybot.gdpr.deadline import COPENHAGEN, received_on
from privacybot.gdpr.rights import PROVISIONS, Right
from privacybot.gdpr.states import Identity, Status
from privacybot.store.outbox import LetterKind
from privacybot.store.tables import Case, CaseRight, Event, Letter, Mail, Pause, Task

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

IDENTITY: Mapping[str, str] = {
    Identity.UNPROVEN: "not proven: nothing but the address speaks for it",
    Identity.REPLIED: "they answered our mail, so they read that mailbox",
    Identity.PROVEN: "proven",
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
        "identity": case.identity or None,
        "news": case.news or None,
        "urgent": case.urgent,
        "held": case.held or None,
        "no_response_reason": case.silence or None,
        "undelivered": case.undelivered or None,
    }


def as_json(file: CaseFile, now: datetime) -> dict[str, Any]:
    """A case as `show --json` prints it."""
    return {
        **summary(file.case, file.rights),
        "respond_by_if_paused": case_if_paused(file.case.respond_by, file.pauses, now).isoformat(),
        "extended_at": file.case.extended_at.isoformat() if file.case.extended_at else None,
        "erased_at": file.case.erased_at.isoformat() if file.case.erased_at else None,
        "erasure_hold": file.erasure_hold or None,
        "points": [task_json(task) for task in file.tasks],
        "pauses": [_pause_json(pause) for pause in file.pauses],
        "proposed": [_right_json(row) for row in file.rights],
        "mails": [_mail_json(mail) for mail in file.mails],
        "letters": [_letter_json(letter) for letter in file.letters],
        "events": [_event_json(event) for event in file.events],
        "earlier": [case.reference for case in file.earlier],
        "linked": [case.reference for case in file.linked],
    }


def show(file: CaseFile, now: datetime) -> None:
    """Everything, in the order in which a clerk asks for it."""
    show_heading(file, now)
    show_rights(file)
    for mail in file.mails:
        _show_mail(mail)
    if file.tasks:
        _show_checklist(file)
    _show_letters(file)
    _show_events(file.events)
    say("")
    say(next_step(file), style="bold")


def ask_to_confirm(file: CaseFile) -> None:
    """Let a person at a terminal agree before anything is written."""
    show_rights(file)
    if not typer.confirm(f"Confirm {rights_in_words(file.rights)} for {file.case.reference}?"):
        raise typer.Exit(1)


def _standing(rights: Sequence[CaseRight]) -> list[CaseRight]:
    order = list(Right)
    kept = [row for row in rights if row.confirmed is not False and row.refused_at is None]
    return sorted(kept, key=lambda row: order.index(Right(row.right)))


def show_heading(file: CaseFile, now: datetime) -> None:
    """Where the case stands, at a glance."""
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
            who(case.display_name, case.data_subject) if case.data_subject else "nobody who could be answered",
        )
    )
    if_paused = case_if_paused(case.respond_by, file.pauses, now)
    optional = (
        ("If the pause counts", day(if_paused) if if_paused != case.respond_by else ""),
        ("Waiting", _waiting(file.pauses)),
        ("Extended", "yes, once" if case.extended_at else ""),
        ("New", case.news),
        ("Identity", IDENTITY[case.identity]),
        ("Urgent", "look at this first; it may be a breach (72 hours, Art. 33) or an authority" if case.urgent else ""),
        ("Forwarded by", case.proposed_by),
        ("Held", case.held),
        ("Not answered", case.silence_sentence if not case.held else ""),
        ("Not delivered", case.undelivered),
        ("Erased", f"{moment(case.erased_at)}; what was personal is gone" if case.erased_at else ""),
        ("Assigned to", case.assigned_to),
        ("Earlier cases", ", ".join(earlier.reference for earlier in file.earlier)),
        ("Linked to", ", ".join(linked.reference for linked in file.linked)),
    )
    for label, value in optional:
        if value:
            screen.print(line(label, value))


def who(name: str, address: str) -> str:
    """A person as mail programs write them."""
    return f"{name} <{address}>" if name else address


def show_rights(file: CaseFile) -> None:
    """Each right with its probability, its evidence and its date."""
    for row in file.rights:
        article = PROVISIONS[Right(row.right)].article
        standing = {None: "proposed", True: "confirmed", False: "not so, staff say"}[row.confirmed]
        standing = f"refused {moment(row.refused_at)}" if row.refused_at else standing
        console().print(
            Text(
                f"\n• {WORDS[Right(row.right)]} (Art. {article}), {standing}, "
                f"probability {row.score:.2f}, by {day(row.respond_by)}"
            )
        )
        if row.evidence:
            indented(Text(f"“{plain(row.evidence)}”", style="italic"), 2)


def _show_mail(mail: Mail) -> None:
    screen = console()
    screen.print(Text(f"\nMail of {moment(mail.received_at)}", style="bold"))
    screen.print(line("From", who(mail.display_name, mail.originator)))
    screen.print(line("Subject", mail.subject))
    if mail.authentication:
        screen.print(line("Sender", mail.authentication))
    indented(Text(paragraphs(mail.new_text)), 2, above=1)


def _show_letters(file: CaseFile) -> None:
    if file.letters:
        console().print(Text("\nOur mails", style="bold"))
    for letter in file.letters:
        at = moment(letter.settled_at or letter.created_at)
        reply = f": {plain(letter.reply)}" if letter.reply else ""
        indented(Text(f"{at}  {letter.kind}, {letter.state}{reply}"), 2)


def _show_events(events: Sequence[Event]) -> None:
    console().print(Text("\nWhat happened", style="bold"))
    for event in events:
        indented(Text(f"{moment(event.at)}  {event.step} by {plain(event.actor)}{_said(event)}"), 2)


def _said(event: Event) -> str:
    """What was said with a step, behind a colon: its words, or the values that tell most."""
    payload = event.payload or {}
    told = [payload.get("points"), payload.get("text") or payload.get("reason") or payload.get("to")]
    said = [
        ", ".join(str(word) for word in words) if isinstance(words, list) else str(words) for words in told if words
    ]
    return f": {plain('; '.join(said))}" if said else ""


def _waiting(pauses: Sequence[Pause]) -> str:
    still = [f"for {pause.kind}, since {moment(pause.began_at)}" for pause in pauses if pause.ended_at is None]
    return ", ".join(still)


def _show_checklist(file: CaseFile) -> None:
    from privacybot.cli.points import show_points

    console().print(Text(f"\nChecklist: {checklist_line(file.tasks)}", style="bold"))
    show_points(file)


def checklist_line(tasks: Sequence[Task]) -> str:
    """How far the checklist is."""
    still = sum(task.state == PointState.OPEN for task in tasks)
    return f"{still} of {len(tasks)} points open" if still else f"all {len(tasks)} points settled"


def next_step(file: CaseFile) -> str:
    """What a clerk does next, with the command for it."""
    case, ref = file.case, file.case.reference
    match Status(case.status):
        case Status.NEW:
            return f"Next: privacybot confirm {ref}, correct {ref} RIGHT… or dismiss {ref}"
        case Status.AWAITING_IDENTITY:
            return f"Next: when the answer has come, privacybot identity {ref} --proven HOW, or resume {ref}"
        case Status.PAUSED:
            return f"Next: when the answer has come, privacybot resume {ref}"
        case Status.CONFIRMED:
            return _next_work(file)
        case ended if case.erased_at:
            return f"{ref} is {ended} and erased; its dates and steps remain for the statistics."
        case ended:
            return f"{ref} is {ended}. To go on: privacybot reopen {ref} --reason WHY"


def _next_work(file: CaseFile) -> str:
    ref = file.case.reference
    still = [task for task in file.tasks if task.state == PointState.OPEN]
    before_erasing = [task for task in still if task.right != Right.ERASURE] if file.erasure_hold else still
    replied = any(letter.kind == LetterKind.REPLY for letter in file.letters)
    if file.erasure_hold and not before_erasing:
        return f"Next: {file.erasure_hold}"
    if before_erasing:
        numbers = ", ".join(str(task.number) for task in before_erasing)
        return f"Next: points {numbers}; as you go: privacybot done {ref} NUMBER"
    return f"Next: privacybot close {ref}" if replied else f"Next: privacybot reply {ref}"


def task_json(task: Task) -> dict[str, Any]:
    return {
        "number": task.number,
        "right": task.right,
        "system": task.system,
        "kind": task.kind,
        "what": task.what,
        "who": task.who or None,
        "keep": task.keep or None,
        "state": task.state,
        "reason": task.reason or None,
        "settled_by": task.settled_by or None,
        "settled_at": task.settled_at.isoformat() if task.settled_at else None,
    }


def _pause_json(pause: Pause) -> dict[str, Any]:
    return {
        "kind": pause.kind,
        "reason": pause.reason,
        "began_at": pause.began_at.isoformat(),
        "ended_at": pause.ended_at.isoformat() if pause.ended_at else None,
    }


def _right_json(row: CaseRight) -> dict[str, Any]:
    return {
        "right": row.right,
        "proposed": row.proposed,
        "confirmed": row.confirmed,
        "score": round(row.score, 4),
        "evidence": masked(row.evidence),
        "respond_by": row.respond_by.isoformat(),
        "refused_at": row.refused_at.isoformat() if row.refused_at else None,
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
        "payload": _masked(event.payload),
    }


def _masked(said: Any) -> Any:
    """What an event says, without CPR numbers, however deep they stand."""
    match said:
        case str():
            return masked(said)
        case list():
            return [_masked(one) for one in said]
        case dict():
            return {name: _masked(value) for name, value in said.items()}
        case _:
            return said
