"""The sentence that shows a right is marked in the text, wherever its lines break and whatever stands around it."""

from __future__ import annotations

import pytest

from privacybot.cli.evidence import marked


@pytest.mark.parametrize(
    ("text", "sentences", "shown"),
    [
        ("Hej\n\nSlet mine data.\nHilsen", ["Slet mine data."], "Hej\n\n*Slet mine data.*\nHilsen"),
        ("Jeg vil gerne\nhave indsigt nu", ["Jeg vil gerne have indsigt"], "*Jeg vil gerne\nhave indsigt* nu"),
        ("a b c d", ["a b", "c d"], "*a b* *c d*"),
        ("a b c d", ["a b c", "b c d"], "*a b c d*"),
        ("Slet (alt)!", ["slet (alt)!"], "*Slet (alt)!*"),
        ("CPR 010190-1234 skal slettes", ["CPR 010190-1234 skal slettes"], "*CPR 010190-xxxx skal slettes*"),
        ("x\x1b[31m slet", ["x\x1b[31m slet"], "*x [31m slet*"),
        ("intet her", ["noget andet", ""], "intet her"),
    ],
)
def test_evidence_is_marked(text: str, sentences: list[str], shown: str) -> None:
    assert marked(text, sentences).plain == shown
