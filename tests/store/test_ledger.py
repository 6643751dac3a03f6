"""Every mail is admitted once, wherever and however often it lies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from privacybot.store import ledger
from privacybot.store.engine import Engine, reading, transaction
from privacybot.store.ledger import Entry, Outcome, Place
from privacybot.store.tables import Arrival, Folder

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def place(uid: int, uidvalidity: int = 1) -> Place:
    return Place("kontakt", "INBOX", uidvalidity, uid)


def admit(
    engine: Engine, where: Place, message_id: str | None = "<a@b.example>", content: bytes = b"hej"
) -> tuple[int, bool]:
    with transaction(engine) as session:
        [admission] = ledger.admit(session, [Entry(where, (message_id, content), NOW)], NOW)
        return admission.arrival_id, admission.again


def test_the_same_mail_under_two_uids_is_one_arrival(engine: Engine) -> None:
    first, again = admit(engine, place(1))
    assert not again
    assert admit(engine, place(2)) == (first, True)


def test_a_message_id_used_again_with_other_words_is_a_new_mail(engine: Engine) -> None:
    first, _ = admit(engine, place(1))
    second, again = admit(engine, place(2), content=b"noget andet")
    assert second != first
    assert not again


def test_a_new_uidvalidity_finds_the_old_arrival(engine: Engine) -> None:
    first, _ = admit(engine, place(7))
    assert admit(engine, place(1, uidvalidity=2)) == (first, True)
    with reading(engine) as session:
        assert ledger.without_outcome(session, "kontakt", "INBOX", 2, [1, 2]) == [2]


def test_a_mail_without_message_id_is_known_by_its_content(engine: Engine) -> None:
    first, _ = admit(engine, place(1), message_id=None)
    assert admit(engine, place(2), message_id=None) == (first, True)


def test_many_threads_admit_a_mail_once(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        admissions = list(pool.map(lambda uid: admit(engine, place(uid)), range(1, 25)))
    assert [again for _, again in admissions].count(False) == 1
    assert len({arrival for arrival, _ in admissions}) == 1


def test_the_ledger_keeps_no_address_and_no_word(engine: Engine) -> None:
    arrival_id, _ = admit(engine, place(1), "<karen.lindholm@post.example>", b"slet mine oplysninger")
    with reading(engine) as session:
        kept = session.get(Arrival, arrival_id)
        assert kept is not None
        assert "karen" not in str(kept.model_dump())
        assert "slet" not in str(kept.model_dump())


def test_outcomes_are_counted(engine: Engine) -> None:
    arrival_id, _ = admit(engine, place(1))
    with transaction(engine) as session:
        ledger.record(session, arrival_id, Outcome.IGNORED, reason="mailing_list")
    with reading(engine) as session:
        assert ledger.tally(session) == {("ignored", "mailing_list"): 1}


def test_a_folders_mark_never_goes_back(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger.save_folder(session, Folder(mailbox="kontakt", name="INBOX", uidvalidity=1, next_uid=5, old_below=5))
    for next_uid in (9, 7):
        with transaction(engine) as session:
            ledger.advance(session, "kontakt", "INBOX", next_uid=next_uid, now=NOW)
    with reading(engine) as session:
        state = ledger.folder_state(session, "kontakt", "INBOX")
        assert state is not None
        assert state.next_uid == 9


def test_thousands_of_uids_are_looked_up_in_portions(engine: Engine) -> None:
    admit(engine, place(1234))
    with reading(engine) as session:
        unknown = ledger.without_outcome(session, "kontakt", "INBOX", 1, range(1, 3001))
    assert len(unknown) == 2999
    assert 1234 not in unknown
