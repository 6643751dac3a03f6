"""The server that our mails leave through misbehaves: each letter is sent, tried again, or shown. None is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import process_time
from typing import Any
from uuid import uuid4

import pytest

from privacybot.edges.smtp import SmtpAccount, SmtpConnection
from privacybot.errors import Unavailable
from privacybot.flows import desk, dispatch, intake
from privacybot.flows.dispatch import Dispatcher, Pace
from privacybot.mail.delivery import Outcome
from privacybot.store.engine import Engine
from privacybot.store.outbox import Claimed
from tests.edges.misbehaving import Answer, Fault, Server, serving, smtp
from tests.faults.at_work import working
from tests.faults.sockets import serving_tls
from tests.flows.office import NOW, OFFICE, mail, received
from tests.servers import Dovecot
from tests.servers.certificate import make_certificate
from tests.system.installation import Installation, eventually

Faults = Mapping[str, Answer]


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: Any = NOW

    def __call__(self) -> Any:
        return self.at


def tried_until_settled(store: Engine, server: Server, **settings: Any) -> int:
    """Drain again and again, each time when the next letter is due; how often it took."""
    clock = Clock()
    account = SmtpAccount(
        "127.0.0.1",
        server.port,
        **({"security": "none", "timeout_seconds": 1.0, "final_reply_seconds": 1.0} | settings),
    )

    async def drains() -> int:
        connection = SmtpConnection(account)

        async def send(letter: Claimed) -> Outcome:
            return await connection.send(letter.raw, reverse_path=letter.reverse_path, recipient=letter.recipient)

        dispatcher = Dispatcher(store, "w", [send], Pace(100), clock, lambda: False)
        for times in range(9):
            await dispatcher.drain()
            await connection.close()  # The server behaves better from the second connection on.
            due = dispatch.next_due(store)
            if due is None:
                return times + 1
            clock.at = max(clock.at, due)
        raise AssertionError("never settled")

    return asyncio.run(drains())


def one_letter(store: Engine) -> None:
    intake.take_in(store, [received(mail())], OFFICE, NOW)


def accepted(server: Server) -> int:
    """How often the server has had a whole mail."""
    return server.heard.count(b".")


PASSING = [
    ("421 in the greeting", {"greeting": b"421 4.3.2 not now\r\n"}, 1),
    ("421 to MAIL", {"MAIL": b"421 4.3.2 closing\r\n"}, 1),
    ("450 to RCPT", {"RCPT": b"450 4.2.0 greylisted\r\n"}, 1),
    ("451 to DATA", {"DATA": b"451 4.3.0 local error\r\n"}, 1),
    ("451 behind the final dot", {".": b"451 4.3.0 local error\r\n"}, 2),
    ("cut after DATA", {".": Fault.CUT}, 2),
    ("silence after DATA", {".": Fault.SILENCE}, 2),
    ("cut in the greeting", {"greeting": Fault.CUT}, 1),
    ("silence after EHLO", {"EHLO": Fault.SILENCE}, 1),
]


@pytest.mark.parametrize(("faults", "mails"), [row[1:] for row in PASSING], ids=[row[0] for row in PASSING])
def test_what_passes_is_tried_again_with_the_same_message_id(engine: Engine, faults: Faults, mails: int) -> None:
    one_letter(engine)
    busy = process_time()
    with serving(smtp(faults, {})) as server:
        assert tried_until_settled(engine, server) <= 3
    assert process_time() - busy < 1.0
    assert accepted(server) == mails
    assert len({line for line in server.heard if line.startswith(b"Message-ID:")}) == 1
    [(case, _)], _ = desk.queue(engine)
    assert case.acknowledged_at is not None
    assert case.undelivered == ""


LASTING = [
    ("550 to RCPT", {"RCPT": b"550 5.1.1 no such user\r\n"}, "550 5.1.1 no such user"),
    ("552 behind the final dot", {".": b"552 5.2.2 mailbox full\r\n"}, "552 5.2.2 mailbox full"),
    ("554 to DATA", {"DATA": b"554 5.7.1 no\r\n"}, "554 5.7.1 no"),
]


@pytest.mark.parametrize(("faults", "shown"), [row[1:] for row in LASTING], ids=[row[0] for row in LASTING])
def test_what_the_server_refuses_for_good_is_shown_and_never_tried_again(
    engine: Engine, faults: Faults, shown: str
) -> None:
    one_letter(engine)
    with serving(smtp(faults)) as server:
        assert tried_until_settled(engine, server) == 1
        [(case, _)], _ = desk.queue(engine)
        assert shown in case.undelivered
        assert tried_until_settled(engine, server) == 1
    assert [line[:4] for line in server.heard].count(b"MAIL") == 1


PERSON = [
    ("AUTH refused", {"AUTH": b"535 5.7.8 wrong\r\n"}, {"username": "u", "password": "p"}, "refuses the login of u"),
    ("STARTTLS withdrawn", {}, {"security": "starttls"}, "does not offer STARTTLS"),
    ("sender not allowed", {"MAIL": b"550 5.7.1 not yours\r\n"}, {}, "takes no mail from kontakt@epmgroup.dk"),
    ("TLS on a plain port", {}, {"security": "tls"}, 'set security = "starttls" or correct the port'),
]


@pytest.mark.parametrize(
    ("faults", "settings", "sentence"), [row[1:] for row in PERSON], ids=[row[0] for row in PERSON]
)
def test_what_only_a_person_can_mend_is_one_sentence_and_loses_nothing(
    engine: Engine, faults: Faults, settings: dict[str, Any], sentence: str
) -> None:
    one_letter(engine)
    with serving(smtp(faults)) as server, pytest.raises(Unavailable, match=sentence) as told:
        tried_until_settled(engine, server, **settings)
    assert "\n" not in str(told.value)
    assert accepted(server) == 0
    with serving(smtp()) as mended:
        assert tried_until_settled(engine, mended) == 1
    assert accepted(mended) == 1


def test_a_certificate_for_another_name_is_not_trusted(engine: Engine, tmp_path: Path) -> None:
    one_letter(engine)
    certificate = make_certificate(tmp_path, names="DNS:mail.andre.example")
    with serving_tls(smtp(), certificate) as server, pytest.raises(Unavailable, match="a certificate for another name"):
        tried_until_settled(engine, server, security="tls", ca_file=certificate.certificate)
    assert accepted(server) == 0
    with serving(smtp()) as mended:
        assert tried_until_settled(engine, mended) == 1


@pytest.mark.system
@pytest.mark.parametrize("silent", [".", "EHLO"])
def test_a_worker_told_to_stop_does_not_wait_for_a_silent_server_and_the_letter_keeps_its_message_id(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    """RFC 5321 lets the server think for ten minutes behind the final dot; the end of a worker cannot wait so long."""
    monkeypatch.setenv("IMAP_PASSWORD", dovecot.password)
    monkeypatch.setattr(dispatch, "GRACE_SECONDS", 0.5)
    address = f"post{uuid4().hex[:6]}@epmgroup.dk"
    with serving(smtp({silent: Fault.SILENCE}, {})) as server:
        installation = Installation(tmp_path, dovecot, server.port, address=address)
        installation.smtp_extra = "connections = 1"
        installation.write()
        with working(installation) as (worker, _):  # It must stop within seconds when the block ends.
            dovecot.deliver(mail(), address, reverse_path="anna@kunde.example")
            assert eventually(lambda: any(line.startswith(silent.encode()) for line in server.heard))
            store = worker.app.engine
        [(case, _)], _ = desk.queue(store)
        [letter] = desk.case_file(store, case.reference).letters
        assert (letter.state, letter.claimed_by) == ("waiting", None)
        assert "may arrive twice, as one mail" in letter.reply
        with working(installation):
            assert eventually(lambda: desk.queue(store)[0][0][0].acknowledged_at is not None)
    assert accepted(server) == (2 if silent == "." else 1)
    assert len({line for line in server.heard if line.startswith(b"Message-ID:")}) == 1


def test_a_letter_waits_no_longer_than_five_days(engine: Engine) -> None:
    one_letter(engine)
    clock = Clock(NOW + timedelta(days=5))

    async def never(letter: Claimed) -> Outcome:
        with serving(smtp({"greeting": Fault.CUT})) as server:
            connection = SmtpConnection(SmtpAccount("127.0.0.1", server.port, "none", timeout_seconds=1.0))
            return await connection.send(letter.raw, reverse_path=letter.reverse_path, recipient=letter.recipient)

    asyncio.run(Dispatcher(engine, "w", [never], Pace(100), clock, lambda: False).drain())
    [(case, _)], _ = desk.queue(engine)
    assert "given up" in case.undelivered
