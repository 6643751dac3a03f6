"""What a clerk types and reads: short references, an editor, a look before a mail leaves, keys, a narrow screen."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from privacybot.cli import main
from privacybot.cli.editor import without_help
from privacybot.flows import intake
from privacybot.store.engine import Engine, open_store
from tests.cli.test_program import CONFIG
from tests.flows.office import NOW, OFFICE, mail, received

pty = pytest.importorskip("pty")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a configuration and three cases."""
    (tmp_path / "config.toml").write_text(CONFIG + '[database]\nurl = "sqlite:///store.sqlite3"\n')
    engine = open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    _three_cases(engine)
    engine.dispose()
    return tmp_path


def _three_cases(engine: Engine) -> None:
    texts = ("Jeg vil gerne have indsigt.", "Jeg vil af jeres nyhedsbrev.", "Slet mine data, det ønsker jeg.")
    post = [
        received(mail(text, sender=f"p{uid}@kunde.example", message_id=f"<{uid}@kunde.example>"), uid)
        for uid, text in enumerate(texts, 1)
    ]
    intake.take_in(engine, post, OFFICE, NOW)


def run(office: Path, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "privacybot", *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        cwd=office,
        env={**os.environ, "PRIVACYBOT_STAFF": "mette", "COLUMNS": "60", **environment},
        check=False,
        timeout=60,
    )


