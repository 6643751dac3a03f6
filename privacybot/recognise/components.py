"""The steps of the spaCy pipeline: sentences, their scores, the mail's.

A document holds subject and new text, `subject_end` characters apart in its `user_data`; the steps leave their
results there and the calibrated probabilities in `doc.cats`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import srsly
from spacy.language import Language
from spacy.tokens import Doc

from privacybot.gdpr.rights import Right
from privacybot.recognise.combine import Combination
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.features import SIZE, Reader
from privacybot.recognise.linear import Floats, Linear
from privacybot.recognise.reading import Passage, passages, rows_of

RIGHTS = tuple(Right)
SENTENCES, SCORES, REQUEST = "sentences", "sentence_scores", "request"
SUBJECT_END = "subject_end"


@Language.factory("request_sentences")
class RequestSentences:
    """Scores each sentence: log odds of each right, and of being any request at all."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name
        self.reader = Reader(Lexicon(""))
        self.linear = Linear(np.zeros((SIZE, len(RIGHTS) + 1), np.float32), np.zeros(len(RIGHTS) + 1, np.float32))

    def learnt(self, lexicon: Lexicon, linear: Linear) -> None:
        self.reader, self.linear = Reader(lexicon), linear

    def __call__(self, doc: Doc) -> Doc:
        return next(iter(self.pipe([doc])))

    def pipe(self, stream: Iterable[Doc], batch_size: int = 64) -> Iterable[Doc]:
        for doc in stream:
            read = passages(doc, doc.user_data.get(SUBJECT_END, 0), self.reader)
            doc.user_data[SENTENCES] = read
            doc.user_data[SCORES] = self.scores(read)
            yield doc

    def scores(self, read: list[Passage]) -> Floats:
        return self.linear.scores(rows_of(read))

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        path.mkdir(parents=True, exist_ok=True)
        (path / "lexicon.txt").write_text(self.reader.lexicon.text, encoding="utf-8")
        used = np.flatnonzero(np.abs(self.linear.weights).max(axis=1) > 0).astype(np.int32)
        np.savez(
            path / "weights.npz", rows=used, weights=self.linear.weights[used].astype(np.float16), bias=self.linear.bias
        )

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> RequestSentences:
        with np.load(path / "weights.npz") as stored:
            weights = np.zeros((SIZE, len(stored["bias"])), np.float32)
            weights[stored["rows"]] = stored["weights"]
            self.learnt(Lexicon.read(path / "lexicon.txt"), Linear(weights, stored["bias"]))
        return self


@Language.factory("requests")
class Requests:
    """Combines a mail's sentences into one calibrated probability a right."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name
        self.combination = Combination()

    def __call__(self, doc: Doc) -> Doc:
        chances = self.combination.probabilities(doc.user_data[SCORES])
        doc.cats = {right.value: float(chance) for right, chance in zip(RIGHTS, chances, strict=False)}
        doc.user_data[REQUEST] = float(chances[-1])
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        path.mkdir(parents=True, exist_ok=True)
        srsly.write_json(path / "combination.json", self.combination.as_json())

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> Requests:
        self.combination = Combination.of_json(srsly.read_json(path / "combination.json"))
        return self
