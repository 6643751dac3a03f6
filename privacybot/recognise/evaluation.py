"""How good the recogniser is on labelled mails: every figure that PRODUCT, section 10, asks for, and every mistake.

Missed: a request of which no right is named and which is not unsure. Disturbed: an ordinary mail with any right, or
unsure. Calibration error: over all pairs of mail and right in ten bins of equal width, the mean distance between the
probability given and the share that was true, weighted by the size of the bin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from privacybot.gdpr.recognition import Band, Recognition
from privacybot.gdpr.rights import Right, in_order

BINS = 10
TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled mail, and what was made of it."""

    id: str
    language: str
    subject: str
    rights: tuple[Right, ...]
    found: Recognition

    @property
    def missed(self) -> bool:
        return bool(self.rights) and self.found.band is Band.NONE

    @property
    def disturbed(self) -> bool:
        return not self.rights and self.found.band is not Band.NONE

    @property
    def exact(self) -> bool:
        return self.rights == in_order(self.found.rights)


@dataclass(frozen=True, slots=True)
class RightFigures:
    """Of one right. A share of nothing is 1: nothing was asked, and nothing done wrong."""

    mails: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one language, or of all mails together. `macro_f1` is the mean over the rights that occur."""

    mails: int
    rights: Mapping[str, RightFigures]
    macro_f1: float
    request_recall: float
    request_precision: float
    missed: float
    disturbed: float
    exact: float
    calibration_error: float
    language: float


@dataclass(frozen=True, slots=True)
class Report:
    figures: Mapping[str, Figures]
    mistakes: Sequence[Judged]

    def as_json(self) -> dict[str, Any]:
        return {
            "figures": {name: asdict(figures) for name, figures in self.figures.items()},
            "mistakes": [_mistake(judged) for judged in self.mistakes],
        }

    def as_text(self) -> str:
        tables = [_table(name, figures) for name, figures in self.figures.items()]
        lines = [_mistake_line(judged) for judged in self.mistakes]
        return "\n\n".join([*tables, f"{len(lines)} mistakes", *lines])


def evaluate(examples: Sequence[dict[str, Any]], recognitions: Sequence[Recognition]) -> Report:
    """Each example has `rights`, and may have `id`, `lang` or `language`, and `subject`."""
    judged = [_judged(*pair) for pair in zip(examples, recognitions, strict=True)]
    languages = sorted({mail.language for mail in judged if mail.language})
    groups = {language: [mail for mail in judged if mail.language == language] for language in languages}
    if len(groups) != 1:
        groups[TOGETHER] = judged
    mistakes = [mail for mail in judged if not mail.exact or mail.missed or mail.disturbed]
    return Report({name: figures(mails) for name, mails in groups.items()}, mistakes)


def figures(mails: Sequence[Judged]) -> Figures:
    rights = {right.value: _of_right(right, mails) for right in Right}
    occurring = [of_right.f1 for of_right in rights.values() if of_right.mails]
    requests = [mail for mail in mails if mail.rights]
    ordinary = [mail for mail in mails if not mail.rights]
    noticed = [mail for mail in mails if mail.found.band is not Band.NONE]
    return Figures(
        mails=len(mails),
        rights=rights,
        macro_f1=_share(sum(occurring), len(occurring)),
        request_recall=1 - _share(sum(mail.missed for mail in requests), len(requests), 0.0),
        request_precision=_share(sum(bool(mail.rights) for mail in noticed), len(noticed)),
        missed=_share(sum(mail.missed for mail in requests), len(requests), 0.0),
        disturbed=_share(sum(mail.disturbed for mail in ordinary), len(ordinary), 0.0),
        exact=_share(sum(mail.exact for mail in mails), len(mails)),
        calibration_error=calibration_error(mails),
        language=_share(sum(mail.language == mail.found.language for mail in mails), len(mails)),
    )


def calibration_error(mails: Sequence[Judged]) -> float:
    pairs = [(mail.found.scores.get(right, 0.0), right in mail.rights) for mail in mails for right in Right]
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for chance, true in pairs:
        bins[min(int(chance * BINS), BINS - 1)].append((chance, true))
    return _share(sum(abs(sum(chance - true for chance, true in held)) for held in bins), len(pairs), 0.0)


def _judged(example: Mapping[str, Any], found: Recognition) -> Judged:
    rights = in_order(Right(name) for name in example["rights"] if name != "none")
    language = str(example.get("lang") or example.get("language") or "")
    return Judged(str(example.get("id", "")), language, str(example.get("subject") or ""), rights, found)


def _of_right(right: Right, mails: Sequence[Judged]) -> RightFigures:
    wanted = sum(right in mail.rights for mail in mails)
    named = sum(right in mail.found.rights for mail in mails)
    both = sum(right in mail.rights and right in mail.found.rights for mail in mails)
    return RightFigures(wanted, _share(both, named), _share(both, wanted), _share(2 * both, wanted + named))


def _share(part: float, whole: int, of_nothing: float = 1.0) -> float:
    return part / whole if whole else of_nothing


def _table(name: str, of: Figures) -> str:
    rows = [
        f"{right:<16}{row.mails:>6}{row.precision:>11.3f}{row.recall:>9.3f}{row.f1:>9.3f}"
        for right, row in of.rights.items()
    ]
    summary = [
        f"{label:<32}{value:.3f}"
        for label, value in (
            ("macro-F1", of.macro_f1),
            ("request or none: recall", of.request_recall),
            ("request or none: precision", of.request_precision),
            ("requests missed", of.missed),
            ("ordinary mails disturbed", of.disturbed),
            ("exact set of rights", of.exact),
            ("calibration error", of.calibration_error),
            ("language right", of.language),
        )
    ]
    head = f"{name}: {of.mails} mails"
    return "\n".join([head, f"{'right':<16}{'mails':>6}{'precision':>11}{'recall':>9}{'F1':>9}", *rows, "", *summary])


def _mistake(judged: Judged) -> dict[str, Any]:
    return {
        "id": judged.id,
        "language": judged.language,
        "subject": judged.subject,
        "expected": [right.value for right in judged.rights],
        "rights": [right.value for right in judged.found.rights],
        "band": judged.found.band.value,
        "scores": {right.value: round(score, 4) for right, score in judged.found.scores.items()},
        "evidence": {right.value: sentence for right, sentence in judged.found.evidence.items()},
    }


def _mistake_line(judged: Judged) -> str:
    kind = "missed" if judged.missed else "disturbed" if judged.disturbed else "wrong rights"
    shown = "; ".join(
        f"{right.value} {judged.found.scores.get(right, 0.0):.2f} “{sentence}”"
        for right, sentence in judged.found.evidence.items()
    )
    expected = ", ".join(judged.rights) or "none"
    found = ", ".join(judged.found.rights) or "none"
    return f"{judged.id} ({kind}): expected {expected}, found {found} ({judged.found.band.value}). {shown}".rstrip()
