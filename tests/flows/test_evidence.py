"""The evidence of a case: the bytes themselves, a summary that a stranger can read, and digests that hold."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from sqlmodel import select

from privacybot.flows import evidence, retention
from privacybot.flows.evidence import Bundle
from privacybot.store.engine import Engine, transaction
from privacybot.store.tables import Event
from tests.flows.cases import file, open_case
from tests.flows.office import NOW, mail
from tests.flows.test_dispatch import Server, drain
from tests.flows.test_retention import LATER, TERMS, closed_case

POLICY = b"Privatlivspolitik"


def bundle(engine: Engine, reference: str, policy: bytes | None = POLICY) -> tuple[Bundle, dict[str, bytes]]:
    made = evidence.bundle(engine, reference, policy_text=policy, made_by="mette", now=NOW)
    packed = zipfile.ZipFile(io.BytesIO(made.zipped))
    return made, {name.removeprefix(f"{reference}/"): packed.read(name) for name in packed.namelist()}


def test_it_holds_mails_and_letters_byte_for_byte(engine: Engine) -> None:
    reference = closed_case(engine)
    made, files = bundle(engine, reference)
    assert files["mails/01.eml"] == mail(
        "Jeg, Anna Berg, vil gerne have indsigt.\n\nHemmelig.",
        sender="Anna Berg <anna@kunde.example>",
        subject="Anna",
        message_id="<1@kunde.example>",
    )
    letters = file(engine, reference).letters
    assert files["letters/01-acknowledgement.eml"] == letters[0].raw
    assert files["letters/02-reply.eml"] == letters[1].raw
    assert files["policy.txt"] == POLICY
    assert (made.mails, made.letters, made.faults) == (1, 2, [])


def test_its_summary_tells_the_story(engine: Engine) -> None:
    reference = closed_case(engine)
    _, files = bundle(engine, reference)
    summary = files["README.txt"].decode()
    for words in (
        reference,
        "Anna Berg <anna@kunde.example>",
        "Received:      2026-11-24 13:00:00 CET",
        "access (Art. 15), confirmed by staff, by 2026-12-24",
        "letters/01-acknowledgement.eml: acknowledgement to anna@kunde.example, sent",
        "250 2.0.0 Ok",
        "policy 2026-11-24",
        "huskeseddel om Anna",
        "is whole; it ends with",
    ):
        assert words in " ".join(summary.split()) or words in summary, words
    assert max(len(line) for line in summary.splitlines()) <= 100


def test_every_digest_holds(engine: Engine) -> None:
    _, files = bundle(engine, closed_case(engine))
    sums = dict(reversed(line.split("  ")) for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_its_events_can_be_verified_by_another_program(engine: Engine) -> None:
    """The chain recomputed from the file alone, as its README tells."""
    _, files = bundle(engine, closed_case(engine))
    previous = ""
    for event in json.loads(files["events.json"]):
        payload = json.dumps(event["payload"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(f"{event['salt']}\n{payload}".encode()).hexdigest() == event["payload_digest"]
        link = [event[name] for name in ("case_id", "number", "at", "actor", "step", "payload_digest")] + [previous]
        spelt = json.dumps(link, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(spelt.encode()).hexdigest()
        assert previous == event["digest"]


def test_a_stranger_can_forge_no_line_of_the_summary(engine: Engine) -> None:
    forged = "Hej =?utf-8?q?=0A- 99._closed,_by_mette?="
    _, files = bundle(engine, open_case(engine, subject=forged))
    assert not any(line.startswith("- 99.") for line in files["README.txt"].decode().splitlines())


def test_a_broken_chain_is_told(engine: Engine) -> None:
    reference = closed_case(engine)
    with transaction(engine) as session:
        event = session.exec(select(Event).where(Event.number == 2)).one()
        event.step = "dismissed"
        session.add(event)
    made, files = bundle(engine, reference)
    assert made.faults == ["event 2: the event was changed"]
    assert "BROKEN" in files["README.txt"].decode()


def test_an_erased_case_shows_what_is_left(engine: Engine) -> None:
    reference = closed_case(engine)
    retention.purge(engine, TERMS, LATER)
    made, files = bundle(engine, reference, None)
    summary = files["README.txt"].decode()
    assert made.faults == []
    assert "Anna" not in summary
    assert "what was personal is gone" in summary
    assert "policy.txt" not in files


def test_the_same_moment_gives_the_same_bytes(engine: Engine) -> None:
    reference = open_case(engine)
    drain(engine, Server().send, now=lambda: NOW)
    assert bundle(engine, reference)[0].zipped == bundle(engine, reference)[0].zipped
