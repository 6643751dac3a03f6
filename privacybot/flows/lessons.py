"""What staff corrected, as lessons for the recognition: the text without persons, and the rights that it really uses.

Only what is still kept: a case that was erased teaches nothing. A case that was corrected twice teaches the last word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacybot.gdpr.rights import Right, in_order
from privacybot.mail.anonymous import without_persons
from privacybot.store import cases
from privacybot.store.engine import Engine, Session, reading
from privacybot.store.tables import Case, Correction


@dataclass(frozen=True, slots=True)
class Lesson:
    """One mail. `shown` are sentences of its text, each with the rights that it shows."""

    language: str
    subject: str
    text: str
    rights: tuple[Right, ...]
    shown: Sequence[tuple[str, tuple[Right, ...]]]


@dataclass(frozen=True, slots=True)
class Lessons:
    """`erased`: corrections of cases of which no text is left."""

    kept: Sequence[Lesson]
    erased: int


def gather(engine: Engine) -> Lessons:
    with reading(engine) as session:
        last = {row.case_id: row for row in cases.corrections(session)}
        found = [_lesson(session, row) for row in last.values()]
    kept = [lesson for lesson in found if lesson is not None]
    return Lessons(kept, len(found) - len(kept))


def _lesson(session: Session, row: Correction) -> Lesson | None:
    case = session.get(Case, row.case_id) if row.case_id is not None else None
    mail = next(iter(cases.mails_of(session, case.id or 0)), None) if case else None
    if case is None or mail is None or case.erased_at is not None:
        return None
    names = (case.display_name, case.data_subject, mail.display_name, mail.originator)
    rights = in_order(Right(name) for name in row.confirmed.split())
    shown: dict[str, list[Right]] = {}
    for of_case in cases.rights_of(session, case.id or 0):
        if of_case.evidence and Right(of_case.right) in rights:
            shown.setdefault(without_persons(of_case.evidence, names), []).append(Right(of_case.right))
    subject, text = (without_persons(said, names) for said in (mail.subject, mail.new_text))
    return Lesson(mail.language, subject, text, rights, [(said, in_order(of)) for said, of in shown.items()])
