"""The evidence of a case as one file: what came, what left, what the servers said, and every step, verifiable.

It shows that we acknowledged and answered, when and in which words (GDPR Art. 5(2) and 24). The summary can be read by
somebody who knows nothing of this program; the rest are the bytes themselves, with personal data as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import wrap
from typing import Any

from privacybot.flows import archive
from privacybot.flows.archive import Entry
from privacybot.flows.desk import CaseFile, case_file
from privacybot.gdpr.deadline import COPENHAGEN
from privacybot.gdpr.rights import PROVISIONS, Right
from privacybot.mail.cpr import masked
from privacybot.store.engine import Engine
from privacybot.store.events import faults
from privacybot.store.tables import Case, CaseRight, Event, Letter, Mail, Pause, Task


@dataclass(frozen=True, slots=True)
class Bundle:
    """The zip, and the sentences that its maker should see."""

    reference: str
    zipped: bytes
    mails: int
    letters: int
    events: int
    faults: Sequence[str]


def bundle(engine: Engine, shortened: str, *, policy_text: bytes | None, made_by: str, now: datetime) -> Bundle:
    """Everything about one case. Raises StaffError where the reference names none, or several.

    `policy_text` is the policy as it stands in the configuration, or None where no copy of it is kept there.
    """
    file = case_file(engine, shortened)
    broken = [f"event {fault.number}: {fault.sentence}" for fault in faults(file.case, file.events)]
    entries = [
        Entry("README.txt", _summary(file, broken, made_by, now).encode()),
        Entry("case.json", archive.as_json(_case_json(file))),
        Entry("events.json", archive.as_json([_event_json(event) for event in file.events])),
        *(entry for _, entry in archive.mail_entries(file.mails)),
        *(entry for _, entry in archive.letter_entries(file.letters)),
        *([Entry("policy.txt", policy_text)] if policy_text else []),
    ]
    return Bundle(
        reference=file.case.reference,
        zipped=archive.zipped(file.case.reference, entries, now),
        mails=len(file.mails),
        letters=len(file.letters),
        events=len(file.events),
        faults=broken,
    )


# The summary.


def _summary(file: CaseFile, broken: Sequence[str], made_by: str, now: datetime) -> str:
    parts = (
        _heading(file.case, made_by, now),
        _section("Rights", [_right_line(row) for row in file.rights]),
        _section("Pauses of the clock", [_pause_line(pause) for pause in file.pauses]),
        _section("What came", [_mail_line(mail, entry) for mail, entry in archive.mail_entries(file.mails)]),
        _section("What left", [_letter_line(letter, entry) for letter, entry in archive.letter_entries(file.letters)]),
        _section("What was done where", [_task_line(task) for task in file.tasks]),
        _section("Every step", [_event_line(event) for event in file.events]),
        _section("The chain of steps", [_chain_line(file, broken), *broken]),
        _section("The files", _files()),
    )
    return "\n".join(part for part in parts if part)


def _heading(case: Case, made_by: str, now: datetime) -> str:
    title = f"Evidence of case {case.reference}"
    facts = (
        ("Made", f"{_at(now)} by {made_by}"),
        ("Data subject", f"{case.display_name} <{case.data_subject}>" if case.data_subject else "not recorded"),
        ("Subject", case.subject),
        ("Received", f"{_at(case.received_at)} (taken in by the mail server)"),
        ("Acknowledged", _at(case.acknowledged_at) if case.acknowledged_at else case.silence_sentence or "no"),
        ("Answer by", _on(case.respond_by)),
        ("Extended", _at(case.extended_at) if case.extended_at else ""),
        ("Status", case.status.replace("_", " ")),
        ("Closed", _at(case.closed_at) if case.closed_at else ""),
        ("Not delivered", case.undelivered),
        ("Erased", f"{_at(case.erased_at)}: what was personal is gone" if case.erased_at else ""),
    )
    lines = [_folded(f"{label + ':':14} {value}", 15) for label, value in facts if value]
    return "\n".join([title, "=" * len(title), "", *lines, ""])


def _section(title: str, lines: Iterable[str]) -> str:
    items = [_folded(f"- {line}", 2) for line in lines]
    return "\n".join([title, "-" * len(title), *items, ""]) if items else ""


def _right_line(row: CaseRight) -> str:
    right = Right(row.right)
    standing = {None: "proposed", True: "confirmed by staff", False: "denied by staff"}[row.confirmed]
    extended = f", before the extension {_on(row.extended_from)}" if row.extended_from else ""
    evidence = f"; shown by: “{' '.join(row.evidence.split())}”" if row.evidence else ""
    return f"{right.value} (Art. {PROVISIONS[right].article}), {standing}, by {_on(row.respond_by)}{extended}{evidence}"


def _pause_line(pause: Pause) -> str:
    until = f"to {_at(pause.ended_at)}" if pause.ended_at else "not ended"
    return f"{pause.kind}, from {_at(pause.began_at)} {until}: {pause.reason}"


def _mail_line(mail: Mail, entry: Entry) -> str:
    sender = f"{mail.display_name} <{mail.originator}>".strip()
    proof = f"; {mail.authentication}" if mail.authentication else ""
    return f"{entry.name}: {_at(mail.received_at)} from {sender}{proof}"


def _letter_line(letter: Letter, entry: Entry) -> str:
    if not letter.raw:
        return f"{entry.name}: {letter.kind}, {letter.state} {_at(letter.settled_at or letter.created_at)} (erased)"
    reply = f"; the server said: {letter.reply}" if letter.reply else ""
    bounce = f"; came back: {letter.bounce}" if letter.bounce else ""
    return (
        f"{entry.name}: {letter.kind} to {letter.recipient}, {letter.state} "
        f"{_at(letter.settled_at or letter.created_at)}{reply}{bounce}; Message-ID {letter.message_id}; "
        f"templates {letter.template_version}; policy {letter.policy_version}"
    )


def _task_line(task: Task) -> str:
    settled = f" {_at(task.settled_at)} by {task.settled_by}" if task.settled_at else ""
    reason = f": {task.reason}" if task.reason else ""
    return f"{task.number}. {task.right}, {task.system}: {task.what} {task.state.capitalize()}{settled}{reason}"


def _event_line(event: Event) -> str:
    said = " (what it said is erased)" if event.salt is None else _said(event.payload or {})
    return f"{event.number}. {_at(event.at)} {event.step}, by {event.actor}{said}"


def _said(payload: dict[str, Any]) -> str:
    words = [f"{name} {_words(value)}" for name, value in payload.items() if value not in ("", [], None)]
    return f": {'; '.join(words)}" if words else ""


def _words(value: object) -> str:
    match value:
        case list():
            return ", ".join(str(each) for each in value)
        case dict():
            return ", ".join(f"{name} {each}" for name, each in value.items())
        case _:
            return " ".join(str(value).split())


def _chain_line(file: CaseFile, broken: Sequence[str]) -> str:
    if broken:
        return f"The chain of {len(file.events)} events is BROKEN:"
    return f"The chain of {len(file.events)} events is whole; it ends with {file.case.chain_head}."


def _files() -> Iterator[str]:
    yield "mails/: the mails as they came, byte for byte (.eml); any mail program opens them"
    yield "letters/: our mails, byte for byte as they were handed to the server"
    yield "case.json, events.json: the same for programs"
    yield (
        "How the chain is reckoned: payload_digest is the SHA-256 of the salt, a line feed and the payload; digest is "
        "that of the list case_id, number, at, actor, step, payload_digest, previous; payload and list as JSON with "
        "sorted keys, without spaces, in UTF-8. Each event's previous is the digest of the one before it."
    )
    yield "policy.txt, where it is there: the privacy policy as configured when this file was made"
    yield f"{archive.SUMS}: the digests of all files; sha256sum --check {archive.SUMS}"


def _folded(text: str, indent: int) -> str:
    """What strangers wrote is brought onto one line first, so that it can forge no line of ours."""
    one_line = masked("".join(char if char.isprintable() else " " for char in text))
    return "\n".join(wrap(one_line, 100, subsequent_indent=" " * indent, break_on_hyphens=False)) or "-"


def _at(at: datetime) -> str:
    return f"{at.astimezone(COPENHAGEN):%Y-%m-%d %H:%M:%S %Z}"


def _on(day: date) -> str:
    return f"{day:%Y-%m-%d}"


# The same for programs.


def _case_json(file: CaseFile) -> dict[str, Any]:
    return {
        "case": _row(file.case),
        "rights": [_row(row) for row in file.rights],
        "pauses": [_row(pause) for pause in file.pauses],
        "tasks": [_row(task) for task in file.tasks],
        "mails": [
            {"file": entry.name} | _row(mail, without=("raw",)) for mail, entry in archive.mail_entries(file.mails)
        ],
        "letters": [
            {"file": entry.name} | _row(letter, without=("raw", "claimed_by", "claimed_until"))
            for letter, entry in archive.letter_entries(file.letters)
        ],
    }


def _event_json(event: Event) -> dict[str, Any]:
    return _row(event, without=("id",))


def _row(row: Any, without: Sequence[str] = ()) -> dict[str, Any]:
    """A row without its keyed digests, which mean nothing outside."""
    values: dict[str, Any] = row.model_dump(exclude={*without, *_KEYED})
    return values


_KEYED = ("data_subject_digest", "originator_digest", "recipient_digest")
