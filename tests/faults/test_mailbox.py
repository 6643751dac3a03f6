"""The mailbox's server misbehaves while the worker watches: it recovers by itself, or says what a person must do.

The worker is the real one, in a thread; it is led to Dovecot over a bad road. The time that the processor spends is
measured: a worker that waits must wait.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import privacybot.duty
from privacybot.edges.imap import ImapAccount, open_folder
from privacybot.errors import Unavailable
from privacybot.flows import desk
from privacybot.flows.doubts import LOSSES, Doubts
from privacybot.flows.watch import Round, make_round
from privacybot.mail.handover import Handover
from privacybot.store.engine import Engine, open_store
from privacybot.worker import Worker, begin
from tests.edges.misbehaving import Answer, Fault, imap, serving, smtp
from tests.faults.at_work import working
from tests.flows.office import OFFICE
from tests.flows.office import mail as write
from tests.servers import Dovecot
from tests.servers.proxy import Proxy
from tests.system.installation import Installation, eventually

pytestmark = pytest.mark.system
BUSY = 0.5
"""The share of an unhappy second that may be spent, the tests' own servers included."""


@dataclass
class Watch:
    """A worker at work, the road to its mailbox, and what it has logged."""

    worker: Worker
    road: Proxy
    dovecot: Dovecot
    address: str
    lines: list[Any] = field(default_factory=list)

    def deliver(self, number: int, words: str = "") -> None:
        sender = f"p{number}@kunde.example"
        raw = write(f"Jeg vil gerne have indsigt. {words}", sender=sender, message_id=f"<{number}@kunde.example>")
        self.dovecot.deliver(raw, self.address, reverse_path=sender)

    def cases(self) -> int:
        return len(desk.queue(self.worker.app.engine)[0])

    def says(self, words: str) -> bool:
        return any(words in str(line.get("why", "")) for line in self.lines)

    def is_calm(self, seconds: float = 2.0) -> bool:
        """Whether the next seconds cost little."""
        spent, began = time.process_time(), time.monotonic()
        time.sleep(seconds)
        return (time.process_time() - spent) / (time.monotonic() - began) < BUSY


