"""A worker as Prometheus and a health check see it, at work and in trouble."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from privacybot import checks
from privacybot.app import App
from privacybot.checks import Check, Grade
from privacybot.config import Config, DatabaseSection, MailboxSection, OperationSection, SmtpSection
from privacybot.demo.servers import MailServer
from privacybot.edges.status_page import Page, status_pages
from privacybot.errors import Unavailable
from privacybot.worker import Worker
from tests.servers.process import LOOPBACK, free_port
from tests.system.installation import ADDRESS, eventually, write_mail

pytestmark = pytest.mark.system

PASSWORD = "hemmelig-1"
ANNA = "anna@kunde.example"


def config(folder: Path, server: MailServer, operation: OperationSection) -> Config:
    return Config(
        mailbox=(
            MailboxSection(
                name="kontakt",
                address=ADDRESS,
                host=LOOPBACK,
                port=server.imap_port,
                security="none",
                username=ADDRESS,
                password_env="PRIVACYBOT_TEST_PASSWORD",
                start_from="all",
                poll_seconds=1,
            ),
        ),
        smtp=SmtpSection(host=LOOPBACK, port=server.smtp_port, security="none", max_per_minute=1000),
        database=DatabaseSection(url=f"sqlite:///{folder / 'store.sqlite3'}"),
        operation=operation,
    )


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(30)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    monkeypatch.setenv("PRIVACYBOT_TEST_PASSWORD", PASSWORD)
    with MailServer(ADDRESS, PASSWORD, lambda _recipient, _raw: None) as running:
        yield running


def visit(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def sample(page: str, name: str) -> float | None:
    """The value of one sample, by its name with labels."""
    return next((float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(f"{name} ")), None)


def test_a_days_work_shows_in_the_metrics_and_nobodys_name(server: MailServer, tmp_path: Path) -> None:
    operation = OperationSection(port=free_port())
    mails = ("Jeg vil gerne vide, hvilke oplysninger I har om mig.", "Hvad koster kurset i maj?")
    for number, text in enumerate(mails):
        raw = write_mail(text, sender=ANNA, message_id=f"<{number}@kunde.example>")
        server.file_at_once(f"Return-Path: <{ANNA}>\r\n".encode() + raw)
    with working(Worker(App(config(tmp_path, server, operation)))):
        assert eventually(lambda: sample(_metrics(operation), 'privacybot_letters_total{outcome="sent"}') == 2)
        assert eventually(lambda: sample(_metrics(operation), "privacybot_outbox_depth") == 0)
        page = _metrics(operation)
        assert visit(operation.port, "/healthz") == (200, "ok\n")
        assert visit(operation.port, "/")[0] == 404
    assert sample(page, 'privacybot_mails_total{mailbox="kontakt",outcome="opened a case"}') == 1
    assert sample(page, 'privacybot_mails_total{mailbox="kontakt",outcome="general enquiry"}') == 1
    assert sample(page, "privacybot_acknowledgement_seconds_count") == 1
    assert sample(page, 'privacybot_imap_up{mailbox="kontakt"}') == 1
    assert sample(page, "privacybot_smtp_up") == 1
    assert sample(page, "privacybot_queue_depth") == 1
    assert 27 <= (sample(page, "privacybot_nearest_deadline_days") or 0) <= 36
    assert sample(page, "process_resident_memory_bytes")
    assert "anna" not in page
    assert "kunde.example" not in page


def test_servers_that_are_away_show_and_lasting_trouble_is_unhealthy(tmp_path: Path, server: MailServer) -> None:
    operation = OperationSection(port=free_port())
    away = config(tmp_path, server, operation)
    away = away.model_copy(update={"mailbox": (away.mailbox[0].model_copy(update={"port": 1}),)})
    worker = Worker(App(away))
    with working(worker):
        assert eventually(lambda: sample(_metrics(operation), 'privacybot_imap_up{mailbox="kontakt"}') == 0)
        assert visit(operation.port, "/healthz")[0] == 200
        worker.operation.vitals.clock = lambda: 1e9
        status, said = visit(operation.port, "/healthz")
    assert status == 503
    assert "mailbox kontakt: failing for" in said


def test_an_smtp_server_that_is_away_shows_with_what_waits_for_it(tmp_path: Path, server: MailServer) -> None:
    operation = OperationSection(port=free_port())
    away = config(tmp_path, server, operation)
    away = away.model_copy(update={"smtp": away.smtp.model_copy(update={"port": 1})})
    server.file_at_once(f"Return-Path: <{ANNA}>\r\n".encode() + write_mail("Jeg vil have indsigt.", sender=ANNA))
    with working(Worker(App(away))):
        assert eventually(lambda: sample(_metrics(operation), "privacybot_smtp_up") == 0)
        page = _metrics(operation)
    assert sample(page, 'privacybot_letters_total{outcome="deferred"}')
    assert sample(page, "privacybot_outbox_depth") == 1
    assert (sample(page, "privacybot_outbox_oldest_seconds") or 0) > 0
    assert sample(page, 'privacybot_imap_up{mailbox="kontakt"}') == 1


def test_without_a_port_nothing_listens(server: MailServer, tmp_path: Path) -> None:
    operation = OperationSection()
    with Worker(App(config(tmp_path, server, operation))).operation.told():
        assert operation.port == 0


def test_a_port_that_is_taken_is_told() -> None:
    with (
        socket.create_server((LOOPBACK, 0)) as taken,
        pytest.raises(Unavailable, match="choose another port"),
        status_pages(LOOPBACK, taken.getsockname()[1], {}),
    ):
        pass


def test_a_visitor_who_says_nothing_keeps_nobody_waiting() -> None:
    with status_pages(LOOPBACK, 0, {"/healthz": lambda: Page(200, "text/plain", b"ok\n")}) as port:
        idle = [socket.create_connection((LOOPBACK, port)) for _ in range(5)]
        assert visit(port, "/healthz?verbose=1") == (200, "ok\n")
        for connection in idle:
            connection.close()


def _metrics(operation: OperationSection) -> str:
    try:
        return visit(operation.port, "/metrics")[1]
    except OSError:
        return ""


def test_the_metrics_tell_which_mailboxes_are_this_workers(tmp_path: Path, server: MailServer) -> None:
    operation = OperationSection(port=free_port())
    with working(Worker(App(config(tmp_path, server, operation)))):
        assert eventually(lambda: sample(_metrics(operation), 'privacybot_mailbox_held{mailbox="kontakt"}') == 1)
        assert sample(_metrics(operation), "privacybot_workers") == 1


def test_workers_on_one_machine_tell_on_ports_of_their_own(tmp_path: Path, server: MailServer) -> None:
    with socket.create_server((LOOPBACK, 0)) as first:
        operation = OperationSection(port=first.getsockname()[1], workers=2)
        with Worker(App(config(tmp_path, server, operation))).operation.told():
            assert visit(operation.port + 1, "/healthz") == (200, "ok\n")


def test_check_tells_when_several_workers_are_configured_on_sqlite(tmp_path: Path, server: MailServer) -> None:
    [found] = _checked(config(tmp_path, server, OperationSection(workers=4)))
    assert found.grade is Grade.FAILED
    assert "workers = 4, but SQLite has room for one" in found.sentence
    assert _checked(config(tmp_path, server, OperationSection())) == []


def test_check_counts_the_workers_of_a_shared_database(tmp_path: Path, server: MailServer, postgres_url: str) -> None:
    shared = config(tmp_path, server, OperationSection(workers=4))
    shared = shared.model_copy(update={"database": DatabaseSection(url=postgres_url)})
    [found] = _checked(shared)
    assert found.sentence.startswith("0 at work of 4")
    worker = Worker(App(shared))
    with working(worker):
        assert eventually(lambda: worker.shift.workers == 1)
        [found] = _checked(shared)
    assert found.sentence.startswith("1 at work of 4")
    assert found.grade is Grade.FINE


def _checked(config: Config) -> list[Check]:
    return [check for check in checks.check(App(config)) if check.subject == "workers"]
