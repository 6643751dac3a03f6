"""The configuration: its own manual, checked whole, with secrets elsewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from privacybot import config
from privacybot.config import Config, MailboxSection, SmtpSection, load, load_texts
from privacybot.errors import ConfigError
from privacybot.gdpr.rights import Right

SHIPPED = Path(__file__).parent.parent / "config.toml"
MINIMAL = """
[[mailbox]]
name = "kontakt"
address = "kontakt@epmgroup.dk"
host = "127.0.0.1"
security = "none"
[smtp]
host = "127.0.0.1"
security = "none"
"""
OAUTH = """
[[oauth]]
name = "main"
provider = "microsoft"
tenant = "epmgroup.dk"
client_id = "1"
client_secret_env = "CLIENT_SECRET"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_holds_every_key_with_its_default() -> None:
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    commented = set(re.findall(r"^# (\w+) = ", SHIPPED.read_text(encoding="utf-8"), re.MULTILINE))
    defaults = Config.model_validate({"mailbox": [_first_of(shipped)], "smtp": shipped["smtp"]})
    for name in ("company", "policy", "cases", "reminders", "retention"):
        section = getattr(defaults, name)
        assert Config.model_validate(shipped).model_dump()[name] == section.model_dump()
        assert set(shipped[name]) == set(type(section).model_fields)
    for name, kind in (("database", config.DatabaseSection), ("acknowledgements", config.AcknowledgementsSection)):
        assert set(shipped[name]) | commented >= set(kind.model_fields)
        assert kind.model_validate(shipped[name]) == kind()
    assert set(_first_of(shipped)) | commented >= set(MailboxSection.model_fields)
    assert set(shipped["smtp"]) | commented >= set(SmtpSection.model_fields)
    assert list(defaults.model_dump(mode="json")["system"]) == list(
        Config.model_validate(shipped).model_dump(mode="json")["system"]
    )
    assert set(shipped["system"][0]) == set(config.SystemSection.model_fields)
    assert commented >= set(config.OAuthSection.model_fields)
    assert shipped["operation"] == config.OperationSection().model_dump()
    for key in ("folder", "start_from", "idle", "poll_seconds", "max_megabytes", "port", "security"):
        assert _first_of(shipped)[key] == MailboxSection.model_fields[key].default
    for key in ("port", "security", "max_per_minute", "connections"):
        assert shipped["smtp"][key] == SmtpSection.model_fields[key].default


def test_a_sentence_stands_before_every_key() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"(# )?\w+ = ", line)]
    bare = [lines[number] for number in keys if not lines[number - 1].startswith("# ") or number - 1 in keys]
    assert bare == []


def test_mailbox_and_smtp_are_enough(tmp_path: Path) -> None:
    read = load(written(tmp_path, MINIMAL))
    assert read.company.name == "EPM Group ApS"
    assert read.base == tmp_path


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "[[mailbox]] is missing"),
        (
            MINIMAL.replace('security = "none"', 'security = "none"\nhots = "x"', 1),
            '[[mailbox]] "kontakt" hots: there is no such key',
        ),
        (MINIMAL + "[colour]\nx = 1\n", "[colour]: there is no such key"),
        (MINIMAL.replace("kontakt@epmgroup.dk", "kontakt"), '"kontakt" address'),
        (MINIMAL.replace('"127.0.0.1"', '"mail.example.com"', 1), '"none" is allowed only to this very machine'),
        (MINIMAL + 'password = "hemmelig"\n', "a password must not stand here"),
        (MINIMAL + 'username = "x"\n', "name password_env or password_file"),
        (MINIMAL + "max_per_minute = 0\n", "max_per_minute"),
        (MINIMAL.replace('name = "kontakt"', 'name = "kontakt"\nstart_from = "i går"'), "neither"),
        (MINIMAL + MINIMAL.partition("[smtp]")[0], "two blocks have the same name"),
        (MINIMAL + "[policy]\nurl = 'politik'\n", "[policy] url"),
        (MINIMAL + "[acknowledgements]\nmode = 'sometimes'\n", "[acknowledgements] mode"),
        (MINIMAL + '[[system]]\nname = "CRM"\ndoes.deletion = "x"\n', "[[system]] number 1 does.deletion"),
        ("[[mailbox", "not valid TOML"),
        (MINIMAL + "[operation]\nport = 70000\n", "[operation] port"),
        (MINIMAL + 'username = "x"\noauth = "main"\n', "no [[oauth]] block is called 'main'"),
        (MINIMAL + 'oauth = "main"\n' + OAUTH, "[smtp] username: with oauth it must be"),
        (MINIMAL + 'username = "x"\npassword_env = "P"\noauth = "main"\n' + OAUTH, "take password_env"),
        (MINIMAL + OAUTH + 'client_secret = "hemmelig"\n', "a secret must not stand here"),
        (MINIMAL + OAUTH + OAUTH, "[[oauth]] name: two blocks have the same name"),
        (MINIMAL + OAUTH + "tennant = 'x'\n", '[[oauth]] "main" tennant: there is no such key'),
        (MINIMAL + OAUTH.replace("tenant", "# tenant"), "microsoft needs tenant too"),
        (MINIMAL + OAUTH.replace("client_secret_env", "# "), "needs client_secret_env or client_secret_file too"),
        (
            MINIMAL + OAUTH.replace("microsoft", "google"),
            "needs refresh_token_file too; or name a service_account_file",
        ),
        (MINIMAL + OAUTH + 'authority = "http://login.example"\n', '[[oauth]] "main" authority'),
    ],
)
def test_each_fault_is_told_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(written(tmp_path, text))
    assert sentence in str(raised.value)
    assert "hemmelig" not in str(raised.value)


