"""What is learnt from some authors, asked of others: whole authors are held out, never single lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from privacybot.recognise.combine import Combination, Scores, fit_combination
from privacybot.recognise.examples import Example, targets_of, taught
from privacybot.recognise.linear import Floats, Sparse
from privacybot.recognise.network import Network, teach
from privacybot.recognise.parallel import at_once
from privacybot.recognise.scoring import scores_of
from privacybot.recognise.views import LABELS, VIEWS, Model, View

MOST_FOLDS = 5
SEEDS = (1, 2)
"""A committee of so many networks a view."""


Groups = Sequence[frozenset[str]]

Teach = Callable[[Sparse, Floats, Floats], Model]
"""From rows, targets and their importance to what has been learnt."""


def folds(authors: Sequence[str]) -> list[frozenset[str]]:
    """Groups of authors to hold out together, each with some of every language."""
    groups: list[set[str]] = [set() for _ in range(MOST_FOLDS)]
    for language in sorted({author[:2] for author in authors}):
        for at, author in enumerate(author for author in sorted(authors) if author.startswith(language)):
            groups[at % MOST_FOLDS].add(author)
    return [frozenset(group) for group in groups if group]


def groups_of(examples: Sequence[Example]) -> list[frozenset[str]]:
    return folds(sorted({example.source.author for example in examples}))


def teach_committee(rows: Sparse, targets: Floats, importance: Floats) -> Network:
    return teach(rows, targets, importance, SEEDS)


def learnt(examples: Sequence[Example]) -> dict[str, Network]:
    """A network a view, from all of them."""
    networks = at_once(partial(_learnt, examples), VIEWS)
    return {view.name: network for view, network in zip(VIEWS, networks, strict=True)}


def _learnt(examples: Sequence[Example], view: View) -> Network:
    return teach_committee(*taught(view, examples))


def held_out_scores(examples: Sequence[Example], groups: Groups, how: Teach = teach_committee) -> dict[int, Scores]:
    """What models say of each mail of these authors that have learnt nothing from the author's group."""
    found = at_once(partial(_scores_without, examples, how), groups)
    return {at: score for of_group in found for at, score in sorted(of_group.items())}


def _scores_without(examples: Sequence[Example], how: Teach, held_out: frozenset[str]) -> dict[int, Scores]:
    others = [example for example in examples if example.source.author not in held_out]
    models: Mapping[str, Model] = {view.name: how(*taught(view, others)) for view in VIEWS}
    asked = {at: example for at, example in enumerate(examples) if example.source.author in held_out}
    mails = {at: example for at, example in asked.items() if example.is_mail and not example.is_copy}
    return {at: scores_of(models, mail.text, mail.passages) for at, mail in mails.items()}


def held_out_probabilities(mails: Sequence[Example], scores: Sequence[Scores]) -> Floats:
    """Probabilities from combinations that have learnt nothing from the mail's author either."""
    found = np.zeros((len(mails), LABELS), np.float32)
    for authors in groups_of(mails):
        own = [at for at, mail in enumerate(mails) if mail.source.author in authors]
        others = [at for at, mail in enumerate(mails) if mail.source.author not in authors]
        combination = combined(mails, scores, others)
        found[own] = [combination.probabilities(scores[at]) for at in own]
    return found


def combined(mails: Sequence[Example], scores: Sequence[Scores], chosen: Sequence[int]) -> Combination:
    return fit_combination([scores[at] for at in chosen], targets_of([mails[at] for at in chosen]))
