"""Every mail that a stranger may send is read, with its faults named; only what is no mail at all is refused."""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacybot.errors import UnreadableMessage
from privacybot.mail.message import Address, Message
from privacybot.mail.parse import content, parse
from tests.growth import LINEAR, growth

SAMPLES = Path(__file__).parent / "samples"
SENDER = b"From: bo@example.dk\n"


def _mail(header: str, body: str | bytes = "") -> Message:
    encoded = body if isinstance(body, bytes) else body.encode()
    return parse(header.encode() + b"\n\n" + encoded)


def _from(value: str | bytes) -> tuple[Address, ...]:
    return parse(b"From: " + (value if isinstance(value, bytes) else value.encode()) + b"\n\nx").originators


def _text(body: bytes, *, kind: str = "text/plain", charset: str = "", encoding: str = "") -> str:
    header = f'From: a@b.dk\nContent-Type: {kind}; charset="{charset}"\nContent-Transfer-Encoding: {encoding}'
    return _mail(header, body).text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \r\n\r\n",
        b"\x89PNG\r\n\x1a\n\0\0\0",
        b"Hej, slet mig",
        b"%PDF-1.7\n%\xe2\xe3\n",
        b"\0" * 100,
        b"\n\nhej\n",
    ],
)
def test_what_is_no_mail_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        parse(raw)


def test_a_plain_mail_is_read_whole() -> None:
    message = parse(
        b"Return-Path: <Bo@Example.DK>\r\nFrom: Bo Holm <Bo@Example.DK>\r\nTo: k@epm.dk, ib@x.dk\r\n"
        b"Cc: Eva <eva@x.dk>\r\n"
        b"Subject: Hej\r\nMessage-ID: <1@x>\r\nIn-Reply-To: <0@x>\r\nReferences: <a@x>\r\n <0@x>\r\n"
        b"\r\nSlet mig\r\n.\r\n"
    )
    assert message.originator == Address("Bo@example.dk", "Bo Holm")
    assert [recipient.address for recipient in message.recipients] == ["k@epm.dk", "ib@x.dk", "eva@x.dk"]
    assert (message.return_path, message.subject, message.message_id) == ("Bo@example.dk", "Hej", "<1@x>")
    assert (message.in_reply_to, message.references) == (("<0@x>",), ("<a@x>", "<0@x>"))
    assert (message.text, message.content_type, message.defects) == ("Slet mig\n.", "text/plain", ())


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r", b"\r\r\n"])
def test_every_line_end_is_understood(line_end: bytes) -> None:
    lines = [b"From: bo@example.dk", b"Subject: a", b" b", b"Content-Type: multipart/mixed; boundary=x", b""]
    lines += [b"--x", b"", b"en", b"to", b"--x--"]
    message = parse(line_end.join(lines))
    assert (message.subject, message.text.split()) == ("a b", ["en", "to"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bo@x.dk", [("bo@x.dk", "")]),
        ("<bo@x.dk>", [("bo@x.dk", "")]),
        ("bo@x.dk (Bo Holm)", [("bo@x.dk", "Bo Holm")]),
        ('"Holm, Bo" <bo@x.dk>', [("bo@x.dk", "Holm, Bo")]),
        ("Holm, Bo <bo@x.dk>", [("bo@x.dk", "Holm, Bo")]),
        (r'"Bo \"B\" Holm" <bo@x.dk>', [("bo@x.dk", 'Bo "B" Holm')]),
        ('"Bo <bo@x.dk>', [("bo@x.dk", "Bo")]),
        ("Bo (privat <bo@x.dk>", [("bo@x.dk", "Bo privat")]),
        ("a@x.dk, Bo <b@x.dk>", [("a@x.dk", ""), ("b@x.dk", "Bo")]),
        ("a@x.dk b@x.dk", [("a@x.dk", ""), ("b@x.dk", "")]),
        ("<a@x.dk> <b@x.dk>", [("a@x.dk", ""), ("b@x.dk", "")]),
        ("a@x.dk, A@X.DK", [("a@x.dk", "")]),
        ("a@x.dk <b@x.dk>", [("b@x.dk", "a@x.dk")]),
        ("venner: a@x.dk, b@x.dk;", [("a@x.dk", ""), ("b@x.dk", "")]),
        ("undisclosed-recipients:;", []),
        ("<@relay.dk,@y.dk:bo@x.dk>", [("bo@x.dk", "")]),
        ("bo @ x.dk", [("bo@x.dk", "")]),
        ('"bo holm"@x.dk', [('"bo holm"@x.dk', "")]),
        ("bo@[192.0.2.1]", [("bo@[192.0.2.1]", "")]),
        ("bo@blåbær.dk", [("bo@blåbær.dk", "")]),
        ("=?utf-8?Q?J=C3=B8rgen=2C_x?= <j@x.dk>", [("j@x.dk", "Jørgen, x")]),
        ('"=?utf-8?B?SsO4cmdlbg==?=" <j@x.dk>', [("j@x.dk", "Jørgen")]),
        ("=?utf-8?B?SsO4cmdlbiA8akB4LmRrPg==?=", [("j@x.dk", "Jørgen")]),
        ("=?utf-8?Q?=0D=0ABcc:_x@y.dk?= <j@x.dk>", [("j@x.dk", "Bcc: x@y.dk")]),
        ("=?x-no-such?Q?Bo?= <j@x.dk>", [("j@x.dk", "Bo")]),
        ("=?utf-8?B?not base64!?= <j@x.dk>", None),
        ("=?zlib?B?eJwDAAAAAAE=?= <j@x.dk>", None),
        ("MAILER-DAEMON", []),
        ("<>", []),
        ("", []),
        ("@", []),
        ("a@b@c.dk", []),
        ("<a@b.dk\0>", []),
        ("bo@", []),
        ('"', []),
        ("((((", []),
        ("<<bo@x.dk>>", [("bo@x.dk", "")]),
    ],
)
def test_addresses_are_read_as_people_write_them(value: str, expected: list[tuple[str, str]] | None) -> None:
    found = [(address.address, address.display_name) for address in _from(value)]
    assert [address for address, _ in found] == ["j@x.dk"] if expected is None else found == expected


