"""The recogniser: from subject and new text to rights, probabilities, evidence, language and band."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc

from privacybot.errors import Unavailable
from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right
from privacybot.recognise import components
from privacybot.recognise.bands import Thresholds
from privacybot.recognise.language import UNDETERMINED, language_of

BATCH = 64
LONGEST_TEXT = 60_000
"""Characters of a mail that are read: far more than anybody writes, and bounded in time."""

LONGEST_SUBJECT = 1_000
EVIDENCE = 500
"""Characters of a sentence that are shown."""


class Recogniser:
    """Thread-safe: one mail is read at a time."""

    def __init__(self, nlp: Language, thresholds: Thresholds) -> None:
        self.nlp = nlp
        self.thresholds = thresholds
        self._lock = threading.Lock()

    def recognise(self, asked: Sequence[tuple[str, str]]) -> list[Recognition]:
        """One recognition for each (subject, new text), in order. Raises on no text."""
        with self._lock:
            return (
                [self._recognition(doc) for doc in self.nlp.pipe(map(self.document, *zip(*asked)), batch_size=BATCH)]
                if asked
                else []
            )

    def document(self, subject: str, text: str) -> Doc:
        subject = _plain(subject[:LONGEST_SUBJECT]).strip()
        doc = self.nlp.make_doc(f"{subject}\n\n{_plain(text[:LONGEST_TEXT])}")
        doc.user_data[components.SUBJECT_END] = len(subject)
        return doc

    def _recognition(self, doc: Doc) -> Recognition:
        scores = {right: doc.cats[right.value] for right in Right}
        rights = self.thresholds.rights(scores)
        band = self.thresholds.band(scores, doc.user_data[components.REQUEST])
        shown = rights or (() if band is Band.NONE else (max(scores, key=lambda right: scores[right]),))
        language = language_of(doc.text) if doc.text.strip() else UNDETERMINED
        return Recognition(language, rights, band, scores, {right: _evidence(doc, right) for right in shown})


def load(path: Path) -> Recogniser:
    """The trained pipeline as `make model` wrote it."""
    try:
        nlp = spacy.load(path)
        stored = srsly.read_json(path / "thresholds.json")
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The recognition pipeline in {path} cannot be loaded ({error}); run `make model`.", permanent=True
        ) from error
    return Recogniser(nlp, Thresholds.of_json(stored))


def _evidence(doc: Doc, right: Right) -> str:
    """The sentence that speaks most for this right."""
    scores = doc.user_data[components.SCORES]
    if not len(scores):
        return ""
    best = doc.user_data[components.SENTENCES][int(np.argmax(scores[:, components.RIGHTS.index(right)]))]
    return doc.text[best.start : best.end][:EVIDENCE]


def _plain(text: str) -> str:
    return text.replace("\x00", " ").replace("\r\n", "\n").replace("\r", "\n")
