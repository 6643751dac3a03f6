"""The commands start quickly, know their options anywhere, and answer mistakes with a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from privacybot.cli import _config_first
from privacybot.cli.safe import masked, paragraphs, plain

HEAVY = ("spacy", "imapclient", "aiosmtplib", "thinc", "numpy")
CONFIG = """
[[mailbox]]
name = "kontakt"
address = "kontakt@epmgroup.dk"
host = "127.0.0.1"
port = 1
security = "none"
[smtp]
host = "127.0.0.1"
port = 1
security = "none"
"""


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "privacybot", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        timeout=60,
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize(
    "command", [["queue"], ["show", "7KQ"], ["ledger", "--offline"], ["note", "7KQ", "hej"], ["--help"]]
)
def test_a_command_imports_no_more_than_it_needs(config: Path, command: list[str]) -> None:
    probe = (
        "import sys; from privacybot.cli import main\n"
        f"try: main({['--config', str(config), *command]!r})\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.splitlines()[-1] == "HEAVY []"


def test_the_configuration_may_be_named_anywhere() -> None:
    assert _config_first(["queue", "--json", "--config", "x.toml"]) == ["--config", "x.toml", "queue", "--json"]
    assert _config_first(["queue", "--config=x.toml"]) == ["--config=x.toml", "queue"]
    assert _config_first(["note", "7KQ", "--", "--config", "x"]) == ["note", "7KQ", "--", "--config", "x"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["show", "7KQ"], 2, "No case is called '7KQ'"),
        (["confirm", "7KQ"], 2, "No case is called '7KQ'"),
        (["correct", "7KQ", "deletion"], 2, "deletion is no right; choose from access"),
        (["retry", "5"], 2, "No mail 5 is set aside"),
        (["breaker", "open"], 2, "neither show nor reset"),
        (["run", "--once"], 69, "127.0.0.1:1"),
        (["classify", "--jsonl", "nowhere.jsonl"], 2, "cannot be read"),
        (["show"], 2, "missing argument 'REF'; see privacybot show --help"),
        (["queue", "--rows", "0"], 2, "see privacybot queue --help"),
        (["audit"], 2, "see privacybot audit --help"),
        (["forget"], 2, "no such command 'forget'"),
        (["dismiss", "7KQ"], 2, "No case is called '7KQ'"),
        (["assign", "7KQ", " "], 2, "There is no name"),
        (["identity", "7KQ", "--ask", "--proven", "she rang"], 2, "say one of them"),
        (["reply", "7KQ", "--text", "a", "--text-file", "b"], 2, "give either --text or --text-file"),
        (["extend", "7KQ"], 2, "give them with --reason"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(config: Path, arguments: list[str], code: int, words: str) -> None:
    said = run("--config", str(config), *arguments)
    assert (said.returncode, "Traceback" in said.stderr, said.stdout) == (code, False, "")
    assert words in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_without_a_configuration_the_next_step_is_told(tmp_path: Path) -> None:
    said = run("queue", cwd=tmp_path)
    assert said.returncode == 78
    assert "write config.toml here" in said.stderr


def test_an_empty_queue_is_an_empty_array(config: Path) -> None:
    said = run("queue", "--json", "--config", str(config))
    assert (said.returncode, said.stdout.strip()) == (0, "[]")


def test_previews_need_no_configuration(tmp_path: Path) -> None:
    said = run("preview", "mails", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    pages = list((tmp_path / "mails").glob("*.html"))
    assert len(pages) > 40
    assert (tmp_path / "mails" / "index.html").exists()


def test_a_broken_template_is_found_before_a_customer_finds_it(config: Path) -> None:
    own = config.parent / "texts"
    _copy_templates(own)
    letter = own / "da" / "acknowledgement.txt"
    letter.write_text(
        letter.read_text(encoding="utf-8").replace("{{ reference }}", "{{ referense }}"), encoding="utf-8"
    )
    config.write_text(CONFIG + '[acknowledgements]\ntemplates = "texts"\n')
    said = run("check", "--config", str(config))
    assert said.returncode == 1
    assert "referense" in said.stdout.replace("\n", "")
    assert run("preview", "mails", "--config", str(config), cwd=config.parent).returncode == 78


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("a\r\nb\tc", "a b c"),
        ("\x9b2J", "2J"),
        ("abc\u202edef", "abc def"),
        ("CPR 010190-1234", "CPR 010190-xxxx"),
        ("0101901234", "010190-xxxx"),
        ("æøå ok", "æøå ok"),
    ],
)
def test_what_strangers_write_is_harmless_on_a_terminal(hostile: str, harmless: str) -> None:
    assert plain(hostile) == harmless


def test_paragraphs_keep_their_lines() -> None:
    assert paragraphs("a\n\n  b\x1b]0;title\x07\r\nc") == "a\n\n  b ]0;title\nc"


def test_numbers_that_are_no_cpr_are_left_alone() -> None:
    assert masked("ordre 5210 og 99887766") == "ordre 5210 og 99887766"


def _copy_templates(to: Path) -> None:
    import shutil

    from privacybot import shipped

    shutil.copytree(shipped.templates(), to)


def test_it_says_its_version_and_without_a_command_what_it_can_do() -> None:
    assert run("--version").stdout.startswith("privacybot 0.")
    said = run()
    assert (said.returncode, "Usage:" in said.stdout) == (2, True)