def test_two_from_fields_are_two_originators() -> None:
    message = parse(b"From: a@x.dk\nFrom: b@x.dk\n\nx")
    assert [originator.address for originator in message.originators] == ["a@x.dk", "b@x.dk"]
    assert message.originator is None
    assert "There is more than one From field." in message.defects


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("", None),
        ("Return-Path: <>\n", ""),
        ("Return-Path:\n", ""),
        ("Return-Path: <a@X.dk>\n", "a@x.dk"),
        ("Return-Path: a@x.dk\n", "a@x.dk"),
        ("RETURN-PATH: <MAILER-DAEMON>\n", ""),
    ],
)
def test_the_return_path_tells_null_from_missing(field: str, path: str | None) -> None:
    assert parse(f"{field}From: a@x.dk\n\nx".encode()).return_path == path


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        (b"Bl\xc3\xa5b\xc3\xa6r", "Blåbær"),
        (b"Bl\xe5b\xe6r", "Blåbær"),
        (b"=?iso-8859-1?q?Bl=E5b=E6r?=", "Blåbær"),
        (b"=?utf-8?b?Qmzw?= =?utf-8?b?peVyIA==?=", None),
        (b"=?utf-8?q?bl=C3?=\r\n =?utf-8?q?=A5?=", "blå"),
        (b"=?UTF-8*da?Q?bl=C3=A5?=", "blå"),
        (b"a =?utf-8?q?b?= c =?utf-8?q?d?=  =?utf-8?q?e?=", "a b c de"),
        (b"=?utf-8?q?bl=C3=A5?= =?iso-8859-1?q?b=E6r?=", "blåbær"),
        (b"=?iso-8859-1?q?utf-8:_=C3=A5?=", "utf-8: å"),
        (b"=?no-such-charset?q?bl=C3=A5?=", "blå"),
        (b"=?utf-8?q?=1B[31m=00=0Ax?=", "[31m x"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?utf-7?q?+2AA-?=", "\ufffd"),
        (b"=?", "=?"),
        (b"a\r\n b\r\n\tc", "a b\tc"),
        ("Bla\u030abær".encode(), "Blåbær"),
    ],
)
def test_subjects_keep_their_letters(value: bytes, subject: str | None) -> None:
    found = parse(SENDER + b"Subject: " + value + b"\n\nx").subject
    assert found.isprintable() or "\t" in found if subject is None else found == subject


