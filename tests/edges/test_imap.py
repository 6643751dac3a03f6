"""Watching a folder: in Dovecot, and on servers that misbehave."""

from __future__ import annotations

import logging
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from privacybot.edges.imap import Folder, ImapAccount, open_folder
from privacybot.edges.imap_batches import batches, uid_ranges
from privacybot.edges.tls import Security
from privacybot.errors import Unavailable
from privacybot.mail.handover import Fetched, Withheld
from privacybot.mail.parse import parse
from tests.edges.misbehaving import Answer, Fault, Server, imap, serving
from tests.servers import Dovecot

MEGABYTE = 2**20
NEVER = threading.Event()
_numbers = count(1)


def mail(subject: str = "Indsigt", body: str = "Hvad har I om mig?") -> bytes:
    return f"From: anna@kunde.example\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()


@pytest.fixture
def user() -> str:
    """An account of its own for each test: its INBOX is empty."""
    return f"imap{next(_numbers)}@epmgroup.dk"


def account(dovecot: Dovecot, user: str, security: Security = "none", **settings: Any) -> ImapAccount:
    port = dovecot.imaps_port if security == "tls" else dovecot.imap_port
    defaults: dict[str, Any] = {"password": dovecot.password, "ca_file": dovecot.ca_file, "timeout_seconds": 10.0}
    return ImapAccount("localhost", port, security, user, **(defaults | settings))


@contextmanager
def scripted(faults: dict[str, Answer] | None = None, **settings: Any) -> Iterator[tuple[Callable[[], Folder], Server]]:
    """A server that misbehaves, and how to open its folder."""
    with serving(imap(faults)) as server:
        settled = ImapAccount("127.0.0.1", server.port, "none", "kontakt", "hemmelig", timeout_seconds=2.0)
        settled = replace(settled, **settings)
        yield lambda: open_folder(settled), server


