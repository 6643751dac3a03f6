"""Letters of staff: shown as they will leave, complete, in the thread, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacybot.errors import StaffError
from privacybot.flows import checklists, clock, decisions, desk, writing
from privacybot.flows.writing import MOST_BYTES, Words
from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Step
from privacybot.mail.outgoing import Enclosure
from privacybot.store.engine import Engine
from tests.flows.cases import by, case, confirmed, file, letters, office_of, open_case, reply, steps, text_of
from tests.flows.office import NOW

LETTERS = (Step.REPLY, Step.REFUSE, Step.EXTEND, Step.ASK_IDENTITY)


def send(engine: Engine, reference: str, step: Step, text: str = "Fordi det er sådan.") -> None:
    writing.send(engine, reference, Words(step, text), office_of, by())


def test_a_reply_leaves_in_the_thread_from_a_person_with_its_files(engine: Engine) -> None:
    reference = confirmed(engine)
    reply(engine, reference, "Her er din kopi.", enclosures=(Enclosure("kopi.csv", "text/csv", b"a;b\n"),))
    letter = letters(engine)[-1]
    assert (letter["To"], letter["In-Reply-To"]) == ("anna@kunde.example", "<1@kunde.example>")
    assert letter["Auto-Submitted"] is None
    assert f"[{reference}]" in letter["Subject"]
    assert "Her er din kopi." in text_of(letter)
    [enclosed] = letter.iter_attachments()
    assert (enclosed.get_filename(), enclosed.get_payload(decode=True)) == ("kopi.csv", b"a;b\n")
    event = file(engine, reference).events[-1]
    assert (event.step, (event.payload or {})["enclosures"][0]["name"]) == ("replied", "kopi.csv")


def test_a_reply_follows_the_latest_mail_of_the_person(engine: Engine) -> None:
    reference = confirmed(engine)
    ours = letters(engine)[0]["Message-ID"]
    open_case(engine, "Et spørgsmål mere.", 2, in_reply_to=ours)
    reply(engine, reference)
    assert letters(engine)[-1]["In-Reply-To"] == "<2@kunde.example>"


@pytest.mark.parametrize("step", LETTERS)
def test_what_is_shown_is_what_is_sent_and_showing_writes_nothing(engine: Engine, step: Step) -> None:
    reference = confirmed(engine)
    words = Words(step, "Fordi det er sådan.\n\n- et\n- to", enclosures=(Enclosure("a.txt", "text/plain", b"x"),))
    before = len(letters(engine)), case(engine, reference).revision
    shown = writing.prepare(engine, reference, words, office_of, by())
    assert (len(letters(engine)), case(engine, reference).revision) == before
    writing.send(engine, reference, words, office_of, by(seen=shown.case.revision))
    sent = letters(engine)[-1]
    assert text_of(sent).replace("\r\n", "\n").strip() == shown.content.text.strip()
    assert sent["Subject"] == shown.content.subject


@pytest.mark.parametrize("step", LETTERS)
def test_no_letter_leaves_without_words_or_with_gaps_in_them(engine: Engine, step: Step) -> None:
    reference = confirmed(engine)
    for text, told in (("  \n", "reason|text"), ("Vi [[har slettet …]] det.", r"still holds \[\[har slettet …\]\]")):
        with pytest.raises(StaffError, match=told):
            send(engine, reference, step, text)
    assert len(letters(engine)) == 1
    assert case(engine, reference).status == "confirmed"


def test_a_draft_speaks_of_the_rights_of_the_case_in_the_language_of_the_person(engine: Engine) -> None:
    reference = confirmed(engine)
    assert "Du har bedt om indsigt" in writing.draft(engine, reference, office_of, None, by())
    assert "You asked for access" in writing.draft(engine, reference, office_of, Language.ENGLISH, by())


def test_a_draft_speaks_first_of_the_copy_and_then_of_the_erasure(engine: Engine) -> None:
    reference = confirmed(engine, "Jeg vil have indsigt i mine data.\nSlet derefter det hele, siger jeg.")
    first = writing.draft(engine, reference, office_of, None, by())
    assert ("bedt om indsigt" in first, "bedt os slette" in first) == (True, False)
    copies = [task.number for task in file(engine, reference).tasks if task.right == "access"]
    checklists.done(engine, reference, copies, by())
    reply(engine, reference, "Her er kopien.")
    then = writing.draft(engine, reference, office_of, None, by())
    assert ("bedt om indsigt" in then, "bedt os slette" in then) == (False, True)


def test_a_draft_is_not_begun_where_no_reply_is_possible(engine: Engine) -> None:
    reference = open_case(engine)
    with pytest.raises(StaffError, match="decide first what it is"):
        writing.draft(engine, reference, office_of, None, by())


def test_a_refusal_ends_the_case_and_names_the_authority_and_the_courts(engine: Engine) -> None:
    reference = confirmed(engine)
    send(engine, reference, Step.REFUSE, "Du har fået den samme kopi i sidste uge.")
    said = text_of(letters(engine)[-1])
    assert "Du har fået den samme kopi i sidste uge." in said
    assert "dt@datatilsynet.dk" in said
    assert "domstolene" in said
    assert case(engine, reference).status == "refused"
    assert desk.queue(engine) == ([], 0)


BOTH = "Jeg vil gerne have indsigt.\nOg jeg vil af jeres nyhedsbrev."


def test_one_right_is_refused_and_the_other_goes_on(engine: Engine) -> None:
    reference = confirmed(engine, BOTH)
    assert case(engine, reference).respond_by.isoformat() == "2026-11-27"
    refuse_in_part(engine, reference, Right.WITHDRAWAL)
    said = text_of(letters(engine)[-1])
    assert "- tilbagetrækning af samtykke" in said
    assert "- indsigt" not in said
    assert "dt@datatilsynet.dk" in said
    now = file(engine, reference)
    assert (now.case.status, now.case.respond_by.isoformat()) == ("confirmed", "2026-12-24")
    assert {row.right: row.refused_at for row in now.rights} == {"access": None, "withdrawal": NOW}
    assert {(task.right, task.state, task.reason) for task in now.tasks} == {
        ("access", "open", ""),
        ("withdrawal", "left", "refused"),
    }
    assert (now.events[-1].step, (now.events[-1].payload or {})["rights"]) == ("refused in part", ["withdrawal"])
    assert "samtykke" not in writing.draft(engine, reference, office_of, None, by())


def test_a_refusal_in_part_names_what_stands_and_leaves_something_standing(engine: Engine) -> None:
    reference = confirmed(engine, BOTH)
    for rights, told in (
        ((Right.ERASURE,), "no erasure that could be refused"),
        ((Right.ACCESS, Right.WITHDRAWAL), "refuse it whole"),
    ):
        with pytest.raises(StaffError, match=told):
            refuse_in_part(engine, reference, *rights)
    refuse_in_part(engine, reference, Right.ACCESS)
    with pytest.raises(StaffError, match="no access that could be refused"):
        refuse_in_part(engine, reference, Right.ACCESS)
    assert len(letters(engine)) == 2


def test_what_was_refused_stays_so_when_a_further_right_is_added(engine: Engine) -> None:
    reference = confirmed(engine, BOTH)
    refuse_in_part(engine, reference, Right.ACCESS)
    decisions.correct(engine, reference, (Right.ACCESS, Right.WITHDRAWAL, Right.ERASURE), by(), office_of)
    now = file(engine, reference)
    assert {row.right for row in now.rights if row.refused_at is None} == {"withdrawal", "erasure"}
    assert {task.right for task in now.tasks if task.state == "open"} == {"withdrawal", "erasure"}


def refuse_in_part(engine: Engine, reference: str, *rights: Right) -> None:
    words = Words(Step.REFUSE_RIGHTS, "Fordi det er sådan.", refused=rights)
    writing.send(engine, reference, words, office_of, by())


def test_an_extension_is_told_once_in_time_and_the_original_date_stays_known(engine: Engine) -> None:
    reference = confirmed(engine)
    send(engine, reference, Step.EXTEND)
    [right] = file(engine, reference).rights
    assert right.respond_by.isoformat() == case(engine, reference).respond_by.isoformat() == "2027-02-24"
    assert right.extended_from is not None
    assert right.extended_from.isoformat() == "2026-12-24"
    said = text_of(letters(engine)[-1])
    assert "24. december 2026" in said
    assert "24. februar 2027" in said
    with pytest.raises(StaffError, match="once"):
        send(engine, reference, Step.EXTEND)


def test_after_the_first_month_it_is_too_late_to_extend(engine: Engine) -> None:
    reference = confirmed(engine)
    words = Words(Step.EXTEND, "Fordi.")
    with pytest.raises(StaffError, match="too late"):
        writing.send(engine, reference, words, office_of, by(now=NOW + timedelta(days=31)))
    writing.send(engine, reference, words, office_of, by(now=NOW + timedelta(days=30)))


def test_what_takes_effect_at_once_is_not_extended(engine: Engine) -> None:
    withdrawal = confirmed(engine, "Jeg vil af jeres nyhedsbrev.")
    with pytest.raises(StaffError, match="no right with a month"):
        send(engine, withdrawal, Step.EXTEND)
    both = confirmed(engine, "Jeg vil have indsigt.\nOg jeg vil af jeres nyhedsbrev.", 2, sender="bo@kunde.example")
    send(engine, both, Step.EXTEND)
    dates = {row.right: row.respond_by.isoformat() for row in file(engine, both).rights}
    assert dates == {"access": "2027-02-24", "withdrawal": "2026-11-27"}
    assert case(engine, both).respond_by.isoformat() == "2026-11-27"


def test_who_is_asked_for_identity_is_waited_for(engine: Engine) -> None:
    reference = confirmed(engine)
    send(engine, reference, Step.ASK_IDENTITY, "Oplys et ordrenummer.")
    assert case(engine, reference).status == "awaiting_identity"
    assert [(pause.kind, pause.ended_at) for pause in file(engine, reference).pauses] == [("identity", None)]
    clock.prove_identity(engine, reference, by(reason="the order number is right"))
    assert (case(engine, reference).status, case(engine, reference).identity) == ("confirmed", "proven")
    assert file(engine, reference).pauses[0].ended_at == NOW


def test_staff_are_warned_before_data_leave_for_somebody_who_is_not_proven(engine: Engine) -> None:
    reference = confirmed(engine)
    with_copy = Words(Step.REPLY, "Her.", enclosures=(Enclosure("a.csv", "text/csv", b"1"),))
    [caution] = writing.prepare(engine, reference, with_copy, office_of, by()).cautions
    assert "is anna@kunde.example the person" in caution
    clock.prove_identity(engine, reference, by(reason="rang back"))
    assert writing.prepare(engine, reference, with_copy, office_of, by()).cautions == ()
    [bare] = writing.prepare(engine, reference, Words(Step.REPLY, "Her."), office_of, by()).cautions
    assert "Nothing is enclosed" in bare


def test_files_that_no_server_takes_are_told_before_they_are_sent(engine: Engine) -> None:
    reference = confirmed(engine)
    large = Words(Step.REPLY, "Her.", enclosures=(Enclosure("a.zip", "application/zip", bytes(MOST_BYTES + 1)),))
    with pytest.raises(StaffError, match="larger than 20 MB"):
        writing.prepare(engine, reference, large, office_of, by())


def test_a_question_in_between_is_no_answer(engine: Engine) -> None:
    reference = confirmed(engine)
    reply(engine, reference, "Hvilket kursus mener du?", interim=True)
    assert steps(engine, reference)[-1] == "wrote in between"
    assert file(engine, reference).letters[-1].kind == "interim reply"


def test_letters_of_staff_do_not_trip_the_breaker(engine: Engine) -> None:
    reference = confirmed(engine)
    for _ in range(130):
        reply(engine, reference, interim=True)
    open_case(engine, "Jeg vil have indsigt.", 2, sender="bo@kunde.example")
    assert letters(engine)[-1]["To"] == "bo@kunde.example"
