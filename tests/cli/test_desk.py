"""What a clerk types and reads: short references, an editor, a look before a mail leaves, keys, a narrow screen."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
from datetime import UTC, date, datetime, time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from privacybot.cli import main
from privacybot.cli.editor import without_help
from privacybot.cli.table import queue_table
from privacybot.flows import intake
from privacybot.store.engine import Engine, open_store
from privacybot.store.tables import Case, CaseRight
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


@pytest.mark.parametrize("width", [80, 97, 109, 110, 131])
@pytest.mark.parametrize("today", [date(2026, 11, 24), date(2027, 6, 24)])
def test_no_word_of_ours_is_cut_in_the_table(width: int, today: date) -> None:
    last = date(2026, 12, 24)
    case = Case(
        reference="EPM-7KQ2",
        status="awaiting_identity",
        data_subject="a.very.long.address@a.very.long.domain.example",
        subject="Spørgsmål om alle mine personoplysninger hos jer",
        silence="no-reply",
        respond_by=last,
        mailbox="kontakt",
        category="rectification",
        language="da",
        band="sure",
        confidence=1.0,
    )
    rights = [
        CaseRight(right=right, proposed=True, score=1.0, clock="month", respond_by=last)
        for right in ("rectification", "withdrawal", "portability")
    ]
    screen = Console(width=width, file=StringIO(), force_terminal=False)
    screen.print(queue_table([(case, rights)], datetime.combine(today, time(12), UTC), width))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, shown.splitlines())) <= width
    for word in ("EPM-7KQ2", "24-12-2026", "rectification", "withdrawal", "portability", "awaiting", "answered"):
        assert word in shown


def test_one_key_decides_and_everything_is_written_on(office: Path) -> None:
    said = at_terminal(office, "review", keys="y\x1b[Asq")
    assert "confirmed: withdrawal of consent" in said
    assert "Case 3 of 3" in said
    assert "Stopped; the rest waits." in said
    assert "\x1b[2J" not in said


def test_a_note_and_an_assignment_leave_the_case_to_be_decided(office: Path) -> None:
    said = run(office, "review", stdin="t\n\nt\nrang her\na\ny\nq\n").stdout
    assert said.count("Case 1 of 3") == 1
    assert said.index("Noted.") < said.index("is yours.") < said.index("confirmed: withdrawal of consent")


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


@pytest.mark.parametrize(
    ("editor", "sentence"),
    [
        ("no-such-editor", "The editor no-such-editor does not work (No such file or directory)"),
        ('"', "which is no command"),
        ("false", "The editor ended with 1; nothing was sent."),
        ("./latin1", "saved in another encoding than UTF-8"),
        ("./killed", "and your words are in"),
    ],
)
def test_an_editor_that_fails_is_told_in_a_sentence_and_loses_no_word(office: Path, editor: str, sentence: str) -> None:
    (office / "latin1").write_bytes(b'#!/bin/sh\nprintf "r\\370dgr\\370d" > "$1"\n')
    (office / "killed").write_text('#!/bin/sh\necho Alt > "$1"; kill -9 $$\n')
    for name in ("latin1", "killed"):
        (office / name).chmod(0o700)
    reference = references(office)["p1"]
    run(office, "confirm", reference)
    said = at_terminal(office, "reply", reference, keys="", EDITOR=editor)
    assert " ".join(said.split()).count(sentence) == 1
    assert "Traceback" not in said
    if "your words are in" in said:
        _remove_kept(said)


def test_what_was_written_is_kept_when_nobody_answers_the_question(office: Path) -> None:
    reference = references(office)["p1"]
    run(office, "confirm", reference)
    (office / "editor").write_text('#!/bin/sh\necho "Her er svaret." > "$1"\n')
    (office / "editor").chmod(0o700)
    said = at_terminal(office, "reply", reference, keys="\x04", EDITOR="./editor")
    assert "Nothing was sent; your words are in" in said
    _remove_kept(said)


def test_what_stands_in_the_way_is_told_before_the_editor_opens(office: Path) -> None:
    reference = references(office)["p1"]
    run(office, "dismiss", reference, "--reason", "an offer")
    said = at_terminal(office, "refuse", reference, keys="", EDITOR="no-such-editor")
    assert "reopen it first" in " ".join(said.split())


def test_help_lines_of_the_editor_are_left_out() -> None:
    assert without_help("a\n#: help\n\n## b\n") == "a\n\n## b"


def _remove_kept(said: str) -> None:
    """Take away the words that were kept for the clerk; the path may have been wrapped."""
    [path] = re.findall(r"yourwordsarein(/.*?\.txt)", "".join(said.split()))
    Path(path).unlink()
