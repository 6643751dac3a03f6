"""A letter as its author writes it: a subject and blocks, marked as sparingly as a plain-text mail.

    Subject: the first line          ## a heading          - an item of a list
    | a label: a fact for the box    two spaces before a line keep it a line of its own (an address)

All other lines flow together into paragraphs, which a blank line ends. Nothing can be wrong but the first line:
what bears no mark is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Heading:
    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    kind: ClassVar[str] = "items"
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    kind: ClassVar[str] = "lines"
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of label and value, such as ("Sagsnummer", "EPM-7KQ2")."""

    kind: ClassVar[str] = "facts"
    entries: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Items | Lines | Facts


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    blocks: tuple[Block, ...]


SUBJECT_MARK = "Subject:"
_MARKS = {"## ": Heading, "- ": Items, "| ": Facts, "  ": Lines}


def read_letter(source: str) -> Letter:
    """Raise ValueError where the first line gives no subject."""
    first, _, rest = source.lstrip().partition("\n")
    subject = " ".join(first.removeprefix(SUBJECT_MARK).split())
    if not first.startswith(SUBJECT_MARK) or not subject:
        raise ValueError(f"the first line must be the subject, written “{SUBJECT_MARK} …”")
    return Letter(subject, read_blocks(rest))


def read_blocks(source: str) -> tuple[Block, ...]:
    return tuple(_block(mark, lines) for mark, lines in _grouped(source.splitlines()))


def as_text(blocks: Iterable[Block]) -> str:
    """Plain text, one line a paragraph: a mail program folds it to the width that its reader has."""
    return "\n\n".join(_text_of(block) for block in blocks)


def _grouped(lines: Iterable[str]) -> Iterator[tuple[type[Block], list[str]]]:
    group: list[str] = []
    current: type[Block] | None = None
    for line in lines:
        mark, text = _marked(line)
        if current is Items and mark in (Paragraph, Lines):
            group[-1] += " " + text  # An item may run over several lines.
            continue
        if current and (mark is not current or mark is Heading):
            yield current, group
            group = []
        current = mark
        if current:
            group.append(text)
    if current:
        yield current, group


def _marked(line: str) -> tuple[type[Block] | None, str]:
    text = " ".join(line.split())
    if not text:
        return None, ""
    for mark, kind in _MARKS.items():
        if line.startswith(mark):
            return kind, text.removeprefix(mark)
    return Paragraph, text


def _block(kind: type[Block], lines: list[str]) -> Block:
    if kind is Facts:
        return Facts(tuple(_fact(line) for line in lines))
    if kind is Items or kind is Lines:
        return kind(tuple(lines))
    return Heading(lines[0]) if kind is Heading else Paragraph(" ".join(lines))


def _fact(line: str) -> tuple[str, str]:
    label, _, value = line.partition(": ")
    return label, value


def _text_of(block: Block) -> str:
    match block:
        case Heading(text):
            return f"{text}\n{'-' * len(text)}"
        case Paragraph(text):
            return text
        case Items(entries):
            return "\n".join(f"- {entry}" for entry in entries)
        case Lines(entries):
            return "\n".join(entries)
        case Facts(rows):
            return "\n".join(f"{label}: {value}" for label, value in rows)


_LINK = re.compile(r"(?P<url>https?://|www\.)[^\s<>\"»«“”]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def links(text: str) -> Iterator[tuple[str, str | None]]:
    """Cut a text into pieces, each with the address it leads to, or None: web and mail addresses are links."""
    start = 0
    for found in _LINK.finditer(text):
        target = found.group().rstrip(".,;:!?)")
        yield text[start : found.start()], None
        yield target, _address_of(target, found["url"])
        start = found.start() + len(target)
    yield text[start:], None


def _address_of(target: str, scheme: str | None) -> str:
    if scheme is None:
        return f"mailto:{target}"
    return f"https://{target}" if scheme == "www." else target
