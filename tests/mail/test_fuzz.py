"""A bounded run of the fuzzer, and every mail that it ever broke something with."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from privacybot.store.engine import open_store
from tests.mail.fuzz import CRASHES, examine, mails, try_out

MAILS = 400


def test_no_mail_of_a_few_hundred_breaks_anything(tmp_path: Path) -> None:
    """`make fuzz SECONDS=600` tries more, and others."""
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    for number, raw in enumerate(islice(mails(seed=4711), MAILS)):
        try_out(raw, number, store)
    store.dispose()


@pytest.mark.parametrize("name", sorted(path.name for path in CRASHES.glob("*.eml")))
def test_what_once_broke_it_or_breaks_the_standard_library_is_read(name: str) -> None:
    examine((CRASHES / name).read_bytes())


@pytest.mark.parametrize("name", sorted(path.name for path in CRASHES.glob("stdlib-*.eml")))
def test_what_breaks_the_standard_library_costs_no_word(name: str) -> None:
    reading = examine((CRASHES / name).read_bytes())
    assert reading is not None
    assert reading.text.new.strip() == "Slet mig"
