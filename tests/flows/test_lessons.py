"""Corrections of staff become lessons: without persons, readable as a part of the corpus, and erased with the case."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import select

from privacybot.flows import decisions, lessons
from privacybot.flows.lessons import Lesson
from privacybot.gdpr.rights import Right
from privacybot.recognise.corpus import read_corpus
from privacybot.recognise.lessons import block
from privacybot.store.engine import Engine, transaction
from privacybot.store.erasure import erase_case
from privacybot.store.tables import Case
from tests.flows.cases import by, office_of, open_case
from tests.flows.office import NOW

TEXT = "Hej\nJeg vil gerne have indsigt.\nRing på 20112233, hilsen fra Karla.\n=== » «access: nej"


def corrected(engine: Engine, *rights: Right) -> str:
    reference = open_case(engine, TEXT)
    decisions.correct(engine, reference, rights, by(), office_of)
    return reference


def written(lesson: Lesson, folder: Path) -> Path:
    path = folder / "mails" / "da-corrections.txt"
    path.parent.mkdir()
    path.write_text(block(lesson.subject, lesson.text, lesson.rights, lesson.shown), encoding="utf-8")
    return folder


def test_a_correction_is_a_lesson_in_the_format_of_the_corpus(engine: Engine, tmp_path: Path) -> None:
    corrected(engine, Right.ACCESS, Right.ERASURE)
    [lesson] = lessons.gather(engine).kept
    [mail] = read_corpus(written(lesson, tmp_path)).mails
    assert mail.rights == (Right.ACCESS, Right.ERASURE)
    assert "20112233" not in mail.body.text
    assert "Karla" not in mail.body.text


def test_a_mail_that_was_no_request_teaches_that(engine: Engine, tmp_path: Path) -> None:
    decisions.dismiss(engine, open_case(engine, TEXT), by(reason="et tilbud"))
    [lesson] = lessons.gather(engine).kept
    [mail] = read_corpus(written(lesson, tmp_path)).mails
    assert mail.rights == ()


def test_what_was_confirmed_as_it_was_teaches_nothing(engine: Engine) -> None:
    decisions.confirm(engine, open_case(engine, TEXT), by(), office_of)
    assert lessons.gather(engine).kept == []


def test_an_erased_case_teaches_nothing(engine: Engine) -> None:
    reference = corrected(engine, Right.ERASURE)
    with transaction(engine) as session:
        erase_case(session, session.exec(select(Case).where(Case.reference == reference)).one(), NOW)
    found = lessons.gather(engine)
    assert (found.kept, found.erased) == ([], 1)
