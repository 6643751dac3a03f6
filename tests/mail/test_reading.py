"""What a mail is taken to ask, whatever it comes in; and what cannot be read is known."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from privacybot.mail.authres import NoServer
from privacybot.mail.automatic import OwnAddresses
from privacybot.mail.reading import Reading, read

REQUEST = "Jeg vil gerne have slettet alle mine oplysninger."
COVER = "Hermed som aftalt."
LONG = "Vi talte i telefonen i går om kurset til foråret, og jeg vil gerne vide, om der stadig er to ledige pladser."


def mail(text: str, subject: str = "Hej") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"] = "Anna <anna@kunde.example>", subject
    made.set_content(text)
    return made


def reading(made: EmailMessage) -> Reading:
    return read(made.as_bytes(), own=OwnAddresses(frozenset()), trust=NoServer())


def with_file(text: str, kind: str) -> Reading:
    made = mail(text)
    maintype, _, subtype = kind.partition("/")
    made.add_attachment(b"%PDF-1.7", maintype, subtype, filename="brev")
    return reading(made)


def carrying(outer: EmailMessage, *inner: EmailMessage) -> EmailMessage:
    for one in inner:
        outer.add_attachment(one)
    return outer


def test_every_mail_that_is_enclosed_is_read_and_those_within_it() -> None:
    nested = carrying(mail("", "FW: FW"), carrying(mail("", "FW"), mail(REQUEST, "Sletning")))
    assert REQUEST in reading(nested).asked[1]
    two = carrying(mail("Tag jer venligst af disse", "To"), mail("Hvad koster det?", "Pris"), mail(REQUEST, "Sletning"))
    subject, text = reading(two).asked
    assert subject == "Pris"
    assert "Sletning\n" + REQUEST in text


def test_no_more_than_ten_enclosed_mails_are_read() -> None:
    many = carrying(mail("Her er de"), *(mail(f"nummer {number}.") for number in range(12)))
    assert "nummer 9." in reading(many).asked[1]
    assert "nummer 10." not in reading(many).asked[1]


FILES = [
    (COVER, "application/pdf", True),
    (COVER, "application/msword", True),
    (COVER, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", True),
    (COVER, "application/zip", False),
    (COVER, "image/png", False),
    ("", "image/jpeg", True),
    (LONG, "application/pdf", False),
]


@pytest.mark.parametrize(("text", "kind", "expected"), FILES)
def test_a_letter_that_comes_as_a_file_with_hardly_a_word_is_known_to_be_unread(
    text: str, kind: str, expected: bool
) -> None:
    assert with_file(text, kind).unread is expected


@pytest.mark.parametrize(("text", "expected"), [(COVER, True), (LONG, False)])
def test_what_is_encrypted_counts_unless_the_mail_says_enough_besides(text: str, expected: bool) -> None:
    assert with_file(text, "application/pkcs7-mime").sealed is expected
