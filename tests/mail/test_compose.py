"""Our own mail, read back by the standard library's parser: what went in comes out, and nothing else."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from privacybot.mail.addresses import well_formed
from privacybot.mail.compose import Letter, compose, new_message_id
from privacybot.mail.marks import is_own_message_id
from privacybot.mail.message import Address
from privacybot.mail.outgoing import Content, Thread

LETTER = Letter(
    originator=Address("kontakt@epmgroup.dk", "EPM Group ApS"),
    recipient="anna@example.dk",
    content=Content(
        subject="Vi har modtaget din anmodning [EPM-7KQ2]",
        text="Kære læser\n\nVi har modtaget din mail.\n.\nFrom os alle \n",
        html="<p>Kære læser</p>\n<p>Vi har modtaget din mail.</p>\n",
    ),
    message_id="<privacybot.0@epmgroup.dk>",
    thread=Thread("<3@example.dk>", ("<1@example.dk>", "<2@example.dk>")),
    sent_at=datetime(2026, 11, 24, 15, 5, 9, tzinfo=UTC),
    automatic=True,
)


def read(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(compose(letter), policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert isinstance(body, EmailMessage)
    content = body.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def with_subject(subject: str) -> Letter:
    return replace(LETTER, content=replace(LETTER.content, subject=subject))


def test_the_header_says_who_writes_to_whom_and_that_no_person_did() -> None:
    assert read(LETTER).items() == [
        ("From", "EPM Group ApS <kontakt@epmgroup.dk>"),
        ("To", "anna@example.dk"),
        ("Subject", "Vi har modtaget din anmodning [EPM-7KQ2]"),
        ("Date", "Tue, 24 Nov 2026 15:05:09 +0000"),
        ("Message-ID", "<privacybot.0@epmgroup.dk>"),
        ("In-Reply-To", "<3@example.dk>"),
        ("References", "<1@example.dk> <2@example.dk> <3@example.dk>"),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Loop", "privacybot kontakt@epmgroup.dk"),
        ("MIME-Version", "1.0"),
        ("Content-Type", read(LETTER)["Content-Type"]),
    ]


def test_text_and_html_are_alternatives_in_utf_8() -> None:
    message = read(LETTER)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert {part.get_content_charset() for part in message.iter_parts()} == {"utf-8"}
    assert part(message, "plain") == LETTER.content.text
    assert part(message, "html") == LETTER.content.html


def test_the_text_can_be_read_in_the_bytes() -> None:
    assert b"\r\n\r\nK=C3=A6re l=C3=A6ser\r\n\r\nVi har modtaget din mail.\r\n" in compose(LETTER)


def test_a_letter_without_html_is_plain_text() -> None:
    message = read(replace(LETTER, content=replace(LETTER.content, html="")))
    assert message.get_content_type() == "text/plain"
    assert part(message, "plain") == LETTER.content.text


def test_a_letter_of_a_person_bears_no_mark_of_a_machine() -> None:
    names = read(replace(LETTER, automatic=False)).keys()
    assert not {"Auto-Submitted", "X-Auto-Response-Suppress", "X-Loop"} & set(names)


def test_the_same_letter_has_the_same_bytes_for_ever() -> None:
    assert compose(LETTER) == compose(replace(LETTER))


def test_the_time_is_written_in_utc() -> None:
    copenhagen = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert read(replace(LETTER, sent_at=copenhagen))["Date"] == "Wed, 01 Jul 2026 10:00:00 +0000"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        compose(replace(LETTER, sent_at=datetime(2026, 11, 24)))  # noqa: DTZ001


THREADS = [
    ("outside a thread", Thread(), None, None),
    ("the first answer", Thread("<1@x.dk>"), "<1@x.dk>", "<1@x.dk>"),
    ("a mail without Message-ID", Thread(None, ("<1@x.dk>",)), None, "<1@x.dk>"),
    (
        "the mail answered comes last, once",
        Thread("<1@x.dk>", ("<1@x.dk>", "<2@x.dk>")),
        "<1@x.dk>",
        "<2@x.dk> <1@x.dk>",
    ),
    ("no bracket", Thread("1@x.dk", ("2@x.dk",)), None, None),
    ("no domain", Thread("<1>", ("<1@>",)), None, None),
    ("two in one", Thread("<1@x.dk><2@x.dk>"), None, None),
    ("a line break", Thread("<1@x.dk>\r\nBcc: eve@x.dk", ("<1\r\n@x.dk>",)), None, None),
    ("a line end behind it", Thread("<1@x.dk>\n"), None, None),
    ("NUL", Thread("<1\0@x.dk>"), None, None),
    ("a letter beyond ASCII", Thread("<ø@x.dk>"), None, None),
    ("longer than a line", Thread(f"<{'a' * 1000}@x.dk>"), None, None),
    ("a domain literal", Thread("<1@[192.0.2.1]>"), "<1@[192.0.2.1]>", "<1@[192.0.2.1]>"),
    (
        "signs of Outlook and Gmail",
        Thread("<CA+a=b/c_$1@mail.x.dk>"),
        "<CA+a=b/c_$1@mail.x.dk>",
        "<CA+a=b/c_$1@mail.x.dk>",
    ),
]


@pytest.mark.parametrize(
    ("thread", "in_reply_to", "references"), [row[1:] for row in THREADS], ids=[r[0] for r in THREADS]
)
def test_only_well_formed_message_ids_of_a_stranger_are_taken_over(
    thread: Thread, in_reply_to: str | None, references: str | None
) -> None:
    message = read(replace(LETTER, thread=thread))
    assert (message["In-Reply-To"], message["References"]) == (in_reply_to, references)
    assert "Bcc" not in message


def test_a_long_thread_keeps_its_first_mail_and_its_latest_nineteen() -> None:
    references = tuple(f"<{number}@example.dk>" for number in range(100))
    kept = read(replace(LETTER, thread=Thread("<mine@example.dk>", references)))["References"].split()
    assert kept == ["<0@example.dk>", *references[82:], "<mine@example.dk>"]
    assert len(kept) == 20


INJECTIONS = ["\r\nBcc: eve@example.com", "\nBcc: eve@example.com", "\rBcc: eve@example.com", "\0", "\r\n\r\n<html>"]


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("where", ["subject", "name", "originator", "recipient", "message_id"])
def test_a_line_break_or_nul_never_gets_into_a_header_field(where: str, injection: str) -> None:
    letters = {
        "subject": with_subject(f"Svar{injection}"),
        "name": replace(LETTER, originator=Address("kontakt@epmgroup.dk", f"EPM{injection}")),
        "originator": replace(LETTER, originator=Address(f"kontakt@epmgroup.dk{injection}")),
        "recipient": replace(LETTER, recipient=f"anna@example.dk{injection}"),
        "message_id": replace(LETTER, message_id=f"<1@epmgroup.dk>{injection}"),
    }
    with pytest.raises(ValueError):
        compose(letters[where])


@pytest.mark.parametrize(
    "recipient",
    [
        *("", "anna", "@example.dk", "anna@", "a@x.dk, b@x.dk", "a@x.dk b@x.dk", "A <a@x.dk>", "a@b@x.dk"),
        *("a(b)@x.dk", "g:a@x.dk;", "a@x..dk", "a@.dk", "a@x.dk\u2028", "a\u200b@x.dk", "a\ud800@x.dk"),
        f"{'a' * 260}@x.dk",
    ],
)
def test_there_is_exactly_one_recipient_or_no_letter(recipient: str) -> None:
    with pytest.raises(ValueError, match="cannot be written to"):
        compose(replace(LETTER, recipient=recipient))


RECIPIENTS = [
    ("anna+gdpr@example.dk", "anna+gdpr@example.dk"),
    ("o'neil!#$%&*/=?^_`{|}~-@example.dk", "o'neil!#$%&*/=?^_`{|}~-@example.dk"),
    ('"anna b"@example.dk', '"anna b"@example.dk'),
    ("two..dots@docomo.example", '"two..dots"@docomo.example'),
    ("anna@[192.0.2.1]", "anna@[192.0.2.1]"),
    ("anna@smørrebrød.dk", "anna@xn--smrrebrd-64af.dk"),
]


@pytest.mark.parametrize(("recipient", "written"), RECIPIENTS)
def test_unusual_addresses_are_written_as_they_must_be(recipient: str, written: str) -> None:
    assert f"\r\nTo: {written}\r\n".encode() in compose(replace(LETTER, recipient=recipient))
    [address] = read(replace(LETTER, recipient=recipient))["To"].addresses
    assert f"{address.username}@{address.domain}" == written.replace('"', "")


def test_an_address_beyond_ascii_is_written_as_utf_8() -> None:
    assert "\r\nTo: søren@example.dk\r\n".encode() in compose(replace(LETTER, recipient="søren@example.dk"))


def test_new_message_ids_cannot_be_guessed() -> None:
    ids = {new_message_id("EPMGroup.dk") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"<privacybot\.[0-9a-f]{40}@epmgroup\.dk>", one) for one in ids)
    assert all(is_own_message_id(one.upper(), {"epmgroup.dk"}) for one in ids)
    assert not any(is_own_message_id(one, {"example.dk"}) for one in ids)


def test_the_domain_of_a_message_id_is_a_domain() -> None:
    assert new_message_id("smørrebrød.dk").endswith("@xn--smrrebrd-64af.dk>")
    for domain in ("", "x.dk>\r\nBcc: eve@x.dk", "x y.dk"):
        with pytest.raises(ValueError):
            new_message_id(domain)


WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300)
BODY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=2000)


@given(WRITTEN)
@example("x" * 5000)
@example("=?utf-8?q?not_meant_as_such?=")
@example("  spaces  all   around  ")
@example("😀" * 100)
def test_every_subject_comes_back_as_it_was(subject: str) -> None:
    raw = compose(with_subject(subject))
    assert read(with_subject(subject))["Subject"] == subject
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@given(WRITTEN)
@example('Ærø & Søn, "Den gode" \\ A/S')
@example("=?utf-8?q?not_meant_as_such?=")
@example("x" * 500)
def test_every_display_name_comes_back_as_it_was(name: str) -> None:
    assume(name == name.strip())
    raw = compose(replace(LETTER, originator=Address("kontakt@epmgroup.dk", name)))
    # Not the modern policy: in a display name it puts a space between encoded words (RFC 2047, 6.2 forbids it).
    display_name, address = parseaddr(re.sub(r"\r\n", "", email.message_from_bytes(raw)["From"]))
    assert (str(make_header(decode_header(display_name))), address) == (name, "kontakt@epmgroup.dk")


@given(BODY, BODY.filter(bool))
@example(".\n..\nFrom \n--\n-- \n", "=_" * 500)
@example("å" * 2000, "a" * 5000)
@example("no line end", "<p>\ttabs \t \n trailing \n")
def test_every_text_comes_back_in_short_seven_bit_lines(text: str, html: str) -> None:
    letter = replace(LETTER, content=Content("Svar", text, html))
    raw = compose(letter)
    assert part(read(letter), "plain") == text.removesuffix("\n") + "\n"
    assert part(read(letter), "html") == html.removesuffix("\n") + "\n"
    assert raw.isascii()
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@given(st.emails())
def test_every_address_that_is_well_formed_is_the_one_recipient(recipient: str) -> None:
    assume(well_formed(recipient))
    [address] = read(replace(LETTER, recipient=recipient))["To"].addresses
    local_part, _, domain = recipient.rpartition("@")
    assert (address.username, address.domain.lower()) == (local_part, domain.lower())


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_whatever_goes_in_either_no_letter_comes_out_or_one_with_our_fields_alone(
    name: str, recipient: str, subject: str, message_id: str
) -> None:
    letter = replace(
        with_subject(subject),
        originator=Address("kontakt@epmgroup.dk", name),
        recipient=f"{recipient}@example.dk",
        thread=Thread(message_id, (f"<{message_id}@example.dk>",)),
    )
    try:
        raw = compose(letter)
    except ValueError:
        return
    names = set(email.message_from_bytes(raw).keys()) - {"In-Reply-To", "References"}
    assert names == set(read(LETTER).keys()) - {"In-Reply-To", "References"}


def test_the_date_is_that_of_sending() -> None:
    assert parsedate_to_datetime(read(LETTER)["Date"]) == LETTER.sent_at
