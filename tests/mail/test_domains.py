"""Which domains are one organisation's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.mail.domains import ascii_domain, organisational_domain, same_organisation


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("epmgroup.dk", "epmgroup.dk"),
        ("Mail.EPMGroup.DK.", "epmgroup.dk"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("one.github.io", "one.github.io"),
        ("post.bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("a..b", "a..b"),
        ("", ""),
    ],
)
def test_the_organisational_domain_is_the_registered_name(domain: str, expected: str) -> None:
    assert organisational_domain(domain) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("mail.example.dk", "www.example.dk", True),
        ("example.dk", "example.com", False),
        ("one.co.uk", "two.co.uk", False),
        ("notexample.dk", "example.dk", False),
        ("", "", False),
        ("example.dk", "", False),
    ],
)
def test_two_domains_are_compared_by_their_registered_names(one: str, other: str, expected: bool) -> None:
    assert same_organisation(one, other) is expected


def test_a_label_is_encoded_as_it_stands() -> None:
    assert ascii_domain("Straße.Example.") == "xn--strae-oqa.example"
    assert ascii_domain("a\u030a.dk") == ascii_domain("å.dk")


@given(st.text(max_size=60))
def test_no_name_makes_it_fail(domain: str) -> None:
    assert isinstance(organisational_domain(domain), str)
