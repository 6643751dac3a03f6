"""What staff decide: only what the table allows, only by one of two, and every time with an event."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from privacybot.errors import StaffError
from privacybot.flows import audit, checklists, clock, decisions, desk, writing
from privacybot.flows.steps import Given
from privacybot.flows.writing import Words
from privacybot.gdpr.pause import PauseKind
from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Status, Step, transition
from privacybot.store.engine import Engine, reading, transaction
from privacybot.store.tables import Case, Correction
from tests.flows.cases import by, case, confirmed, file, letters, office_of, open_case, reply, settle, steps

Take = Callable[[Engine, str, Given], object]

VERBS: dict[Step, Take] = {
    Step.CONFIRM: lambda engine, ref, given: decisions.confirm(engine, ref, given, office_of),
    Step.CORRECT: lambda engine, ref, given: decisions.correct(engine, ref, [Right.ACCESS], given, office_of),
    Step.DISMISS: decisions.dismiss,
    Step.NOTE: decisions.note,
    Step.ASSIGN: lambda engine, ref, given: decisions.assign(engine, ref, "bo", given),
    Step.SETTLE: lambda engine, ref, given: checklists.leave(engine, ref, checklists.ALL, given),
    Step.PAUSE: lambda engine, ref, given: clock.pause(engine, ref, PauseKind.CLARIFICATION, given),
    Step.RESUME: clock.resume,
    Step.PROVE_IDENTITY: clock.prove_identity,
    Step.CLOSE: decisions.close,
    Step.REOPEN: decisions.reopen,
    **{
        step: lambda engine, ref, given, step=step: writing.send(  # type: ignore[misc]
            engine, ref, Words(step, "Fordi."), office_of, given
        )
        for step in (Step.REPLY, Step.REFUSE, Step.EXTEND, Step.ASK_IDENTITY)
    },
    Step.REFUSE_RIGHTS: lambda engine, ref, given: writing.send(
        engine, ref, Words(Step.REFUSE_RIGHTS, "Fordi.", refused=(Right.ACCESS,)), office_of, given
    ),
}
"""How each step of the table is taken. Linking needs two cases, and joining a mail; they have tests of their own."""


def in_status(engine: Engine, status: Status, uid: int) -> str:
    """A case that stands there, with its checklist settled so that nothing else speaks against a step."""
    two = "Jeg vil gerne have indsigt.\nOg jeg vil af jeres nyhedsbrev."
    reference = confirmed(engine, two, uid, sender=f"p{uid}@kunde.example")
    settle(engine, reference)
    with transaction(engine) as session:
        row = session.exec(select(Case).where(Case.reference == reference)).one()
        row.status = status.value
        session.add(row)
    return reference


@pytest.mark.parametrize("step", VERBS)
def test_a_step_is_possible_where_the_table_says_and_nowhere_else(engine: Engine, step: Step) -> None:
    for uid, status in enumerate(Status, 1):
        reference = in_status(engine, status, uid)
        before = len(file(engine, reference).events)
        row, given = transition(status, step), by(reason="because", text="some words")
        if row is None:
            with pytest.raises(StaffError, match=reference):
                VERBS[step](engine, reference, given)
            assert (case(engine, reference).status, len(file(engine, reference).events)) == (status, before)
        else:
            VERBS[step](engine, reference, given)
            assert case(engine, reference).status == (row.after or status)
            assert len(file(engine, reference).events) > before
    assert audit.verify(engine).faults == []


def test_every_step_of_staff_has_a_verb_here() -> None:
    assert set(Step) - set(VERBS) == {Step.LINK, Step.JOIN}


def test_of_two_clerks_who_decide_at_once_one_wins_and_the_other_is_told(engine: Engine) -> None:
    reference = open_case(engine)
    seen = case(engine, reference).revision

    def decide(name: str) -> str:
        try:
            decisions.confirm(engine, reference, by(name, seen=seen), office_of)
        except StaffError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(decide, ["mette", "bo", "ida", "kim"]))
    assert told.count("") == 1
    assert all(
        "changed by somebody else" in sentence or "not possible now" in sentence for sentence in told if sentence
    )
    assert steps(engine, reference).count("confirmed") == 1


def test_who_has_not_seen_a_new_mail_cannot_decide_without_it(engine: Engine) -> None:
    reference = open_case(engine)
    seen = case(engine, reference).revision
    ours = letters(engine)[0]["Message-ID"]
    assert open_case(engine, "Og slet det hele, tak. Jeg mener det.", 2, in_reply_to=ours) == reference
    with pytest.raises(StaffError, match="look at it again"):
        decisions.confirm(engine, reference, by(seen=seen), office_of)
    assert case(engine, reference).news
    decisions.confirm(engine, reference, by(seen=case(engine, reference).revision), office_of)
    assert not case(engine, reference).news
    assert {row.right for row in file(engine, reference).rights} == {"access", "erasure"}


def test_a_correction_is_kept_as_a_lesson(engine: Engine) -> None:
    reference = open_case(engine)
    decisions.correct(engine, reference, [Right.ERASURE, Right.ACCESS], by(), office_of)
    with reading(engine) as session:
        [lesson] = session.exec(select(Correction)).all()
    assert (lesson.proposed, lesson.confirmed) == ("access", "erasure access")
    assert {row.right: row.confirmed for row in file(engine, reference).rights} == {"access": True, "erasure": True}


def test_a_mail_that_is_no_request_is_dismissed_with_a_reason_and_can_be_taken_up(engine: Engine) -> None:
    reference = open_case(engine)
    with pytest.raises(StaffError, match="reason"):
        decisions.dismiss(engine, reference, by())
    decisions.dismiss(engine, reference, by(reason="an offer"))
    assert desk.queue(engine) == ([], 0)
    decisions.reopen(engine, reference, by(reason="it was one after all"))
    assert case(engine, reference).status == "new"
    assert [row.confirmed for row in file(engine, reference).rights] == [None]


def test_a_case_closes_when_its_list_is_settled_and_its_person_answered(engine: Engine) -> None:
    reference = confirmed(engine)
    with pytest.raises(StaffError, match="open points"):
        decisions.close(engine, reference, by())
    settle(engine, reference)
    with pytest.raises(StaffError, match="has not had our answer"):
        decisions.close(engine, reference, by())
    reply(engine, reference, "Hvad mener du?", interim=True)
    with pytest.raises(StaffError, match="has not had our answer"):
        decisions.close(engine, reference, by())
    reply(engine, reference)
    decisions.close(engine, reference, by())
    assert desk.queue(engine) == ([], 0)


def test_who_was_answered_otherwise_is_closed_with_a_reason(engine: Engine) -> None:
    reference = confirmed(engine)
    settle(engine, reference)
    decisions.close(engine, reference, by(reason="answered by telephone"))
    assert file(engine, reference).events[-1].payload == {"reason": "answered by telephone"}


def test_an_ended_case_says_how_to_take_it_up(engine: Engine) -> None:
    reference = open_case(engine)
    decisions.dismiss(engine, reference, by(reason="no"))
    with pytest.raises(StaffError, match=f"{reference} is dismissed; reopen it first: privacybot reopen {reference}"):
        decisions.assign(engine, reference, "bo", by())


def test_linked_cases_show_each_other(engine: Engine) -> None:
    one, other = open_case(engine), open_case(engine, uid=2, sender="anna@arbejde.example")
    decisions.link(engine, one, other, by(reason="the same person"))
    assert [linked.reference for linked in file(engine, one).linked] == [other]
    assert [linked.reference for linked in file(engine, other).linked] == [one]
    assert steps(engine, other)[-1] == "linked"
    with pytest.raises(StaffError, match="itself"):
        decisions.link(engine, one, one, by())


def test_what_a_colleague_forwarded_is_acknowledged_once_staff_have_looked(engine: Engine) -> None:
    forwarded = (
        "Kan I tage den?\n\n---------- Forwarded message ---------\nFra: Anna Berg <anna@kunde.example>\n"
        "Date: tir. 24. nov. 2026 kl. 10.00\nSubject: Data\nTo: <bo@epmgroup.dk>\n\nJeg vil have indsigt.\n"
    )
    reference = open_case(engine, forwarded, sender="Bo <bo@epmgroup.dk>", subject="VS: Data")
    assert case(engine, reference).held
    assert letters(engine) == []
    decisions.confirm(engine, reference, by(), office_of)
    [letter] = letters(engine)
    assert letter["To"] == "anna@kunde.example"
    assert letter["In-Reply-To"] is None


def test_a_mistyped_reference_is_told_with_the_next_step(engine: Engine) -> None:
    with pytest.raises(StaffError, match="privacybot queue"):
        decisions.note(engine, "QQQQ", by(text="x"))
    with pytest.raises(StaffError, match="privacybot queue"):
        decisions.note(engine, " ", by(text="x"))
