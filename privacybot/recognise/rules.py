"""What is certain without learning: an article of the law named together with the wish to use it.

A rule only ever raises what the models say of a sentence. A reservation, a question about the right in
general, a negation or another company's notice silences it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from privacybot.gdpr.rights import Right


@dataclass(frozen=True, slots=True)
class Rule:
    """`wish` must stand in the same sentence as `article`, either side of it."""

    right: Right
    article: re.Pattern[str]
    wish: re.Pattern[str]


def _rule(right: Right, number: str, wish: str) -> Rule:
    # "jf. artikel 15", "Art. 15(1)", "articles 15", "GDPR-art. 15, stk. 3"; never "artikel 150" or "side 15".
    article = re.compile(rf"\bart(?:\.|ikel|ikler|icle)?s?\.?\s{{0,2}}{number}(?!\d)", re.IGNORECASE)
    return Rule(right, article, re.compile(rf"\b(?:{wish})", re.IGNORECASE))


_ASK = (
    r"anmod|begær|kræver|ønsker|beder|bedes|request|demand|require|exercise|invoke|ask for|gør brug|påberåb|"
    r"hereby|herved|hermed"
)

RULES = (
    _rule(Right.ACCESS, "15", rf"{_ASK}|oplys\w* (?:mig|om)|inform me|tell me|provide me|send mig"),
    _rule(Right.RECTIFICATION, "16", rf"{_ASK}|berigtig|rett?es?\b|ret\b|correct|rectif|amend"),
    _rule(Right.ERASURE, "17", rf"{_ASK}|slet|delete|erase|remove|fjern"),
    _rule(Right.RESTRICTION, "18", rf"{_ASK}|begræns|restrict|indstil|frys|freeze|suspend"),
    _rule(Right.PORTABILITY, "20", rf"{_ASK}|overfør|transfer|transmit|udlever|export|eksport|send"),
    _rule(Right.OBJECTION, "21", rf"{_ASK}|indsigelse|object|protest|modsæt|oppose"),
)

# Words after which an article is spoken of and not used.
_SILENCED = re.compile(
    r"\b(?:forbehold\w*|reserv\w*|ikke|ingen|not|don't|no|never|aldrig|hvis|if|hvordan|hvad|how|what|does|when|hvornår|"
    r"dine|din|dit|du|your rights|kursus|kurset|course|exam|eksamen|undervis\w*|spørgsmål|question\w*|would|"
    r"could one|can one|kan man|skal man|"
    r"besvar\w*|svaret|answered|replied|ignored|overskredet|siden|ago)\b|\?",
    re.IGNORECASE,
)


def certain(sentence: str) -> frozenset[Right]:
    """The rights that this sentence uses beyond doubt."""
    if "art" not in sentence.lower() or _SILENCED.search(sentence):
        return frozenset()
    return frozenset(rule.right for rule in RULES if rule.article.search(sentence) and rule.wish.search(sentence))
