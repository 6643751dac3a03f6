"""The training corpus as it lies in `models/corpus`: whole mails with marked sentences, and single sentences.

The format is described in `models/corpus/README.md`. A fault is a `CorpusError` with file, line and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from privacybot.errors import PrivacybotError
from privacybot.gdpr.rights import Right, in_order
from privacybot.mail.text import read_text

Rights = tuple[Right, ...]


class CorpusError(PrivacybotError):
    """A corpus file breaks its format; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text stands and who wrote it: `author` is the file, `voice` the person imagined in it."""

    author: str
    language: str
    voice: str
    line: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters `start` to `end` of a text show `rights`."""

    start: int
    end: int
    rights: Rights


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its « », and what they enclosed."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledMail:
    """One mail, reduced to its new text as the recogniser will be asked. Without marks it is none."""

    source: Source
    subject: Marked
    body: Marked
    rights: Rights


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    source: Source
    text: str
    rights: Rights


@dataclass(frozen=True, slots=True)
class Corpus:
    mails: tuple[LabelledMail, ...]
    sentences: tuple[LabelledSentence, ...]

    @property
    def authors(self) -> tuple[str, ...]:
        return tuple(sorted({source.author for source in self._sources()}))

    def _sources(self) -> Iterator[Source]:
        yield from (mail.source for mail in self.mails)
        yield from (sentence.source for sentence in self.sentences)

    def without(self, *authors: str) -> Corpus:
        return Corpus(
            tuple(mail for mail in self.mails if mail.source.author not in authors),
            tuple(sentence for sentence in self.sentences if sentence.source.author not in authors),
        )

    def only(self, *authors: str) -> Corpus:
        return self.without(*(author for author in self.authors if author not in authors))


_LABEL = "|".join([*(right.value for right in Right), "none"])
_MARK = re.compile(rf"«\s*((?:{_LABEL})(?:\s*\+\s*(?:{_LABEL}))*)\s*:\s*(.*?)\s*»", re.DOTALL)
_SENTENCE = re.compile(r"([a-z+ ]+?)\s*:\s*(\S.*)")


def read_corpus(folder: Path) -> Corpus:
    """Every file below `mails/` and `sentences/`, and below `corrections/`, which staff have made."""
    roots = [root for root in (folder, folder / "corrections") if root.is_dir()]
    mails = [mail for root in roots for path in sorted(root.glob("mails/*.txt")) for mail in read_mails(path)]
    lines = [line for root in roots for path in sorted(root.glob("sentences/*.txt")) for line in read_sentences(path)]
    return Corpus(tuple(mails), tuple(lines))


def read_mails(path: Path) -> Iterator[LabelledMail]:
    language, block, begun = path.stem[:2], list[str](), 0
    for number, line in enumerate([*_lines(path), "==="], 1):
        if line.startswith("==="):
            if begun:
                yield _mail(path, block, Source(path.stem, language, block[0].strip("= "), begun))
            block, begun = [], number
        block.append(line)


def read_sentences(path: Path) -> Iterator[LabelledSentence]:
    voice = ""
    for number, line in enumerate(_lines(path), 1):
        if line.startswith("#"):
            voice = line.strip("# ")
        elif line.strip():
            labelled = _SENTENCE.fullmatch(line.strip())
            if labelled is None:
                raise CorpusError(f"{path}, line {number}: write it as `label: text`.")
            source = Source(path.stem, path.stem[:2], voice, number)
            yield LabelledSentence(source, labelled[2], _rights(labelled[1], path, number))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")


def _mail(path: Path, block: Sequence[str], source: Source) -> LabelledMail:
    if len(block) < 2 or not block[1].startswith("Subject:"):
        raise CorpusError(f"{path}, line {source.line}: the line below `===` must begin with `Subject:`.")
    subject = _unmarked(block[1].removeprefix("Subject:").strip(), path, source.line + 1)
    named = block[2:3] if block[2:3] and block[2].startswith("Rights:") else []
    body = _as_asked(_unmarked("\n".join(block[2 + len(named) :]).strip(), path, source.line + 2))
    of_marks = [right for mark in (*subject.marks, *body.marks) for right in mark.rights]
    of_head = [right for line in named for right in _rights(line.removeprefix("Rights:"), path, source.line + 2)]
    return LabelledMail(source, subject, body, in_order([*of_marks, *of_head]))


def _unmarked(written: str, path: Path, line: int) -> Marked:
    text, marks, position = "", list[Mark](), 0
    for found in _MARK.finditer(written):
        text += written[position : found.start()]
        marks.append(Mark(len(text), len(text) + len(found[2]), _rights(found[1], path, line)))
        text += found[2]
        position = found.end()
    rest = text + written[position:]
    if re.search(rf"«\s*(?:{_LABEL})|(?:{_LABEL})\s*:[^»«]*»", rest):
        raise CorpusError(f"{path}, line {line}: a « has no » in this mail, or its label is unknown.")
    return Marked(rest, tuple(mark for mark in marks if mark.rights))


def _as_asked(body: Marked) -> Marked:
    """Only the new text, as at the recogniser's door; marks are found again by their words."""
    new = read_text(body.text).new
    marks = []
    for mark in body.marks:
        start = new.find(body.text[mark.start : mark.end].strip())
        if start < 0:
            return body
        marks.append(Mark(start, start + mark.end - mark.start, mark.rights))
    return Marked(new, tuple(marks))


def _rights(label: str, path: Path, line: int) -> Rights:
    names = [name.strip() for name in label.split("+")]
    if unknown := [name for name in names if name != "none" and name not in set(Right)]:
        raise CorpusError(f"{path}, line {line}: “{unknown[0]}” is no label; see models/LABELS.md.")
    return in_order(Right(name) for name in names if name != "none")