def test_systems_are_the_shipped_ones_the_own_ones_or_none(tmp_path: Path) -> None:
    assert "Accounting" in [system.name for system in load(written(tmp_path, MINIMAL)).system]
    own = load(written(tmp_path, MINIMAL + '[[system]]\nname = "CRM"\ndoes.access = "Ask Bo."\n')).system
    assert [(system.name, dict(system.does)) for system in own] == [("CRM", {Right.ACCESS: "Ask Bo."})]
    assert load(written(tmp_path, "system = []\n" + MINIMAL)).system == ()


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    faulty = MINIMAL.replace("kontakt@", "") + "max_per_minute = 0\ncolour = 1\n[policy]\nversion = 'soon'\n"
    with pytest.raises(ConfigError) as raised:
        load(written(tmp_path, faulty))
    assert len(raised.value.problems) == 4


@pytest.mark.parametrize("start", ["now", "all", "2026-11-01"])
def test_a_beginning_may_be_a_word_or_a_date_in_quotes_or_not(tmp_path: Path, start: str) -> None:
    quoted = load(written(tmp_path, MINIMAL.replace('name = "kontakt"', f'name = "kontakt"\nstart_from = "{start}"')))
    assert str(quoted.mailbox[0].start_from) == start
    if start[0].isdigit():
        bare = load(written(tmp_path, MINIMAL.replace('name = "kontakt"', f'name = "kontakt"\nstart_from = {start}')))
        assert bare.mailbox[0].start_from == quoted.mailbox[0].start_from


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("løsen-1\n", encoding="utf-8")
    from_file = SmtpSection(host="localhost", password_file="secret")
    assert from_file.password(tmp_path, "[smtp]") == "løsen-1"
    monkeypatch.setenv("SECRET", "løsen-2")
    from_environment = SmtpSection(host="localhost", password_env="SECRET")
    assert from_environment.password(tmp_path, "[smtp]") == "løsen-2"
    assert "løsen" not in repr(from_environment) + repr(from_file)


def test_a_login_by_oauth_needs_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = load(written(tmp_path, MINIMAL + 'username = "x"\noauth = "main"\n' + OAUTH))
    monkeypatch.setenv("CLIENT_SECRET", "hemmelig")
    assert (read.smtp.oauth, read.oauth[0].client_secret(tmp_path)) == ("main", "hemmelig")
    monkeypatch.delenv("CLIENT_SECRET")
    with pytest.raises(ConfigError, match=r'\[\[oauth\]\] "main": the environment variable CLIENT_SECRET is not set'):
        read.oauth[0].client_secret(tmp_path)


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({"password_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is not set"),
        ({"password_file": "nowhere"}, "cannot be read"),
        ({"password_file": "empty"}, "is empty"),
    ],
)
def test_a_secret_that_is_not_there_is_told(tmp_path: Path, named: dict[str, str], sentence: str) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(ConfigError, match=sentence):
        SmtpSection(host="localhost", **named).password(tmp_path, "[smtp]")


def test_the_file_is_chosen_by_option_environment_or_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(config.ENVIRONMENT_VARIABLE, raising=False)
    assert config.config_path(None) is None
    here = written(tmp_path, MINIMAL)
    assert config.config_path(None) == Path(here.name)
    monkeypatch.setenv(config.ENVIRONMENT_VARIABLE, "elsewhere.toml")
    assert config.config_path(None) == Path("elsewhere.toml")
    assert config.config_path(Path("chosen.toml")) == Path("chosen.toml")


def test_texts_need_no_mailbox(tmp_path: Path) -> None:
    company, policy, *_ = load_texts(written(tmp_path, '[company]\nname = "Nybo ApS"\n'))
    assert company.name == "Nybo ApS"
    assert policy.url.startswith("https://")


def _first_of(shipped: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    return shipped["mailbox"][0]
