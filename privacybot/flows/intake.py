"""Intake: from a mail's bytes to its one outcome.

    read, recognise                      pure, before any transaction
    ┌ one transaction ──────────────────────────────────────────────────┐
    │ the ledger admits │ triage decides │ case, events, outbox, outcome │
    └───────────────────────────────────────────────────────────────────┘

The transaction holds for all of its mails or for none. A mail that raises is not caught here: the worker takes the
batch in again, one by one, and sets that one aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from privacybot.errors import StaffError, UnreadableMessage
from privacybot.flows.arrived import Arrived, Received, Taken
from privacybot.flows.facts import gather
from privacybot.flows.load import Loads
from privacybot.flows.office import Office
from privacybot.flows.outcomes import carry_out
from privacybot.gdpr.recognition import Recognition
from privacybot.gdpr.triage import decide
from privacybot.mail.parse import content
from privacybot.mail.reading import Reading
from privacybot.store import ledger, shelf
from privacybot.store.engine import Engine, Session, reading, transaction
from privacybot.store.ledger import Admission, Entry, Outcome, Place
from privacybot.store.tables import Arrival


@dataclass(frozen=True, slots=True)
class Opened:
    """Mails that have been read, or why they cannot be; their recognition has begun, and may still be under way."""

    post: Sequence[Received]
    readings: Sequence[Reading | str]
    recognised: Iterable[Recognition]


def take_in(engine: Engine, post: Sequence[Received], office: Office, now: datetime) -> list[Taken]:
    """Give each mail its outcome, all in one transaction. Unreadable ones are set aside."""
    return enter(engine, open_post(post, office), office, now)


def open_post(post: Sequence[Received], office: Office) -> Opened:
    """Read the mails, and let them be recognised: where that is done elsewhere, it goes on beside what is done here."""
    readings = [_read(received, office) for received in post]
    return Opened(post, readings, office.recognise([one.asked for one in readings if isinstance(one, Reading)]))


def enter(engine: Engine, opened: Opened, office: Office, now: datetime) -> list[Taken]:
    """Give each mail that was opened its outcome."""
    recognised = iter(list(opened.recognised))  # All of it before the transaction begins.
    with transaction(engine) as session:
        sitting = _Sitting.of(session, office, opened.readings, now)
        admissions = _admit(session, opened.post, opened.readings, now)
        return [
            _set_aside(session, received, admission, office, reading, now)
            if isinstance(reading, str)
            else _take(sitting, received, admission, reading, next(recognised))
            for received, admission, reading in zip(opened.post, admissions, opened.readings, strict=True)
        ]


def set_aside(engine: Engine, received: Received, office: Office, sentence: str, now: datetime) -> Taken:
    """Put a mail that breaks the program on the shelf, with its bytes; the rest goes on."""
    with transaction(engine) as session:
        [admission] = _admit(session, [received], [sentence], now)
        return _set_aside(session, received, admission, office, sentence, now)


def withhold(engine: Engine, place: Place, received_at: datetime, office: Office, why: str, now: datetime) -> Taken:
    """Put a mail that the server does not hand over on the shelf, without its bytes: staff see it, the rest goes on."""
    sentence = f"The mail server does not hand it over: {why}. It is asked for again by itself."
    with transaction(engine) as session:
        entry = Entry(place, (None, f"withheld {place}".encode()), received_at)
        [admission] = ledger.admit(session, [entry], now)
        if not admission.again:
            shelf.put(session, admission.arrival_id, office.mailbox, sentence, None, received_at, now)
            ledger.record(session, admission.arrival_id, Outcome.SET_ASIDE, reason=sentence)
        return Taken(place, Outcome.SET_ASIDE, sentence, again=admission.again)


def give_up_withheld(engine: Engine, arrival_id: int, reason: str) -> None:
    """A withheld mail is no longer there to be handed over: somebody moved or deleted it, or it has a new number."""
    with transaction(engine) as session:
        shelf.take_down(session, arrival_id)
        ledger.record(session, arrival_id, Outcome.IGNORED, reason=reason)


def retry(engine: Engine, arrival_id: int, office: Office, now: datetime) -> Taken:
    """Take in a mail from the shelf. Raises StaffError when it is not there, or still cannot be read."""
    received = _from_shelf(engine, arrival_id)
    read = _read(received, office)
    if isinstance(read, str):
        raise StaffError(f"Mail {arrival_id} still cannot be taken in: {read}")
    [recognition] = office.recognise([read.asked])
    with transaction(engine) as session:
        if shelf.by_number(session, arrival_id) is None:
            raise StaffError(f"Mail {arrival_id} has just been taken in by somebody else.")
        [admission] = _admit(session, [received], [read], now)
        return _take(_Sitting.of(session, office, [read], now), received, admission, read, recognition)


def _from_shelf(engine: Engine, arrival_id: int) -> Received:
    with reading(engine) as session:
        kept = shelf.by_number(session, arrival_id)
    if kept is None:
        raise StaffError(f"No mail {arrival_id} is set aside; `privacybot set-aside` lists those that are.")
    if kept.raw is None:
        raise StaffError(f"The mail server has not handed over mail {arrival_id}; look at it in your mail program.")
    return Received(None, kept.received_at, kept.raw, shelved=arrival_id)


def _read(received: Received, office: Office) -> Reading | str:
    """The mail read, or the sentence that says why it cannot be."""
    try:
        return office.read(received.raw)
    except UnreadableMessage as error:
        return str(error)


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One transaction of intake, and what all of its mails share."""

    session: Session
    office: Office
    loads: Loads
    now: datetime

    @classmethod
    def of(cls, session: Session, office: Office, readings: Sequence[Reading | str], now: datetime) -> _Sitting:
        read = (reading for reading in readings if isinstance(reading, Reading))
        originators = [originator for reading in read if (originator := reading.message.originator)]
        return cls(session, office, Loads(session, office, originators, now), now)