class TestLooking:
    @pytest.mark.parametrize("security", ["none", "starttls", "tls"])
    def test_brings_every_mail_as_it_came(self, dovecot: Dovecot, user: str, security: Security) -> None:
        dovecot.deliver(mail("Første"), user)
        dovecot.deliver(mail("Anden"), user)
        with open_folder(account(dovecot, user, security)) as folder:
            assert (folder.exists, folder.uidnext) == (2, 3)
            assert folder.new_uids(1) == [1, 2]
            fetched = list(folder.fetch([1, 2], size_limit=MEGABYTE))
            assert folder.sizes([1, 2, 3]) == {one.uid: one.size for one in fetched}
        assert [one.raw for one in fetched] == dovecot.mails(user)
        assert [one.size for one in fetched] == [len(one.raw) for one in fetched]

    def test_changes_no_flag_that_people_see(self, dovecot: Dovecot, user: str) -> None:
        dovecot.deliver(mail(), user)
        with open_folder(account(dovecot, user)) as folder:
            assert list(folder.fetch(folder.new_uids(1), size_limit=MEGABYTE))
            assert list(folder.fetch(folder.new_uids(1), size_limit=10))
        with dovecot.client(user) as client:
            client.select_folder("INBOX")
            assert set(client.get_flags([1])[1]) <= {rb"\Recent"}

    def test_finds_nothing_below_the_first_uid_asked_for(self, dovecot: Dovecot, user: str) -> None:
        dovecot.deliver(mail(), user)
        with open_folder(account(dovecot, user)) as folder:
            assert folder.new_uids(2) == []
            assert folder.new_uids(4_000_000_000) == []

    def test_an_empty_folder_has_no_mails(self, dovecot: Dovecot, user: str) -> None:
        with open_folder(account(dovecot, user)) as folder:
            assert (folder.exists, folder.new_uids(1), folder.sizes([1])) == (0, [], {})
            assert list(folder.fetch([], size_limit=MEGABYTE)) == []

    def test_reads_a_folder_with_danish_letters_in_its_name(self, dovecot: Dovecot, user: str) -> None:
        with dovecot.client(user) as client:
            client.create_folder("Sager på vej")
            client.append("Sager på vej", mail())
        with open_folder(account(dovecot, user, folder="Sager på vej")) as folder:
            assert folder.new_uids(1) == [1]

    def test_received_is_the_servers_time_in_utc(self, dovecot: Dovecot, user: str) -> None:
        received = datetime(2026, 3, 5, 0, 30, tzinfo=timezone(timedelta(hours=1)))
        with dovecot.client(user) as client:
            client.append("INBOX", b"Date: Mon, 1 Jan 2001 00:00:00 +0000\r\n" + mail(), msg_time=received)
        with open_folder(account(dovecot, user)) as folder:
            (fetched,) = folder.fetch([1], size_limit=MEGABYTE)
        assert fetched.received_at == received
        assert fetched.received_at.tzinfo is UTC

    def test_looks_from_a_date_on(self, dovecot: Dovecot, user: str) -> None:
        with dovecot.client(user) as client:
            for day in (1, 15, 30):
                client.append("INBOX", mail(), msg_time=datetime(2026, 9, day, 12, tzinfo=UTC))
        with open_folder(account(dovecot, user)) as folder:
            assert folder.uids_since(date(2026, 9, 15)) == [2, 3]
            assert folder.uids_since(date(2026, 10, 1)) == []

    def test_uidvalidity_shows_when_a_server_was_rebuilt(self, dovecot: Dovecot, user: str) -> None:
        dovecot.deliver(mail(), user)
        with open_folder(account(dovecot, user)) as folder:
            before = folder.uidvalidity
        dovecot.change_uidvalidity(user, before + 1)
        with open_folder(account(dovecot, user)) as folder:
            assert folder.uidvalidity == before + 1

    def test_a_mail_that_vanished_does_not_come_back(self, dovecot: Dovecot, user: str) -> None:
        for subject in ("a", "b", "c"):
            dovecot.deliver(mail(subject), user)
        with open_folder(account(dovecot, user)) as folder:
            uids = folder.new_uids(1)
            with dovecot.client(user) as colleague:
                colleague.select_folder("INBOX")
                colleague.delete_messages([2])
                colleague.expunge()
            assert [one.uid for one in folder.fetch(uids, size_limit=MEGABYTE)] == [1, 3]

    def test_of_a_large_mail_the_text_is_read_wherever_it_stands(self, dovecot: Dovecot, user: str) -> None:
        made = EmailMessage()
        made["From"], made["Subject"] = "anna@kunde.example", "stor"
        made.add_attachment(b"x" * 4 * MEGABYTE, "image", "png", filename="x.png")
        made.add_attachment("Slet mine oplysninger, æøå", disposition="inline")
        dovecot.deliver(mail("lille"), user)
        dovecot.deliver(made.as_bytes(), user)
        dovecot.deliver(mail("lille igen"), user)
        with open_folder(account(dovecot, user)) as folder:
            fetched = list(folder.fetch([1, 2, 3], size_limit=MEGABYTE))
        assert [one.thinned for one in fetched] == [False, True, False]
        assert fetched[1].size > 5 * MEGABYTE
        assert len(fetched[1].raw) < 2000
        read = parse(fetched[1].raw)
        assert read.text == "Slet mine oplysninger, æøå"
        assert [file.filename for file in read.attachments] == ["x.png"]

    def test_a_large_mail_that_vanishes_while_it_is_read_does_not_come_back(self) -> None:
        answers: dict[str, Answer] = {
            "SIZES 1": b"* 1 FETCH (UID 1 RFC822.SIZE 9000000)\r\n%s OK done\r\n",
            "FETCH 1": b"* 1 FETCH (UID 1 BODY[]<0> {9}\r\nA: b\r\n\r\nc)\r\n%s OK done\r\n",  # Never more.
            "SEARCH": b"* SEARCH\r\n%s OK done\r\n",
        }
        with scripted(answers) as (opened, _), opened() as folder:
            assert list(folder.fetch([1], size_limit=MEGABYTE)) == []

    def test_a_mail_of_forty_megabytes_comes_whole_where_it_is_allowed(self, dovecot: Dovecot, user: str) -> None:
        dovecot.deliver(mail("kæmpe", ("x" * 990 + "\r\n") * (40 * MEGABYTE // 992)), user)
        with open_folder(account(dovecot, user)) as folder:
            (fetched,) = folder.fetch([1], size_limit=50 * MEGABYTE)
        assert len(fetched.raw) == fetched.size > 39 * MEGABYTE
        assert not fetched.thinned


class TestWaiting:
    @pytest.mark.parametrize("security", ["none", "tls"])
    def test_a_new_mail_ends_the_wait(self, dovecot: Dovecot, user: str, security: Security) -> None:
        with open_folder(account(dovecot, user, security)) as folder:
            threading.Timer(0.2, dovecot.deliver, [mail(), user]).start()
            began = time.monotonic()
            folder.wait(30, NEVER)
            assert time.monotonic() - began < 5
            assert folder.new_uids(1) == [1]

    def test_a_mail_that_came_while_we_worked_ends_the_wait(self, dovecot: Dovecot, user: str) -> None:
        with open_folder(account(dovecot, user)) as folder:
            assert folder.new_uids(1) == []
            dovecot.deliver(mail(), user)
            began = time.monotonic()
            folder.wait(30, NEVER)
            assert time.monotonic() - began < 5
            assert folder.new_uids(1) == [1]

    def test_without_idle_the_mail_is_there_after_the_wait(self, dovecot_without_idle: Dovecot, user: str) -> None:
        with open_folder(account(dovecot_without_idle, user)) as folder:
            assert folder.new_uids(1) == []
            dovecot_without_idle.deliver(mail(), user)
            folder.wait(0.1, NEVER)
            assert folder.new_uids(1) == [1]

    def test_an_administrator_may_not_want_idle(self, dovecot: Dovecot, user: str) -> None:
        with open_folder(account(dovecot, user)) as folder:
            dovecot.deliver(mail(), user)
            folder.wait(0.1, NEVER, use_idle=False)
            assert folder.new_uids(1) == [1]

    @pytest.mark.parametrize("use_idle", [True, False])
    def test_a_stop_ends_the_wait(self, dovecot: Dovecot, user: str, use_idle: bool) -> None:
        stop = threading.Event()
        with open_folder(account(dovecot, user)) as folder:
            threading.Timer(0.2, stop.set).start()
            began = time.monotonic()
            folder.wait(30, stop, use_idle=use_idle)
            assert time.monotonic() - began < 2

    def test_the_wait_ends_on_time(self, dovecot: Dovecot, user: str) -> None:
        with open_folder(account(dovecot, user)) as folder:
            began = time.monotonic()
            folder.wait(0.3, NEVER)
            assert 0.25 < time.monotonic() - began < 2
            assert folder.new_uids(1) == []

    @pytest.mark.usefixtures("dovecot")
    def test_a_server_that_goes_away_is_told_and_comes_back(self, user: str) -> None:
        with Dovecot() as own:
            folder = open_folder(account(own, user))
            threading.Timer(0.2, own.halt).start()
            with pytest.raises(Unavailable) as fault:
                folder.wait(30, NEVER)
            assert not fault.value.permanent
            with pytest.raises(Unavailable, match="refuses connections"):
                _until_halted(own, user)
            own.start()
            with open_folder(account(own, user)) as again:
                assert again.uidvalidity == folder.uidvalidity

    def test_a_folder_that_a_colleague_deletes_is_told_by_its_name(self, dovecot: Dovecot, user: str) -> None:
        with dovecot.client(user) as colleague:
            colleague.create_folder("Sager")
            folder = open_folder(account(dovecot, user, folder="Sager"))
            colleague.delete_folder("Sager")
            with pytest.raises(Unavailable):
                _wait_and_look(folder)
        with pytest.raises(Unavailable, match='has no folder "Sager"') as fault:
            open_folder(account(dovecot, user, folder="Sager"))
        assert fault.value.permanent


def _wait_and_look(folder: Folder) -> None:
    for _ in range(10):
        folder.wait(0.5, NEVER)
        folder.new_uids(1)


def _until_halted(server: Dovecot, user: str) -> None:
    for _ in range(100):
        open_folder(account(server, user)).close()
        time.sleep(0.05)


class TestMarking:
    def test_a_keyword_is_set_beside_the_flags_of_people(self, dovecot: Dovecot, user: str) -> None:
        dovecot.deliver(mail(), user)
        with open_folder(account(dovecot, user)) as folder:
            assert folder.mark(1, "$Privacy")
        with dovecot.client(user) as client:
            client.select_folder("INBOX")
            assert b"$Privacy" in client.get_flags([1])[1]
            assert rb"\Seen" not in client.get_flags([1])[1]

    def test_a_mail_is_copied_and_moved(self, dovecot: Dovecot, user: str) -> None:
        dovecot.deliver(mail(), user)
        with dovecot.client(user) as client:
            client.create_folder("Sager på vej")
        with open_folder(account(dovecot, user)) as folder:
            assert folder.copy(1, "Sager på vej")
            assert folder.move(1, "Sager på vej")
        assert len(dovecot.mails(user, "Sager på vej")) == 2
        assert dovecot.mails(user) == []

    def test_without_move_one_mail_is_expunged_and_no_other(self, dovecot: Dovecot, user: str) -> None:
        for subject in ("a", "b"):
            dovecot.deliver(mail(subject), user)
        with dovecot.client(user) as client:
            client.create_folder("Sager")
            client.select_folder("INBOX")
            client.delete_messages([2])
        with open_folder(account(dovecot, user)) as folder:
            folder._offers = lambda capability: capability != "MOVE"  # type: ignore[method-assign]
            assert folder.move(1, "Sager")
            assert folder.new_uids(1) == [2]
        assert len(dovecot.mails(user, "Sager")) == 1

    def test_a_folder_that_is_missing_moves_nothing(self, dovecot: Dovecot, user: str) -> None:
        dovecot.deliver(mail(), user)
        with open_folder(account(dovecot, user)) as folder:
            assert not folder.copy(1, "Findes ikke")
            assert not folder.move(1, "Findes ikke")
            assert folder.new_uids(1) == [1]

    def test_a_server_that_keeps_no_keywords_is_asked_for_none(self) -> None:
        select = b"* 0 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\Flagged)] kept\r\n* OK [UIDVALIDITY 7] valid\r\n"
        with scripted({"SELECT": select + b"%s OK [READ-WRITE] done\r\n"}) as (opened, server):
            assert not opened().mark(1, "$Privacy")
        assert not [line for line in server.heard if b"STORE" in line]

    def test_a_read_only_folder_is_read_and_left_alone(self) -> None:
        with scripted({"SELECT": b"* 2 EXISTS\r\n%s OK [READ-ONLY] done\r\n"}) as (opened, server):
            folder = opened()
            assert folder.new_uids(1) == [1, 2]
            assert not folder.mark(1, "$Privacy")
            assert not folder.move(1, "Sager")
        assert b"EXAMINE" in b" ".join(server.heard)


class TestFaultsOfTheSettings:
    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"password": "wrong"}, r"refuses the login of imap\d+@epmgroup.dk: \[AUTHENTICATIONFAILED\]"),
            ({"password": None}, "refuses the login"),
            ({"folder": "Sager"}, 'has no folder "Sager" for .*; there are: .*INBOX'),
            ({"ca_file": None}, "a certificate that is not trusted"),
            ({"ca_file": Path("/nowhere.pem")}, "correct ca_file"),
            ({"host": "findes-ikke.invalid"}, "There is no server by the name of findes-ikke.invalid"),
            ({"host": "192.0.2.1", "security": "none"}, 'security = "none" is not allowed'),
        ],
    )
    def test_each_is_one_sentence_for_a_person(
        self, dovecot: Dovecot, user: str, change: dict[str, Any], sentence: str
    ) -> None:
        with pytest.raises(Unavailable, match=sentence) as fault:
            open_folder(replace(account(dovecot, user, "tls"), **change))
        assert fault.value.permanent
        assert "\n" not in str(fault.value)

    def test_tls_against_a_plain_port_names_the_setting(self, dovecot: Dovecot, user: str) -> None:
        with pytest.raises(Unavailable, match='set security = "starttls"'):
            open_folder(replace(account(dovecot, user, "tls"), port=dovecot.imap_port))

    def test_a_plain_client_at_a_tls_port_does_not_hang(self, dovecot: Dovecot, user: str) -> None:
        with pytest.raises(Unavailable, match="are port and security right"):
            open_folder(replace(account(dovecot, user), port=dovecot.imaps_port, timeout_seconds=0.5))

    def test_a_withdrawn_starttls_sends_no_password(self) -> None:
        with scripted(security="starttls") as (opened, server), pytest.raises(Unavailable, match="not offer STARTTLS"):
            opened()
        assert not [line for line in server.heard if b"hemmelig" in line]

    def test_a_server_that_forbids_plain_logins_is_sent_no_password(self) -> None:
        capabilities = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n%s OK done\r\n"
        with (
            scripted({"CAPABILITY": capabilities}) as (opened, server),
            pytest.raises(Unavailable, match="without TLS"),
        ):
            opened()
        assert not [line for line in server.heard if b"hemmelig" in line]

    @pytest.mark.usefixtures("dovecot")
    def test_a_password_with_danish_letters_opens_the_door(self, user: str) -> None:
        with Dovecot(password="blåbærgrød") as own, open_folder(account(own, user)) as folder:
            assert folder.exists == 0

    def test_a_token_logs_in_with_xoauth2(self) -> None:
        initial = b64encode(b"user=kontakt\1auth=Bearer token-1\1\1")
        with scripted({"AUTHENTICATE": b"+ \r\n"}, access_token=lambda: "token-1") as (opened, server):
            opened()
        assert initial in server.heard

    def test_secrets_do_not_show(self, dovecot: Dovecot, user: str) -> None:
        assert dovecot.password not in repr(account(dovecot, user))


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        ({"greeting": Fault.CUT}, "did not greet as an IMAP server does"),
        ({"greeting": b"* BYE Too many connections\r\n"}, "Too many connections"),
        ({"greeting": b"HTTP/1.1 400 Bad Request\r\n"}, "did not greet as an IMAP server does"),
        ({"LOGIN": Fault.CUT}, "cannot log kontakt in at the moment"),
        ({"LOGIN": b"%s NO [UNAVAILABLE] later\r\n"}, r"cannot log kontakt in at the moment: \[UNAVAILABLE\] later"),
        ({"SELECT": Fault.CUT}, "was lost while opening the folder"),
        ({"SELECT": b"%s NO [INUSE] later\r\n"}, r"refused while opening the folder: \[INUSE\] later"),
    ],
    ids=str,
)
def test_what_passes_by_itself_is_not_for_a_person(faults: dict[str, Answer], sentence: str) -> None:
    with scripted(faults) as (opened, _), pytest.raises(Unavailable, match=sentence) as fault:
        opened()
    assert not fault.value.permanent