@pytest.mark.parametrize(
    ("value", "message_id"),
    [("<a@b>", "<a@b>"), (" <a@b> (x)", "<a@b>"), ("a@b", "<a@b>"), ("<a\n @b>", "<a@b>"), ("", None), ("<>", None)],
)
def test_a_message_id_keeps_its_brackets(value: str, message_id: str | None) -> None:
    assert parse(f"From: a@x.dk\nMessage-ID: {value}\n\nx".encode()).message_id == message_id


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "Blåbær – €".encode()),
        ("utf-8", "Blåbær – €".encode("cp1252")),
        ("iso-8859-1", "Blåbær – €".encode("cp1252")),
        ("iso-8859-1", "Blåbær – €".encode()),
        ("us-ascii", "Blåbær – €".encode()),
        ("", "Blåbær – €".encode("cp1252")),
        ("utf8;", "Blåbær – €".encode()),
        ("x-unknown", "Blåbær – €".encode("cp1252")),
        ("no such\0charset", "Blåbær – €".encode()),
        ("rot13", "Blåbær – €".encode()),
        ("undefined", "Blåbær – €".encode()),
        ("utf-16", "Blåbær – €".encode("utf-16")),
        ("utf-8", b"\xef\xbb\xbf" + "Blåbær – €".encode()),
        ("utf-8", "Bla\u030abær – €".encode()),
    ],
)
def test_danish_letters_survive_every_label(charset: str, body: bytes) -> None:
    assert _text(body, charset=charset) == "Blåbær – €"


def test_one_foreign_byte_does_not_spoil_the_letters() -> None:
    assert _text("Blåbær, rødgrød og fløde ".encode() * 3 + b"\xff", charset="utf-8").startswith("Blåbær, rødgrød")


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", b"SGVqLCBzbGV0IG1pZw==", "Hej, slet mig"),
        ("BASE64", b"SGVqLCBz\r\nbGV0IG1pZw", "Hej, slet mig"),
        ("base64", b"SGVqLCBzbGV0IG1pZ", "Hej, slet mi"),
        ("base64", b"SGVqLA==\nIHNsZXQgbWln", "Hej, slet mig"),
        ("base64", b"SGVqLCBzbGV0IG1pZyBudSwgdGFr\n-- \nEn liste", "Hej, slet mig nu, tak-- \nEn liste"),
        ("base64", b"Hej, jeg vil slettes.", "Hej, jeg vil slettes."),
        ("quoted-printable", b"Bl=C3=A5b=\n=C3=A6r=ZZ=", "Blåbær=ZZ"),
        ("8bit", "Blåbær".encode(), "Blåbær"),
        ("quoted/printable", b"Hej", "Hej"),
    ],
)
def test_broken_transfer_encodings_lose_no_words(encoding: str, body: bytes, text: str) -> None:
    assert _text(body, charset="utf-8", encoding=encoding) == text


def test_flowing_lines_are_joined() -> None:
    assert _text(b"en \nto\n>> tre \n>> fire\n> fem\n-- \nBo", kind="text/plain; format=flowed") == (
        "en to\n>> tre fire\n> fem\n-- \nBo"
    )
    assert _text(b"kom \nmunikation", kind="text/plain; format=flowed; delsp=yes") == "kommunikation"


def _parts(kind: str, *parts: tuple[str, str]) -> Message:
    body = "".join(f"--x\nContent-Type: {inner}\n\n{text}\n" for inner, text in parts)
    return _mail(f"From: a@b.dk\nContent-Type: multipart/{kind}; boundary=x", f"{body}--x--\n")


