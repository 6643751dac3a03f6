"""A letter is read from sparingly marked text: what each mark makes, and that nothing else can be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.mail.letter import (
    Block,
    Facts,
    Heading,
    Items,
    Lines,
    Paragraph,
    as_text,
    links,
    read_blocks,
    read_letter,
)

BLOCKS: list[tuple[str, list[Block]]] = [
    ("One\ntwo\n\nthree", [Paragraph("One two"), Paragraph("three")]),
    ("## Sletning\nNu", [Heading("Sletning"), Paragraph("Nu")]),
    ("## A\n## B", [Heading("A"), Heading("B")]),
    ("- a\nmore of a\n- b", [Items(("a more of a", "b"))]),
    ("- a\n\n  a line\n  another", [Items(("a",)), Lines(("a line", "another"))]),
    ("| Sag: EPM-7KQ2\n| Frist: kl. 12: 30", [Facts((("Sag", "EPM-7KQ2"), ("Frist", "kl. 12: 30")))]),
    ("text\n- item", [Paragraph("text"), Items(("item",))]),
    ("a - b ## c | d", [Paragraph("a - b ## c | d")]),
    ("##no heading\n-no item", [Paragraph("##no heading -no item")]),
    ("  \n\t\n", []),
]


@pytest.mark.parametrize(("source", "blocks"), BLOCKS)
def test_marks_make_blocks(source: str, blocks: list[Block]) -> None:
    assert read_blocks(source) == tuple(blocks)


@pytest.mark.parametrize("source", ["", "Hej\n\nTak", "Subject:\n\nHej", "subject: Tak"])
def test_a_letter_without_a_subject_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="the first line must be the subject"):
        read_letter(source)


@given(st.text(alphabet="ab-|# :\n"))
def test_any_text_is_read_and_no_word_is_lost(source: str) -> None:
    kept = "".join(char for char in as_text(read_blocks(source)) if char in "ab")
    assert kept == "".join(char for char in source if char in "ab")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Se http://minecookies.org/cookiehandtering.", ["http://minecookies.org/cookiehandtering"]),
        ("se www.datatilsynet.dk, nu", ["https://www.datatilsynet.dk"]),
        ("skriv til kontakt@epmgroup.dk; tak", ["mailto:kontakt@epmgroup.dk"]),
        ("på «https://a.dk/p?q=1&r=2»", ["https://a.dk/p?q=1&r=2"]),
        ("javascript:alert(1) data:text/html,x", []),
    ],
)
def test_addresses_become_links_without_the_full_stop_behind_them(text: str, found: list[str]) -> None:
    pieces = list(links(text))
    assert [target for _, target in pieces if target] == found
    assert "".join(piece for piece, _ in pieces) == text
