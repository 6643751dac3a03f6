"""Where one sentence of a mail ends and the next begins, in letters and in what is typed on a phone.

Time is linear in the length of the text. A mail has neither grammar nor punctuation to rely on: line ends count where
the line was ended by hand, and a run of words without any end is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_SENTENCE = 600
"""Characters after which a run without punctuation is cut at a space."""

WRAPPED_LINE = 60
"""A line at least this long, followed by one in small letters, was broken by a program."""

_MAY_END = frozenset({"osv", "etc", "mv", "kr", "tlf", "m.m", "o.l"})
_ABBREVIATIONS: frozenset[str] = frozenset(
    """
    a adr afd afs aht alm apr art att attn aug bilag bl c ca cf co d dec def dep dir dr e eks ekskl el enc etc evt ex
    f feb ff fmr fr frk g hr hhv iflg inc incl inkl j jan jf jr jul jun jvf kap kl kr ltd m max mfl mht mht. min mio
    mr mrs ms mv mvh n nb nov nr no nuv obs okt oct oprl osv p pa pga pct pkt pp pr prof r red ref s sept sep s.u. sml
    st stk str t td tdl th tilsv tlf tv u udg v vedr vs vær lejl vha årg z zb usw bzw ggf
    """.split()  # noqa: SIM905 - words are read better than quotation marks.
)
_PICTURES = r"☺-➿\U0001F300-\U0001FAFF"
# A run is tried from its beginning only, or a mail of sixty thousand dots would take minutes.
_END = re.compile(
    rf"(?:(?<![.!?…])[.!?…]+[\"'”’»)\]]{{0,5}}|[:;](?=\s{{0,5}}\n)|(?<![{_PICTURES}])[{_PICTURES}]+)(?=\s)"
    r"|\n\s*"
)
_BULLET = re.compile(r"(?:[-–—*•·]|\(?\d{1,2}[.)]|\(?[a-h]\))[ \t]+")
_WORD_BEFORE = re.compile(r"[\w.]{1,12}$")


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, without the white space around it."""
    start = 0
    for end in _ends(text):
        yield from _trimmed(text, start, end)
        start = end


def _ends(text: str) -> Iterator[int]:
    for found in _END.finditer(text):
        if found[0].startswith("\n"):
            ends = _ends_line(text, found.start(), found.end(), found[0].count("\n"))
        else:
            ends = _ends_sentence(text, found.start(), found.end())
        if ends:
            yield found.end()
    yield len(text)


def _ends_line(text: str, start: int, end: int, breaks: int) -> bool:
    """Was the line ended by hand? Not if it is as long as a program makes it and goes on in small letters."""
    if breaks > 1 or _BULLET.match(text, end):
        return True
    length = start - (text.rfind("\n", max(0, start - 200), start) + 1)
    return not (length >= WRAPPED_LINE and text[end : end + 1].islower())


def _ends_sentence(text: str, start: int, end: int) -> bool:
    if text[start] != "." or text[start:end].count(".") > 1:
        return True
    found = _WORD_BEFORE.search(text, max(0, start - 12), start)
    word = found[0].lower() if found else ""
    following = text[end + 1 : end + 2]
    if word in _MAY_END and following.isupper():
        return True
    if word.isdigit():
        numbered = start == len(word) or text[start - len(word) - 1] == "\n"
        return following.isupper() and not numbered
    return word.rpartition(".")[2] not in _ABBREVIATIONS


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_SENTENCE:
        cut = text.rfind(" ", start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE)
        cut = cut if cut > start else start + LONGEST_SENTENCE
        yield from _stripped(text, start, cut)
        start = cut
    yield from _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left and any(character.isalnum() for character in piece):
        yield start + left, start + right