@pytest.mark.parametrize("command", ["greeting", "CAPABILITY", "LOGIN", "SELECT"])
def test_a_server_that_hangs_is_given_up_in_time(command: str) -> None:
    began = time.monotonic()
    with scripted({command: Fault.SILENCE}, timeout_seconds=0.3) as (opened, _), pytest.raises(Unavailable):
        opened()
    assert time.monotonic() - began < 3


SECRET = b"Jeg hedder Anna"


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[] {900}\r\nSubject: Jeg hedder Anna\r\n",  # and then cut
        b"* 1 FETCH (UID 1 BODY[] Jeg hedder Anna\r\n%s OK done\r\n",
        b"Jeg hedder Anna\r\n%s OK done\r\n",
        b"* 1 FETCH Jeg hedder Anna\r\n%s OK done\r\n",
        b"* 1 FETCH (UID 1 BODY[] {5}\r\nabcde{9}\r\nJeg hedder Anna)\r\n%s OK done\r\n",
        b"* 1 FETCH (" + b"(" * 20 + b"Jeg hedder Anna\r\n%s OK done\r\n",
        Fault.CUT,
        Fault.SILENCE,
    ],
    ids=str,
)
def test_an_answer_without_sense_ends_the_connection_and_tells_nothing_of_the_mail(answer: Answer) -> None:
    with scripted({"FETCH": answer}, timeout_seconds=0.5) as (opened, _):
        folder = opened()
        with pytest.raises(Unavailable) as fault:
            list(folder.fetch([1, 2], size_limit=MEGABYTE))
    assert not fault.value.permanent
    assert SECRET.decode() not in f"{fault.value!r}{fault.value.__cause__!r}"
    assert fault.value.__suppress_context__


