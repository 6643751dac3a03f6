"""Files that go with a letter arrive as they were, under the name that they had."""

from __future__ import annotations

import email
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.mail.compose import compose
from privacybot.mail.outgoing import Enclosure
from tests.mail.test_compose import LETTER


def read(*enclosures: Enclosure) -> EmailMessage:
    message = email.message_from_bytes(compose(replace(LETTER, enclosures=enclosures)), policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


@given(st.binary(max_size=300))
def test_the_bytes_of_a_file_arrive(content: bytes) -> None:
    message = read(Enclosure("kopi.csv", "text/csv", content))
    [found] = message.iter_attachments()
    assert found.get_payload(decode=True) == content
    assert found.get_content_type() == "text/csv"


@pytest.mark.parametrize("name", ["kopi.csv", "Indsigt for Åse Øst.pdf", "æ" * 90 + ".zip", 'a"b\\c.txt', "x" * 200])
def test_a_name_arrives_whatever_its_letters(name: str) -> None:
    [found] = read(Enclosure(name, "application/pdf", b"%PDF")).iter_attachments()
    assert found.get_filename() == name


def test_the_words_stay_readable_beside_several_files() -> None:
    message = read(Enclosure("a.csv", "text/csv", b"1"), Enclosure("b.csv", "text/csv", b"2"))
    assert [part.get_filename() for part in message.iter_attachments()] == ["a.csv", "b.csv"]
    for subtype in ("plain", "html"):
        body = message.get_body((subtype,))
        assert body is not None
        assert "Vi har modtaget din mail." in str(body.get_content())


@pytest.mark.parametrize("hostile", [("a\r\nBcc: x@y.dk", "text/csv"), ("a.csv", "text/csv\r\nX: y"), ("a", "text")])
def test_no_name_or_type_can_forge_a_field(hostile: tuple[str, str]) -> None:
    with pytest.raises(ValueError):
        read(Enclosure(*hostile, b""))


def test_no_line_is_longer_than_mail_allows() -> None:
    raw = compose(replace(LETTER, enclosures=(Enclosure("å" * 300 + ".pdf", "application/pdf", bytes(5000)),)))
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
