"""`classify` and `evaluate`: the recognition by itself, on many texts, with its figures."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from privacybot.app import recogniser
from privacybot.cli.screen import console
from privacybot.errors import StaffError
from privacybot.gdpr.recognition import Recognition
from privacybot.mail.handing_on import asked
from privacybot.mail.text import read_text

BATCH = 64


def classify_lines(source: str) -> None:
    """A JSON line in, a JSON line out, in order."""
    if source == "-":
        _classify(sys.stdin)
        return
    with _opened(Path(source)) as lines:
        _classify(lines)


def evaluate_file(path: Path, *, as_json: bool) -> None:
    """Print every figure and every mistake."""
    from privacybot.recognise import evaluation

    with _opened(path) as lines:
        examples = list(_parsed(lines))
    if any("rights" not in example for example in examples):
        raise StaffError(
            f'{path}: every line needs its labels in "rights"; to recognise unlabelled mails use classify.'
        )
    found = [recognition for _, recognition in _recognised(examples)]
    report = evaluation.evaluate(examples, found)
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        console().print(report.as_text(), soft_wrap=True)


def _classify(lines: TextIO) -> None:
    for example, recognition in _recognised(_parsed(lines)):
        print(json.dumps(_as_json(example, recognition), ensure_ascii=False))


def _recognised(examples: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Recognition]]:
    recognise = recogniser()
    waiting = iter(examples)
    while batch := list(islice(waiting, BATCH)):
        questions = [
            asked(str(example.get("subject") or ""), read_text(str(example.get("body") or ""))) for example in batch
        ]
        yield from zip(batch, recognise(questions), strict=True)


def _as_json(example: dict[str, Any], recognition: Recognition) -> dict[str, Any]:
    return {"id": example.get("id"), **recognised(recognition)}


def recognised(recognition: Recognition) -> dict[str, Any]:
    """What was recognised, as `classify` and `inspect` print it."""
    return {
        "language": recognition.language,
        "rights": [right.value for right in recognition.rights],
        "category": recognition.category.value,
        "band": recognition.band.value,
        "scores": {right.value: round(score, 4) for right, score in recognition.scores.items()},
        "evidence": {right.value: sentence for right, sentence in recognition.evidence.items()},
    }


def _parsed(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            example = json.loads(text)
        except ValueError as error:
            raise StaffError(f"Line {number} is not JSON ({error}); write one object a line.") from error
        if not isinstance(example, dict):
            raise StaffError(f'Line {number} is no JSON object; write {{"id", "subject", "body"}}.')
        yield example


def _opened(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8")
    except OSError as error:
        raise StaffError(f"{path} cannot be read ({error.strerror}).") from error
