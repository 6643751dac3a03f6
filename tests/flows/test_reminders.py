"""Staff are reminded once a day, whatever breaks between the digest and its leaving."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from privacybot.flows import reminders
from privacybot.flows.reminders import Morning
from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.reminder import Digest
from privacybot.mail.outgoing import Content
from privacybot.store.engine import Engine, reading, transaction
from privacybot.store.outbox import LetterKind
from privacybot.store.tables import Letter, Reminder, SetAside
from tests.flows.cases import letters, open_case, text_of
from tests.flows.office import ALL_TEMPLATES, NOW, OFFICE
from tests.flows.test_dispatch import Server, drain

TUESDAY = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 8, 30, tzinfo=UTC)
MORNING = Morning(
    recipients=("mette@epmgroup.dk", "bo@epmgroup.dk"),
    from_hour=8,
    language=Language.DANISH,
    write=ALL_TEMPLATES.digest,
    office=OFFICE,
)


def digests(engine: Engine) -> list[Letter]:
    with reading(engine) as session:
        return list(session.exec(select(Letter).where(Letter.kind == LetterKind.REMINDER.value)))


def test_everybody_gets_one_digest_a_day(engine: Engine) -> None:
    open_case(engine)
    assert reminders.remind_in_time(engine, MORNING, TUESDAY)
    for minutes in (1, 60, 400):
        assert reminders.remind_in_time(engine, MORNING, TUESDAY + timedelta(minutes=minutes)) is None
    assert sorted(letter.recipient for letter in digests(engine)) == ["bo@epmgroup.dk", "mette@epmgroup.dk"]
    assert reminders.remind_in_time(engine, MORNING, TUESDAY + timedelta(days=1))
    assert len(digests(engine)) == 4


def test_the_digest_leaves_through_the_outbox_as_an_automatic_mail_of_its_own(engine: Engine) -> None:
    reference = open_case(engine)
    reminders.remind(engine, MORNING, TUESDAY)
    server = Server()
    assert drain(engine, server.send, now=lambda: NOW) == 3
    [*_, digest] = letters(engine)
    assert digest["Auto-Submitted"] == "auto-generated"
    assert digest["In-Reply-To"] is None
    assert reference in text_of(digest)
    assert "24. november 2026" in digest["Subject"]


def test_it_names_no_person(engine: Engine) -> None:
    open_case(engine, sender="Anna Berg <anna@kunde.example>", subject="Om Anna Berg")
    reminders.remind(engine, MORNING, TUESDAY)
    for letter in digests(engine):
        for word in (b"anna", b"berg", b"kunde.example", b"indsigt."):
            assert word not in letter.raw.lower()


def test_english_is_spoken_where_the_house_speaks_it(engine: Engine) -> None:
    open_case(engine)
    reminders.remind(engine, replace(MORNING, language=Language.ENGLISH), TUESDAY)
    assert "New cases that wait for somebody" in text_of(letters(engine)[-1])


@pytest.mark.parametrize(
    ("now", "is_made"),
    [
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), False),  # Six in the morning.
        (datetime(2026, 11, 24, 17, 0, tzinfo=UTC), False),  # The office has closed.
        (SATURDAY, False),
        (datetime(2026, 12, 24, 9, 0, tzinfo=UTC), False),  # Christmas Eve.
        (TUESDAY, True),
    ],
)
def test_it_is_made_on_working_mornings(engine: Engine, now: datetime, is_made: bool) -> None:
    open_case(engine)
    assert (reminders.remind_in_time(engine, MORNING, now) is not None) is is_made


def test_on_a_day_off_what_is_overdue_is_still_told(engine: Engine) -> None:
    open_case(engine)
    christmas_after = datetime(2027, 1, 1, 9, tzinfo=UTC)
    digest = reminders.remind_in_time(engine, MORNING, christmas_after)
    assert digest
    assert (len(digest.overdue), len(digest.new)) == (1, 0)


def test_nobody_to_remind_is_nobody_reminded(engine: Engine) -> None:
    open_case(engine)
    assert reminders.remind_in_time(engine, replace(MORNING, recipients=()), TUESDAY) is None


def test_a_quiet_morning_stays_open_for_what_comes_later(engine: Engine) -> None:
    assert reminders.remind_in_time(engine, MORNING, TUESDAY) is None
    open_case(engine)
    assert reminders.remind_in_time(engine, MORNING, TUESDAY + timedelta(hours=2))


def test_mails_set_aside_are_told(engine: Engine) -> None:
    with transaction(engine) as session:
        from privacybot.store import ledger, shelf

        arrival = ledger.admit(session, [ledger.Entry(None, (None, b"x"), NOW)], NOW)[0].arrival_id
        shelf.put(session, arrival, "kontakt", "It is no mail.", b"x", NOW, NOW)
        assert session.get(SetAside, arrival)
    reminders.remind(engine, MORNING, TUESDAY)
    assert "1 mail er lagt til side" in text_of(letters(engine)[-1])


def test_a_crash_while_it_is_written_loses_no_day(engine: Engine) -> None:
    open_case(engine)

    def breaks(_digest: Digest) -> Content:
        raise MemoryError("the power went")

    with pytest.raises(MemoryError):
        reminders.remind(engine, replace(MORNING, write=breaks), TUESDAY)
    assert digests(engine) == []
    assert reminders.remind_in_time(engine, MORNING, TUESDAY)
    assert len(digests(engine)) == 2


def test_of_many_workers_one_reminds(engine: Engine) -> None:
    open_case(engine)
    barrier = threading.Barrier(6)

    def work() -> None:
        barrier.wait()
        reminders.remind_in_time(engine, MORNING, TUESDAY)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests(engine)) == 2
    with reading(engine) as session:
        assert len(session.exec(select(Reminder)).all()) == 1
