"""The whole worker against Exchange Online in miniature: tokens that end, and everything else that sets it apart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from privacybot.app import App
from privacybot.checks import Grade, check
from privacybot.config import load
from privacybot.errors import Unavailable
from privacybot.flows import desk
from privacybot.store.tables import Case
from privacybot.worker import Worker
from tests.servers.exchange import SENT, Exchange, Ports, open_for_business
from tests.servers.signin import CLIENT, ROLES, SECRET, TENANT, SignIn, entra, sign_in, write_key
from tests.system.installation import ADDRESS, eventually, write_mail

pytestmark = [pytest.mark.system, pytest.mark.filterwarnings("ignore:Requiring AUTH")]

REQUEST = "Hej\n\nJeg vil gerne vide, hvilke oplysninger I har registreret om mig.\n\nVenlig hilsen\nAnna Berg\n"
ANNA = "anna@kunde.example"


@dataclass
class Tenant:
    """A company with Microsoft 365, and privacybot installed for it."""

    folder: Path
    service: SignIn
    house: Exchange
    ports: Ports
    smtp_extra: str = "max_per_minute = 1000"
    sign_in: str = f"""
provider = "microsoft"
tenant = "{TENANT}"
client_id = "{CLIENT}"
client_secret_file = "client-secret"
"""

    def app(self) -> App:
        secret = self.folder / "client-secret"
        secret.write_text(f"{SECRET}\n")
        secret.chmod(0o600)
        config = self.folder / "config.toml"
        config.write_text(
            f"""
[[mailbox]]
name = "kontakt"
address = "{ADDRESS}"
host = "127.0.0.1"
port = {self.ports.imap}
security = "none"
username = "{ADDRESS}"
oauth = "main"
start_from = "all"
poll_seconds = 1
authentication_results = "exchange"
case_keyword = "$privacybot"

[smtp]
host = "127.0.0.1"
port = {self.ports.smtp}
security = "none"
username = "{ADDRESS}"
oauth = "main"
{self.smtp_extra}

