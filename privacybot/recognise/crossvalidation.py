"""What is learnt from some authors, asked of others: whole authors are held out, never single lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest

import numpy as np

from privacybot.recognise.combine import Combination, Scores, fit_combination
from privacybot.recognise.examples import Example, taught
from privacybot.recognise.linear import Floats, Linear, fit
from privacybot.recognise.parallel import at_once
from privacybot.recognise.scoring import scores_of
from privacybot.recognise.views import LABELS, VIEWS

PENALTY = 0.33


def folds(authors: Sequence[str]) -> list[frozenset[str]]:
    """Groups of authors to hold out together: one of each language at a time."""
    languages = sorted({author[:2] for author in authors})
    columns = [[author for author in sorted(authors) if author.startswith(language)] for language in languages]
    return [frozenset(filter(None, group)) for group in zip_longest(*columns)]


def learnt(examples: Sequence[Example]) -> dict[str, Linear]:
    """A linear model a view."""
    return {view.name: fit(*taught(view, examples), PENALTY) for view in VIEWS}


def held_out_scores(examples: Sequence[Example]) -> list[Scores]:
    """What models say of each example that have learnt nothing from its author."""
    groups = folds(sorted({example.source.author for example in examples}))
    found = at_once(partial(_scores_without, examples), groups)
    scores = {at: score for of_group in found for at, score in of_group.items()}
    return [scores[at] for at in range(len(examples))]


def _scores_without(examples: Sequence[Example], held_out: frozenset[str]) -> dict[int, Scores]:
    linears = learnt([example for example in examples if example.source.author not in held_out])
    asked = (at for at, example in enumerate(examples) if example.source.author in held_out)
    return {at: scores_of(linears, examples[at].text, examples[at].passages) for at in asked}


def held_out_probabilities(mails: Sequence[Example], scores: Sequence[Scores]) -> Floats:
    """Probabilities from combinations that have learnt nothing from the mail's author either."""
    found = np.zeros((len(mails), LABELS), np.float32)
    for author in sorted({mail.source.author for mail in mails}):
        own = [at for at, mail in enumerate(mails) if mail.source.author == author]
        others = [at for at, mail in enumerate(mails) if mail.source.author != author]
        combination = combined(mails, scores, others)
        found[own] = [combination.probabilities(scores[at]) for at in own]
    return found


def combined(mails: Sequence[Example], scores: Sequence[Scores], chosen: Sequence[int]) -> Combination:
    return fit_combination([scores[at] for at in chosen], np.array([mails[at].target for at in chosen]))
