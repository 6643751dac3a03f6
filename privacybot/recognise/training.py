"""`make model`: from the corpus and the lexicon to the pipeline in `models/privacy_requests`.

Nothing is drawn at random without a seed: the same corpus gives the same scores.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import spacy
import srsly
from spacy.language import Language

from privacybot import shipped
from privacybot.gdpr.rights import Right
from privacybot.recognise import components
from privacybot.recognise.bands import Thresholds
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.corpus import Corpus, LabelledMail, Mark, Rights, read_corpus
from privacybot.recognise.features import SIZE, Reader
from privacybot.recognise.linear import Floats, Sparse, fit
from privacybot.recognise.reading import Passage, passages, rows_of

PENALTY = 0.3


def main() -> None:
    models = shipped.corpus().parent
    arguments = argparse.ArgumentParser(prog="python -m privacybot.recognise.training", description=__doc__)
    arguments.add_argument("--corpus", type=Path, default=models / "corpus")
    arguments.add_argument("--lexicon", type=Path, default=models / "lexicon" / "concepts.txt")
    arguments.add_argument("--to", type=Path, default=models / "privacy_requests")
    given = arguments.parse_args()
    nlp, thresholds = trained(read_corpus(given.corpus), Lexicon.read(given.lexicon))
    nlp.to_disk(given.to)
    srsly.write_json(given.to / "thresholds.json", thresholds.as_json())


def trained(corpus: Corpus, lexicon: Lexicon) -> tuple[Language, Thresholds]:
    nlp = spacy.blank("xx")
    nlp.meta["name"], nlp.meta["version"] = "privacy_requests", "0.1.0"
    scorer = nlp.add_pipe("request_sentences")
    nlp.add_pipe("requests")
    assert isinstance(scorer, components.RequestSentences)
    examples, targets = sentence_examples(corpus, nlp, Reader(lexicon))
    scorer.learnt(lexicon, fit(examples, targets, np.ones(len(targets), np.float32), PENALTY))
    return nlp, Thresholds({right: 0.4 for right in Right}, 0.2)


def sentence_examples(corpus: Corpus, nlp: Language, reader: Reader) -> tuple[Sparse, Floats]:
    read, targets = list[Passage](), list[Floats]()
    for sentence in corpus.sentences:
        found = reader_of(nlp, reader, "", sentence.text)
        read += found
        targets += [target(sentence.rights)] * len(found)
    for mail in corpus.mails:
        found = reader_of(nlp, reader, mail.subject.text, mail.body.text)
        read += found
        targets += [target(rights) for rights in labels_of(found, mail)]
    return rows_of(read), np.array(targets, np.float32)


def reader_of(nlp: Language, reader: Reader, subject: str, body: str) -> list[Passage]:
    return passages(nlp.make_doc(f"{subject}\n\n{body}"), len(subject), reader)


def labels_of(read: list[Passage], mail: LabelledMail) -> list[Rights]:
    """The rights of the marks that cover most of each passage."""
    offset = len(mail.subject.text) + 2
    marks = [
        *mail.subject.marks,
        *(Mark(mark.start + offset, mark.end + offset, mark.rights) for mark in mail.body.marks),
    ]
    return [tuple(right for mark in marks if _covers(mark, passage) for right in mark.rights) for passage in read]


def _covers(mark: Mark, passage: Passage) -> bool:
    shared = min(mark.end, passage.end) - max(mark.start, passage.start)
    return shared > 0.5 * min(mark.end - mark.start, passage.end - passage.start)


def target(rights: Rights) -> Floats:
    """A column a right, and one for being a request at all."""
    return np.array([*(right in rights for right in Right), bool(rights)], np.float32)


if __name__ == "__main__":
    main()
