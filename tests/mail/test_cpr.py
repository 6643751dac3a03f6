"""CPR numbers are masked however they are written; other numbers stay."""

from __future__ import annotations

import json

import pytest

from privacybot import log
from privacybot.mail.cpr import masked


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("010190-1234", "010190-xxxx"),
        ("0101901234", "010190-xxxx"),
        ("010190 1234", "010190-xxxx"),
        ("010190 - 1234", "010190-xxxx"),
        ("010190\u20131234", "010190-xxxx"),  # An en dash, as word processors put it.
        ("610190-1234", "610190-xxxx"),  # A replacement number: 60 is added to the day.
        ("(cpr:311299-4321)", "(cpr:311299-xxxx)"),
        ("010190-1234 og 020290-4321", "010190-xxxx og 020290-xxxx"),
        ("_010190-1234_", "_010190-xxxx_"),
    ],
)
def test_a_number_shows_the_day_of_birth_alone(written: str, shown: str) -> None:
    assert masked(written) == shown


@pytest.mark.parametrize(
    "written",
    [
        "ordre 5210",
        "99887766",
        "+45 31 16 54 73",
        "2026-11-24 12:00",
        "EPM-7KQ2",
        "450190-1234",
        "011390-1234",
        "12345678901234",
    ],
)
def test_what_is_no_number_of_a_person_stays(written: str) -> None:
    assert masked(written) == written


def test_the_log_lets_none_through(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(as_json=True)
    log.get().warning("unavailable", part="smtp", why="550 no such user 010190-1234")
    written = json.loads(capsys.readouterr().err)
    assert written["why"] == "550 no such user 010190-xxxx"
