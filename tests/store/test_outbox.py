"""A letter waits, is claimed by one, and is settled once; a dead worker's claim runs out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from privacybot.store import outbox
from privacybot.store.engine import Engine, reading, transaction
from privacybot.store.outbox import LEASE, LetterKind, LetterState
from privacybot.store.tables import Letter

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def put(engine: Engine, number: int = 1, not_before: datetime = NOW, digest: str = "d") -> None:
    with transaction(engine) as session:
        session.add(
            Letter(
                kind=LetterKind.ACKNOWLEDGEMENT.value,
                mailbox="kontakt",
                message_id=f"<{number}@epmgroup.dk>",
                reverse_path="kontakt@epmgroup.dk",
                recipient="anna@kunde.example",
                recipient_digest=digest,
                raw=b"From: us\r\n\r\nhej",
                template_version="t",
                policy_version="p",
                state=LetterState.WAITING.value,
                not_before=not_before,
                created_at=NOW,
            )
        )


def claim(engine: Engine, owner: str = "one", now: datetime = NOW, most: int = 10) -> list[int]:
    with transaction(engine) as session:
        return [letter.id for letter in outbox.claim(session, owner, now, most=most)]


def test_what_one_has_claimed_another_does_not_get(engine: Engine) -> None:
    put(engine)
    assert len(claim(engine, "one")) == 1
    assert claim(engine, "two") == []


def test_a_claim_that_is_not_renewed_runs_out(engine: Engine) -> None:
    put(engine)
    claim(engine, "dead")
    assert claim(engine, "two", NOW + LEASE - SECOND) == []
    assert len(claim(engine, "two", NOW + LEASE)) == 1


def test_a_claim_that_is_renewed_holds(engine: Engine) -> None:
    put(engine)
    ids = claim(engine, "one")
    with transaction(engine) as session:
        outbox.renew(session, "one", ids, NOW + 9 * SECOND)
    assert claim(engine, "two", NOW + LEASE + SECOND) == []


def test_nobody_renews_or_releases_what_another_holds(engine: Engine) -> None:
    put(engine)
    ids = claim(engine, "one")
    with transaction(engine) as session:
        outbox.release(session, "two", ids)
        outbox.renew(session, "two", ids, NOW + timedelta(hours=1))
    assert claim(engine, "three", NOW + SECOND) == []
    assert len(claim(engine, "three", NOW + LEASE)) == 1


def test_a_settled_letter_is_never_claimed_again(engine: Engine) -> None:
    put(engine)
    [letter_id] = claim(engine)
    with transaction(engine) as session:
        outbox.settle(session, letter_id, LetterState.SENT, "250 OK", NOW)
    assert claim(engine, now=NOW + timedelta(days=1)) == []
    with reading(engine) as session:
        assert outbox.next_due(session) is None


def test_a_deferred_letter_waits_for_its_time(engine: Engine) -> None:
    put(engine)
    [letter_id] = claim(engine)
    with transaction(engine) as session:
        outbox.defer(session, "one", letter_id, "451 later", NOW + 60 * SECOND)
    with reading(engine) as session:
        assert outbox.next_due(session) == NOW + 60 * SECOND
    assert claim(engine, now=NOW + 59 * SECOND) == []
    assert claim(engine, now=NOW + 60 * SECOND) == [letter_id]


def test_a_worker_that_is_alone_frees_everything_at_once(engine: Engine) -> None:
    put(engine)
    claim(engine, "dead")
    with transaction(engine) as session:
        outbox.release_all(session)
    assert len(claim(engine, "two")) == 1


def test_the_next_due_letter_is_one_that_may_be_claimed(engine: Engine) -> None:
    put(engine, 1)
    claim(engine, "one")
    put(engine, 2, not_before=NOW + 3 * SECOND)
    with reading(engine) as session:
        assert outbox.next_due(session) == NOW + 3 * SECOND


def test_racing_workers_get_each_letter_once(engine: Engine) -> None:
    for number in range(40):
        put(engine, number)

    def take_all(owner: str) -> list[int]:
        taken: list[int] = []
        while some := claim(engine, owner, most=3):
            taken += some
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [letter for letters in pool.map(take_all, ["a", "b", "c", "d"]) for letter in letters]
    assert len(taken) == 40
    assert len(set(taken)) == 40


def test_letters_are_counted_by_recipient_mailbox_and_time(engine: Engine) -> None:
    put(engine, 1, digest="anna")
    put(engine, 2, digest="bo")
    with reading(engine) as session:
        kinds = [LetterKind.ACKNOWLEDGEMENT]
        both = outbox.made_for(session, ["anna", "bo", "eva"], kinds=kinds, since=NOW - SECOND)
        assert (both["anna"], both["bo"], both["eva"]) == (1, 1, 0)
        assert outbox.made_for(session, ["anna"], kinds=kinds, since=NOW)["anna"] == 0
        assert outbox.made_since(session, mailbox="kontakt", kinds=[*LetterKind], since=NOW - SECOND) == 2
        assert outbox.made_since(session, mailbox="andet", kinds=[*LetterKind], since=NOW - SECOND) == 0