def test_a_mail_that_the_server_cannot_read_holds_up_no_other() -> None:
    second = b"* 2 FETCH (UID 2 BODY[] {9}\r\nA: b\r\n\r\nd)\r\n%s OK done\r\n"
    broken: dict[str, Answer] = {"FETCH": b"%s NO broken\r\n", "FETCH 1": b"%s NO broken\r\n", "FETCH 2": second}
    with scripted(broken) as (opened, _):
        given, withheld = opened().fetch([1, 2], size_limit=MEGABYTE)
    assert (given.uid, withheld.uid) == (2, 1)
    assert isinstance(withheld, Withheld)
    assert withheld.why.endswith("refused while fetching mail: broken")


def test_a_mail_whose_size_the_server_refuses_holds_up_no_other() -> None:
    sizes = b'* 2 FETCH (UID 2 RFC822.SIZE 9 INTERNALDATE "24-Nov-2026 10:00:00 +0100")\r\n%s OK done\r\n'
    broken: dict[str, Answer] = {"SIZES": b"%s NO broken\r\n", "SIZES 1": b"%s NO broken\r\n", "SIZES 2": sizes}
    second = b"* 2 FETCH (UID 2 BODY[] {9}\r\nA: b\r\n\r\nd)\r\n%s OK done\r\n"
    with scripted(broken | {"FETCH 2": second}) as (opened, _):
        assert [type(one) for one in opened().fetch([1, 2], size_limit=MEGABYTE)] == [Fetched, Withheld]


