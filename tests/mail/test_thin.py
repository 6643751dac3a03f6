"""A large mail is cut down to what a person wrote, wherever that stands; memory is bounded, whatever comes."""

from __future__ import annotations

import base64
import time
import tracemalloc
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacybot.mail.parse import content, parse
from privacybot.mail.thin import thin

ASKS = "Jeg vil gerne have slettet alle mine oplysninger. Æbleskiver.\n"
MEGABYTE = 2**20


def in_pieces(raw: bytes, size: int) -> Iterator[bytes]:
    return (raw[start : start + size] for start in range(0, len(raw), size))


def thinned(raw: bytes, size: int = 65_536) -> bytes:
    return thin(in_pieces(raw, size))


def attachment(fill: int, size: int = 300_000) -> MIMEPart:
    part = MIMEPart()
    part.set_content(bytes([fill]) * size, "image", "png", filename=f"{fill}.png")
    return part


def text_part(words: str = ASKS, kind: str = "plain", **how: str) -> MIMEPart:
    part = MIMEPart()
    part.set_content(words, subtype=kind, **how)  # type: ignore[arg-type]
    return part


def mixed(*parts: MIMEPart, kind: str = "mixed") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "anna@kunde.example", "Sletning, æøå"
    mail.set_type(f"multipart/{kind}")
    for part in parts:
        mail.attach(part)
    return mail


def enclosed(mail: EmailMessage) -> MIMEPart:
    part = MIMEPart()
    part.set_content(mail)
    return part


MAILS = {
    "text before a file": mixed(text_part(), attachment(1)),
    "text behind a file": mixed(attachment(1), text_part()),
    "text between files": mixed(attachment(1), text_part(), attachment(2)),
    "text in base64": mixed(attachment(1), text_part(cte="base64")),
    "html behind a file": mixed(attachment(1), text_part(f"<p>{ASKS}</p>", "html")),
    "alternatives within related": mixed(
        attachment(1), mixed(text_part(), text_part(f"<b>{ASKS}</b>", "html"), kind="alternative"), attachment(2)
    ),
    "an enclosed mail with its own file": mixed(attachment(1), enclosed(mixed(attachment(2), text_part()))),
    "no part at all": text_part(),
}


@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("size", [7, 65_536])
def test_no_word_is_lost_and_no_file_is_kept(name: str, size: int) -> None:
    raw = MAILS[name].as_bytes().replace(b"\n", b"\r\n")
    less = thinned(raw, size)
    assert b"A" * 1000 not in less
    assert len(less) < 5000
    whole, left = parse(raw), parse(less)
    assert (left.text, left.subject, left.originators) == (whole.text, whole.subject, whole.originators)
    assert [inner.text for inner in left.enclosed] == [inner.text for inner in whole.enclosed]
    assert [file.filename for file in left.attachments] == [file.filename for file in whole.attachments]
    assert left.defects == whole.defects


def test_a_text_sent_as_a_file_is_kept_where_there_is_no_other() -> None:
    note = text_part()
    note.add_header("Content-Disposition", "attachment", filename="brev.txt")
    assert "Æbleskiver" in parse(thinned(mixed(attachment(1), note).as_bytes())).text


def test_two_copies_of_a_mail_are_equal_and_another_file_makes_another_mail() -> None:
    one, other = (mixed(attachment(fill), text_part()) for fill in (1, 2))
    other.set_boundary(str(one.get_boundary() or (one.as_bytes() and one.get_boundary())))
    first, second = (thinned(mail.as_bytes(), size) for mail, size in ((one, 100), (one, 7777)))
    assert first == second
    assert content(parse(first)) != content(parse(thinned(other.as_bytes())))


def test_what_only_looks_like_a_delimiter_divides_nothing() -> None:
    raw = b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\n--bold words\n -- b\n--B\nen\n--b--\n'
    assert thinned(raw) == raw


def forty_megabytes(first: bytes) -> Iterator[bytes]:
    """Made while it is read: the pieces are never there together."""
    yield first
    line = base64.encodebytes(b"x" * 57).replace(b"\n", b"\r\n")
    for _ in range(40):
        yield line * (MEGABYTE // len(line))
    yield b"\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + ASKS.encode() + b"\r\n--b--\r\n"


ROOT = b'From: a@b.dk\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
LARGE = {
    "a file": ROOT + b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    "a text as a file": ROOT + b"Content-Type: text/plain; name=x.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    "an enclosed mail in base64": ROOT + b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n",
}


@pytest.mark.parametrize("name", LARGE)
def test_a_text_behind_forty_megabytes_is_read(name: str) -> None:
    assert ASKS.strip() in parse(thin(forty_megabytes(LARGE[name]))).text


@pytest.mark.parametrize("name", ["a file", "a text as a file"])
def test_forty_megabytes_take_little_memory_and_hide_no_text(name: str) -> None:
    tracemalloc.start()
    began = time.process_time()
    less = thin(forty_megabytes(LARGE[name]))
    spent, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"\n40 MB, {name}: {len(less):,} bytes left, {peak / MEGABYTE:.0f} MB at most, {spent:.1f} s")
    assert len(less) < 5 * MEGABYTE
    assert peak < 16 * MEGABYTE
    assert ASKS.strip().encode() in less


def test_a_header_without_end_is_bounded_too() -> None:
    fields = [ROOT, *[b"X-Field: 1\r\n" * 80_000] * 10, b"\r\n--b\r\n\r\n" + ASKS.encode()]
    less = thin(fields)
    assert len(less) < 5 * MEGABYTE
    assert ASKS.strip() in parse(less).text


def test_one_line_of_forty_megabytes_is_no_trouble() -> None:
    head = b"From: a@b.dk\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\n"
    pieces = [head, *([b"x" * MEGABYTE] * 40), b"\n--b\n\n" + ASKS.encode()]
    assert len(thin(pieces)) < 500


PIECES = st.sampled_from(
    [
        *(b"--b\r\n", b"--b--\r\n", b"--c\n", b"\r\n", b"\n", b"\r", b"--", b"hej", b"\x00\xff" * 40),
        *(b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: multipart/digest; boundary=c\r\n"),
        *(b"Content-Type: message/rfc822\r\n", b"Content-Type: image/png\r\n", b"Content-Disposition: attachment\r\n"),
        *(b"Content-Transfer-Encoding: base64\r\n", b"From: a@b.dk\r\n", b" folded\r\n"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=40), st.integers(1, 60))
def test_whatever_comes_is_cut_alike_however_it_is_cut_up(lines: list[bytes], size: int) -> None:
    raw = b"".join(lines)
    less = thinned(raw, size)
    assert less == thin([raw])
    assert len(less) <= len(raw) + 66 * (1 + raw.count(b"--"))
