"""Structured header fields: comments, quoted strings and clauses  (RFC 5322, 3.2; RFC 2045, 5.1).

Comments nest, quoting hides both comments and semicolons, and none of it need be closed: one walk, no recursion.
"""

from __future__ import annotations

from collections.abc import Iterator


def clauses(value: str) -> tuple[str, ...]:
    """The parts between semicolons, without comments or outer white space; always at least one."""
    return tuple(clause.strip() for clause in "".join(_without_comments(value)).split("\0"))


def keyword(value: str) -> str:
    """The word that a field says, in lower case: `No (really); x=y` is `no`."""
    return clauses(value)[0].lower()


def _without_comments(value: str) -> Iterator[str]:
    """The text with each comment made a space, and NUL for each semicolon that divides."""
    depth, quoted, characters = 0, False, iter(value.replace("\0", " "))
    for character in characters:
        pair = character + next(characters, "") if character == "\\" else character
        if depth or (character == "(" and not quoted):
            depth += {"(": 1, ")": -1}.get(pair, 0)
            yield " "
            continue
        quoted ^= pair == '"'
        yield "\0" if pair == ";" and not quoted else pair
