"""Mails in the format of the corpus, written by the program: what staff corrected. `corpus` reads them."""

from __future__ import annotations

from collections.abc import Sequence

from privacybot.gdpr.rights import Right

OURS = ("da", "en")
VOICE = "corrected by staff"


def language_of_file(language: str) -> str:
    """The corpus knows Danish, English and "xx" for all others."""
    return language if language in OURS else "xx"


def block(subject: str, text: str, rights: Sequence[Right], shown: Sequence[tuple[str, Sequence[Right]]]) -> str:
    """One mail. Sentences that show rights are marked where the text has them; the first line gives all rights."""
    body = "\n".join(_harmless(line) for line in text.split("\n")).strip()
    for sentence, of in shown:
        harmless = _harmless(sentence)
        if harmless and "\n" not in harmless:
            body = body.replace(harmless, f"«{'+'.join(of)}: {harmless}»", 1)
    head = [f"=== {VOICE}", f"Subject: {' '.join(_harmless(subject).split())}"]
    named = [f"Rights: {'+'.join(rights)}"] if rights else []
    return "\n".join([*head, *named, "", body, ""])


def _harmless(line: str) -> str:
    """Nothing that a stranger wrote may look like a mark or like the beginning of a mail."""
    line = line.replace("«", '"').replace("»", '"').replace("\r", " ")
    return f" {line}" if line.startswith("===") else line
