"""The figures of the model card: baselines that do what they are said to do, and parts that can be left out."""

from __future__ import annotations

import numpy as np
import pytest

from privacybot import shipped
from privacybot.gdpr.rights import Right
from privacybot.recognise import baselines
from privacybot.recognise.bands import Thresholds
from privacybot.recognise.combine import Scores
from privacybot.recognise.components import blank
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.corpus import Corpus, read_corpus
from privacybot.recognise.examples import Example, examples, lessons, targets_of
from privacybot.recognise.features import BITS, Kind, Reader, without
from privacybot.recognise.figures import PARTS, evidence_share, report
from privacybot.recognise.views import RIGHTS

LEXICON = Lexicon("[delete]\nslet*\n[mine]\nmig, mine")
THRESHOLDS = Thresholds(dict.fromkeys(Right, 0.5), doubted=0.5, sure=0.5)


@pytest.fixture(scope="module")
def small() -> Corpus:
    corpus = read_corpus(shipped.corpus())
    return Corpus(corpus.mails[::40], corpus.sentences[::40])


@pytest.fixture(scope="module")
def mails(small: Corpus) -> list[Example]:
    return [example for example in examples(small, blank(), Reader(LEXICON)) if example.is_mail]


def test_the_keyword_rule_finds_words_and_no_meaning(mails: list[Example]) -> None:
    found = baselines.keywords(mails)
    for mail, row in zip(mails, found, strict=True):
        assert row[RIGHTS.index(Right.ERASURE)] == any(
            word in mail.text.lower() for word in ("slet", "delete", "erase", "remove")
        )


def test_the_terms_of_a_mail_that_was_learnt_are_remembered(mails: list[Example]) -> None:
    chances, targets = baselines.terms(mails, mails), targets_of(mails)
    assert chances[targets > 0].mean() > chances[targets == 0].mean() + 0.1


def test_a_part_left_out_leaves_none_of_its_features(mails: list[Example]) -> None:
    found = mails[0].passages[-1].features
    for kinds in PARTS.values():
        left = {Kind(kind) for kind in np.unique(without(found, kinds) >> BITS)}
        assert left == {Kind(kind) for kind in np.unique(found >> BITS)} - kinds


def test_careless_copies_stand_beside_the_corpus_and_are_marked(small: Corpus) -> None:
    read = lessons(small, blank(), LEXICON)
    assert [example.text for example in read if example.is_copy] == [
        example.text for example in read if not example.is_copy
    ]


def test_perfect_probabilities_give_perfect_figures(mails: list[Example]) -> None:
    lines = report(mails, targets_of(mails), THRESHOLDS).splitlines()
    assert all("exact 1.000 (1.000 to 1.000), missed 0.000" in line for line in lines)


def test_the_evidence_is_right_when_the_marked_sentence_speaks_most(mails: list[Example]) -> None:
    scores = [
        Scores(np.array([[*(8.0 * (right in shown) for right in RIGHTS), 0] for shown in mail.shown]), np.zeros(9))
        for mail in mails
    ]
    in_text = [
        (mail, score) for mail, score in zip(mails, scores, strict=True) if any(mail.shown[1:]) or not mail.rights
    ]
    assert evidence_share([mail for mail, _ in in_text], [score for _, score in in_text]) > 0.95
