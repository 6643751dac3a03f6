"""A text from which persons are taken: what goes, and what must stay for the text to teach anything."""

from __future__ import annotations

import pytest

from privacybot.mail.anonymous import without_persons

SENDER = ("Lise Vang-Holm", "lvh.privat@mail.example")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Skriv til bo@firma.example i morgen.", "Skriv til x@example.org i morgen."),
        ("Se https://firma.example/sag?navn=bo nu", "Se www.example.org nu"),
        ("cpr 010190-1234, tlf. +45 20 11 22 33", "cpr 000000-0000, tlf. +00 00 00 00 00"),
        ("Efter artikel 15 og art. 17, stk. 1, den 3. maj", "Efter artikel 15 og art. 17, stk. 1, den 0. maj"),
        ("Jeg hedder lise og ikke Vang.", "Jeg hedder X og ikke X."),
        ("Lises konto og Vang-Holms", "X konto og X"),
        ("Min kollega Torben Friis er stoppet.", "Min kollega X X er stoppet."),
        ("Kære Mette\nSlet mig.", "Kære X\nSlet mig."),
        ("Slet mig.\nKaren Blom", "Slet mig.\nX X"),
        ("Jeg bor i Odense. Der er koldt.", "Jeg bor i X. Der er koldt."),
    ],
)
def test_addresses_numbers_and_names_go(written: str, shown: str) -> None:
    assert without_persons(written, SENDER) == shown


@pytest.mark.parametrize(
    "written",
    [
        "Jeg vil gerne vide, hvad I har om mig. Og hvad De gør med det.",
        "Please delete what you hold; I'm sure I’ve asked EPM Group before.",
        "Efter GDPR vil jeg have mine data som CSV.",
        "SLET ALT OM MIG NU",
        "Datatilsynet har sagt det: Slet det!",
    ],
)
def test_what_a_request_says_stays(written: str) -> None:
    assert without_persons(written, SENDER) == written


def test_time_is_linear_in_the_length() -> None:
    for flood in ("A" * 200_000, "Aa " * 60_000, "@" * 200_000, "1" * 200_000, "art. " * 40_000, "\n" * 200_000):
        assert len(without_persons(flood, SENDER)) <= len(flood)
