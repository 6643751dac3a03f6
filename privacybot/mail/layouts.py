"""What mail programs write above a mail that they quote or hand on.

Outlook repeats header fields, in the language of its user; Gmail, Apple Mail, Thunderbird and Yahoo write one sentence
("Den … skrev …:", "On … wrote:"), which may be wrapped; a forward is announced by a line of its own. The tables hold
Danish, English, German, Swedish, Norwegian, Dutch and French. In doubt a line is a person's own word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """A field of a repeated header, whatever its language."""

    FROM = "from"
    SENT = "sent"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    OTHER = "other"


LABELS = {
    Label.FROM: ("fra", "from", "von", "från", "van", "de", "afsender", "avsender", "avsändare"),
    Label.SENT: ("sendt", "sent", "gesendet", "skickat", "verzonden", "envoyé", "date", "dato", "datum"),
    Label.TO: ("til", "to", "an", "till", "aan", "à"),
    Label.COPY: ("cc", "kopi", "kopia", "bcc"),
    Label.SUBJECT: ("emne", "subject", "betreff", "ämne", "onderwerp", "objet"),
    Label.OTHER: ("vedhæftede filer", "attachments", "vigtighed", "importance", "prioritet", "priority", "reply-to"),
}

ORIGINAL = (
    *("original message", "original mail", "original e-mail", "reply message"),
    *("oprindelig meddelelse", "oprindelig besked", "oprindelig mail", "original meddelelse", "original besked"),
    *("ursprüngliche nachricht", "originalnachricht", "ursprungligt meddelande", "originalmeddelande"),
    *("opprinnelig melding", "oorspronkelijk bericht", "message d'origine"),
)
FORWARDED = (
    *("forwarded message", "forwarded mail", "begin forwarded message"),
    *("videresendt meddelelse", "videresendte meddelelse", "videresendt besked", "videresendt mail"),
    *("start på videresendt besked", "start på videresendt meddelelse", "start på videresendt mail"),
    *("weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "videresendt melding"),
    *("vidarebefordrat meddelande", "vidarebefordrat brev", "doorgestuurd bericht", "message transféré"),
)
VERBS = ("skrev", "wrote", "schrieb", "schreef", "a écrit", "skrev følgende")

LONGEST_LINE = 400
"""A longer line is a paragraph of somebody's own."""
_BLOCK_LINES = 24
_GAP_LINES = 3
_SENTENCE_LINES = 4

_WORDS = {word: label for label, words in LABELS.items() for word in words}
_MARKS = r"[\s>*_|]{0,20}"
_LABEL = re.compile(
    rf"{_MARKS}({'|'.join(sorted(map(re.escape, _WORDS), key=len, reverse=True))})[\s*_]{{0,5}}:[*_]{{0,3}}(.*)",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    rf"{_MARKS}(-{{2,}})?\s{{0,9}}(?:{'|'.join(ORIGINAL + FORWARDED)})\s{{0,9}}(-{{2,}}|:)?[\s*_]{{0,9}}", re.I
)
_RULE = re.compile(r"[\s*]{0,9}[_=-]{5,}\s*")

_VERB = re.compile(rf"\b(?:{'|'.join(VERBS)})\b", re.IGNORECASE)
_DATED = re.compile(
    r"(?:den|på|on|am|le|op|(?:man|tir|tirs|ons|tor|tors|fre|lør|søn|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)\w{0,7}\.?,?)"
    r"\s.{0,30}?\d|\d{1,4}[-./]\d",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s<>@]{1,99}@[^\s<>@]{1,99}\.[^\s<>@]{2,60}")
_ADDRESSED = re.compile(r"[^\n:]{0,90}<[^<>@\s]{1,99}@[^<>\s]{1,99}>")
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d\d\b")
_PERSONAL = re.compile(
    r"\b(?:til|mig|jer|jeres|du|jeg|vi|os|dig|min|mit|mine|you|your|we|me|us|my|ihr|sie|mir|ich|(?-i:I))\b"
    r"|\b(?:skrev,? at|wrote,? that|schrieb,? dass)\b",
    re.IGNORECASE,
)
"""Words that a person's sentence has ("Den 3. maj skrev I til mig:") and a program's has not."""
_GMAIL_OLD = re.compile(r"\d{4}-\d\d-\d\d \d{1,2}:\d\d .{0,80}<[^<>\s]+@[^<>\s]+>:")


@dataclass(frozen=True, slots=True)
class Block:
    """A repeated header: its values by label, and the number of the line after it."""

    values: Mapping[Label, str]
    end: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """A sentence that names who wrote what follows, up to line `end`. `certain`: all that follows is theirs, with or
    without `>` before it."""

    end: int
    certain: bool