@pytest.mark.parametrize(
    ("plain", "html", "text"),
    [
        ("Slet mig", "<p>andet</p>", "Slet mig"),
        ("", "<p>Slet mig</p>", "Slet mig"),
        (" \n", "<p>Slet mig</p>", "Slet mig"),
        ("Your mail client does not support HTML.", "<p>Slet mig</p>", "Slet mig"),
        ("Denne mail er i HTML-format", "<p>Slet mig</p>", "Slet mig"),
        ("Din mailklient kan ikke vise HTML", "<p>Slet mig</p>", "Slet mig"),
        ("This is an HTML mail", "", "This is an HTML mail"),
        ("Hej EPM", "<p>Hej EPM</p><p>Slet mine oplysninger</p>", "Hej EPM\n\nSlet mine oplysninger"),
        ("Sendt fra min iPhone", "<p>Slet alle mine data hos jer nu</p>", "Slet alle mine data hos jer nu"),
        ("Slet mig\n\nMvh\nBo", "<p>Slet mig</p><p>Mvh<br>Bo Holm</p>", "Slet mig\n\nMvh\nBo"),
        (f"{'Slet mine data. ' * 20}nu", "<p>andet</p>" * 200, f"{'Slet mine data. ' * 20}nu"),
    ],
)
def test_the_plain_alternative_is_read_unless_it_says_nothing(plain: str, html: str, text: str) -> None:
    assert _parts("alternative", ("text/plain", plain), ("text/html", html)).text == text


def test_a_text_sent_as_a_file_is_read_below_few_words_and_not_below_many() -> None:
    brev = ("text/plain; name=brev.txt", "Slet mig")
    assert _parts("mixed", ("text/plain", "Se venligst brevet"), brev).text == "Se venligst brevet\n\nSlet mig"
    assert "Slet mig" not in _parts("mixed", ("text/plain", "Se venligst brevet. " * 9), brev).text


def test_words_behind_a_picture_that_is_written_into_the_html_are_read() -> None:
    picture = f"<img src='data:image/png;base64,{'QUJD' * 2_600_000}'>"
    assert _text(f"<p>Hej</p>{picture}<p>Slet mig</p>".encode(), kind="text/html").split() == ["Hej", "Slet", "mig"]


def test_files_in_the_alternative_that_is_not_read_are_counted() -> None:
    inner = "multipart/mixed; boundary=y", "--y\nContent-Type: text/html\n\nx\n--y\nContent-Type: image/png\n\nP\n--y--"
    message = _parts("alternative", ("text/plain", "Slet mig"), inner)
    assert (message.text, [file.content_type for file in message.attachments]) == ("Slet mig", ["image/png"])


def test_texts_around_a_picture_are_all_read() -> None:
    message = _parts("mixed", ("text/plain", "en"), ("image/png; name=a.png", "x"), ("text/html", "<p>to"))
    assert (message.text, message.attachments[0].filename) == ("en\n\nto", "a.png")


@pytest.mark.parametrize(
    ("arguments", "filename"),
    [
        ('filename="a b.pdf"', "a b.pdf"),
        ("filename=a b.pdf", "a b.pdf"),
        ("filename*=utf-8''bl%C3%A5.pdf", "blå.pdf"),
        ("filename*0*=iso-8859-1'da'bl%E5;\n filename*1=\"b.\";\n filename*2*=p%64f", "blåb.pdf"),
        ('filename="=?utf-8?Q?bl=C3=A5.pdf?="', "blå.pdf"),
        ('filename="unclosed', "unclosed"),
        ("filename*=''x", "x"),
        ("filename*=no-such'%'x", "x"),
        ("", ""),
    ],
)
def test_file_names_of_every_style_are_read(arguments: str, filename: str) -> None:
    message = _mail(f"From: a@b.dk\nContent-Type: application/pdf\nContent-Disposition: attachment; {arguments}", "x")
    assert message.attachments[0].filename == filename


def test_an_attachment_has_the_size_and_digest_of_its_content() -> None:
    message = _mail(
        "From: a@b.dk\nContent-Type: image/png\nContent-Transfer-Encoding: base64", base64.b64encode(b"abc")
    )
    file = message.attachments[0]
    assert (file.size, file.digest[:8]) == (3, "ba7816bf")


def test_an_enclosed_mail_is_read_and_its_text_is_not_the_mails_own() -> None:
    inner = "From: eva@x.dk\nSubject: Slet\n\nSlet mig"
    message = _parts("mixed", ("text/plain", "Vil du tage den?"), ("message/rfc822", inner))
    assert message.text == "Vil du tage den?"
    assert [(one.originator, one.subject, one.text) for one in message.enclosed] == [
        (Address("eva@x.dk"), "Slet", "Slet mig")
    ]


