"""A text without the persons in it, as far as a rule can tell: addresses, links, numbers and names.

It errs on the side of too much. A name is a word of the sender's own name or address, or one with a capital within a
sentence that is not known to be harmless. A name that begins a sentence and is nobody's we know stays: whoever keeps
such a text reads it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME, ADDRESS, LINK = "X", "x@example.org", "www.example.org"

_ADDRESS = re.compile(r"\S{1,200}@\S{1,200}")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_OF_THE_LAW = re.compile(
    r"(?:\bart(?:ik(?:el|len|ler)|icles?)?\.?|§§?|\bstk\.?|\bsection)\s{0,2}\d{1,3}(?!\d)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BEGINS_SENTENCE = re.compile(r"(?:^|[.!?…:\n>«»\"“”–-])[\s\"“”'(*-]*$")
_HARMLESS = frozenset(
    """i i'm i've i'd i'll de dem deres dig jer epm group aps peoplecert prince itil datatilsynet danmark denmark
    danish english dansk engelsk monday tuesday wednesday thursday friday saturday sunday january february march april
    may june july august september october november december linkedin facebook instagram google excel kære hej hi
    hello dear mvh""".split()  # noqa: SIM905 - words are read better than quotation marks.
)


def without_persons(text: str, names: Iterable[str]) -> str:
    """`names`: what the sender is called, addresses included. Numbers become zeros, but those of the law stay."""
    called = " ".join(name.partition("@")[0] for name in names)
    known = {word.casefold() for word in _WORD.findall(called) if len(word) > 1} - _HARMLESS
    text = _LINK.sub(LINK, _ADDRESS.sub(ADDRESS, text))
    return _unnamed(_unnumbered(text), known)


def _unnumbered(text: str) -> str:
    kept = [(found.start(), found.end()) for found in _OF_THE_LAW.finditer(text)]
    pieces, position = [], 0
    for start, end in [*kept, (len(text), len(text))]:
        pieces += [_DIGIT.sub("0", text[position:start]), text[start:end]]
        position = end
    return "".join(pieces)


def _unnamed(text: str, known: set[str]) -> str:
    return "".join(_named_line(line, known) for line in text.splitlines(keepends=True))


def _named_line(line: str, known: set[str]) -> str:
    words = _WORD.findall(line)
    alone = 0 < len(words) <= 4 and all(word[0].isupper() for word in words) and not re.search(r"[.!?:,]", line)

    def shown(found: re.Match[str]) -> str:
        word = found[0]
        if word.casefold() in known or _parts(word) & known:
            return NAME
        harmless = word.casefold().replace("’", "'") in _HARMLESS or (word.isupper() and len(word) > 1)
        if harmless or not word[0].isupper() or line[found.end() : found.end() + 1] == "@" or word == NAME:
            return word
        return NAME if alone or not _BEGINS_SENTENCE.search(line[max(0, found.start() - 20) : found.start()]) else word

    return _WORD.sub(shown, line)


def _parts(word: str) -> set[str]:
    """Of a double name, and of a genitive."""
    parts = set(re.split(r"['’-]", word.casefold()))
    return parts | {part.removesuffix("s") for part in parts}
