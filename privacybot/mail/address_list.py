"""The addresses of From, To and Cc as people and programs write them  (RFC 5322, 3.4 and 4.4).

Lenient: names with commas that nobody quoted, stray quotation marks, comments, groups, routes. What cannot be an
address is left out, never repaired into somebody else's. Linear in the length of the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from privacybot.mail.message import Address
from privacybot.mail.values import decode_words

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|(?P<open>\\?\Z))'  # a quoted string, perhaps without its end
    r"|<[^<>]*(?:>|\Z)"
    r"|=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?="
    r"|\[[^\[\]\s]*\]"
    r'|[^\s",;:<>()\[\]]+'
    r"|\s+|.",
    re.DOTALL,
)
_ADDRESS = re.compile(r'(?:[^\s"<>(),:;@\\\[\]]+|"(?:[^"\\]|\\.)*+")@(?:[^\s"<>(),:;@\\\[\]]+|\[[^\s\[\]]+\])')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"?', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(slots=True)
class _Mailbox:
    """One address while it is read: what stands before the brackets, in them, and in comments."""

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angle: str | None = None

    @property
    def phrase(self) -> str:
        return "".join(self.words).strip()


def addresses(text: str) -> tuple[Address, ...]:
    """Every address of an unfolded address field, each once; the field may be the join of several."""
    found = tuple(_read(text)) or tuple(_read(decode_words(text)) if "=?" in text else ())
    first: dict[str, Address] = {}
    for address in found:
        first.setdefault(address.address.lower(), address)
    return tuple(first.values())


def bare_address(text: str) -> str:
    """The address of a path such as `<jens@example.dk>` or `<>`; empty where there is none."""
    return next((address.address for address in _read(text)), "")


def _read(text: str) -> Iterator[Address]:
    """A name that a comma follows, but no address, belongs to the next one: Hansen, Jens <jens@example.dk>."""
    surname = ""
    for mailbox in _mailboxes(text):
        own = tuple(_addresses(mailbox, surname))
        bare_name = not own and mailbox.angle is None
        surname = f"{surname}{mailbox.phrase}, " if bare_name and mailbox.phrase and len(surname) < 200 else ""
        yield from own


def _mailboxes(text: str) -> Iterator[_Mailbox]:
    mailbox, depth = _Mailbox(), 0
    for token in _tokens(text):
        match token:
            case "(":
                depth += 1
            case ")":
                depth = max(depth - 1, 0)
            case _ if depth:
                mailbox.comments.append(token)
            case "," | ";":
                yield mailbox
                mailbox = _Mailbox()
            case ":":
                mailbox = _Mailbox()  # What came before was the name of a group.
            case _ if token.startswith("<") and len(token) > 1:
                if mailbox.angle is not None:
                    yield mailbox
                    mailbox = _Mailbox()
                mailbox.angle = token.strip("<>")
            case "<" | ">":
                pass
            case _:
                mailbox.words.append(token)
    if depth:  # The comment never ended, so it is none; what was found before is found again, and counts once.
        yield from _mailboxes(text.replace("(", " ").replace(")", " "))
    else:
        yield mailbox


def _tokens(text: str) -> Iterator[str]:
    for token in _TOKEN.finditer(text):
        if token["open"] is not None:  # The quotation mark stands alone: it quotes nothing.
            yield from _tokens(token[0].replace('"', " "))
        else:
            yield token[0]


def _addresses(mailbox: _Mailbox, surname: str) -> Iterator[Address]:
    if mailbox.angle is not None and (address := _clean(mailbox.angle)):
        yield Address(address, _name(surname + mailbox.phrase) or _name("".join(mailbox.comments)))
        return
    phrase = "@".join(piece.strip() for piece in mailbox.phrase.split("@"))
    words = [phrase] if phrase.startswith('"') and _clean(phrase) else phrase.split()
    found = [address for word in words if (address := _clean(word))]
    name = " ".join(word for word in words if "@" not in word) or "".join(mailbox.comments)
    yield from (Address(address, _name(name)) for address in found)


def _clean(text: str) -> str:
    """The address with its domain in lower case, without a route (@relay:); empty for what is none."""
    text = text.rpartition(":")[2] if text.startswith("@") else text
    text = "@".join(piece.strip() for piece in text.split("@"))
    if not _ADDRESS.fullmatch(text) or not text.isprintable():
        return ""
    local_part, _, domain = text.rpartition("@")
    return f"{local_part}@{domain.lower().rstrip('.')}"


def _name(phrase: str) -> str:
    unquoted = _QUOTED.sub(lambda quoted: _ESCAPED.sub(r"\1", quoted[1]), phrase)
    return " ".join(decode_words(unquoted).split())