def test_an_enclosed_mail_in_base64_is_read_too() -> None:
    encoded = base64.b64encode(b"From: eva@x.dk\n\nSlet mig")
    message = _mail("From: a@b.dk\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64", encoded)
    assert message.enclosed[0].text == "Slet mig"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; name=besked.txt", "Slet mig", "Slet mig"),
        ("text/calendar", "BEGIN:VEVENT\nSUMMARY:Møde\nDESCRIPTION:Slet\\nmig\n nu\nEND:VEVENT", "Møde\nSlet\nmignu"),
        ("text/plain", "\0Slet\0 mig", "Slet mig"),
    ],
)
def test_a_mail_without_text_of_its_own_speaks_through_its_file(kind: str, body: str, text: str) -> None:
    assert _mail(f"From: a@b.dk\nContent-Type: {kind}; charset=utf-8", body).text == text


def _tnef(*attributes: tuple[int, bytes]) -> bytes:
    records = (
        b"\x01" + identifier.to_bytes(4, "little") + len(value).to_bytes(4, "little") + value + b"\0\0"
        for identifier, value in attributes
    )
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(records)


def _property(kind: int, identifier: int, value: bytes) -> bytes:
    padded = value + b"\0" * (-len(value) % 4)
    numbers = kind.to_bytes(2, "little") + identifier.to_bytes(2, "little")
    return numbers + (1).to_bytes(4, "little") + len(value).to_bytes(4, "little") + padded


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        (_tnef((0x0002800C, "Slet mig på stedet\0".encode("cp1252"))), "Slet mig på stedet"),
        (_tnef((0x00069003, b"\1\0\0\0" + _property(0x1F, 0x1000, "Blåbær".encode("utf-16-le")))), "Blåbær"),
        (_tnef((0x00069003, b"\1\0\0\0" + _property(0x102, 0x1013, b"<p>Slet mig</p>"))), "Slet mig"),
        (_tnef((0x00069003, b"\1\0\0\0" + _property(0x102, 0x1009, b"packed"))), ""),
        (_tnef((0x00069003, b"\xff")), ""),
        (b"not tnef", ""),
    ],
)
def test_the_text_in_winmail_dat_is_read_where_it_is_simple(packed: bytes, text: str) -> None:
    header = "From: a@b.dk\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64"
    message = _mail(header, base64.encodebytes(packed))
    assert message.text == text
    assert any("winmail.dat" in defect for defect in message.defects)


@pytest.mark.parametrize(
    ("header", "defect"),
    [
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", "S/MIME"),
        ("Content-Type: multipart/encrypted; boundary=x", "PGP"),
        ("Content-Type: multipart/mixed", "no boundary"),
        ("Content-Type: text/plain; charset=x-klingon", "charset"),
        ("Content-Type: text/plain\nContent-Type: text/html", "more than one Content-Type"),
        ("Subject: a\nSubject: b", "more than one Subject"),
        ("Content-Transfer-Encoding: x-rot13", "transfer encoding"),
        ("X: y\nen løs linje\nZ: w", "no header field"),
    ],
)
def test_a_fault_is_named_and_the_mail_is_read_all_the_same(header: str, defect: str) -> None:
    message = _mail(f"From: a@b.dk\n{header}", "Slet mig")
    assert message.originator == Address("a@b.dk")
    assert any(defect in found for found in message.defects)


def test_words_are_kept_where_the_blank_line_is_missing() -> None:
    message = parse(b"From: a@b.dk\nSubject: x\nHej, slet mig\nNote: nu\n\nTak\n")
    assert "Hej, slet mig" in message.text
    assert "Tak" in message.text
    assert parse(b"From: a@b.dk\nHej, slet mig\n\nTak\n").text == "Hej, slet mig\n\nTak"


def test_a_multipart_without_end_or_delimiters_gives_its_text() -> None:
    header = "From: a@b.dk\nContent-Type: multipart/mixed; boundary=x"
    assert _mail(header, "--x\n\nSlet mig").text == "Slet mig"
    assert _mail(header, "Slet mig").text == "Slet mig"


