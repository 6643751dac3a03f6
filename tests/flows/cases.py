"""Cases for the tests of the desk, opened by real mails."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from sqlmodel import col, select

from privacybot.flows import checklists, decisions, desk, intake, writing
from privacybot.flows.desk import CaseFile
from privacybot.flows.office import Office
from privacybot.flows.steps import Given
from privacybot.flows.writing import Words
from privacybot.gdpr.states import Step
from privacybot.store.engine import Engine, reading
from privacybot.store.tables import Case, Letter
from tests.flows.office import NOW, OFFICE, mail, received


def office_of(_name: str) -> Office:
    return OFFICE


def by(staff: str = "mette", *, now: datetime = NOW, **what: object) -> Given:
    return Given(staff, now, **what)  # type: ignore[arg-type]


def open_case(engine: Engine, text: str = "Jeg vil gerne have indsigt.", uid: int = 1, **fields: str) -> str:
    """The reference of the case that this mail opens, or joins."""
    fields.setdefault("message_id", f"<{uid}@kunde.example>")
    [taken] = intake.take_in(engine, [received(mail(text, **fields), uid)], OFFICE, NOW)
    return taken.reference


def confirmed(engine: Engine, text: str = "Jeg vil gerne have indsigt.", uid: int = 1, **fields: str) -> str:
    reference = open_case(engine, text, uid, **fields)
    decisions.confirm(engine, reference, by(), office_of)
    return reference


def file(engine: Engine, reference: str) -> CaseFile:
    return desk.case_file(engine, reference)


def case(engine: Engine, reference: str) -> Case:
    return file(engine, reference).case


def steps(engine: Engine, reference: str) -> list[str]:
    return [event.step for event in file(engine, reference).events]


def reply(engine: Engine, reference: str, text: str = "Her er dit svar.", **words: object) -> None:
    writing.send(engine, reference, Words(Step.REPLY, text, **words), office_of, by())  # type: ignore[arg-type]


def settle(engine: Engine, reference: str) -> None:
    checklists.done(engine, reference, checklists.ALL, by())


def letters(engine: Engine) -> list[EmailMessage]:
    with reading(engine) as session:
        rows = session.exec(select(Letter).order_by(col(Letter.id))).all()
        return [message_from_bytes(row.raw, policy=policy.default) for row in rows]  # type: ignore[misc]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
