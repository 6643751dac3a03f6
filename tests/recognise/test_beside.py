"""The recogniser in a process of its own says the same, in order, and can be lost without losing a mail."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacybot import shipped
from privacybot.errors import Unavailable
from privacybot.recognise.beside import Beside, RecognitionFailed
from privacybot.recognise.pipeline import load

ASKED = [("Hej", "Jeg vil gerne have slettet alle mine oplysninger."), ("Kursus", "Er der plads på kurset på tirsdag?")]


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Beside]:
    started = Beside(shipped.model())
    yield started
    started.close()


def test_it_says_what_the_pipeline_says(neighbour: Beside) -> None:
    assert list(neighbour.recognise(ASKED)) == load(shipped.model()).recognise(ASKED)


def test_batches_may_be_given_before_earlier_ones_are_taken(neighbour: Beside) -> None:
    batches = [neighbour.recognise([asked] * 40) for asked in ASKED]
    languages = [len(list(batch)) for batch in reversed(batches)]
    assert languages == [40, 40]


def test_a_process_that_is_killed_is_begun_anew(neighbour: Beside) -> None:
    before = neighbour.pid
    os.kill(before, signal.SIGKILL)
    assert len(list(neighbour.recognise(ASKED))) == 2
    assert neighbour.pid != before


def test_a_text_that_breaks_the_recogniser_breaks_nothing_else(neighbour: Beside) -> None:
    with pytest.raises(RecognitionFailed, match="TypeError"):
        list(neighbour.recognise([(None, "no subject at all")]))  # type: ignore[list-item]
    assert len(list(neighbour.recognise(ASKED))) == 2


def test_its_worker_alone_decides_when_it_ends(neighbour: Beside) -> None:
    before = neighbour.pid
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(before, number)
    assert len(list(neighbour.recognise(ASKED))) == 2
    assert neighbour.pid == before


def test_a_pipeline_that_cannot_be_loaded_is_no_mails_fault(tmp_path: Path) -> None:
    started = Beside(tmp_path / "nowhere")
    for _ in range(2):
        with pytest.raises(Unavailable, match="make model"):
            list(started.recognise(ASKED))
    started.close()
