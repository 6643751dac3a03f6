"""`python -m privacybot.recognise.figures`: the figures of the model card, for authors who were held out.

(nothing)              the recogniser as it is trained
--without concepts     without the lexicon
--without mails        sentences alone
--authors 2            learnt from so many authors a language only: a point of the learning curve
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from privacybot import shipped
from privacybot.gdpr.recognition import Recognition
from privacybot.recognise.bands import Thresholds, fit_thresholds
from privacybot.recognise.combine import Scores
from privacybot.recognise.components import blank
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.corpus import Corpus, read_corpus
from privacybot.recognise.crossvalidation import held_out_probabilities, held_out_scores
from privacybot.recognise.evaluation import Figures, Judged, figures
from privacybot.recognise.examples import Example, examples, targets_of
from privacybot.recognise.features import Reader
from privacybot.recognise.language import OURS, language_of
from privacybot.recognise.linear import Floats
from privacybot.recognise.views import LABELS, REQUEST, RIGHTS

RESAMPLES = 200
"""Draws of the bootstrap, over mails."""


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m privacybot.recognise.figures")
    arguments.add_argument("--without", choices=["concepts", "mails"])
    arguments.add_argument("--authors", type=int, help="authors a language")
    given = arguments.parse_args()
    corpus = _of_authors(read_corpus(shipped.corpus()), given.authors)
    lexicon = "" if given.without == "concepts" else _lexicon_text()
    read = examples(corpus, blank(), Reader(Lexicon(lexicon)))
    scores = held_out_scores(read)
    if given.without == "mails":
        scores = [Scores(score.sentences, np.zeros(LABELS, np.float32)) for score in scores]
    chosen = [at for at, example in enumerate(read) if example.is_mail]
    mails, scores = [read[at] for at in chosen], [scores[at] for at in chosen]
    chances = held_out_probabilities(mails, scores)
    print(report(mails, scores, chances, fit_thresholds(chances, targets_of(mails))))


def _lexicon_text() -> str:
    return (shipped.corpus().parent / "lexicon" / "concepts.txt").read_text(encoding="utf-8")


def _of_authors(corpus: Corpus, most: int | None) -> Corpus:
    if most is None:
        return corpus
    languages = sorted({author[:2] for author in corpus.authors})
    kept = [[author for author in corpus.authors if author.startswith(language)][:most] for language in languages]
    return corpus.only(*(author for authors in kept for author in authors))


def report(mails: Sequence[Example], scores: Sequence[Scores], chances: Floats, thresholds: Thresholds) -> str:
    """A line a language with 95 % intervals, and how often the evidence is what a person marked."""
    judged = [_judged(mail, row, thresholds) for mail, row in zip(mails, chances, strict=True)]
    languages = sorted({mail.language for mail in judged})
    lines = [_line(language, [mail for mail in judged if mail.language == language]) for language in languages]
    return "\n".join([*lines, f"evidence is what a person marked: {_evidence(mails, scores):.3f}"])


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


def _evidence(mails: Sequence[Example], scores: Sequence[Scores]) -> float:
    """Of the rights of all requests: how often the sentence with the highest score is one that was marked."""
    hits = [
        right in mail.shown[int(np.argmax(score.sentences[:, column : column + 1]))]
        for mail, score in zip(mails, scores, strict=True)
        for column, right in enumerate(RIGHTS)
        if right in mail.rights and len(mail.passages)
    ]
    return sum(hits) / max(1, len(hits))


if __name__ == "__main__":
    main()
