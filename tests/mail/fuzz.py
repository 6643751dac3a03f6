"""Mails that nobody would write: samples torn apart and grown together, and whole mails made of nonsense.

    make fuzz SECONDS=600        ten minutes of it; a mail that breaks something is kept in tests/mail/crashes

Each mail is read, judged, compared with itself cut down, and every tenth is taken in. Nothing but "this is no mail"
may be raised, what is read must be text that a database takes, and time must grow with the size alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from privacybot.cli.safe import plain
from privacybot.errors import UnreadableMessage
from privacybot.flows import intake
from privacybot.mail.message import Message
from privacybot.mail.parse import content
from privacybot.mail.reading import Reading
from privacybot.mail.thin import thin
from privacybot.store.engine import Engine, open_store
from tests.flows.office import NOW, OFFICE, received

HERE = Path(__file__).parent
CRASHES = HERE / "crashes"
LARGEST = 200_000
SECONDS_A_MAIL, SECONDS_A_BYTE = 1.0, 10e-6
"""More than that is more than linear, on any machine that may run this."""

Chance = random.Random
Mutation = Callable[[bytearray, Chance], None]

TOKENS = [
    *(b"From: ", b"Subject: ", b"To: ", b"Content-Type: ", b"Content-Transfer-Encoding: ", b"Message-ID: <a@b>"),
    *(b"Content-Disposition: attachment; filename*0*=utf-8''%F0%9F", b"Return-Path: <>", b"Received: by x; y"),
    *(b"Authentication-Results: mx.epmgroup.dk; dmarc=pass", b"References: <<<>>>", b"Auto-Submitted: no (x"),
    *(b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=", b"message/rfc822", b"text/html"),
    *(b"multipart/report; report-type=feedback-report", b"message/delivery-status", b"text/plain; format=flowed"),
    *(b"application/ms-tnef", b"text/calendar", b'charset="', b"charset=utf-7", b"charset=idna", b"charset=rot13"),
    *(b"charset=iso-2022-jp", b"charset=undefined", b"charset=\xff", b"base64", b"quoted-printable", b"x-uuencode"),
    *(b"=?utf-8?b?", b"=?utf-8?q?=0d=0aBcc:?=", b"?=", b"=?idna?q?x--a?=", b"=?utf-16?b?//4A?=", b"=C3", b"=\n"),
    *(b"--b\r\n", b"--b--\r\n", b"\r\n\r\n", b"\n\n", b"\r", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\x1b$B"),
    *(b"(((((", b")))))", b'"""', b"<<<<", b">>>>", b"@@@@", b"\\\\\\", b";;;;", b",,,,", b"::::", b"&#x110000;"),
    *(b"<table><tr><td>", b"</div>", b"<!--", b"<script>", b"<style>", b"&nbsp;" * 9, b"<a href='"),
    *(b"> > > ", b"-- \n", b"\nFra: a\nSendt: b\nTil: c\nEmne: d\n", b"\nOn Monday a wrote:\n", b"Den 1. skrev a:\n"),
]


def seeds() -> list[bytes]:
    """Our samples and, where Python's own tests are installed, its torture set."""
    folders = [HERE / "samples", CRASHES]
    if (spec := importlib.util.find_spec("test.test_email")) and spec.submodule_search_locations:
        folders.append(Path(spec.submodule_search_locations[0]) / "data")
    return [path.read_bytes() for folder in folders for path in sorted(folder.glob("*.*")) if path.suffix != ".py"]


# Mutations


def _flip(mail: bytearray, chance: Chance) -> None:
    for _ in range(chance.randrange(1, 20)):
        mail[chance.randrange(len(mail))] = chance.randrange(256)


def _insert(mail: bytearray, chance: Chance) -> None:
    place = chance.randrange(len(mail))
    mail[place:place] = chance.choice(TOKENS) * chance.choice([1, 1, 1, 2, 50])


def _delete(mail: bytearray, chance: Chance) -> None:
    start = chance.randrange(len(mail))
    del mail[start : start + chance.randrange(1, 80)]


def _repeat(mail: bytearray, chance: Chance) -> None:
    start = chance.randrange(len(mail))
    piece = mail[start : start + chance.randrange(1, 200)]
    mail[start:start] = piece * chance.choice([1, 2, 10, 1000])


def _truncate(mail: bytearray, chance: Chance) -> None:
    del mail[chance.randrange(1, len(mail)) :]


