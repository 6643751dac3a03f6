"""What the bot itself holds about one mail address: found, handed over, and erased where the law lets it be.

Open cases are being worked; closed ones are kept until their time is over, to show how a request was met (GDPR
Art. 5(2), 17(3)(b) and (e)); staff may decide otherwise. While the person's own request for a copy is open, nothing
goes at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from privacybot.errors import StaffError
from privacybot.flows import archive, retention
from privacybot.flows.archive import Entry
from privacybot.flows.retention import Terms
from privacybot.gdpr.checklist import COPIES
from privacybot.gdpr.deadline import received_on
from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Status
from privacybot.store import cases, erasure, events, people
from privacybot.store.engine import Engine, Session, snapshot, transaction
from privacybot.store.tables import Case, CaseRight, Event, Letter, Mail, SetAside


@dataclass(frozen=True, slots=True)
class Person:
    """Everything held about an address."""

    address: str
    cases: Sequence[tuple[Case, Sequence[CaseRight]]]
    steps: Mapping[int, Sequence[Event]]
    """What happened in each case, by its id, with the notes and reasons of staff."""
    mails: Sequence[Mail]
    letters: Sequence[Letter]
    shelf: Sequence[SetAside]
    """Mails set aside in which the address occurs; they may be another's."""

    @property
    def is_unknown(self) -> bool:
        return not (self.cases or self.mails or self.letters or self.shelf)


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays, and why, in a sentence."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Erasing:
    """What goes and what stays. `hold` says why nothing may go just now; empty where it may."""

    address: str
    cases: Sequence[str] = ()
    mails: Sequence[int] = ()
    letters: Sequence[int] = ()
    kept: Sequence[Kept] = ()
    hold: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.cases or self.mails or self.letters)


def look_up(engine: Engine, address: str) -> Person:
    """What is held about an address. Raises StaffError where it is none."""
    with snapshot(engine) as session:
        return _person(session, _checked(address))


def export(engine: Engine, address: str, now: datetime) -> bytes:
    """A copy of everything, as a zip: a table of it as JSON, and each mail byte for byte (Art. 15(3), 20)."""
    with snapshot(engine) as session:
        person = _person(session, _checked(address))
    entries = [
        Entry("README.txt", _readme(person, now).encode()),
        Entry("held.json", archive.as_json(_as_json(person))),
        *(entry for _, entry in archive.mail_entries(person.mails)),
        *(entry for _, entry in archive.letter_entries(person.letters)),
        *(Entry(f"set-aside/{kept.arrival_id}.eml", kept.raw or b"") for kept in person.shelf),
    ]
    return archive.zipped("held-data", entries, now)


def plan(engine: Engine, address: str, terms: Terms, now: datetime, *, with_closed_cases: bool) -> Erasing:
    """What would be erased and what stays; nothing is."""
    with snapshot(engine) as session:
        return _plan(session, _person(session, _checked(address)), terms, now, with_closed_cases)


def erase(
    engine: Engine, address: str, terms: Terms, now: datetime, *, with_closed_cases: bool, staff: str, reason: str
) -> Erasing:
    """Erase what may go, in one transaction. Raises StaffError where a hold stands, or no reason is given."""
    if not reason.strip():
        raise StaffError("An erasure needs its reason, which is written into the case: --reason WHY")
    with transaction(engine) as session:
        person = _person(session, _checked(address))
        planned = _plan(session, person, terms, now, with_closed_cases)
        if planned.hold:
            raise StaffError(planned.hold)
        for case, _ in person.cases:
            if case.reference in planned.cases and not retention.erase_case(
                session, case, actor=staff, why=reason.strip(), now=now
            ):
                raise StaffError(f"{case.reference} has just been changed by somebody else; nothing was erased.")
        erasure.erase_mails(session, planned.mails)
        erasure.erase_letters(session, planned.letters)
    return planned


def _person(session: Session, address: str) -> Person:
    digest = people.digest_of(session, address)
    found = people.cases_of(session, digest)
    ids = [case.id for case in found if case.id is not None]
    rights = cases.rights_of_all(session, ids)
    mails = {
        mail.arrival_id: mail for mail in (*people.mails_of(session, digest), *people.mails_of_cases(session, ids))
    }
    return Person(
        address=address,
        cases=[(case, rights[case.id or 0]) for case in found],
        steps=events.of_cases(session, ids),
        mails=list(mails.values()),
        letters=people.letters_of(session, digest, ids),
        shelf=people.on_shelf(session, address),
    )


def _checked(address: str) -> str:
    cleaned = address.strip().strip("<>")
    if cleaned.count("@") != 1 or cleaned.startswith("@") or cleaned.endswith("@") or " " in cleaned:
        raise StaffError(f"{address!r} is no mail address; write it as anna@example.dk.")
    return cleaned