def _take(
    sitting: _Sitting, received: Received, admission: Admission, reading: Reading, recognition: Recognition
) -> Taken:
    session, office, now = sitting.session, sitting.office, sitting.now
    if admission.again:
        return _taken_before(session, received, admission.arrival_id)
    mail, originator = Arrived(admission.arrival_id, received, reading, recognition), reading.message.originator
    decision = decide(gather(session, office, reading, recognition, sitting.loads.on(originator)))
    sitting.loads.add(decision, originator)
    return carry_out(session, office, mail, decision, now)


def _set_aside(
    session: Session, received: Received, admission: Admission, office: Office, sentence: str, now: datetime
) -> Taken:
    if admission.again:
        return _taken_before(session, received, admission.arrival_id)
    shelf.put(session, admission.arrival_id, office.mailbox, sentence, received.raw, received.received_at, now)
    ledger.record(session, admission.arrival_id, Outcome.SET_ASIDE, reason=sentence)
    return Taken(received.place, Outcome.SET_ASIDE, sentence)


def _admit(
    session: Session, post: Sequence[Received], readings: Sequence[Reading | str], now: datetime
) -> list[Admission]:
    """Admit mails. One from the shelf is known from now on by what it says, and its old arrival is gone."""
    for received in post:
        if received.shelved is not None:
            shelf.take_down(session, received.shelved)
    entries = [
        Entry(received.place, _fingerprint(received, reading), received.received_at)
        for received, reading in zip(post, readings, strict=True)
    ]
    admissions = zip(post, ledger.admit(session, entries, now), strict=True)
    return [_from_the_shelf(session, received.shelved, admission) for received, admission in admissions]


def _from_the_shelf(session: Session, shelved: int | None, admission: Admission) -> Admission:
    if shelved is None:
        return admission
    if admission.arrival_id == shelved:
        return Admission(shelved, again=False)
    ledger.replace(session, shelved, admission.arrival_id)
    return admission


def _taken_before(session: Session, received: Received, arrival_id: int) -> Taken:
    arrival = session.get(Arrival, arrival_id)
    assert arrival is not None  # noqa: S101  (the ledger has just named it)
    return Taken(received.place, Outcome(arrival.outcome), arrival.reason, again=True)


def _fingerprint(received: Received, reading: Reading | str) -> tuple[str | None, bytes]:
    if isinstance(reading, str):
        return None, received.raw
    return reading.message.message_id, content(reading.message)
