"""Intake: from a mail's bytes to its one outcome.

    read, recognise                      pure, before any transaction
    ┌ one transaction ──────────────────────────────────────────────────┐
    │ the ledger admits │ triage decides │ case, events, outbox, outcome │
    └───────────────────────────────────────────────────────────────────┘

The transaction holds for all of its mails or for none. A mail that raises is not caught here: the worker takes the
batch in again, one by one, and sets that one aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from privacybot.errors import StaffError, UnreadableMessage
from privacybot.flows.arrived import Arrived, Received, Taken
from privacybot.flows.facts import gather
from privacybot.flows.office import Office
from privacybot.flows.outcomes import carry_out
from privacybot.gdpr.recognition import Recognition
from privacybot.gdpr.triage import decide
from privacybot.mail.parse import content
from privacybot.mail.reading import Reading
from privacybot.store import ledger, shelf
from privacybot.store.engine import Engine, Session, transaction
from privacybot.store.ledger import Outcome
from privacybot.store.tables import Arrival


def take_in(engine: Engine, post: Sequence[Received], office: Office, now: datetime) -> list[Taken]:
    """Give each mail its outcome, all in one transaction. Unreadable ones are set aside."""
    readings = [_read(received, office) for received in post]
    recognised = _recognised(readings, office)
    with transaction(engine) as session:
        return [
            _set_aside(session, received, office, reading, now)
            if isinstance(reading, str)
            else _take(session, received, reading, next(recognised), office, now)
            for received, reading in zip(post, readings, strict=True)
        ]


def set_aside(engine: Engine, received: Received, office: Office, sentence: str, now: datetime) -> Taken:
    """Put a mail that breaks the program on the shelf, with its bytes; the rest goes on."""
    with transaction(engine) as session:
        return _set_aside(session, received, office, sentence, now)


def retry(engine: Engine, arrival_id: int, office: Office, now: datetime) -> Taken:
    """Take in a mail from the shelf. Raises StaffError when it is not there, or still cannot be read."""
    with transaction(engine) as session:
        kept = shelf.take_down(session, arrival_id)
        if kept is None:
            raise StaffError(f"No mail {arrival_id} is set aside; `privacybot ledger` lists those that are.")
        received = Received(None, kept.received_at, kept.raw)
        reading = _read(received, office)
        if isinstance(reading, str):
            raise StaffError(f"Mail {arrival_id} still cannot be taken in: {reading}")
        [recognition] = office.recognise([reading.asked])
        ledger.rename(session, arrival_id, _fingerprint(reading))
        mail = Arrived(arrival_id, received, reading, recognition)
        return carry_out(session, office, mail, decide(gather(session, office, reading, recognition, now)), now)


def _read(received: Received, office: Office) -> Reading | str:
    """The mail read, or the sentence that says why it cannot be."""
    try:
        return office.read(received.raw)
    except UnreadableMessage as error:
        return str(error)


def _recognised(readings: Sequence[Reading | str], office: Office) -> Iterator[Recognition]:
    return iter(office.recognise([reading.asked for reading in readings if isinstance(reading, Reading)]))


def _take(
    session: Session, received: Received, reading: Reading, recognition: Recognition, office: Office, now: datetime
) -> Taken:
    admission = ledger.admit(session, received.place, _fingerprint(reading), received_at=received.received_at, now=now)
    if admission.again:
        return _taken_before(session, received, admission.arrival_id)
    mail = Arrived(admission.arrival_id, received, reading, recognition)
    return carry_out(session, office, mail, decide(gather(session, office, reading, recognition, now)), now)


def _set_aside(session: Session, received: Received, office: Office, sentence: str, now: datetime) -> Taken:
    admission = ledger.admit(session, received.place, (None, received.raw), received_at=received.received_at, now=now)
    if admission.again:
        return _taken_before(session, received, admission.arrival_id)
    shelf.put(session, admission.arrival_id, office.mailbox, sentence, received.raw, received.received_at, now)
    ledger.record(session, admission.arrival_id, Outcome.SET_ASIDE, reason=sentence)
    return Taken(received.place, Outcome.SET_ASIDE, sentence)


def _taken_before(session: Session, received: Received, arrival_id: int) -> Taken:
    arrival = session.get(Arrival, arrival_id)
    assert arrival is not None  # noqa: S101  (the ledger has just named it)
    return Taken(received.place, Outcome(arrival.outcome), arrival.reason, again=True)


def _fingerprint(reading: Reading) -> tuple[str | None, bytes]:
    return reading.message.message_id, content(reading.message)
