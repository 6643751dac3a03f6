"""How matters stand: what waits, since when, and which last day is next; on both databases."""

from __future__ import annotations

from datetime import date, timedelta

from privacybot.flows import intake
from privacybot.flows.standing import Standing, standing
from privacybot.store import cases, outbox
from privacybot.store.engine import Engine, transaction
from privacybot.store.outbox import LetterState
from tests.flows.office import NOW, OFFICE, mail, received


def test_an_empty_house_has_nothing_waiting(engine: Engine) -> None:
    assert standing(engine) == Standing(0, None, 0, 0, None, None, 0, 0)


def test_what_waits_is_counted_and_dated(engine: Engine) -> None:
    earlier = NOW - timedelta(days=3)
    first, second = mail(), mail(sender="Bo <bo@kunde.example>", message_id="<2@kunde.example>")
    intake.take_in(engine, [received(first, at=earlier), received(second, uid=2)], OFFICE, NOW)
    found = standing(engine)
    assert (found.letters_waiting, found.oldest_letter_at) == (2, NOW)
    assert (found.cases_open, found.cases_unconfirmed, found.oldest_unconfirmed_at) == (2, 2, earlier)
    assert found.nearest_deadline == date(2026, 12, 21)


def test_what_is_done_no_longer_counts(engine: Engine) -> None:
    intake.take_in(engine, [received(mail())], OFFICE, NOW)
    with transaction(engine) as session:
        [claimed] = outbox.claim(session, "worker", NOW, most=1)
        outbox.settle(session, claimed.id, LetterState.SENT, "250 ok", NOW)
        assert claimed.case_id is not None
        case = cases.locked(session, claimed.case_id)
        case.closed_at, case.status = NOW, "closed"
        session.add(case)
    found = standing(engine)
    assert (found.letters_waiting, found.cases_open, found.nearest_deadline) == (0, 0, None)


def test_a_mail_set_aside_and_a_breaker_show(engine: Engine) -> None:
    intake.set_aside(engine, received(mail()), OFFICE, "It broke the program.", NOW)
    with transaction(engine) as session:
        cases.trip(session, "kontakt", NOW)
    found = standing(engine)
    assert (found.mails_set_aside, found.mailboxes_stopped) == (1, 1)
