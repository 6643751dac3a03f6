"""`inspect`, `classify` and `evaluate`: no configuration, no secret, no database, and JSON that others rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

INSPECT_FIELDS = {
    *("file", "from", "subject", "message_id", "text", "language", "rights", "category", "scores", "evidence"),
    *("no_response_reason", "bounce", "defects"),
}
CLASSIFY_FIELDS = {"id", "language", "rights", "category", "band", "scores", "evidence"}
RIGHTS = {
    *("access", "rectification", "erasure", "restriction", "portability", "objection", "withdrawal", "complaint"),
}


def run(*arguments: str, cwd: Path, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "privacybot", *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        cwd=cwd,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(lines: str) -> list[Any]:
    return [json.loads(line) for line in lines.splitlines()]


@pytest.fixture
def request_mail(tmp_path: Path) -> Path:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Åse Bæk <aase@kunde.example>", "kontakt@epmgroup.dk"
    mail["Subject"], mail["Message-ID"] = "Spørgsmål", "<1@kunde.example>"
    mail.set_content(
        "Hej\n\nI må meget gerne slette min profil.\n\nOn Mon, 2 Nov 2026 at 10:00 EPM <kontakt@epmgroup.dk> wrote:\n"
        "> You have the right of access.\n"
    )
    path = tmp_path / "request.eml"
    path.write_bytes(mail.as_bytes())
    return path


def test_inspect_gives_one_object_a_file_unreadable_ones_too(tmp_path: Path, request_mail: Path) -> None:
    (tmp_path / "junk.eml").write_bytes(b"\x00\xff" * 100)
    found = objects(run("inspect", "--json", str(request_mail), "junk.eml", "nowhere.eml", cwd=tmp_path))
    assert [one["file"] for one in found] == [str(request_mail), "junk.eml", "nowhere.eml"]
    assert all(one.keys() >= INSPECT_FIELDS for one in found)
    first, junk, nowhere = found
    assert (first["from"], first["subject"]) == ("aase@kunde.example", "Spørgsmål")
    assert first["rights"] == ["erasure"]
    assert first["scores"].keys() == RIGHTS
    assert "slette min profil" in first["evidence"]["erasure"]
    assert "right of access" not in first["text"]
    assert junk["defects"]
    assert nowhere["defects"]


def test_inspect_tells_a_person_what_would_happen_and_why(tmp_path: Path, request_mail: Path) -> None:
    robot = tmp_path / "robot.eml"
    robot.write_bytes(b"Auto-Submitted: auto-replied\n" + request_mail.read_bytes())
    said = " ".join(run("inspect", str(request_mail), str(robot), cwd=tmp_path).split())
    assert "a case is opened and acknowledged" in said
    assert "a case is opened, without acknowledgement: It says that a program sent it" in said


def test_inspect_shows_the_failed_addresses_of_a_bounce(tmp_path: Path) -> None:
    (tmp_path / "bounce.eml").write_text(
        "From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Undelivered\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; bo@kunde.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    [found] = objects(run("inspect", "--json", "bounce.eml", cwd=tmp_path))
    assert found["bounce"] == ["bo@kunde.example"]
    assert found["no_response_reason"] == "null_return_path"


def test_classify_answers_line_by_line_in_order(tmp_path: Path) -> None:
    asked = [
        {"id": "a", "subject": "Data", "body": "Please send me a copy of all the data you hold about me."},
        {"id": "b", "subject": "", "body": ""},
        {"id": "c", "subject": "Kursus", "body": "Er der plads på kurset i marts?"},
    ]
    lines = "\n".join(json.dumps(one) for one in asked) + "\n"
    from_stdin = objects(run("classify", "--jsonl", "-", cwd=tmp_path, stdin=lines))
    (tmp_path / "asked.jsonl").write_text(lines)
    assert objects(run("classify", "--jsonl", "asked.jsonl", cwd=tmp_path)) == from_stdin
    assert [one["id"] for one in from_stdin] == ["a", "b", "c"]
    assert all(one.keys() == CLASSIFY_FIELDS for one in from_stdin)
    assert [one["band"] for one in from_stdin] == ["sure", "none", "none"]
    assert from_stdin[0]["rights"] == ["access"]


def test_classify_reads_the_new_text_alone(tmp_path: Path) -> None:
    body = "Tak!\n\nDen tir. 3. nov. 2026 kl. 10.00 skrev EPM Group <kontakt@epmgroup.dk>:\n> Slet alle mine data.\n"
    [found] = objects(run("classify", "--jsonl", "-", cwd=tmp_path, stdin=json.dumps({"id": 1, "body": body}) + "\n"))
    assert found["band"] == "none"


def test_evaluate_prints_every_figure_and_every_mistake(tmp_path: Path) -> None:
    rows = [
        {"id": "right", "lang": "da", "subject": "", "body": "Slet alle mine oplysninger.", "rights": ["erasure"]},
        {"id": "wrong", "lang": "da", "subject": "", "body": "Slet alle mine oplysninger.", "rights": []},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = run("evaluate", "rows.jsonl", cwd=tmp_path)
    for figure in ("precision", "recall", "macro-F1", "request or none", "exact set", "calibration error", "wrong"):
        assert figure in said
    assert json.loads(run("evaluate", "rows.jsonl", "--json", cwd=tmp_path))


def test_broken_lines_are_answered_with_their_number(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "privacybot", "classify", "--jsonl", "-"],
        capture_output=True,
        text=True,
        input='{"id": 1}\nnonsense\n',
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 2
    assert "Line 2 is not JSON" in done.stderr
