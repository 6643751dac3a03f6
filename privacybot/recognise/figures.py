"""`python -m privacybot.recognise.figures`: the figures of the model card, for authors who were held out.

(nothing)              the recogniser as it is trained
--without PART         without a part of it: see PARTS
--instead keywords     a rule of five keywords
--instead terms        TF-IDF with logistic regression
--instead linear       the recogniser with linear models in the place of its networks
--groups 1             hold out only the first of the groups of authors: a fifth of the time
--authors 2            learn from so many authors a language; always measured on the first group
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from privacybot import shipped
from privacybot.gdpr.recognition import Recognition
from privacybot.recognise import baselines
from privacybot.recognise.bands import Thresholds, fit_thresholds
from privacybot.recognise.combine import Scores
from privacybot.recognise.components import blank
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.corpus import read_corpus
from privacybot.recognise.crossvalidation import (
    Groups,
    Teach,
    groups_of,
    held_out_probabilities,
    held_out_scores,
    teach_committee,
)
from privacybot.recognise.evaluation import Figures, Judged, figures
from privacybot.recognise.examples import Example, examples, lessons, targets_of
from privacybot.recognise.features import Kind, Reader, without
from privacybot.recognise.language import OURS, language_of
from privacybot.recognise.linear import Floats, Sparse, fit
from privacybot.recognise.network import teach
from privacybot.recognise.scoring import telling
from privacybot.recognise.views import LABELS, REQUEST, RIGHTS, Model

RESAMPLES = 200
"""Draws of the bootstrap, over mails."""

LINEAR_PENALTY = 0.33
BASELINES = ("keywords", "terms")

PARTS: dict[str, frozenset[Kind]] = {
    "concepts": frozenset(
        {
            Kind.CONCEPT,
            Kind.CONCEPT_PAIR,
            Kind.CONCEPT_SKIP,
            Kind.CONCEPT_WORD,
            Kind.BEFORE,
            Kind.AFTER,
            Kind.SUBJECT_CONCEPT,
        }
    ),
    "letters": frozenset({Kind.LETTERS}),
    "words": frozenset({Kind.WORD, Kind.WORD_PAIR, Kind.CONCEPT_WORD, Kind.SUBJECT_WORD}),
    "neighbours": frozenset({Kind.BEFORE, Kind.AFTER, Kind.SUBJECT_WORD, Kind.SUBJECT_CONCEPT}),
    "committee": frozenset(),
    "copies": frozenset(),
    "mails": frozenset(),
}
"""What can be left out, and the kinds of features that go with it. Without committee: one network a view; without
copies: only what was written; without mails: sentences alone."""


def main() -> None:
    given = _arguments()
    corpus, lexicon = read_corpus(shipped.corpus()), Lexicon(_lexicon_text())
    whole = given.instead in BASELINES or given.without == "copies"
    read = examples(corpus, blank(), Reader(lexicon)) if whole else lessons(corpus, blank(), lexicon)
    groups = groups_of(read)[: 1 if given.authors else given.groups]
    read = _of_authors(read, groups[0], given.authors) if given.authors else read
    if given.instead in BASELINES:
        print(_baseline(given.instead, read, groups))
    else:
        print(_recogniser(given.without, given.instead, read, groups))


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="python -m privacybot.recognise.figures")
    arguments.add_argument("--without", choices=list(PARTS), default="")
    arguments.add_argument("--instead", choices=[*BASELINES, "linear"], default="")
    arguments.add_argument("--groups", type=int, help="how many groups of authors to hold out in turn")
    arguments.add_argument("--authors", type=int, help="authors a language to learn from")
    return arguments.parse_args()


def _recogniser(part: str, instead: str, read: Sequence[Example], groups: Groups) -> str:
    read = [_less(example, PARTS[part]) for example in read] if part and PARTS[part] else read
    how: Teach = _linear if instead == "linear" else _alone if part == "committee" else teach_committee
    held_out = held_out_scores(read, groups, how)
    mails, scores = [read[at] for at in held_out], list(held_out.values())
    if part == "mails":
        scores = [Scores(score.sentences, np.zeros(LABELS, np.float32)) for score in scores]
    chances = held_out_probabilities(mails, scores)
    thresholds = fit_thresholds(chances, targets_of(mails))
    evidence = f"evidence is what a person marked: {evidence_share(mails, scores):.3f}"
    return f"{report(mails, chances, thresholds)}\n{evidence}"


def _baseline(name: str, read: Sequence[Example], groups: Groups) -> str:
    mails = [mail for mail in read if mail.is_mail and any(mail.source.author in group for group in groups)]
    if name == "keywords":
        half = Thresholds(dict.fromkeys(RIGHTS, 0.5), doubted=1.1, sure=0.0)
        return report(mails, baselines.keywords(mails), half)
    chances = np.zeros((len(mails), LABELS), np.float32)
    for group in groups:
        at = [number for number, mail in enumerate(mails) if mail.source.author in group]
        others = [example for example in read if example.source.author not in group]
        chances[at] = baselines.terms(others, [mails[number] for number in at])
    return report(mails, chances, fit_thresholds(chances, targets_of(mails)))


def _linear(rows: Sparse, targets: Floats, importance: Floats) -> Model:
    return fit(rows, targets, importance, LINEAR_PENALTY)


def _alone(rows: Sparse, targets: Floats, importance: Floats) -> Model:
    return teach(rows, targets, importance, [1])


def _less(example: Example, kinds: frozenset[Kind]) -> Example:
    read = [replace(passage, features=without(passage.features, kinds)) for passage in example.passages]
    return replace(example, passages=read)


def _lexicon_text() -> str:
    return (shipped.corpus().parent / "lexicon" / "concepts.txt").read_text(encoding="utf-8")


def _of_authors(read: Sequence[Example], held_out: frozenset[str], most: int) -> list[Example]:
    """These authors, and so many others of each language."""
    others = sorted({example.source.author for example in read} - held_out)
    languages = sorted({author[:2] for author in others})
    kept = [[author for author in others if author.startswith(language)][:most] for language in languages]
    wanted = held_out | {author for authors in kept for author in authors}
    return [example for example in read if example.source.author in wanted]


def report(mails: Sequence[Example], chances: Floats, thresholds: Thresholds) -> str:
    """A line a language with 95 % intervals."""
    judged = [_judged(mail, row, thresholds) for mail, row in zip(mails, chances, strict=True)]
    languages = sorted({mail.language for mail in judged})
    return "\n".join(_line(language, [mail for mail in judged if mail.language == language]) for language in languages)


def _judged(mail: Example, chances: Floats, thresholds: Thresholds) -> Judged:
    scores = dict(zip(RIGHTS, map(float, chances[:REQUEST]), strict=True))
    language = language_of(mail.text)
    band = thresholds.band(scores, float(chances[REQUEST]), foreign=language not in OURS)
    found = Recognition(language, thresholds.rights(scores), band, scores, {})
    return Judged(f"{mail.source.author}:{mail.source.line}", mail.source.language, "", mail.rights, found)


def _line(language: str, mails: Sequence[Judged]) -> str:
    draws = np.random.default_rng(1).integers(0, len(mails), (RESAMPLES, len(mails)))
    of_draws = [_summary(figures([mails[at] for at in draw])) for draw in draws]
    low, high = np.quantile(of_draws, [0.025, 0.975], axis=0)
    names = ("macro-F1", "exact", "missed", "disturbed", "calibration error", "language")
    shown = (
        f"{name} {value:.3f} ({bottom:.3f} to {top:.3f})"
        for name, value, bottom, top in zip(names, _summary(figures(mails)), low, high, strict=True)
    )
    return f"{language}, {len(mails)} mails: {', '.join(shown)}"


def _summary(of: Figures) -> tuple[float, ...]:
    return of.macro_f1, of.exact, of.missed, of.disturbed, of.calibration_error, of.language


def evidence_share(mails: Sequence[Example], scores: Sequence[Scores]) -> float:
    """Of the rights of all requests: how often the sentence shown is one that was marked."""
    hits = [
        right in mail.shown[telling(score.sentences, column, mail.passages)]
        for mail, score in zip(mails, scores, strict=True)
        for column, right in enumerate(RIGHTS)
        if right in mail.rights and len(mail.passages)
    ]
    return sum(hits) / max(1, len(hits))


if __name__ == "__main__":
    main()
