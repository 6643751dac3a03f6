"""A forward is told from an answer, and speaks with the mail it carries."""

from __future__ import annotations

import pytest

from privacybot.mail.handing_on import asked, hands_on, repeated
from privacybot.mail.message import Address
from privacybot.mail.text import read_text

BLOCK = "Fra: Karen Lind <karen@post.example>\nSendt: 24. november 2026 10:00\nTil: Mette\nEmne: Indsigt\n\n{}"
REQUEST = "Jeg vil gerne se, hvad I har om mig."
BELOW = BLOCK.format(REQUEST)
GMAIL = (
    "---------- Forwarded message ---------\nFra: Karen Lind <karen@post.example>\nDate: tir. 24. nov. 2026\n"
    f"Subject: Indsigt\nTo: <mette@epmgroup.dk>\n\n{REQUEST}"
)
LONG = (
    "Jeg har talt med hende i telefonen, og hun ville i virkeligheden bare vide, hvornår kurset begynder, så luk den."
)


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("VS: Indsigt", f"Kan du tage den her?\n\n{BELOW}", True),
        ("Fwd: Indsigt", f"See below\n\n{BELOW}", True),
        ("Re: WG: Indsigt", f"{BELOW}", True),
        ("Indsigt", f"Kan du tage den her?\n\n{GMAIL}", True),
        ("SV: Indsigt", f"Tak for hurtigt svar!\n\n{BELOW}", False),
        ("Re: Indsigt", f"Thanks\n\n{BELOW}", False),
        ("VS: Indsigt", "Ingen mail nedenunder", False),
    ],
)
def test_a_forward_says_that_it_is_one(subject: str, body: str, expected: bool) -> None:
    assert hands_on(subject, read_text(body)) is expected


@pytest.mark.parametrize("own", ["", "Kan du tage den her?\n\n"])
def test_handing_on_reads_the_mail_that_is_handed_on(own: str) -> None:
    subject, text = asked("VS: Indsigt", read_text(own + BELOW))
    assert subject == "Indsigt"
    assert REQUEST in text
    assert own.strip() in text


def test_own_text_of_substance_decides() -> None:
    _, text = asked("VS: Indsigt", read_text(f"{LONG}\n\n{BELOW}"))
    assert REQUEST not in text


def test_an_answer_is_read_without_what_it_answers() -> None:
    assert asked("SV: Indsigt", read_text(f"Tak!\n\n{BELOW}")) == ("SV: Indsigt", "Tak!")


ANNA = Address("anna@kunde.example", "Anna Berg")
OURS = "EPM Group <kontakt@epmgroup.dk>"
FIRST = "Den 1. nov. 2026 kl. 10.00 skrev {}:\n> Slet mine oplysninger.\n>> Kære Anna Berg, indsigt\n> Mvh"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"Har I set denne?\n\n{FIRST.format('Anna Berg <anna@kunde.example>')}", "Slet mine oplysninger.\nMvh"),
        (f"Har I set denne?\n\n{FIRST.format('ANNA@KUNDE.EXAMPLE')}", "Slet mine oplysninger.\nMvh"),
        (f"Har I set denne?\n\n{FIRST.format(OURS)}", ""),
        (f"Tak\n\nDen 1. nov. 2026 kl. 10.00 skrev {OURS}:\n> Kære Anna Berg\n> Du har bedt om indsigt.", ""),
        (f"Tak\n\nFra: {OURS}\nSendt: 1. november 2026 10:00\nTil: Anna Berg\nEmne: Sletning\n\nIndsigt", ""),
        (f"{'Jeg skriver igen. ' * 7}\n\n{FIRST.format('Anna Berg <anna@kunde.example>')}", ""),
        ("Ingen mail nedenunder", ""),
    ],
)
def test_a_few_words_above_ones_own_earlier_mail_repeat_it_and_ours_is_nobodys_request(
    body: str, expected: str
) -> None:
    assert repeated(ANNA, read_text(body)) == expected


def test_outlooks_copy_of_ones_own_earlier_mail_is_repeated_too() -> None:
    body = "Svar udbedes\n\nFra: Anna Berg\nSendt: 1. november 2026 10:00\nTil: EPM\nEmne: Sletning\n\nSlet mig"
    assert repeated(ANNA, read_text(body)).endswith("Slet mig")
