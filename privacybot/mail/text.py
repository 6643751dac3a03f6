"""What this person wrote now, and what they quote or hand on.

Own words are never thrown away: a line counts as quoted only with a mark that mail programs make (`>`, a repeated
header, "Den … skrev …:"), and answers between quotations stay. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from privacybot.mail.address_list import addresses
from privacybot.mail.closing import without_closing
from privacybot.mail.layouts import (
    Attribution,
    Block,
    Label,
    announced,
    attribution,
    between_dashes,
    header_block,
    is_rule,
)
from privacybot.mail.message import Address


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The first mail below the own words with a header of its own. It may be the mail answered: the caller, who knows
    the subject and our addresses, decides whether somebody hands it on."""

    originator: Address | None
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """`new`: what this person wrote now, or the whole text if nothing else is left; `quoted`: what others wrote."""

    new: str
    quoted: str
    forwarded: Forwarded | None


@dataclass(frozen=True, slots=True)
class _Below:
    """A mail to the end of the text; `block` is its repeated header, `body` what follows that."""

    block: Block | None = None
    body: Sequence[str] = ()


@dataclass(slots=True)
class _Layout:
    """The lines of a mail, sorted. `own` is cut where a quotation stands between two of its lines."""

    own: list[list[str]] = field(default_factory=lambda: [[]])
    quoted: list[str] = field(default_factory=list)
    below: _Below | None = None
    """Answers within it bear no mark, and cannot be told from the mail they answer."""

    def quote(self, lines: Sequence[str]) -> None:
        self.quoted += lines
        if self.own[-1]:
            self.own.append([])

    def quote_below(self, lines: Sequence[str], below: _Below) -> None:
        self.own[-1] = _without_rule(self.own[-1])
        self.quoted += lines
        self.below = below


_MARK = re.compile(r"[ \t]{0,3}>")
_LOOK_AHEAD = 4
_INLINE = re.compile(
    r"\b(?:svar|svarer|svaret|kommentar\w*|skrevet|answers?|answered|replies|replied|comments?|responses?)\b.{0,60}"
    r"\b(?:nedenfor|nedenunder|herunder|below|in-?line|i teksten|in the text|med (?:rødt|blåt)|in (?:red|blue))\b",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"\n{3,}")
_MAILTO = re.compile(r"\[(?:mailto|smtp):([^\]\s]{1,254})\]", re.IGNORECASE)
_LINKED = re.compile(r"<(?:mailto|https?):[^<>\s]{1,2000}>", re.IGNORECASE)


def read_text(full: str) -> Text:
    """Sort the text of a mail into new and quoted. Never raises."""
    layout = _layout(full.split("\n"))
    new = _own_words(layout)
    if layout.below and len(new) < 1000 and _INLINE.search(new):
        new = _tidy(full)
    quoted = "\n".join(layout.quoted).strip("\n")
    return Text(new or _tidy(full), quoted, _forwarded(layout.below) if layout.below else None)


def _own_words(layout: _Layout) -> str:
    return _tidy("\n".join("\n".join(without_closing(lines)) for lines in layout.own))


def _tidy(text: str) -> str:
    return _BLANKS.sub("\n\n", "\n".join(map(str.rstrip, text.split("\n")))).strip()


def _layout(lines: Sequence[str]) -> _Layout:
    layout = _Layout()
    position, marks = 0, sum(map(_is_marked, lines))
    while position < len(lines):
        if _is_marked(lines[position]) and (marks > 1 or layout.quoted):
            end = position + 1
        elif below := _mail_below(lines, position):
            layout.quote_below(lines[position:], below)
            break
        elif named := _attribution(lines, position):
            end = named.end
            if not _marked_next(lines, end):
                layout.quote_below(lines[position:], _Below())
                break
        else:
            layout.own[-1].append(lines[position])
            position += 1
            continue
        layout.quote(lines[position:end])
        position = end
    return layout


def _is_marked(line: str) -> bool:
    return _MARK.match(line) is not None


def _attribution(lines: Sequence[str], position: int) -> Attribution | None:
    """An attribution that is certain, or that marked lines follow."""
    found = attribution(lines, position)
    return found if found and (found.certain or _marked_next(lines, found.end)) else None


def _marked_next(lines: Sequence[str], position: int) -> bool:
    following = (line for line in lines[position : position + _LOOK_AHEAD] if line.strip())
    return any(_is_marked(line) for line in islice(following, 1))


def _mail_below(lines: Sequence[str], position: int) -> _Below | None:
    """A mail that starts at this line with a header of its own, or with words that only a program writes."""
    if not lines[position].strip():
        return None
    if announced(lines[position]):
        blocks = (
            header_block(lines, start, any_order=True)
            for start in range(position + 1, min(position + 1 + _LOOK_AHEAD, len(lines)))
        )
        block = next(filter(None, blocks), None)
        return _below(lines, block) if block or between_dashes(lines[position]) else None
    block = header_block(lines, position)
    return _below(lines, block) if block else None


def _below(lines: Sequence[str], block: Block | None) -> _Below:
    if block is None:
        return _Below()
    body = lines[block.end :]
    marked = _is_marked(lines[block.end - 1])
    return _Below(block, [line.lstrip(" \t").removeprefix(">").removeprefix(" ") for line in body] if marked else body)


def _without_rule(lines: list[str]) -> list[str]:
    """Outlook draws a line above the header that it repeats."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or is_rule(lines[end - 1])):
        end -= 1
    return lines[:end]


def _forwarded(below: _Below) -> Forwarded | None:
    if below.block is None:
        return None
    values = below.block.values
    written = _LINKED.sub("", _MAILTO.sub(r"<\1>", values.get(Label.FROM, "")))
    return Forwarded(
        originator=next(iter(addresses(written)), None),
        subject=values.get(Label.SUBJECT, ""),
        text=_own_words(_layout(below.body)) or _tidy("\n".join(below.body)),
    )
