"""What staff write to a person: drafted, looked at, and only then put into the outbox, in the thread of the case.

What is shown and what is sent are made by the same function from the same words; the revision that was looked at
goes along, so that a mail which comes in between is not overlooked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from privacybot.errors import StaffError
from privacybot.flows import checklists
from privacybot.flows.decisions import OfficeOf
from privacybot.flows.letters import Sending, as_acknowledged, put_in_case
from privacybot.flows.office import Office
from privacybot.flows.steps import Given, find, possible, taking
from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.checklist import COPIES
from privacybot.gdpr.correspondence import Correspondence, gaps, spoken
from privacybot.gdpr.deadline import MONTHS_EXTENDED, received_on, respond_by
from privacybot.gdpr.pause import PauseKind
from privacybot.gdpr.rights import Clock, Right, in_order
from privacybot.gdpr.states import Identity, Sends, Step, transition
from privacybot.gdpr.states import Status as CaseStatus
from privacybot.mail.outgoing import Content, Enclosure, Thread
from privacybot.store import cases, events, outbox, pauses
from privacybot.store.engine import Engine, Session, reading
from privacybot.store.outbox import LetterKind
from privacybot.store.tables import Case, CaseRight

MOST_BYTES = 20 * 2**20
"""Enclosures of one letter together: what most servers take, with a third on top for base64."""

KINDS = {
    Sends.REPLY: LetterKind.REPLY,
    Sends.REFUSAL: LetterKind.REFUSAL,
    Sends.EXTENSION: LetterKind.EXTENSION,
    Sends.IDENTITY_REQUEST: LetterKind.IDENTITY_REQUEST,
}
DONE = {
    Step.REPLY: "replied",
    Step.REFUSE: "refused",
    Step.REFUSE_RIGHTS: "refused in part",
    Step.EXTEND: "extended",
    Step.ASK_IDENTITY: "identity asked",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a clerk wrote. `interim` marks a reply that is not yet the answer; `refused` are the rights of a refusal
    in part.
    """

    step: Step
    text: str
    language: Language | None = None
    enclosures: tuple[Enclosure, ...] = ()
    interim: bool = False
    refused: tuple[Right, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A letter as it would leave, and what staff should think of before it does."""

    case: Case
    content: Content
    enclosures: tuple[Enclosure, ...]
    cautions: tuple[str, ...]


def draft(engine: Engine, shortened: str, office_of: OfficeOf, language: Language | None, given: Given) -> str:
    """What a reply begins with. Raises StaffError where no reply is possible, before anybody writes one."""
    with reading(engine) as session:
        case = find(session, shortened)
        possible(session, case, Step.REPLY, Given(given.staff, given.now, text="to be written"))
        _recipient(case)
        rights = _to_answer_now(session, case)
        spoken_language = spoken(Language(case.language), language)
        return office_of(case.mailbox).writer.draft(as_acknowledged(case, rights, spoken_language))


def _to_answer_now(session: Session, case: Case) -> list[CaseRight]:
    """First the copy, then the rest: what is to be erased is not spoken of while it is held, nor the copy twice."""
    rights = cases.standing_rights(session, case.id or 0)
    held = bool(checklists.erasure_hold(session, case))
    replied = any(letter.kind == LetterKind.REPLY for letter in outbox.of_case(session, case.id or 0))
    done = {Right.ERASURE} if held else COPIES if replied else frozenset()
    return [row for row in rights if Right(row.right) not in done] or rights


def prepare(engine: Engine, shortened: str, words: Words, office_of: OfficeOf, given: Given) -> Prepared:
    """The letter, with nothing written anywhere. Raises StaffError where it could not leave."""
    with reading(engine) as session:
        case = find(session, shortened)
        possible(session, case, words.step, _with(words, given))
        content = _content(session, case, words, office_of(case.mailbox))
        return Prepared(case, content, words.enclosures, tuple(_cautions(session, case, words, given)))


def send(engine: Engine, shortened: str, words: Words, office_of: OfficeOf, given: Given) -> Case:
    """Put the letter into the outbox, and the case where the step leads."""
    with taking(engine, shortened, words.step, _with(words, given)) as (session, case):
        office = office_of(case.mailbox)
        content = _content(session, case, words, office)
        kind = LetterKind.INTERIM if words.interim else KINDS[_sends(words.step)]
        sending = Sending(_thread(session, case), given.now, words.enclosures)
        letter = put_in_case(session, office, case, kind, content, sent=sending)
        effect = _take_effect(session, case, words, given)
        enclosed = [
            {"name": file.filename, "sha256": hashlib.sha256(file.content).hexdigest()} for file in words.enclosures
        ]
        payload = {"message_id": letter.message_id, "text": words.text.strip(), "enclosures": enclosed, **effect}
        step = "wrote in between" if words.interim else DONE[words.step]
        events.record(session, case, step, actor=given.staff, at=given.now, payload=payload)
    return case


def _with(words: Words, given: Given) -> Given:
    """The text of a refusal, an extension or a question is its reason, told to the person and kept in the case."""
    return Given(given.staff, given.now, reason=words.text, text=words.text, seen=given.seen)


def _content(session: Session, case: Case, words: Words, office: Office) -> Content:
    _recipient(case)
    if unfilled := gaps(words.text):
        raise StaffError(f"The text still holds {unfilled[0]}; fill it in or take it out. Nothing was sent.")
    if sum(len(file.content) for file in words.enclosures) > MOST_BYTES:
        raise StaffError(f"The files are larger than {MOST_BYTES // 2**20} MB together; send them another way.")
    rights = cases.standing_rights(session, case.id or 0)
    _check_refused(case, rights, words)
    return office.writer.letter(
        Correspondence(
            kind=_sends(words.step),
            reference=case.reference,
            language=spoken(Language(case.language), words.language),
            received_on=received_on(case.received_at),
            respond_by=_original(case, rights),
            text=words.text,
            rights=tuple(Right(row.right) for row in rights),
            refused=in_order(words.refused),
            extended_to=_extended_to(rights) if words.step is Step.EXTEND else None,
        )
    )


def _check_refused(case: Case, rights: Sequence[CaseRight], words: Words) -> None:
    """A refusal in part names rights that still stand, and leaves at least one of them standing."""
    if words.step is not Step.REFUSE_RIGHTS:
        return
    standing = {Right(row.right) for row in rights}
    if unknown := [right for right in words.refused if right not in standing]:
        raise StaffError(
            f"{case.reference} has no {unknown[0]} that could be refused: privacybot show {case.reference}"
        )
    if not words.refused or standing <= set(words.refused):
        raise StaffError(
            f"Nothing of {case.reference} would be left; refuse it whole: privacybot refuse {case.reference}"
        )


def _sends(step: Step) -> Sends:
    row = transition(CaseStatus.CONFIRMED, step)
    assert row is not None  # noqa: S101  (every letter is written in a confirmed case)
    return row.sends


def _recipient(case: Case) -> None:
    if not case.data_subject:
        raise StaffError(f"{case.reference} has nobody who could be written to; its mail names no one address.")


def _original(case: Case, rights: Sequence[CaseRight]) -> date:
    """The last day as it was first reckoned; that of a month where one of the rights has a month."""
    months = [row.extended_from or row.respond_by for row in rights if row.clock == Clock.MONTH]
    return min(months, default=case.respond_by)


def _extended_to(rights: Sequence[CaseRight]) -> date:
    """The earliest new last day: a person is never told a later one than a right of theirs has."""
    return min(respond_by(received_on(row.received_at), MONTHS_EXTENDED) for row in rights if row.clock == Clock.MONTH)


def _take_effect(session: Session, case: Case, words: Words, given: Given) -> dict[str, object]:
    """What the step changes besides the status; what of it belongs into the event."""
    case_id = case.id or 0
    match words.step:
        case Step.ASK_IDENTITY:
            pauses.begin(session, case_id, PauseKind.IDENTITY.value, words.text.strip(), given.now)
        case Step.REFUSE:
            case.closed_at = given.now
            pauses.end(session, case_id, given.now)
        case Step.REFUSE_RIGHTS:
            return _refuse_rights(session, case, words, given)
        case Step.EXTEND:
            return _extend(session, case, given)
    return {}


def _refuse_rights(session: Session, case: Case, words: Words, given: Given) -> dict[str, object]:
    for row in cases.standing_rights(session, case.id or 0):
        if Right(row.right) in words.refused:
            row.refused_at = given.now
            session.add(row)
    session.flush()
    checklists.leave_refused(session, case, words.refused, given)
    case.respond_by = min(row.respond_by for row in cases.standing_rights(session, case.id or 0))
    return {"rights": [right.value for right in in_order(words.refused)]}


def _extend(session: Session, case: Case, given: Given) -> dict[str, object]:
    rights = cases.standing_rights(session, case.id or 0)
    before = case.respond_by
    for row in rights:
        if row.clock == Clock.MONTH:
            row.extended_from = row.respond_by
            row.respond_by = respond_by(received_on(row.received_at), MONTHS_EXTENDED)
            session.add(row)
    case.extended_at = given.now
    case.respond_by = min(row.respond_by for row in rights)
    return {"from": before.isoformat(), "to": case.respond_by.isoformat()}


def _thread(session: Session, case: Case) -> Thread:
    """Behind the latest mail that the person wrote themselves."""
    own = [mail for mail in cases.mails_of(session, case.id or 0) if mail.originator_digest == case.data_subject_digest]
    if not own:
        return Thread()
    return Thread(own[-1].message_id, tuple(own[-1].references))


def _cautions(session: Session, case: Case, words: Words, given: Given) -> Iterator[str]:
    rights = {Right(row.right): row for row in cases.standing_rights(session, case.id or 0)}
    if words.step is Step.REPLY and words.enclosures and COPIES & set(rights) and case.identity != Identity.PROVEN:
        how = (
            "they answered our mail from that address"
            if case.identity == Identity.REPLIED
            else "nothing but the address"
        )
        yield f"Who asks is not proven ({how}): is {case.data_subject} the person whose data you enclose?"
    if words.step is Step.REPLY and not words.interim and COPIES & set(rights) and not words.enclosures:
        yield "Nothing is enclosed, and the person asked for a copy."
    if _sends(words.step) is Sends.REFUSAL:
        named = words.refused or rights
        at_once = [right for right, row in rights.items() if right in named and row.clock == Clock.AT_ONCE]
        if at_once:
            yield f"A {at_once[0].value} is effective at once and cannot be refused (Art. 7(3), 21(3))."
    if words.step is Step.ASK_IDENTITY and (received_on(given.now) - received_on(case.received_at)).days > 7:
        yield "Asking so late may not stop the clock (EDPB Guidelines 01/2022, 159)."
    if any(letter.kind == LetterKind.REPLY for letter in outbox.of_case(session, case.id or 0)) and not words.interim:
        yield "The person has had a reply in this case already."
    if case.news:
        yield f"Look first: {case.news}."