def announced(line: str) -> bool:
    """Whether a line says that an original or forwarded mail follows, by dashes or a colon."""
    found = _ANNOUNCED.fullmatch(line) if len(line) <= LONGEST_LINE else None
    return found is not None and bool(found[1] or found[2])


def between_dashes(line: str) -> bool:
    """Whether it says so as only a program would: -----Original Message-----"""
    found = _ANNOUNCED.fullmatch(line) if len(line) <= LONGEST_LINE else None
    return found is not None and bool(found[1])


def is_rule(line: str) -> bool:
    return len(line) <= LONGEST_LINE and _RULE.fullmatch(line) is not None


def header_block(lines: Sequence[str], start: int, *, any_order: bool = False) -> Block | None:
    """The repeated header that starts at this line: who, when, and to whom or about what. Programs begin it with From,
    except below an announcement (`any_order`)."""
    first = _label(lines[start])
    if first is None or not (any_order or first[0] is Label.FROM):
        return None
    block = _labelled_lines(lines, start)
    sent = block.values.get(Label.SENT, "")
    complete = Label.FROM in block.values and (Label.TO in block.values or Label.SUBJECT in block.values)
    return block if complete and any(map(str.isdigit, sent)) else None


def attribution(lines: Sequence[str], start: int) -> Attribution | None:
    """The sentence that starts at this line and ends with a colon up to three lines further on."""
    first = _bare(lines[start])
    if not (_DATED.match(first) or _ADDRESSED.match(first) or _VERB.search(first)):
        return None
    sentence, end = _sentence(lines, start)
    own_before = any(_starts_anew(lines, position) for position in range(start + 1, end))
    return None if own_before else _judged(sentence, end)


def _sentence(lines: Sequence[str], start: int) -> tuple[str, int]:
    """The lines up to a colon at the end of one, and the number of the next; empty where none comes soon."""
    sentence = ""
    for end in range(start, min(start + _SENTENCE_LINES, len(lines))):
        line = _bare(lines[end])
        sentence = f"{sentence} {line}".strip()
        if line.endswith(":"):
            return sentence, end + 1
        if not line:
            break
    return "", start


def _starts_anew(lines: Sequence[str], position: int) -> bool:
    """Whether the sentence looked for starts only here, and what came before was somebody's own."""
    return _DATED.match(_bare(lines[position])) is not None and bool(_VERB.search(_sentence(lines, position)[0]))


def _bare(line: str) -> str:
    """The line without marks; empty for one that is too long to be a program's."""
    return line.strip(" >*_\t\u00a0") if len(line) <= LONGEST_LINE else ""


def _judged(sentence: str, end: int) -> Attribution | None:
    email, time, year = (bool(pattern.search(sentence)) for pattern in (_EMAIL, _TIME, _YEAR))
    if _GMAIL_OLD.fullmatch(sentence):
        return Attribution(end, certain=True)
    if not _VERB.search(sentence) or _PERSONAL.search(_EMAIL.sub("", sentence)):
        return None
    dated = bool(_DATED.match(sentence))
    certain = (dated and time and (email or year)) or (email and (time or year))
    return Attribution(end, certain)


def _label(line: str) -> tuple[Label, str] | None:
    found = _LABEL.match(line) if len(line) <= 4 * LONGEST_LINE else None
    return (_WORDS[found[1].lower()], found[2].strip(" \t*_\u00a0")) if found else None


def _labelled_lines(lines: Sequence[str], start: int) -> Block:
    """Lines without a label go on with the value before them, if another label follows soon; blank lines may stand
    between labels, as where each is an HTML paragraph."""
    values: dict[Label, str] = {}
    end, gap, last = start, 0, Label.OTHER
    for position in range(start, min(start + _BLOCK_LINES, len(lines))):
        labelled = _label(lines[position])
        if labelled and labelled[0] in values and labelled[0] is not Label.OTHER:
            break
        if labelled:
            last, gap, end = labelled[0], 0, position + 1
            values[last] = labelled[1]
            continue
        blank = not lines[position].strip(" >\t\u00a0")
        gap += 1
        if gap > _GAP_LINES or (blank and not _label_follows(lines, position)):
            break
        if not values.get(last) and not blank:
            values[last], end = lines[position].strip(" >\t*_"), position + 1
    return Block(values, end)


def _label_follows(lines: Sequence[str], position: int) -> bool:
    return position + 1 < len(lines) and _label(lines[position + 1]) is not None
