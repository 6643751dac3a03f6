"""An opaque signature hides no word; what is encrypted is known to be."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.mail.parse import parse
from privacybot.mail.signed import SIGNED_DATA, signed_content

ENTITY = "Content-Type: text/plain; charset=utf-8\r\n\r\nSlet mine oplysninger, æøå\r\n".encode()
SEQUENCE, SET, INTEGER, OBJECT, OCTETS, CHUNKS, EXPLICIT = 0x30, 0x31, 2, 6, 4, 0x24, 0xA0
DATA = bytes.fromhex("2a864886f70d010701")
ENVELOPED = bytes.fromhex("2a864886f70d010703")


def known(tag: int, *content: bytes) -> bytes:
    """An element whose length stands before it."""
    whole = b"".join(content)
    length = len(whole).to_bytes(4, "big").lstrip(b"\0") or b"\0"
    return bytes([tag, len(whole)] if len(whole) < 0x80 else [tag, 0x80 + len(length), *length]) + whole


def unknown(tag: int, *content: bytes) -> bytes:
    """One that ends with two zeros, as Outlook writes it."""
    return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"


def signed(octets: bytes, element: object = known, kind: bytes = SIGNED_DATA) -> bytes:
    made = element
    assert callable(made)
    encapsulated = made(SEQUENCE, known(OBJECT, DATA), made(EXPLICIT, octets))
    data = made(SEQUENCE, known(INTEGER, b"\1"), known(SET), encapsulated, known(SET, known(SEQUENCE)))
    return bytes(made(SEQUENCE, known(OBJECT, kind), made(EXPLICIT, data)))


FORMS = {
    "lengths known": signed(known(OCTETS, ENTITY)),
    "lengths unknown": signed(known(OCTETS, ENTITY), unknown),
    "in chunks": signed(unknown(CHUNKS, known(OCTETS, ENTITY[:20]), known(OCTETS, ENTITY[20:])), unknown),
    "in chunks of known length": signed(known(CHUNKS, known(OCTETS, ENTITY[:20]), known(OCTETS, ENTITY[20:]))),
}


def sealed_mail(content: bytes) -> bytes:
    head = b"From: anna@kunde.example\nContent-Type: application/pkcs7-mime; name=smime.p7m\n"
    return head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(content)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_signed_is_read(form: str) -> None:
    assert signed_content(FORMS[form]) == ENTITY
    message = parse(sealed_mail(FORMS[form]))
    assert (message.text, message.sealed, message.defects) == ("Slet mine oplysninger, æøå", False, ())


@pytest.mark.parametrize(
    "content", [signed(b"", kind=ENVELOPED), b"", b"\x30", b"\x30\x80" * 5000, b"\x30\x84\xff\xff\xff\xff"]
)
def test_what_is_encrypted_or_damaged_stays_closed_and_is_told(content: bytes) -> None:
    assert signed_content(content) is None
    message = parse(sealed_mail(content))
    assert message.sealed
    assert message.defects == ("A part is sealed or encrypted with S/MIME and is not read.",)


@given(st.sampled_from(sorted(FORMS)), st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=6))
def test_a_damaged_signature_never_raises(form: str, wounds: list[tuple[int, int]]) -> None:
    content = bytearray(FORMS[form])
    for place, value in wounds:
        content[place % len(content)] = value
    signed_content(bytes(content))


def test_pgp_in_the_text_is_known() -> None:
    assert parse(b"From: a@b.dk\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n").sealed
    assert not parse(b"From: a@b.dk\n\n-----BEGIN PGP SIGNED MESSAGE-----\n\nSlet mig\n").sealed
