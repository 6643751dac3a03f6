"""One spelling for each word, however it was typed: small letters, no accents, æ/ae/a, ø/oe/o and å/aa/a alike.

Danish is often typed without its letters; folding them away costs a few homographs and saves every such word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST_WORD = 40
"""Characters; what is longer is no word, and is cut."""

_LETTERS = str.maketrans(
    {"æ": "a", "ø": "o", "å": "a", "ß": "ss", "œ": "o", "đ": "d", "ł": "l", "’": "'", "´": "'", "`": "'"}
)
_PAIRS = re.compile(r"ae|oe|aa|ue(?=[bcdfghjklmnpqrstvwxz])")
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S+\.(?:dk|com|org|net|eu)(?:/\S*)?")
_DIGIT = re.compile(r"\d")
_ARTICLE = re.compile(r"(7|1[5-9]|2[0-2]|77)(?:\(.*)?")
_SINGLE = {"ae": "a", "oe": "o", "aa": "a", "ue": "u"}

ADDRESS, LINK, NUMBER = "@", "://", "0"
"""What stands for every address and link, and for every digit but those of an article of the law."""


@lru_cache(maxsize=50_000)
def folded(word: str) -> str:
    """The one spelling; empty for white space and for punctuation that says nothing."""
    word = word[:LONGEST_WORD].lower()
    if word.isalpha() and word.isascii():
        return _PAIRS.sub(lambda pair: _SINGLE[pair[0]], word)
    if article := _ARTICLE.fullmatch(word):
        return article[1]
    if _ADDRESS.fullmatch(word):
        return ADDRESS
    if _LINK.fullmatch(word):
        return LINK
    return _folded_letters(word)


def _folded_letters(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    plain = "".join(letter for letter in plain if letter.isalnum() or letter in "'?!@%-")
    return _PAIRS.sub(lambda pair: _SINGLE[pair[0]], _DIGIT.sub(NUMBER, plain)).strip("'-")