def test_a_mail_that_is_listed_and_not_given_is_withheld_and_not_gone() -> None:
    first = b"* 1 FETCH (UID 1 BODY[] {9}\r\nA: b\r\n\r\nc)\r\n%s OK done\r\n"
    with scripted({"FETCH": first, "SEARCH": b"* SEARCH 2\r\n%s OK done\r\n"}) as (opened, _):
        assert [type(one) for one in opened().fetch([1, 2], size_limit=MEGABYTE)] == [Fetched, Withheld]


def test_news_of_flags_between_the_mails_is_no_mail() -> None:
    news = b"* 2 FETCH (FLAGS (\\Seen))\r\n* 3 EXISTS\r\n"
    with scripted({"FETCH 1": news + b"* 1 FETCH (UID 1 BODY[] {9}\r\nA: b\r\n\r\nc)\r\n%s OK done\r\n"}) as (
        opened,
        _,
    ):
        assert [one.uid for one in opened().fetch([1], size_limit=MEGABYTE)] == [1]


def test_a_server_without_lasting_numbers_is_not_for_us() -> None:
    select = b"* 2 EXISTS\r\n* OK [UIDNEXT 3] next\r\n%s OK [READ-WRITE] done\r\n"
    with scripted({"SELECT": select}) as (opened, _), pytest.raises(Unavailable, match="UIDVALIDITY") as fault:
        opened()
    assert fault.value.permanent


