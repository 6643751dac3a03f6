"""The commands about what the bot itself holds, as staff and administrators type them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from privacybot.store.engine import Engine, open_store, transaction
from privacybot.store.tables import Case
from tests.cli.test_program import CONFIG, run
from tests.flows.cases import open_case
from tests.flows.test_retention import closed_case

FURTHER = '[database]\nurl = "sqlite:///store.sqlite3"\n[reminders]\nrecipients = ["mette@epmgroup.dk"]\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + FURTHER)
    return path


@pytest.fixture
def store(config: Path) -> Engine:
    return open_store(f"sqlite:///{config.parent / 'store.sqlite3'}")


def said(config: Path, *arguments: str) -> str:
    done = run("--config", str(config), *arguments, cwd=config.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_json(config: Path, *arguments: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(said(config, *arguments, "--json"))
    return answer


def made_old(store: Engine, days: int) -> None:
    """Let all closed cases have been closed long ago."""
    with transaction(store) as session:
        for case in session.exec(select(Case)):
            if case.closed_at:
                case.closed_at = datetime.now(UTC) - timedelta(days=days)
            session.add(case)


def test_a_purge_is_shown_before_it_is_done(config: Path, store: Engine) -> None:
    reference = closed_case(store)
    made_old(store, 1200)
    assert reference in said(config, "purge", "--dry-run")
    assert as_json(config, "purge", "--dry-run")["closed"] == [reference]
    assert "Erased" in said(config, "purge")
    assert "Nothing is old enough" in said(config, "purge")
    assert as_json(config, "audit", "verify")["faults"] == []


def test_a_person_is_shown_copied_and_erased(config: Path, store: Engine) -> None:
    reference = closed_case(store)
    made_old(store, 10)
    assert reference in said(config, "person", "anna@kunde.example")
    assert "anna.zip" in said(config, "person", "anna@kunde.example", "--export", "anna.zip")
    assert zipfile.ZipFile(config.parent / "anna.zip").namelist()
    kept = as_json(config, "person", "anna@kunde.example", "--erase", "--reason", "she asked")
    assert kept["cases"] == []
    gone = as_json(config, "person", "anna@kunde.example", "--erase", "--with-cases", "--reason", "she asked")
    assert gone["cases"] == [reference]
    assert "Nothing is held" in said(config, "person", "anna@kunde.example")


def test_the_evidence_of_a_case_is_one_file_for_the_user_alone(config: Path, store: Engine) -> None:
    reference = closed_case(store)
    assert "1 mail, 2 letters of ours" in said(config, "audit", "export", reference[4:])
    path = config.parent / f"{reference}-evidence.zip"
    assert f"{reference}/README.txt" in zipfile.ZipFile(io.BytesIO(path.read_bytes())).namelist()
    assert path.stat().st_mode & 0o077 == 0
    again = run("--config", str(config), "audit", "export", reference, cwd=config.parent)
    assert (again.returncode, "exists already" in again.stderr) == (2, True)


def test_a_copy_brings_the_database_back(config: Path, store: Engine) -> None:
    reference = closed_case(store)
    store.dispose()
    said(config, "backup", "monday")
    for path in config.parent.glob("store.sqlite3*"):
        path.unlink()
    said(config, "restore", "monday")
    assert json.loads(said(config, "show", reference, "--json"))["reference"] == reference
    over = run("--config", str(config), "restore", "monday", cwd=config.parent)
    assert (over.returncode, "--replace" in over.stderr) == (2, True)
    said(config, "restore", "monday", "--replace")
    assert json.loads(said(config, "show", reference, "--json"))["reference"] == reference


def test_the_figures_are_told_and_drawn(config: Path, store: Engine) -> None:
    closed_case(store)
    period = ("--from", "2026-01-01", "--to", "2026-12-31")
    assert "Answered in time" in said(config, "stats", *period)
    assert as_json(config, "stats", *period)["requests"] == 1
    said(config, "report", "--html", "2026.html", *period)
    assert (config.parent / "2026.html").read_text().count("<svg") == 7


def test_the_digest_is_shown_and_written_once(config: Path, store: Engine) -> None:
    reference = open_case(store)
    with transaction(store) as session:
        case = session.exec(select(Case)).one()
        case.respond_by = datetime.now(UTC).date() - timedelta(days=3)  # Overdue: told on days off too.
        session.add(case)
    assert reference in said(config, "remind", "--preview")
    assert as_json(config, "remind") == {"written": True, "recipients": 1}
    assert as_json(config, "remind") == {"written": False, "recipients": 0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["person", "anna"], "no mail address"),
        (["person", "a@b.dk", "--erase"], "--reason"),
        (["stats", "--from", "yesterday"], "is no date"),
        (["stats", "--from", "2026-02-01", "--to", "2026-01-01"], "before it begins"),
        (["restore", "nowhere"], "cannot be read"),
        (["audit", "export", "7KQ"], "No case is called"),
        (["backup", "nowhere/monday"], "does not exist"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(config: Path, arguments: list[str], words: str) -> None:
    done = run("--config", str(config), *arguments, cwd=config.parent)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("command", [["stats"], ["purge", "--dry-run"], ["person", "a@b.dk"], ["remind", "--preview"]])
def test_they_import_no_more_than_they_need(config: Path, command: list[str]) -> None:
    probe = (
        "import sys; from privacybot.cli import main\n"
        f"try: main({['--config', str(config), *command]!r})\n"
        "except SystemExit: pass\n"
        "print('HEAVY', [name for name in ('spacy', 'imapclient', 'aiosmtplib', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
