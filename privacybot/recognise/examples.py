"""The corpus as the models are taught it: every mail and sentence read once, with what each sentence shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from spacy.language import Language

from privacybot.gdpr.rights import in_order
from privacybot.recognise.careless import CarelessReader
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.corpus import Corpus, LabelledMail, LabelledSentence, Mark, Rights, Source
from privacybot.recognise.features import SIZE, Reader
from privacybot.recognise.linear import Floats, Sparse
from privacybot.recognise.reading import Passage, is_subject, passages
from privacybot.recognise.views import LABELS, RIGHTS, View

HALF_KNOWN = 0.1
"""What an unmarked sentence weighs against a right that its mail shows elsewhere: it may well hint at it."""


@dataclass(frozen=True)
class Example:
    """A mail, or a single sentence as a mail of one. `shown`: the rights of each passage."""

    source: Source
    is_mail: bool
    text: str
    passages: Sequence[Passage]
    shown: Sequence[Rights]
    rights: Rights
    is_copy: bool = False
    """Read carelessly: to learn from, and never to measure on."""

    @property
    def target(self) -> Floats:
        return target(self.rights)


def lessons(corpus: Corpus, nlp: Language, lexicon: Lexicon) -> list[Example]:
    """The corpus, and after it a careless copy."""
    copies = examples(corpus, nlp, CarelessReader(lexicon))
    return [*examples(corpus, nlp, Reader(lexicon)), *(replace(copy, is_copy=True) for copy in copies)]


def examples(corpus: Corpus, nlp: Language, reader: Reader) -> list[Example]:
    return [
        *(_of_sentence(sentence, nlp, reader) for sentence in corpus.sentences),
        *(_of_mail(mail, nlp, reader) for mail in corpus.mails),
    ]


def document(subject: str, text: str) -> str:
    return f"{subject}\n\n{text}"


def taught(view: View, learnt_from: Iterable[Example]) -> tuple[Sparse, Floats, Floats]:
    """Rows, targets and their importance, for one view."""
    rows, targets, importance = [], list[Floats](), list[Floats]()
    for example in learnt_from:
        rows += view.rows([passage.features for passage in example.passages])
        if view.of_mails:
            targets.append(example.target)
            importance.append(np.ones(LABELS, np.float32))
        else:
            targets += [target(rights) for rights in example.shown]
            importance += _importance(example)
    return Sparse.of(rows, SIZE), np.array(targets, np.float32), np.array(importance, np.float32)


def target(rights: Rights) -> Floats:
    """A column a right, and one for being a request at all."""
    return np.array([*(right in rights for right in RIGHTS), bool(rights)], np.float32)


def targets_of(mails: Sequence[Example]) -> Floats:
    return np.array([mail.target for mail in mails], np.float32)


def _importance(example: Example) -> Iterator[Floats]:
    for passage, rights in zip(example.passages, example.shown, strict=True):
        absent = (example.target - target(rights)) > 0
        subject = example.is_mail and is_subject(passage)
        yield np.where(absent, 0.0 if subject else HALF_KNOWN, 1.0).astype(np.float32)


def _of_sentence(sentence: LabelledSentence, nlp: Language, reader: Reader) -> Example:
    """Where it falls into several sentences, all of them together show its rights."""
    text = document("", sentence.text)
    read = passages(nlp.make_doc(text), text, 0, reader)
    return Example(sentence.source, False, text, read, [sentence.rights] * len(read), sentence.rights)


def _of_mail(mail: LabelledMail, nlp: Language, reader: Reader) -> Example:
    text = document(mail.subject.text, mail.body.text)
    read = passages(nlp.make_doc(text), text, len(mail.subject.text), reader)
    marks = _marks(mail)
    shown = [in_order(right for mark in marks if _covers(mark, passage) for right in mark.rights) for passage in read]
    return Example(mail.source, True, text, read, shown, mail.rights)


def _marks(mail: LabelledMail) -> list[Mark]:
    below = len(document(mail.subject.text, ""))
    return [
        *mail.subject.marks,
        *(Mark(mark.start + below, mark.end + below, mark.rights) for mark in mail.body.marks),
    ]


def _covers(mark: Mark, passage: Passage) -> bool:
    shared = min(mark.end, passage.end) - max(mark.start, passage.start)
    return shared > 0.5 * min(mark.end - mark.start, passage.end - passage.start)