def _plan(session: Session, person: Person, terms: Terms, now: datetime, with_closed_cases: bool) -> Erasing:
    if hold := _hold(person):
        return Erasing(person.address, hold=hold)
    waiting = [letter for letter in person.letters if letter.settled_at is None]
    unsent = {letter.case_id for letter in waiting}
    unanswered = {letter.arrival_id for letter in waiting}
    closed = [case for case, _ in person.cases if case.closed_at is not None and case.id not in unsent]
    going = [case for case in closed if with_closed_cases or _is_over(case, terms, now)]
    own = {case.id for case in going}
    loose = [mail.arrival_id for mail in person.mails if mail.case_id is None and mail.arrival_id not in unanswered]
    return Erasing(
        person.address,
        cases=[case.reference for case in going],
        mails=loose,
        letters=[letter.id for letter in person.letters if _is_loose(letter) and letter.id is not None],
        kept=[*_kept_cases(person, own, unsent, terms), *_kept_elsewhere(session, person)],
    )


def _hold(person: Person) -> str:
    """Whoever has asked for a copy gets it before anything of theirs is erased."""
    for case, rights in person.cases:
        asks = {Right(row.right) for row in rights if row.confirmed is not False}
        if case.closed_at is None and asks & COPIES:
            return (
                f"{case.reference} asks for a copy of the data and is open; answer it before anything is erased: "
                f"privacybot show {case.reference}"
            )
    return ""


def _is_over(case: Case, terms: Terms, now: datetime) -> bool:
    return case.closed_at is not None and case.closed_at + _term(case, terms) <= now


def _term(case: Case, terms: Terms) -> timedelta:
    return terms.dismissed_cases if case.status == Status.DISMISSED.value else terms.closed_cases


def _is_loose(letter: Letter) -> bool:
    return letter.case_id is None and letter.settled_at is not None


def _kept_cases(person: Person, going: set[int | None], unsent: set[int | None], terms: Terms) -> list[Kept]:
    kept = []
    for case, _ in person.cases:
        if case.id in going:
            continue
        if case.closed_at is None:
            why = "It is open: it is needed to meet the request (Art. 17(3)(b))."
        elif case.id in unsent:
            why = "A letter of it has not left yet."
        else:
            until = received_on(case.closed_at + _term(case, terms))
            why = f"Kept until {until:%d-%m-%Y} to show how the request was met (Art. 5(2), 17(3)(e)); or: --with-cases"
        kept.append(Kept(case.reference, why))
    return kept


def _kept_elsewhere(session: Session, person: Person) -> list[Kept]:
    """Mails of the person in another's case, and mails that nobody could read."""
    own = {case.id for case, _ in person.cases}
    others = {mail.case_id for mail in person.mails if mail.case_id is not None and mail.case_id not in own}
    named = [case.reference for case_id in sorted(others) if (case := cases.by_id(session, case_id))]
    kept = [Kept(f"a mail in {reference}", "It is part of another person's case.") for reference in named]
    shelf = [
        Kept(f"mail {kept.arrival_id}, set aside", "It names the address; read it: privacybot ledger")
        for kept in person.shelf
    ]
    return kept + shelf


def _readme(person: Person, now: datetime) -> str:
    return (
        f"What the mailbox's privacy assistant holds about {person.address}, on {received_on(now):%Y-%m-%d}:\n\n"
        f"held.json    {len(person.cases)} cases, {len(person.mails)} mails, {len(person.letters)} letters of ours\n"
        "mails/       the mails that were written to us, as they came\n"
        "letters/     our mails, as they were sent\n"
        "set-aside/   mails that could not be read and in which the address occurs; look at them before you\n"
        "             hand them on, they may be another person's\n\n"
        "Other systems of the company are not in it. Notes of staff may speak of others: look at held.json too.\n"
    )


def _as_json(person: Person) -> dict[str, Any]:
    return {
        "address": person.address,
        "cases": [_case_json(case, rights, person.steps[case.id or 0]) for case, rights in person.cases],
        "mails": [
            {
                "file": entry.name,
                "from": mail.originator,
                "name": mail.display_name,
                "subject": mail.subject,
                "received_at": mail.received_at,
                "language": mail.language,
                "recognition": mail.recognition,
            }
            for mail, entry in archive.mail_entries(person.mails)
        ],
        "letters": [
            {
                "file": entry.name,
                "kind": letter.kind,
                "to": letter.recipient,
                "state": letter.state,
                "created_at": letter.created_at,
            }
            for letter, entry in archive.letter_entries(person.letters)
        ],
    }


def _case_json(case: Case, rights: Sequence[CaseRight], steps: Sequence[Event]) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "status": case.status,
        "name": case.display_name,
        "subject": case.subject,
        "received_at": case.received_at,
        "respond_by": case.respond_by,
        "closed_at": case.closed_at,
        "rights": [{"right": row.right, "confirmed": row.confirmed, "evidence": row.evidence} for row in rights],
        "steps": [{"at": event.at, "step": event.step, "said": event.payload} for event in steps],
    }