[[oauth]]
name = "main"
ca_file = "{self.service.ca_file}"
{self.sign_in}
""",
            encoding="utf-8",
        )
        return App(load(config))

    def once(self) -> App:
        app = self.app()
        Worker(app).run_once()
        return app

    def complaints(self) -> list[str]:
        """What `check` says of mailbox and SMTP server."""
        return [
            one.sentence
            for one in check(self.app())
            if one.grade is Grade.FAILED and one.subject.startswith(("mailbox", "smtp"))
        ]


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[Tenant]:
    with sign_in(tmp_path) as service:
        house = Exchange(ADDRESS, service.is_good)
        with open_for_business(house) as ports:
            made = Tenant(tmp_path, service, house, ports)
            made.sign_in += f'authority = "{service.authority}"\n'
            yield made


@contextmanager
def working(app: App) -> Iterator[None]:
    worker = Worker(app)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(30)


def receive(tenant: Tenant, sender: str, text: str = REQUEST, **fields: str) -> None:
    tenant.house.receive(write_mail(text, sender=sender, **fields), reverse_path=sender)


def cases(app: App) -> list[Case]:
    return [case for case, _ in desk.queue(app.engine)[0]]


def letter(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def test_a_request_is_taken_in_and_acknowledged_with_one_token_for_both(tenant: Tenant) -> None:
    receive(tenant, ANNA)
    app = tenant.once()
    [(recipient, sent)] = tenant.house.delivered
    [case] = cases(app)
    assert recipient == ANNA
    assert case.reference in letter(sent)["Subject"]
    assert len(tenant.service.given) == 1


def test_a_verdict_without_an_authserv_id_is_believed(tenant: Tenant) -> None:
    tenant.house.receive(write_mail(REQUEST, sender=ANNA), reverse_path=ANNA, dmarc="fail")
    [case] = cases(tenant.once())
    assert case.silence
    assert tenant.house.delivered == []


def test_where_no_keyword_is_kept_nothing_is_stored_in_the_mailbox(tenant: Tenant) -> None:
    receive(tenant, ANNA)
    tenant.once()
    assert not [line for line in tenant.house.heard if b"STORE" in line]


def test_an_answer_finds_its_case_although_our_message_id_was_replaced(tenant: Tenant) -> None:
    receive(tenant, ANNA)
    app = tenant.once()
    acknowledgement = letter(tenant.house.delivered[0][1])
    receive(
        tenant,
        ANNA,
        "Hej\n\nJeg er kunde nummer 4711, og det gælder kurset i maj.\n\nAnna\n",
        subject=f"Re: {acknowledgement['Subject']}",
        In_Reply_To=acknowledgement["Message-ID"],
    )
    tenant.once()
    assert len(cases(app)) == 1
    assert desk.ledger_account(app.engine).tally[("appended to a case", "follow-up")] == 1


def test_what_exchange_files_under_sent_items_is_no_mail_to_us(tenant: Tenant) -> None:
    receive(tenant, ANNA)
    app = tenant.once()
    tenant.once()
    assert len(tenant.house.folders[SENT]) == 1
    assert sum(desk.ledger_account(app.engine).tally.values()) == 1


def test_tokens_end_while_the_worker_works_and_nobody_notices(tenant: Tenant) -> None:
    tenant.service.lifetime = 2.0
    with working(tenant.app()):
        for number in range(4):
            receive(tenant, f"anna{number}@kunde.example")
            assert eventually(lambda want=number + 1: len(tenant.house.delivered) == want, 15)  # type: ignore[misc]
            threading.Event().wait(1.2)
    assert len(tenant.service.given) >= 2


def test_a_token_that_was_revoked_is_replaced(tenant: Tenant) -> None:
    with working(tenant.app()):
        receive(tenant, ANNA)
        assert eventually(lambda: len(tenant.house.delivered) == 1)
        tenant.service.revoke_all()
        receive(tenant, "bo@kunde.example")
        assert eventually(lambda: len(tenant.house.delivered) == 2)
    assert len(tenant.service.given) == 2


def test_a_sign_in_service_that_is_away_for_a_while_costs_nothing(tenant: Tenant) -> None:
    tenant.service.fault = (503, {"error": "server_error"})
    receive(tenant, ANNA)
    with working(tenant.app()):
        assert eventually(lambda: bool(tenant.service.asked))
        tenant.service.fault = None
        assert eventually(lambda: len(tenant.house.delivered) == 1, 30)


def test_what_exchange_throttles_is_sent_a_little_later_and_once(tenant: Tenant) -> None:
    tenant.house.per_minute, tenant.house.minute = 3, 4.0
    for number in range(5):
        receive(tenant, f"anna{number}@kunde.example")
    tenant.once()
    assert tenant.house.throttled > 0
    assert sorted(recipient for recipient, _ in tenant.house.delivered) == [
        f"anna{number}@kunde.example" for number in range(5)
    ]


def test_more_connections_than_three_delay_and_lose_nothing(tenant: Tenant) -> None:
    tenant.smtp_extra = "max_per_minute = 1000\nconnections = 5"
    for number in range(8):
        receive(tenant, f"anna{number}@kunde.example")
    tenant.once()
    assert len(tenant.house.delivered) == 8
    limits = [one.sentence for one in check(tenant.app()) if one.grade is Grade.WARNING and one.subject == "smtp"]
    assert ["connections = 3" in sentence for sentence in limits] == [True]


@pytest.mark.parametrize(
    ("fault", "sentences"),
    [
        ("knows_the_application", ["object id of the Enterprise application"] * 2),
        ("has_smtp_auth", ["SMTP AUTH is off: turn it on for this mailbox"]),
        ("opens_the_mailbox", ["Add-MailboxPermission"]),
    ],
)
def test_check_names_what_the_administrator_forgot_in_exchange(
    tenant: Tenant, fault: str, sentences: list[str]
) -> None:
    setattr(tenant.house, fault, False)
    said = tenant.complaints()
    assert len(said) == len(sentences)
    assert all(sentence in complaint for sentence, complaint in zip(sentences, said, strict=True)), said


@pytest.mark.parametrize("role", ROLES)
def test_check_names_the_permission_that_nobody_granted(tenant: Tenant, role: str) -> None:
    tenant.house.knows_the_application = False  # Exchange refuses a token without the role just so.
    tenant.service.roles = tuple(other for other in ROLES if other != role)
    assert [f"add {role} under API permissions" in complaint for complaint in tenant.complaints()].count(True) == 1


def test_check_names_a_secret_that_has_expired(tenant: Tenant) -> None:
    tenant.service.fault = entra(7000222)
    said = tenant.complaints()
    assert ["the client secret has expired; make a new one" in complaint for complaint in said] == [True, True]


def test_a_sender_that_exchange_does_not_allow_is_a_fault_of_the_settings_and_of_no_mail(tenant: Tenant) -> None:
    tenant.house.may_send_as = False
    receive(tenant, ANNA)
    with pytest.raises(Unavailable, match=f"takes no mail from {ADDRESS}"):
        tenant.once()
    tenant.house.may_send_as = True
    tenant.once()
    assert len(tenant.house.delivered) == 1


def test_a_mailbox_at_google_is_served_by_a_service_account(tenant: Tenant) -> None:
    write_key(tenant.folder / "key.json", tenant.service)
    tenant.sign_in = 'provider = "google"\nservice_account_file = "key.json"'
    receive(tenant, ANNA)
    tenant.once()
    assert [recipient for recipient, _ in tenant.house.delivered] == [ANNA]
    assert len(tenant.service.given) == 1


def test_a_rotated_refresh_token_outlives_the_worker(tenant: Tenant) -> None:
    tenant.service.rotates = True
    (tenant.folder / "refresh-token").write_text(f"{tenant.service.refresh_token}\n")
    tenant.sign_in = f"""
provider = "google"
client_id = "klient"
client_secret_file = "client-secret"
refresh_token_file = "refresh-token"
authority = "{tenant.service.authority}/token"
"""
    for sender in (ANNA, "bo@kunde.example"):
        receive(tenant, sender)
        tenant.once()
    assert len(tenant.house.delivered) == 2
    assert (tenant.folder / "refresh-token").read_text().strip() == tenant.service.refresh_token


def test_check_warns_of_a_secret_that_everybody_may_read(tenant: Tenant) -> None:
    app = tenant.app()
    assert [one for one in check(app) if one.subject == "secrets"] == []
    (tenant.folder / "client-secret").chmod(0o644)
    [warning] = [one for one in check(app) if one.subject == "secrets"]
    assert warning.grade is Grade.WARNING
    assert f"chmod o-rwx {tenant.folder / 'client-secret'}" in warning.sentence