def test_a_boundary_that_starts_like_another_is_told_apart() -> None:
    inner = "multipart/mixed; boundary=xx", "--xx\n\nen\n--xx\n\nto\n--xx--"
    assert _parts("mixed", inner, ("text/plain", "tre")).text == "en\n\nto\n\ntre"


def test_a_long_text_is_cut_and_the_cut_is_told() -> None:
    message = parse(SENDER + b"\n" + "å".encode() * 100, text_limit=10)
    assert message.text == "å" * 10
    assert any("cut off" in defect for defect in message.defects)


def test_an_mbox_line_and_a_byte_order_mark_before_the_header_are_passed_over() -> None:
    assert parse(b"\xef\xbb\xbfFrom bo@x.dk Tue Oct  6 10:00:00 2026\nFrom: a@b.dk\n\nx").originators
    assert parse(b"\n\r\nFrom: a@b.dk\n\nx").originators


# What the mail says, however it came


ORIGINAL = b"From: Bo <bo@x.dk>\nSubject: Hej\nDate: Tue, 6 Oct 2026 10:00:00 +0200\nMessage-ID: <1@x>\n\nSlet mig\n"


@pytest.mark.parametrize(
    "copy",
    [
        ORIGINAL,
        b"Return-Path: <bo@x.dk>\nReceived: from a by b\n" + ORIGINAL,
        ORIGINAL.replace(b"\n", b"\r\n") + b"\r\n",
        ORIGINAL.replace(b"mig", b"mig  "),
        ORIGINAL.replace(b"\n\n", b"\nContent-Transfer-Encoding: base64\n\n").replace(b"Slet mig\n", b"U2xldCBtaWc="),
        ORIGINAL.replace(b"Subject: Hej", b"Subject: =?utf-8?q?Hej?="),
    ],
)
def test_the_same_mail_by_another_way_has_the_same_content(copy: bytes) -> None:
    assert content(parse(copy)) == content(parse(ORIGINAL))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Slet", b"Ret"), (b"bo@x.dk", b"ib@x.dk"), (b"Subject: Hej", b"Subject: Dav"), (b"6 Oct", b"7 Oct")],
)
def test_a_message_id_used_again_with_other_words_has_another_content(old: bytes, new: bytes) -> None:
    assert content(parse(ORIGINAL.replace(old, new))) != content(parse(ORIGINAL))


def test_attachments_and_enclosed_mails_belong_to_the_content() -> None:
    one, other = (_parts("mixed", ("image/png", picture)) for picture in "ab")
    assert content(one) != content(other)
    one, other = (_parts("mixed", ("message/rfc822", f"Subject: {subject}\n\nx")) for subject in "ab")
    assert content(one) != content(other)


# Size


def _nested(depth: int) -> bytes:
    levels = (b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(depth))
    return SENDER + b"".join(levels) + b"\nSlet mig"


def test_a_thousand_levels_are_a_defect() -> None:
    for raw in (_nested(1000), SENDER + b"Content-Type: message/rfc822\n\n" * 1000 + b"\nx"):
        assert any("levels deep" in defect for defect in parse(raw).defects)


def test_ten_thousand_parts_are_all_read() -> None:
    parts = b"--x\nContent-Type: image/png\nContent-Disposition: attachment\n\nP\n" * 10_000
    message = parse(SENDER + b"Content-Type: multipart/mixed; boundary=x\n\n" + parts + b"--x--\n")
    assert (len(message.attachments), message.defects) == (10_000, ())