def test_a_server_that_does_not_tell_uidnext_is_asked_for_its_last_mail() -> None:
    select = b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n%s OK [READ-WRITE] done\r\n"
    with scripted({"SELECT": select}) as (opened, _):
        assert opened().uidnext == 3


class TestIdle:
    @pytest.mark.parametrize("refusal", [b"%s NO not today\r\n", b"%s BAD what?\r\n"], ids=["NO", "BAD"])
    def test_refused_it_is_not_asked_for_again(self, refusal: bytes) -> None:
        with scripted({"IDLE": refusal}) as (opened, server):
            folder = opened()
            folder.wait(0.05, NEVER)
            folder.wait(0.05, NEVER)
        assert len([line for line in server.heard if line.endswith(b"IDLE")]) == 1
        assert len([line for line in server.heard if line.endswith(b"NOOP")]) == 2

    @pytest.mark.parametrize(
        "greeting", [b"* 3 EXISTS\r\n+ idling\r\n", b"+ idling\r\n* 3 EXISTS\r\n"], ids=["before", "same packet"]
    )
    def test_a_notice_around_the_plus_is_heard(self, greeting: bytes) -> None:
        with scripted({"IDLE": greeting}) as (opened, _):
            folder = opened()
            began = time.monotonic()
            folder.wait(30, NEVER)
            assert time.monotonic() - began < 1
            assert folder.new_uids(1) == [1, 2]

    @pytest.mark.parametrize("end", [Fault.CUT, Fault.SILENCE], ids=str)
    def test_a_dead_connection_is_told_and_burns_no_time(self, end: Answer) -> None:
        with scripted({"DONE": end}, timeout_seconds=0.5) as (opened, _):
            folder = opened()
            worked, began = time.thread_time(), time.monotonic()
            with pytest.raises(Unavailable, match="was lost while waiting for mail"):
                folder.wait(0.5, NEVER)
            assert time.thread_time() - worked < 0.2
            assert time.monotonic() - began < 3

    def test_a_connection_that_is_cut_in_the_wait_is_told_at_once(self) -> None:
        with scripted({"IDLE": Fault.CUT}) as (opened, _):
            folder = opened()
            began = time.monotonic()
            with pytest.raises(Unavailable, match="was lost while waiting for mail"):
                folder.wait(30, NEVER)
            assert time.monotonic() - began < 3

    def test_news_does_not_pile_up(self) -> None:
        with scripted({"IDLE": b"+ idling\r\n* 3 EXISTS\r\n* 1 RECENT\r\n"}) as (opened, _):
            folder = opened()
            for _ in range(20):
                folder.wait(1, NEVER)
            kept = folder._client._imap.untagged_responses
            assert sum(len(lines) for lines in kept.values()) < 10


