"""The two steps of the spaCy pipeline: what each view says of a mail, and the mail's probabilities.

A document is the subject, a blank line and the new text; `user_data` says where the subject ends, and there the steps
leave their findings. The probabilities are `doc.cats`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from privacybot.recognise.combine import Combination
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.features import SIZE, Reader
from privacybot.recognise.network import Network, blank_network
from privacybot.recognise.reading import passages
from privacybot.recognise.scoring import scores_of
from privacybot.recognise.views import LABELS, RIGHTS, VIEWS

NAME, VERSION = "privacy_requests", "1.0.0"
TEXT, SUBJECT_END, PASSAGES, SCORES, ANY = "text", "subject_end", "passages", "scores", "request"


@Language.factory("request_views")
class RequestViews:
    """Reads the sentences and scores them and the mail."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name
        self.reader = Reader(Lexicon(""))
        self.networks = {view.name: blank_network(SIZE, LABELS) for view in VIEWS}

    def __call__(self, doc: Doc) -> Doc:
        text = doc.user_data.setdefault(TEXT, doc.text)
        read = passages(doc, text, doc.user_data.get(SUBJECT_END, 0), self.reader)
        doc.user_data[PASSAGES], doc.user_data[SCORES] = read, scores_of(self.networks, text, read)
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        path.mkdir(parents=True, exist_ok=True)
        (path / "lexicon.txt").write_text(self.reader.lexicon.text, encoding="utf-8")
        for name, network in self.networks.items():
            network.save(path / f"{name}.npz")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> Self:
        self.reader = Reader(Lexicon.read(path / "lexicon.txt"))
        self.networks = {view.name: Network.load(path / f"{view.name}.npz", SIZE) for view in VIEWS}
        return self


@Language.factory("requests")
class Requests:
    """Combines what the views say into one calibrated probability a right."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name
        self.combination: Combination | None = None

    def __call__(self, doc: Doc) -> Doc:
        if self.combination is None:
            raise ValueError("This pipeline has not been trained; run `make model`.")
        *chances, doc.user_data[ANY] = map(float, self.combination.probabilities(doc.user_data[SCORES]))
        doc.cats = {right.value: chance for right, chance in zip(RIGHTS, chances, strict=True)}
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        path.mkdir(parents=True, exist_ok=True)
        if self.combination is not None:
            text = json.dumps(self.combination.as_json(), indent=1)
            (path / "combination.json").write_text(text, encoding="utf-8")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> Self:
        self.combination = Combination.of_json(json.loads((path / "combination.json").read_text(encoding="utf-8")))
        return self


def blank() -> Language:
    """The pipeline before it has learnt anything."""
    nlp = spacy.blank("xx", meta={"name": NAME, "version": VERSION})
    nlp.add_pipe("request_views")
    nlp.add_pipe("requests")
    return nlp