def at_terminal(office: Path, *arguments: str, keys: str, **environment: str) -> str:
    """What stands on a terminal of eighty columns after these keys."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "privacybot", *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=office,
        env={**os.environ, "PRIVACYBOT_STAFF": "mette", "NO_COLOR": "1", "COLUMNS": "80", **environment},
        start_new_session=True,
    )
    os.close(follower)
    os.write(leader, keys.encode())
    said = b""
    try:
        while select.select([leader], [], [], 30)[0] and (chunk := os.read(leader, 4096)):
            said += chunk
    except OSError:  # Linux ends a terminal whose program has gone with EIO.
        pass
    finally:
        process.kill()
        process.wait()
        os.close(leader)
    return said.decode()


def references(office: Path) -> dict[str, str]:
    found = json.loads(run(office, "queue", "--json").stdout)
    return {case["sender"].partition("@")[0]: case["reference"] for case in found}


def test_a_narrow_screen_gets_a_list_and_a_wide_one_a_table(office: Path) -> None:
    narrow, wide = run(office, "queue").stdout, run(office, "queue", COLUMNS="140").stdout
    assert "answer by 27-11-2026" in narrow
    assert "Answer by" in wide
    assert "answer by 27-11-2026" in run(office, "queue", "--list", COLUMNS="140").stdout
    for reference in references(office).values():
        assert reference in narrow
        assert reference in wide
    assert max(len(line) for line in narrow.splitlines()) <= 60


def test_one_key_decides_and_everything_is_written_on(office: Path) -> None:
    said = at_terminal(office, "review", keys="y\x1b[Asq")
    assert "confirmed: withdrawal of consent" in said
    assert "Case 3 of 3" in said
    assert "Stopped; the rest waits." in said
    assert "\x1b[2J" not in said


def test_without_a_terminal_the_keys_are_lines(office: Path) -> None:
    said = run(office, "review", stdin="y\nn\nan offer\nc\nær\nc\nerasure\n").stdout
    assert "is closed: no request" in said
    assert "corrected: erasure" in said
    assert run(office, "queue", "--json").stdout.count('"confirmed"') == 2


def test_a_letter_is_shown_and_sent_only_after_yes(office: Path) -> None:
    reference = references(office)["p1"]
    run(office, "confirm", reference)
    words = ("reply", reference, "--text", "Her er svaret.")
    refused = run(office, *words)
    assert (refused.returncode, "Her er svaret." in refused.stdout) == (2, True)
    assert "say it again with --yes" in refused.stderr
    said = at_terminal(office, *words, keys="no\n")
    assert "Nothing was sent; your words are in" in said
    _remove_kept(said)
    assert "is in the outbox" in at_terminal(office, *words, keys="yes\n")
    kinds = [letter["kind"] for letter in json.loads(run(office, "show", reference, "--json").stdout)["letters"]]
    assert kinds == ["acknowledgement", "reply"]


def test_the_editor_begins_with_the_draft_and_opens_again_while_it_has_gaps(office: Path) -> None:
    reference = references(office)["p1"]
    run(office, "confirm", reference)
    editor = office / "editor"
    editor.write_text(
        '#!/bin/sh\ncat "$1" >> seen\nif [ -e once ]; then sed -i "s/\\[\\[[^]]*\\]\\]/fyldt/g" "$1"; fi\ntouch once\n'
    )
    editor.chmod(0o700)
    said = at_terminal(office, "reply", reference, keys="y\nyes\n", EDITOR=str(editor))
    assert "Du har bedt om indsigt" in (office / "seen").read_text(encoding="utf-8")
    assert "still holds" in said
    assert "is in the outbox" in said


def test_with_json_nobody_is_asked_and_stdout_is_json_alone(office: Path) -> None:
    reference = references(office)["p1"]
    run(office, "confirm", reference)
    asked = run(office, "reply", reference, "--text", "Hej.", "--json")
    assert (asked.returncode, asked.stdout) == (2, "")
    shown = json.loads(run(office, "reply", reference, "--text", "Hej.", "--json", "--preview").stdout)
    assert shown["to"] == "p1@kunde.example"
    sent = json.loads(run(office, "reply", reference, "--text", "Hej.", "--json", "--yes").stdout)
    assert sent["letter"]["text"] == shown["text"]


def test_every_verb_prints_json(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reference, other = references(office)["p1"], references(office)["p2"]
    monkeypatch.chdir(office)
    for words in (
        ("confirm",),
        ("note", "rang"),
        ("assign", "me"),
        ("checklist",),
        ("done", "1"),
        ("leave", "2", "--reason", "x"),
        ("clock",),
        ("pause", "--reason", "x"),
        ("resume",),
        ("identity",),
        ("identity", "--proven", "x"),
        ("link", other),
        ("correct", "erasure"),
        ("reply", "--text", "x", "--yes"),
        ("leave", "all", "--reason", "x"),
        ("close",),
        ("reopen", "--reason", "x"),
        ("show",),
        ("audit verify",),
    ):
        verb, *rest = words
        with pytest.raises(SystemExit) as ended:
            main([*verb.split(), reference, *rest, "--json"])
        said = capsys.readouterr()
        assert (ended.value.code, said.err) == (0, ""), words
        assert json.loads(said.out)["reference" if verb != "audit verify" else "cases"]


def test_the_shell_completes_references(office: Path) -> None:
    reference = references(office)["p1"]
    completed = run(
        office,
        _PRIVACYBOT_COMPLETE="complete_bash",
        COMP_WORDS=f"privacybot show {reference[:6]}",
        COMP_CWORD="2",
    )
    assert reference in completed.stdout.split()


def test_a_mistake_of_each_kind_is_one_sentence(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = references(office)
    monkeypatch.chdir(office)
    for words, told in (
        (("close", found["p1"]), "is new, so close is not possible now"),
        (("done", found["p1"], "x"), "'x' is no number of a point"),
        (("pause", found["p1"], "--for", "holiday"), "'holiday' stops no clock"),
        (("reply", found["p1"], "--language", "fr", "--text", "x"), "'fr' is no language that we write"),
        (("reply", found["p1"], "--text", "x", "--attach", "nowhere"), "nowhere cannot be read"),
        (("reply", found["p1"]), "There are no words yet"),
        (("show", "EPM"), "type one letter more"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        said = capsys.readouterr().err
        assert (ended.value.code, len(said.splitlines())) == (2, 1), said
        assert told in said


def test_help_lines_of_the_editor_are_left_out() -> None:
    assert without_help("a\n#: help\n\n## b\n") == "a\n\n## b"


def _remove_kept(said: str) -> None:
    """Take away the words that were kept for the clerk."""
    path = "".join(said.partition("your words are in")[2].split()).rstrip(".")
    Path(path).unlink()
