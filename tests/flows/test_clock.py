"""The clock of a case: what it shows is what the law counts, and no pause hides a date."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacybot.errors import StaffError
from privacybot.flows import clock, dispatch, writing
from privacybot.flows.writing import Words
from privacybot.gdpr.pause import PauseKind
from privacybot.gdpr.states import Step
from privacybot.mail.delivery import Refused
from privacybot.store import outbox
from privacybot.store.engine import Engine, transaction
from tests.flows.cases import by, case, confirmed, file, letters, office_of, open_case
from tests.flows.office import NOW


def test_every_right_has_its_own_date_and_the_case_shows_the_earliest(engine: Engine) -> None:
    reference = confirmed(engine, "Jeg vil have indsigt.\nOg jeg vil af jeres nyhedsbrev.")
    found = clock.explained(engine, reference, office_of, NOW)
    assert {one.right: one.last_day.isoformat() for one in found.rights} == {
        "access": "2026-12-24",
        "withdrawal": "2026-11-27",
    }
    assert found.case.respond_by == min(one.last_day for one in found.rights)
    assert all(one.steps[-1].day == one.last_day for one in found.rights)


def test_a_right_that_came_later_runs_from_its_own_day(engine: Engine) -> None:
    from privacybot.flows import intake
    from tests.flows.office import OFFICE, mail, received

    reference = confirmed(engine)
    ours = letters(engine)[0]["Message-ID"]
    later = received(
        mail("Slet også mine data, det ønsker jeg.", message_id="<2@kunde.example>", in_reply_to=ours),
        2,
        at=NOW + timedelta(days=7),
    )
    intake.take_in(engine, [later], OFFICE, NOW + timedelta(days=7))
    found = clock.explained(engine, reference, office_of, NOW)
    assert [one.last_day.isoformat() for one in found.rights] == ["2026-12-24", "2027-01-04"]
    assert [one.steps[0].day.isoformat() for one in found.rights] == ["2026-11-24", "2026-12-01"]


def test_a_pause_leaves_the_original_date_and_shows_the_other_beside_it(engine: Engine) -> None:
    reference = confirmed(engine)
    clock.pause(engine, reference, PauseKind.CLARIFICATION, by(reason="which course?"))
    clock.resume(engine, reference, by(now=NOW + timedelta(days=5)))
    assert case(engine, reference).respond_by.isoformat() == "2026-12-24"
    [one] = clock.explained(engine, reference, office_of, NOW + timedelta(days=6)).rights
    assert (one.last_day.isoformat(), one.if_paused.isoformat()) == ("2026-12-24", "2026-12-29")
    assert any("If the pause counts, 5 days later" in step.sentence for step in one.steps)


def test_a_pause_needs_a_reason_and_a_confirmed_case(engine: Engine) -> None:
    reference = open_case(engine)
    with pytest.raises(StaffError, match="is new"):
        clock.pause(engine, reference, PauseKind.CLARIFICATION, by(reason="x"))
    other = confirmed(engine, uid=2, sender="bo@kunde.example")
    with pytest.raises(StaffError, match="reason"):
        clock.pause(engine, other, PauseKind.CLARIFICATION, by())


def test_from_asking_for_identity_to_a_pause_the_days_are_counted_once(engine: Engine) -> None:
    reference = confirmed(engine)
    writing.send(engine, reference, Words(Step.ASK_IDENTITY, "Hvem?"), office_of, by())
    clock.pause(engine, reference, PauseKind.CLARIFICATION, by(reason="which?", now=NOW + timedelta(days=2)))
    clock.resume(engine, reference, by(now=NOW + timedelta(days=4)))
    assert all(pause.ended_at for pause in file(engine, reference).pauses)
    [one] = clock.explained(engine, reference, office_of, NOW + timedelta(days=9)).rights
    assert one.if_paused.isoformat() == "2026-12-28"


def test_the_extension_is_explained_and_its_letter_watched(engine: Engine) -> None:
    reference = confirmed(engine)
    writing.send(engine, reference, Words(Step.EXTEND, "Fordi."), office_of, by())
    found = clock.explained(engine, reference, office_of, NOW)
    assert found.rights[0].last_day.isoformat() == "2027-02-24"
    assert any("3 months from receipt" in step.sentence for step in found.rights[0].steps)
    assert "has not been sent yet" in found.cautions[0]
    _refuse_everything(engine)
    assert "could not be delivered" in clock.explained(engine, reference, office_of, NOW).cautions[0]
    assert case(engine, reference).news == "a mail of ours was not delivered"


def _refuse_everything(engine: Engine) -> None:
    with transaction(engine) as session:
        claimed = outbox.claim(session, "w", NOW, most=9)
    for letter in claimed:
        dispatch.settle(engine, letter, Refused("550 no such user"), NOW)