def test_debugging_logs_show_neither_mails_nor_passwords(
    dovecot: Dovecot, user: str, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.deliver(mail(SECRET.decode()), user)
    with caplog.at_level(logging.DEBUG):
        for name in ("imapclient", "imapclient.imapclient", "imapclient.imaplib"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        with open_folder(account(dovecot, user)) as folder:
            assert list(folder.fetch([1], size_limit=MEGABYTE))
    assert SECRET.decode() not in caplog.text
    assert dovecot.password not in caplog.text


@pytest.mark.parametrize(
    ("first", "uidnext", "width", "expected"),
    [
        (1, 1, None, ["1:*"]),
        (7, 4_000_000_000, None, ["7:*"]),
        (1, 100, 50, ["1:50", "51:*"]),
        (1, 101, 50, ["1:50", "51:*"]),
        (1, 102, 50, ["1:50", "51:100", "101:*"]),
        (200, 100, 50, ["200:*"]),
    ],
)
def test_uid_ranges_leave_no_gap(first: int, uidnext: int, width: int | None, expected: list[str]) -> None:
    assert list(uid_ranges(first, uidnext, width)) == expected


@pytest.mark.parametrize(
    ("sizes", "size_limit", "expected"),
    [
        ({}, MEGABYTE, []),
        ({1: 10, 2: 10}, MEGABYTE, [[1, 2]]),
        ({1: 10, 2: 10, 3: 10}, 20, [[1, 2], [3]]),
        ({1: 10, 2: 21, 3: 10}, 20, [[1], [2], [3]]),
        ({1: 9 * MEGABYTE, 2: 1, 3: 9 * MEGABYTE}, 25 * MEGABYTE, [[1], [2], [3]]),
        (dict.fromkeys(range(1, 102), 1), MEGABYTE, [list(range(1, 51)), list(range(51, 101)), [101]]),
    ],
    ids=range(6),
)
def test_batches_are_bounded_by_number_and_bytes(
    sizes: dict[int, int], size_limit: int, expected: list[list[int]]
) -> None:
    assert list(batches(sizes, size_limit)) == expected