def _change_line_ends(mail: bytearray, chance: Chance) -> None:
    mail[:] = mail.replace(b"\r\n", b"\n").replace(b"\n", chance.choice([b"\r", b"\r\n", b"\r\r\n", b"\n\r"]))


def _splice(mail: bytearray, chance: Chance) -> None:
    other = chance.choice(_SEEDS)
    mail[chance.randrange(len(mail)) :] = other[chance.randrange(len(other) + 1) :]


def _wrap(mail: bytearray, chance: Chance) -> None:
    kind = chance.choice([b"message/rfc822", b"multipart/digest; boundary=w", b"multipart/mixed; boundary=w"])
    mail[:] = b"From: a@b.dk\nContent-Type: " + kind + b"\n\n--w\n\n" + mail + b"\n--w--\n"


MUTATIONS: Sequence[Mutation] = (
    _flip,
    _insert,
    _insert,
    _delete,
    _repeat,
    _truncate,
    _change_line_ends,
    _splice,
    _wrap,
)
_SEEDS = seeds()


def mutated(chance: Chance) -> bytes:
    mail = bytearray(chance.choice(_SEEDS))
    for _ in range(chance.randrange(1, 6)):
        if len(mail) > 1:
            chance.choice(MUTATIONS)(mail, chance)
        del mail[LARGEST:]
    return bytes(mail)


def nonsense(chance: Chance) -> bytes:
    """Tokens in a row, with an address so that some of them may be answered."""
    words = (chance.choice(TOKENS) + chance.choice([b"", b"\n", b" ", b"\r\n"]) for _ in range(chance.randrange(1, 60)))
    return b"From: a@b.dk\n" + b"".join(words)


# What must hold


def examine(raw: bytes) -> Reading | None:
    """Read a mail in every way there is; None where it is none. Raises whatever is wrong."""
    try:
        reading = OFFICE.read(raw)
    except UnreadableMessage:
        return None
    content(reading.message)
    _ = reading.asked, reading.hands_on, reading.handed_on_from, plain(reading.message.subject)
    for text in _texts(reading.message):
        assert "\x00" not in text
        text.encode()
    less = thin([raw])
    assert less == thin(raw[at : at + 997] for at in range(0, len(raw), 997))
    OFFICE.read(less)
    return reading


def _texts(message: Message) -> Iterator[str]:
    yield from (message.text, message.subject, message.message_id or "", *message.references, *message.in_reply_to)
    yield from (value for _, value in message.headers)
    yield from (word for person in message.originators for word in (person.address, person.display_name))
    yield from (attachment.filename for attachment in message.attachments)
    for inner in message.enclosed:
        yield from _texts(inner)


def try_out(raw: bytes, number: int, store: Engine | None) -> None:
    examine(raw)
    if store is not None and number % 10 == 0:
        intake.take_in(store, [received(raw, number + 1)], OFFICE, NOW)


def mails(seed: int) -> Iterator[bytes]:
    """The same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311  (no secret)
    while True:
        yield mutated(chance) if chance.random() < 0.8 else nonsense(chance)


def fuzz(seconds: float, seed: int) -> Counter[str]:
    """How often which fault was found."""
    faults: Counter[str] = Counter()
    until, tried, slowest = time.monotonic() + seconds, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.sqlite3")
        for number, raw in enumerate(mails(seed)):
            if time.monotonic() > until:
                break
            began = time.process_time()
            try:
                try_out(raw, number, store)
            except Exception:
                _keep(raw, traceback.format_exc(), faults)
            spent = time.process_time() - began
            if spent > SECONDS_A_MAIL + SECONDS_A_BYTE * len(raw):
                _keep(raw, f"{spent:.1f} s for {len(raw)} bytes", faults)
            tried, slowest = number + 1, max(slowest, spent)
        store.dispose()
    print(f"{tried:,} mails in {seconds:.0f} s (seed {seed}), the slowest {slowest:.2f} s, {faults.total()} faults")
    return faults


def _keep(raw: bytes, what: str, faults: Counter[str]) -> None:
    """The first mail with each fault."""
    place = what if " s for " in what else "\n".join(what.splitlines()[-4:])
    faults[place] += 1
    if faults[place] == 1:
        name = f"{hashlib.sha256(raw).hexdigest()[:12]}.eml"
        CRASHES.mkdir(exist_ok=True)
        (CRASHES / name).write_bytes(raw)
        print(f"{name}:\n{what}")


if __name__ == "__main__":
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)  # noqa: S311  (no secret)
    sys.exit(bool(fuzz(float(sys.argv[1]), chosen)))