GROWING: dict[str, Callable[[int], bytes]] = {
    "text": lambda n: SENDER + b"\n" + b"hej med dig\n" * n,
    "one line": lambda n: SENDER + b"\n" + b"x" * 50 * n,
    "parts": lambda n: SENDER + b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\ny\n" * (n // 10),
    "empty alternatives": lambda n: (
        SENDER
        + b"Content-Type: multipart/alternative; boundary=x\n\n"
        + b"--x\nContent-Type: text/html\n\n<p>\n" * (n // 20)
    ),
    "levels": lambda n: _nested(n),
    "fields": lambda n: SENDER + b"a:b\n" * n + b"\nx",
    "From fields": lambda n: SENDER * (n // 4) + b"\nx",
    "folded field": lambda n: SENDER + b"Subject: " + b"a\n " * n + b"\n\nx",
    "encoded words": lambda n: SENDER + b"Subject: " + b"=?utf-8?q?a?= " * n + b"\n\nx",
    "half encoded words": lambda n: SENDER + b"Subject: " + b"=?a?b?" * n + b"\n\nx",
    "addresses": lambda n: b"From: " + b"a@b.dk, " * n + b"\n\nx",
    "quotation marks": lambda n: b"From: " + b'"\\' * n + b"\n\nx",
    "brackets": lambda n: b"From: " + b"<(" * n + b"\n\nx",
    "parameters": lambda n: SENDER + b"Content-Type: text/plain" + b';a="\\' * n + b"\n\nx",
    "accents": lambda n: SENDER + b"\n" + ("a" + "\u0301\u0316" * n).encode(),
    "broken letters": lambda n: SENDER + b"\n" + b"\xe6\xc3\xa6" * n,
    "broken base64": lambda n: SENDER + b"Content-Transfer-Encoding: base64\n\n" + b"AAAA=\n" * n,
    "boundaries": lambda n: SENDER + b"Content-Type: multipart/mixed; boundary=xx\n\n" + b"--x" * n,
}


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING)
def test_time_grows_with_the_size_alone(make: Callable[[int], bytes]) -> None:
    assert growth(parse, make(2_000), make(16_000)) < LINEAR


def test_a_mail_of_forty_megabytes_takes_memory_in_proportion() -> None:
    raw = SENDER + b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n" + b"QUJD" * 19 + b"\n"
    raw += (b"QUJD" * 19 + b"\n") * 520_000
    tracemalloc.start()
    message = parse(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert message.attachments[0].size == 57 * 520_001
    assert peak < 5 * len(raw)


# Hostile and damaged mails


PIECES = st.sampled_from(
    [
        b"From: ",
        b"Subject: ",
        b"Content-Type: ",
        b"multipart/mixed; boundary=",
        b"multipart/alternative; boundary=x",
        b"message/rfc822",
        b"text/html",
        b"text/plain; charset=",
        b"application/ms-tnef",
        b"format=flowed; delsp=yes",
        b"Content-Transfer-Encoding: ",
        b"base64",
        b"quoted-printable",
        b"--x",
        b"--x--",
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\n",
        b"=?utf-8?q?=C3?=",
        b"=?idna?b?//8?=",
        b"=?utf-7?q?+2AA-?=",
        b"<",
        b">",
        b'"',
        b"\\",
        b"(",
        b",",
        b":",
        b";",
        b"@",
        b"idna",
        b"punycode",
        b"utf-16",
        b"utf-7",
        b"undefined",
        b"hex",
        b"\x00",
        b"\xff",
        b"\xe6",
        b"filename*0*=",
        b"%",
        b"Message-ID: <",
        b"Return-Path: ",
        b"Content-Disposition: attachment; ",
        b"&#x110000;",
        b"<style>",
        b"a@b.dk",
    ]
)


def _read_or_refuse(raw: bytes) -> None:
    try:
        message = parse(raw, text_limit=5_000)
    except UnreadableMessage:
        return
    shown = "".join((message.text, message.subject, *(value for _, value in message.headers)))
    assert "\0" not in shown
    assert "\r" not in shown
    shown.encode("utf-8")
    content(message)


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=8), max_size=40))
def test_a_mail_of_hostile_pieces_is_read_or_refused(pieces: list[bytes]) -> None:
    _read_or_refuse(b"".join(pieces))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(SAMPLES.glob("*.eml"))),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES | st.binary(max_size=8)), min_size=1, max_size=8),
)
def test_a_damaged_sample_is_read_or_refused(path: Path, wounds: list[tuple[float, int, bytes]]) -> None:
    raw = bytearray(path.read_bytes())
    for place, length, piece in wounds:
        at = int(place * len(raw))
        raw[at : at + length] = piece
    _read_or_refuse(bytes(raw))