@pytest.fixture
def watch(tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setenv("IMAP_PASSWORD", dovecot.password)
    monkeypatch.setattr(privacybot.duty, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(privacybot.duty, "LONGEST_PAUSE", 1.0)
    address = f"post{uuid4().hex[:6]}@epmgroup.dk"
    with Proxy(dovecot.imap_port) as road, serving(smtp()) as smtp_server:
        installation = Installation(tmp_path, dovecot, smtp_server.port, imap_port=road.port, address=address)
        installation.write()
        with working(installation) as (worker, lines):
            yield Watch(worker, road, dovecot, address, lines)


def test_a_connection_cut_in_the_middle_of_a_fetch(watch: Watch) -> None:
    watch.road.cut_after = 30_000
    for number in range(4):
        watch.deliver(number, "x" * 60_000)
    assert eventually(lambda: watch.says("it hung up"))
    assert watch.is_calm()
    watch.road.heal()
    assert eventually(lambda: watch.cases() == 4)


def test_a_server_that_is_gone_for_a_while(watch: Watch) -> None:
    watch.road.refusing = True
    watch.road.cut()
    watch.deliver(1)
    assert eventually(lambda: watch.road.visits >= 3)
    visits = watch.road.visits
    assert watch.is_calm()
    assert watch.road.visits - visits < 10
    watch.road.heal()
    assert eventually(lambda: watch.cases() == 1)


def test_an_idle_that_goes_silent(watch: Watch) -> None:
    watch.road.stalled = True
    watch.deliver(1)
    assert eventually(lambda: watch.says("no word from it for 2 s"))
    assert watch.is_calm()
    watch.road.heal()
    assert eventually(lambda: watch.cases() == 1)


def test_a_changed_uidvalidity_brings_no_case_twice_and_misses_none(watch: Watch) -> None:
    watch.deliver(1)
    assert eventually(lambda: watch.cases() == 1)
    watch.dovecot.change_uidvalidity(watch.address, 4711)
    watch.deliver(2)
    assert eventually(lambda: watch.cases() == 2)
    again = [line for line in watch.lines if line["event"] == "mail taken in"]
    assert len(again) == 2


def test_a_folder_that_is_renamed_is_named_and_read_again_when_it_is_back(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", dovecot.password)
    monkeypatch.setattr(privacybot.duty, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(privacybot.duty, "LONGEST_PAUSE", 1.0)
    address = f"post{uuid4().hex[:6]}@epmgroup.dk"
    with serving(smtp()) as smtp_server, dovecot.client(address) as colleague:
        installation = Installation(tmp_path, dovecot, smtp_server.port, address=address)
        installation.mailbox_extra = 'folder = "Kontakt"'
        installation.write()
        colleague.create_folder("Kontakt")
        with working(installation) as (worker, lines):
            colleague.rename_folder("Kontakt", "Gammel kontakt")
            assert eventually(lambda: any('no folder "Kontakt"' in str(line.get("why")) for line in lines))
            assert any("Gammel kontakt" in str(line.get("why")) for line in lines)
            colleague.append("Gammel kontakt", write(message_id="<1@kunde.example>"))
            colleague.rename_folder("Gammel kontakt", "Kontakt")
            assert eventually(lambda: len(desk.queue(worker.app.engine)[0]) == 1)


@dataclass
class StaffAtWork:
    """A folder in which a colleague deletes a mail, or moves it, between our search and our fetch."""

    folder: Any
    colleague: Any
    verb: str

    @property
    def uidvalidity(self) -> int:
        return int(self.folder.uidvalidity)

    @property
    def uidnext(self) -> int:
        return int(self.folder.uidnext)

    def uids_since(self, day: date) -> list[int]:
        return list(self.folder.uids_since(day))

    def new_uids(self, first: int) -> list[int]:
        found = list(self.folder.new_uids(first))
        if 2 in found:
            self.colleague.select_folder("INBOX")
            if self.verb == "moves":
                self.colleague.create_folder("Behandlet")
                self.colleague.move([2], "Behandlet")
            else:
                self.colleague.delete_messages([2])
                self.colleague.expunge()
        return found

    def fetch(self, uids: Iterable[int], *, size_limit: int) -> Iterable[Handover]:
        return list(self.folder.fetch(uids, size_limit=size_limit))


def round_of(store: Engine, doubts: Doubts, ahead: timedelta = timedelta(0)) -> Round:
    return Round(
        engine=store,
        office=OFFICE,
        folder_name="INBOX",
        start_from="all",
        size_limit=2**20,
        now=lambda: datetime.now(UTC) + ahead,
        stopping=lambda: False,
        begin=lambda post: begin(store, post, OFFICE),
        doubts=doubts,
    )


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")


@pytest.mark.parametrize("verb", ["deletes", "moves"])
def test_a_mail_that_staff_take_away_between_search_and_fetch_is_theirs(
    store: Engine, dovecot: Dovecot, verb: str
) -> None:
    user = f"post{uuid4().hex[:6]}@epmgroup.dk"
    for number in range(3):
        dovecot.deliver(write(message_id=f"<{number}@kunde.example>", text=f"Jeg vil have indsigt {number}"), user)
    account = ImapAccount("127.0.0.1", dovecot.imap_port, "none", user, dovecot.password)
    with open_folder(account) as folder, dovecot.client(user) as colleague:
        taken = list(make_round(StaffAtWork(folder, colleague, verb), round_of(store, Doubts()), 32))
        assert [one.place.uid for post in taken for one in post if one.place] == [1, 3]
        assert list(make_round(folder, round_of(store, Doubts()), 32)) == []
    assert desk.ledger_account(store).set_aside == []


WHOLE = b"From: a@kunde.example\r\nMessage-ID: <%d@x>\r\n\r\nJeg vil have indsigt\r\n"


def handing_over(*uids: int) -> bytes:
    given = [(uid, WHOLE % uid) for uid in uids]
    return (
        b"".join(b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (u, u, len(m), m) for u, m in given) + b"%s OK done\r\n"
    )


def visit(port: int, its: Round) -> list[str]:
    """One pass over a scripted server; the outcomes by UID."""
    with open_folder(ImapAccount("127.0.0.1", port, "none", "kontakt", "p", timeout_seconds=2.0)) as folder:
        taken = [one for post in make_round(folder, its, 32) for one in post]
    return [f"{one.place.uid} {one.outcome.value}" for one in taken if one.place]


def test_a_mail_that_the_server_refuses_is_shown_and_comes_when_it_is_given(store: Engine) -> None:
    refusing: dict[str, Answer] = {"FETCH": b"%s NO broken\r\n", "FETCH 1": b"%s NO [SERVERBUG] broken\r\n"}
    doubts = Doubts()
    with serving(imap(refusing | {"FETCH 2": handing_over(2)})) as server:
        assert visit(server.port, round_of(store, doubts)) == ["2 opened a case", "1 set aside"]
        heard = len(server.heard)
        assert visit(server.port, round_of(store, doubts)) == []
        assert not any(b"BODY" in line for line in server.heard[heard:])  # Not again within the minute.
    [kept] = desk.ledger_account(store).set_aside
    assert "does not hand it over" in kept.sentence
    assert "1 mail is set aside" in " ".join(desk.warnings(store))
    with serving(imap({"FETCH 1": handing_over(1), "SEARCH": b"* SEARCH\r\n%s OK done\r\n"})) as server:
        assert visit(server.port, round_of(store, doubts, timedelta(minutes=2))) == ["1 opened a case"]
    assert desk.ledger_account(store).set_aside == []
    assert sum(desk.ledger_account(store).tally.values()) == 2


def test_a_mail_that_breaks_the_connection_holds_up_no_other(store: Engine) -> None:
    breaking: dict[str, Answer] = {"FETCH": Fault.CUT, "FETCH 1": Fault.CUT, "FETCH 2": handing_over(2)}
    doubts = Doubts()
    with serving(imap(breaking)) as server:
        for _ in range(LOSSES):
            with pytest.raises(Unavailable, match="was lost while fetching mail"):
                visit(server.port, round_of(store, doubts))
        assert visit(server.port, round_of(store, doubts)) == ["1 set aside"]
        assert visit(server.port, round_of(store, doubts)) == []
    assert {outcome for outcome, _ in desk.ledger_account(store).tally} == {"opened a case", "set aside"}


def test_a_server_that_refuses_everything_is_left_in_peace(store: Engine) -> None:
    busy: dict[str, Answer] = dict.fromkeys(("FETCH", "FETCH 1", "FETCH 2"), b"%s NO [LIMIT] throttled\r\n")
    with serving(imap(busy)) as server, pytest.raises(Unavailable, match="hands over none of the 2 mails"):
        visit(server.port, round_of(store, Doubts()))
    both = {"FETCH 1": handing_over(1), "FETCH 2": handing_over(2), "SEARCH": b"* SEARCH\r\n%s OK done\r\n"}
    with serving(imap(both)) as server:
        assert visit(server.port, round_of(store, Doubts())) == ["1 opened a case", "2 opened a case"]
