"""`privacybot inspect`: what would happen to a mail and why, without a database, a secret or a server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from privacybot.app import reader, recogniser
from privacybot.cli.casefile import WORDS
from privacybot.cli.classification import recognised
from privacybot.cli.safe import paragraphs, plain
from privacybot.cli.screen import console, line, say
from privacybot.config import Config, MailboxSection, SmtpSection, config_path, load
from privacybot.errors import ConfigError, UnreadableMessage
from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import PROVISIONS, Right
from privacybot.gdpr.triage import AppendToCase, Decision, Enquiry, Facts, Ignore, OpenCase, RecordDelivery, decide
from privacybot.mail.handing_on import visitor
from privacybot.mail.reading import Reading

DEFAULT = Config(
    mailbox=(MailboxSection(name="kontakt", address="kontakt@epmgroup.dk", host="localhost"),),
    smtp=SmtpSection(host="localhost"),
)


def inspect_files(chosen: Path | None, files: Sequence[Path], *, as_json: bool) -> None:
    """Explain each file; unreadable ones too."""
    config = _config(chosen)
    read = reader(config, config.mailbox[0])
    recognise = recogniser()
    for path in files:
        reading = _read(path, read)
        recognition = recognise([reading.asked])[0] if isinstance(reading, Reading) else None
        if as_json:
            print(json.dumps(_as_json(path, reading, recognition), ensure_ascii=False))
            sys.stdout.flush()
        else:
            _explain(path, reading, recognition, config)


def _config(chosen: Path | None) -> Config:
    """The configuration where there is a usable one: it tells which addresses are ours."""
    if config_path(chosen) is None:
        return DEFAULT
    try:
        return load(chosen)
    except ConfigError:
        if chosen:
            raise
        return DEFAULT


def _read(path: Path, read: Callable[[bytes], Reading]) -> Reading | str:
    try:
        return read(path.read_bytes())
    except OSError as error:
        return f"The file cannot be read ({error.strerror})."
    except UnreadableMessage as error:
        return str(error)


def _as_json(path: Path, reading: Reading | str, recognition: Recognition | None) -> dict[str, Any]:
    if isinstance(reading, str) or recognition is None:
        return {**_EMPTY, "file": str(path), "defects": [str(reading)], "outcome": "set aside"}
    message = reading.message
    return {
        "file": str(path),
        "from": message.originator.address if message.originator else None,
        "subject": message.subject,
        "message_id": message.message_id,
        "text": reading.text.new,
        **recognised(recognition),
        "no_response_reason": reading.no_response.reason.value if reading.no_response else None,
        "bounce": list(reading.report.recipients) if reading.report and reading.report.kind == "failed" else None,
        "defects": list(message.defects),
        "authentication": reading.authentication.sentence,
        "outcome": _outcome(_decide(reading, recognition, DEFAULT)),
    }


_EMPTY: dict[str, Any] = {
    "from": None,
    "subject": None,
    "message_id": None,
    "text": "",
    "language": None,
    "rights": [],
    "category": "other",
    "band": "none",
    "scores": {},
    "evidence": {},
    "no_response_reason": None,
    "bounce": None,
}


def _decide(reading: Reading, recognition: Recognition, config: Config) -> Decision:
    """Triage, as if the store were empty."""
    originator = reading.message.originator
    ours, domains = {config.mailbox[0].address, *config.mailbox[0].aliases}, config.company.domains
    return decide(
        Facts(
            recognition=recognition,
            originator=originator,
            no_response=reading.no_response,
            report=reading.report,
            from_colleague=originator is not None and originator.domain in domains,
            forwarded_from=reading.handed_on_from,
            forwards=reading.hands_on,
            on_behalf_of=visitor(reading.message, lambda one: one.domain in domains or one.address.lower() in ours),
            sealed=reading.sealed,
            addressed_to_us=any(to.address.lower() in ours for to in reading.message.recipients),
        )
    )


def _outcome(decision: Decision) -> str:
    match decision:
        case OpenCase(silence=None):
            return "a case is opened and acknowledged"
        case OpenCase(silence=silence) if silence:
            return f"a case is opened, without acknowledgement: {silence.sentence}"
        case Enquiry(silence=None):
            return "a general enquiry, answered with the short mail"
        case Enquiry(silence=silence) if silence:
            return f"a general enquiry, not answered: {silence.sentence}"
        case Ignore(reason):
            return f"ignored: {reason}"
        case AppendToCase() | RecordDelivery():
            return "joins its case"
        case _:
            return ""


def _explain(path: Path, reading: Reading | str, recognition: Recognition | None, config: Config) -> None:
    screen = console()
    screen.print(Text(str(path), style="bold underline"))
    if isinstance(reading, str) or recognition is None:
        say(f"This mail would be set aside for staff: {plain(str(reading))}\n")
        return
    message = reading.message
    screen.print(line("From", ", ".join(f"{o.display_name} <{o.address}>".strip() for o in message.originators)))
    screen.print(line("Subject", message.subject))
    screen.print(line("Sender", reading.authentication.sentence))
    for defect in message.defects:
        screen.print(line("Defect", defect))
    screen.print(Text("\nWhat this person wrote now:", style="bold"))
    screen.print(Text(paragraphs(reading.text.new)))
    screen.print(Text("\nWhat it asks for:", style="bold"))
    for sentence in _recognised(recognition):
        screen.print(sentence)
    screen.print(Text("\nWhat would happen:", style="bold"))
    say(_outcome(_decide(reading, recognition, config)))
    say("")


def _recognised(recognition: Recognition) -> Iterator[Text]:
    yield Text(f"Language {recognition.language}; we are {_BANDS[recognition.band]}.")
    for right in recognition.rights:
        evidence = recognition.evidence.get(right, "")
        yield Text(
            f"• {WORDS[right]} (Art. {PROVISIONS[right].article}), probability {recognition.scores[right]:.2f}: "
            f"“{plain(evidence)}”"
        )
    others: list[tuple[Right, float]] = sorted(
        ((right, score) for right, score in recognition.scores.items() if right not in recognition.rights),
        key=lambda pair: -pair[1],
    )[:2]
    yield Text("  next: " + ", ".join(f"{WORDS[right]} {score:.2f}" for right, score in others), style="dim")


_BANDS = {Band.SURE: "sure", Band.UNSURE: "unsure: a person must read it", Band.NONE: "sure that it uses no right"}
