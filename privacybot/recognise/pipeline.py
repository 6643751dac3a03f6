"""The recogniser: from subject and new text to rights, probabilities, evidence, language and band."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from privacybot.errors import Unavailable
from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right
from privacybot.recognise import components
from privacybot.recognise.bands import Thresholds
from privacybot.recognise.combine import Scores
from privacybot.recognise.language import OURS, language_of
from privacybot.recognise.portions import portions, together
from privacybot.recognise.reading import Passage
from privacybot.recognise.scoring import telling
from privacybot.recognise.views import RIGHTS

THRESHOLDS = "thresholds.json"
BATCH = 64
LONGEST_SUBJECT = 1_000
LONGEST_TEXT = 60_000
"""Characters of a portion that are read: far more than its sentences have, and bounded in time."""

LONGEST_EVIDENCE = 500

_NO_WORD = re.compile(r"(\S{300})(?=\S)")
"""The tokenizer peels marks off a word one by one: in a run without a space that would take minutes."""


class Recogniser:
    """Thread-safe: one call reads at a time."""

    def __init__(self, nlp: Language, thresholds: Thresholds) -> None:
        self.nlp = nlp
        self.thresholds = thresholds
        self._lock = threading.Lock()

    def recognise(self, asked: Sequence[tuple[str, str]]) -> list[Recognition]:
        """One recognition for each (subject, new text), in order. Raises on no text."""
        pieces = [(subject, portions(text)) for subject, text in asked]
        with self._lock:
            documents = (self._document(subject, text) for subject, texts in pieces for text in texts)
            read = map(self._recognition, self.nlp.pipe(documents, batch_size=BATCH))
            return [together(list(islice(read, len(texts)))) for _, texts in pieces]

    def _document(self, subject: str, text: str) -> Doc:
        subject = _plain(subject[:LONGEST_SUBJECT]).replace("\n", " ").strip()
        doc = self.nlp.make_doc(f"{subject}\n\n{_plain(text[:LONGEST_TEXT])}")
        doc.user_data[components.SUBJECT_END] = len(subject)
        return doc

    def _recognition(self, doc: Doc) -> Recognition:
        scores = {right: doc.cats[right.value] for right in Right}
        rights = self.thresholds.rights(scores)
        language = language_of(doc.user_data[components.TEXT])
        band = self.thresholds.band(scores, doc.user_data[components.ANY], foreign=language not in OURS)
        shown = rights or (() if band is Band.NONE else (max(scores, key=lambda right: scores[right]),))
        evidence = {right: _evidence(doc, right) for right in shown}
        return Recognition(language, rights, band, scores, evidence)


def load(path: Path) -> Recogniser:
    """The trained pipeline as `make model` wrote it."""
    try:
        nlp = spacy.load(path, exclude=["vocab"])
        thresholds = Thresholds.of_json(json.loads((path / THRESHOLDS).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        sentence = f"The recognition pipeline in {path} cannot be loaded ({error}); run `make model`."
        raise Unavailable(sentence, permanent=True) from error
    return Recogniser(nlp, thresholds)


def _evidence(doc: Doc, right: Right) -> str:
    """The sentence that speaks most for this right."""
    scores: Scores = doc.user_data[components.SCORES]
    text: str = doc.user_data[components.TEXT]
    if not len(scores.sentences):
        return text.strip()[:LONGEST_EVIDENCE]
    read: Sequence[Passage] = doc.user_data[components.PASSAGES]
    best = read[telling(scores.sentences, RIGHTS.index(right), read)]
    return text[best.start : best.end][:LONGEST_EVIDENCE]


def _plain(text: str) -> str:
    """Without what the tokenizer or the sentence rules would trip over."""
    text = (
        text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ").replace("\r\n", "\n").replace("\r", "\n")
    )
    return _NO_WORD.sub(r"\1 ", text)
