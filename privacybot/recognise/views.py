"""The ways in which a mail is looked at: sentence by sentence, and as a whole.

Each view has its own network. A sentence shows what is asked and where; the whole mail shows what kind of mail
it is (a newsletter, an order, a grievance about teaching), which no single sentence tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from privacybot.gdpr.rights import Right
from privacybot.recognise.features import SIZE, Features, Kind, Kinds, Row, chosen, row, together
from privacybot.recognise.linear import Floats, Sparse

RIGHTS = tuple(Right)
REQUEST = len(RIGHTS)
"""The column of "any right at all", after one for each right."""

LABELS = REQUEST + 1


class Model(Protocol):
    """A network, or what is compared with it."""

    def scores(self, examples: Sparse, /) -> Floats: ...


@dataclass(frozen=True, slots=True, eq=False)
class View:
    name: str
    of_mails: bool
    kinds: Kinds

    def rows(self, sentences: Sequence[Features]) -> list[Row]:
        """A row a sentence, or one for the mail."""
        seen = [together(sentences)] if self.of_mails else sentences
        return [row(found, self.kinds) for found in seen]

    def scores(self, model: Model, sentences: Sequence[Features]) -> Floats:
        """Log odds, a column a label."""
        return model.scores(Sparse.of(self.rows(sentences), SIZE))


SENTENCES = View("sentences", False, chosen(*Kind))
MAILS = View(
    "mails",
    True,
    chosen(Kind.WORD, Kind.WORD_PAIR, Kind.LETTERS, Kind.CONCEPT, Kind.CONCEPT_PAIR, Kind.CONCEPT_SKIP),
)
VIEWS = (SENTENCES, MAILS)
