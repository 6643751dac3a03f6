"""Access tokens: renewed in time, kept, and every refusal a step to take; against a sign-in service of our own."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from privacybot.edges.google import Consent, ServiceAccount
from privacybot.edges.kept_token import KeptToken
from privacybot.edges.microsoft import MicrosoftApp
from privacybot.edges.oauth import Token, Tokens
from privacybot.errors import Unavailable
from tests.servers.signin import CLIENT, SECRET, TENANT, Answer, SignIn, entra, google, sign_in, write_key

US = "kontakt@epmgroup.dk"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignIn]:
    with sign_in(tmp_path_factory.mktemp("signin")) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_new(service: SignIn) -> None:
    service.fault, service.lifetime, service.rotates = None, 3600.0, False
    service.roles = ("IMAP.AccessAsApp", "SMTP.SendAsApp")
    service.asked.clear()


@pytest.fixture
def application(service: SignIn) -> MicrosoftApp:
    return MicrosoftApp("main", TENANT, CLIENT, SECRET, service.authority, service.ca_file)


@pytest.fixture
def consent(service: SignIn, tmp_path: Path) -> Consent:
    kept = tmp_path / "refresh-token"
    kept.write_text(f"{service.refresh_token}\n")
    return Consent("main", "client", "secret", KeptToken(kept), f"{service.authority}/token", service.ca_file)


@pytest.fixture
def robot(service: SignIn, tmp_path: Path) -> ServiceAccount:
    write_key(tmp_path / "key.json", service)
    return ServiceAccount("main", tmp_path / "key.json", US, service.ca_file)


class TestTokens:
    def test_one_token_serves_until_shortly_before_its_end(self) -> None:
        clock, fetched = [0.0], iter("abc")
        tokens = Tokens(lambda: Token(next(fetched), 3600), lambda *_: "", lambda: clock[0])
        assert tokens.current() == "a"
        clock[0] = 3299
        assert tokens.current() == "a"
        clock[0] = 3301
        assert tokens.current() == "b"

    def test_a_short_life_is_renewed_at_its_half(self) -> None:
        clock, fetched = [0.0], iter("abc")
        tokens = Tokens(lambda: Token(next(fetched), 60), lambda *_: "", lambda: clock[0])
        assert [tokens.current() for clock[0] in (0, 29, 31, 60, 62)] == ["a", "a", "b", "b", "c"]

    def test_a_sign_in_service_that_is_away_matters_only_when_the_token_has_ended(self) -> None:
        clock, answers = [0.0], iter([Token("a", 3600)])

        def fetch() -> Token:
            for token in answers:
                return token
            raise Unavailable("away")

        tokens = Tokens(fetch, lambda *_: "", lambda: clock[0])
        tokens.current()
        clock[0] = 3500
        assert tokens.current() == "a"
        clock[0] = 3601
        with pytest.raises(Unavailable):
            tokens.current()

    def test_a_refused_token_is_not_shown_again(self) -> None:
        fetched = iter("abc")
        tokens = Tokens(lambda: Token(next(fetched), 3600), lambda *told: " ".join(told))
        assert tokens.current() == "a"
        assert tokens.refused("IMAP", "no") == "IMAP a no"
        assert tokens.current() == "b"

    def test_many_threads_ask_once(self) -> None:
        asked: list[int] = []

        def fetch() -> Token:
            asked.append(1)
            return Token("a", 3600)

        tokens = Tokens(fetch, lambda *_: "")
        threads = [threading.Thread(target=tokens.current) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(asked) == 1

    def test_no_token_shows_in_a_log(self) -> None:
        assert "geheim" not in repr(Token("geheim", 1.0))


class TestMicrosoft:
    def test_gives_a_fresh_token_each_time(self, service: SignIn, application: MicrosoftApp) -> None:
        first, second = application.fetch(), application.fetch()
        assert [first.value, second.value] == service.given[-2:]
        assert 3590 < first.seconds <= 3600
        assert service.asked[0]["scope"] == "https://outlook.office365.com/.default"

    @pytest.mark.parametrize(
        ("answer", "step", "permanent"),
        [
            (entra(7000215), "enter the secret's Value, not its Secret ID", True),
            (entra(7000222), "the client secret has expired; make a new one", True),
            (entra(700016, "unauthorized_client"), "correct client_id or tenant", True),
            (entra(7000229, "unauthorized_client"), "grant admin consent", True),
            (entra(65001, "invalid_grant"), "grant admin consent", True),
            (entra(7000112, "unauthorized_client"), "the application is disabled", True),
            (entra(500011, "invalid_resource"), "no Exchange Online", True),
            (entra(53003, "access_denied"), "Conditional Access", True),
            (entra(424242, "invalid_request"), "AADSTS424242: Something is wrong", True),
            (entra(90033, "temporarily_unavailable"), "AADSTS90033", False),
        ],
        ids=str,
    )
    def test_every_refusal_names_the_step(
        self, service: SignIn, application: MicrosoftApp, answer: Answer, step: str, permanent: bool
    ) -> None:
        service.fault = answer
        with pytest.raises(Unavailable) as refused:
            application.fetch()
        assert step in str(refused.value)
        assert refused.value.permanent is permanent
        assert "\n" not in str(refused.value)
        assert "Trace ID" not in str(refused.value)

    @pytest.mark.parametrize(
        ("change", "step", "permanent"),
        [
            ({"tenant": "epmgruop.dk"}, "there is no such tenant; correct tenant", True),
            ({"client_secret": "forkert"}, "enter the secret's Value", True),
            ({"ca_file": None}, "its certificate is not trusted; set ca_file", True),
            ({"authority": "https://127.0.0.1:1"}, "no answer; it will be tried again", False),
        ],
    )
    def test_every_fault_of_the_settings_names_the_step(
        self, application: MicrosoftApp, change: dict[str, str], step: str, permanent: bool
    ) -> None:
        with pytest.raises(Unavailable) as refused:
            replace(application, **change).fetch()  # type: ignore[arg-type]
        assert step in str(refused.value)
        assert refused.value.permanent is permanent
        assert SECRET not in str(refused.value)

    def test_what_exchange_refuses_is_explained_by_the_roles_in_the_token(
        self, service: SignIn, application: MicrosoftApp
    ) -> None:
        whole = application.fetch().value
        service.roles = ("IMAP.AccessAsApp",)
        half = application.fetch().value
        assert "add SMTP.SendAsApp" in application.advise("SMTP", half, "535 5.7.3 Authentication unsuccessful")
        assert "object id of the Enterprise application" in application.advise("IMAP", half, "AUTHENTICATE failed.")
        assert "object id of the Enterprise application" in application.advise("SMTP", whole, "535 5.7.3 unsuccessful")
        off = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
        assert "SMTP AUTH is off" in application.advise("SMTP", whole, off)

    @pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.W10.c", "a.eyJyb2xlcyI6M30.c"])
    def test_a_token_that_cannot_be_read_is_no_failure(self, application: MicrosoftApp, token: str) -> None:
        assert "object id" in application.advise("IMAP", token, "AUTHENTICATE failed.")


class TestGoogle:
    def test_a_service_account_gives_a_token_for_the_mailbox(self, service: SignIn, robot: ServiceAccount) -> None:
        token = robot.fetch()
        assert token.value == service.given[-1]
        assert 3580 < token.seconds <= 3600
        claims = _claims(service.asked[0]["assertion"])
        assert (claims["sub"], claims["scope"]) == (US, "https://mail.google.com/")

    @pytest.mark.parametrize(
        ("answer", "step"),
        [
            (
                google("unauthorized_client", "Client is unauthorized to retrieve access tokens"),
                "Domain-wide delegation",
            ),
            (google("invalid_grant", "Invalid email or User ID"), "no such mailbox; correct username"),
            (google("invalid_grant", "Invalid JWT Signature."), "its key has been deleted"),
            (google("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes)"), "clock is wrong"),
            (google("access_denied", "Policy"), "let an administrator trust this client"),
            (google("invalid_scope", "Bad scope"), "invalid_scope"),
        ],
        ids=str,
    )
    def test_every_refusal_names_the_step(
        self, service: SignIn, robot: ServiceAccount, answer: Answer, step: str
    ) -> None:
        service.fault = answer
        with pytest.raises(Unavailable) as refused:
            robot.fetch()
        assert step in str(refused.value)
        assert refused.value.permanent
        assert "\n" not in str(refused.value)

    @pytest.mark.parametrize(("content", "why"), [(None, "cannot be read"), ("{}", "no key"), ("x", "no key")])
    def test_a_key_file_that_will_not_do_is_told(self, robot: ServiceAccount, content: str | None, why: str) -> None:
        robot.key_file.unlink()
        if content is not None:
            robot.key_file.write_text(content)
        with pytest.raises(Unavailable, match=why):
            robot.fetch()

    def test_a_rotated_refresh_token_takes_the_place_of_the_old(self, service: SignIn, consent: Consent) -> None:
        service.rotates = True
        assert [consent.fetch().value, consent.fetch().value] == service.given[-2:]
        assert consent.kept.path.read_text().strip() == service.refresh_token
        assert stat.S_IMODE(consent.kept.path.stat().st_mode) == 0o600
        assert [path.name for path in consent.kept.path.parent.iterdir() if "lock" not in path.name] == [
            "refresh-token"
        ]

    def test_two_workers_renew_one_after_the_other(self, service: SignIn, consent: Consent) -> None:
        service.rotates = True
        failures: list[BaseException] = []

        def renew() -> None:
            try:
                for _ in range(5):
                    consent.fetch()
            except Unavailable as failure:
                failures.append(failure)

        threads = [threading.Thread(target=renew) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []

    def test_a_revoked_refresh_token_is_told(self, consent: Consent) -> None:
        consent.kept.path.write_text("1//gammel\n")
        with pytest.raises(Unavailable, match="give consent again and store the new one"):
            consent.fetch()

    def test_a_token_that_could_not_be_kept_is_not_asked_for(self, service: SignIn, consent: Consent) -> None:
        nowhere = KeptToken(consent.kept.path.parent / "nowhere" / "refresh-token")
        with pytest.raises(Unavailable, match="let privacybot write its folder"):
            replace(consent, kept=nowhere).fetch()
        assert service.asked == []

    def test_an_empty_file_is_told(self, consent: Consent) -> None:
        consent.kept.path.write_text("\n")
        with pytest.raises(Unavailable, match="is empty; write the refresh token into it"):
            consent.fetch()

    def test_a_service_that_is_away_is_tried_again(self, consent: Consent) -> None:
        with pytest.raises(Unavailable, match="will be tried again") as away:
            replace(consent, endpoint="http://127.0.0.1:1/token").fetch()
        assert not away.value.permanent


def _claims(assertion: str) -> dict[str, str]:
    import base64

    part = assertion.split(".")[1]
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims
