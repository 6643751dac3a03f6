"""What stands below a person's own words: signature, contact block, mobile footer, legal disclaimer.

The rule is to keep in doubt: a line goes only if it looks like nothing else, and never if it speaks of the writer
("jeg", "my") or asks for something. A closing and the name below it stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

LONGEST_LINE = 1000
"""A longer line is a paragraph that no pattern is tried on."""

_DELIMITER = re.compile(r"\s{0,3}(?:--|—|–)[ \u00a0]{0,2}")

_CLOSING = re.compile(
    r"(?:(?:med )?(?:de )?(?:venlig(?:e|st)?|bedste|kærlig|mange|gode|glad) hilsen(?:er)?|hilsen|hilsner|m\.?v\.?h\.?|v\.?h\.?|d\.?b\.?h\.?"
    r"|(?:kind|best|warm|many|with kind|with best)(?:est)? (?:regards|wishes)|regards|best|cheers|sincerely|yours \w+"
    r"|mit freundlichen grüßen|viele grüße|mvg|med vänlig hälsning|med vennlig hilsen)\b",
    re.IGNORECASE,
)

_DEVICES = (
    "iphone|ipad|ios|ipod|mobil|telefon|samsung|galaxy|android|huawei|outlook|mail til|mail for|mail app|yahoo|windows|smartphone|"
    "tablet|xperia|proton|gmail|blackberry|device|enhed|phone|nokia|oneplus|handy|surftelefon|mobiltelefon|mac\\b|spark"
)
_MOBILE = re.compile(
    rf"(?:sendt fra|sent (?:from|with|via)|skickat från|sendt med|(?:von|mit) mein\w*|gesendet (?:von|mit)|enviado|verzonden vanaf|"
    rf"get outlook|hent outlook|hämta outlook|outlook für|download).{{0,60}}(?:{_DEVICES}).{{0,80}}",
    re.IGNORECASE,
)

_CONTACT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:tlf|telefon|tel|phone|mobil|mobile|mob|m|t|p|d|direkte|direct|fax|cell|kontor|office|hovednr)\b[ .:/nr]{0,6}[+(\d][\d\s()+/.|-]{5,40}.{0,60}",
        r"[+(]?\d[\d\s()-]{6,20}",
        r"(?:e-?mail|mail|e|m)?[ .:]{0,3}<?[^\s@]{1,80}@[^\s@]{1,80}>?",
        r"(?:(?:web|hjemmeside|website|w)[ .:]{1,3})?<?(?:https?://|www\.)\S{1,200}>?",
        r"(?:cvr|vat|se|ean)\b[-. :nro]{0,8}(?:dk)?[ -]?\d[\d ]{6,14}",
        r"(?:dk-?)?\d{4} [A-ZÆØÅ][\w. ]{1,30}(?:, ?(?:danmark|denmark))?",
        r"[A-ZÆØÅ][\w. ]{1,40}(?:vej|gade|allé|alle|stræde|plads|torv|bakken|street|road|avenue) ?\d{1,4}[\w ,.-]{0,40}",
        r"(?:linkedin|facebook|twitter|instagram|youtube|følg os|follow us|find os|find us|besøg os|visit us)\b.{0,80}",
    )
)

_DISCLAIMER = re.compile(
    r"[\s*_>]{0,9}(?:"
    r"(?:denne|this|diese|detta|dette)\s(?:(?:e-?mail|mail|meddelelse|message|communication|besked|transmission|nachricht|meddelande)\b).{0,160}"
    r"(?:fortrolig|confidential|privileged|intended|beregnet|tiltænkt|vertraulich|konfidentiel)"
    r"|(?:the|any|all) (?:information|contents?)\b.{0,40}\b(?:in|of) this (?:e-?mail|message|communication)"
    r"|(?:confidentiality|legal|privacy|email|e-mail)\s(?:notice|disclaimer)|disclaimer\s*:|fortrolighedserklæring|fortrolighed\s*:"
    r"|if you (?:are not the (?:intended|named|correct)|(?:have )?received? this (?:e-?mail|message|mail))"
    r"|hvis .{0,60}(?:modtaget|modtager)\sdenne\s(?:e-?mail|mail|meddelelse|besked).{0,60}(?:fejl|uberettiget)"
    r"|hvis .{0,40}ikke er (?:den )?(?:rette|tiltænkte|retmæssige) (?:modtager|adressat)"
    r"|any (?:unauthori[sz]ed|review|use|dissemination|disclosure|copying|distribution)\b.{0,160}"
    r"|enhver (?:uautoriseret|uberettiget|brug|kopiering|videregivelse)\b.{0,120}(?:forbud|tillad|ulovlig)"
    r"|(?:please )?(?:consider|think (?:of|about)) the environment|(?:tænk|tænk venligst) på miljøet|overvej .{0,30}miljøet"
    r"|.{0,60}(?:virus-?free|virusfri|scannet for virus|scanned (?:by|for)|checked for viruses)\b"
    r"|\[?(?:caution|warning|advarsel|external|ekstern)\b.{0,60}(?:originated|outside|udefra|uden for|ekstern afsender)"
    r"|(?:læs|se|read|see)\b.{0,60}\b(?:vores|our)\b.{0,60}(?:privatlivspolitik|persondatapolitik|privacy (?:policy|notice))"
    r")",
    re.IGNORECASE,
)

_SELF = re.compile(r"\b(?:jeg|mig|min|mit|mine|me|my|mine|ich|mir|mein\w*|jag)\b|\b(?-i:I)\b(?! ?\.)", re.IGNORECASE)
_SUBSTANCE = re.compile(
    r"\b(?:p\.?s\b|slet|fjern|stop|afmeld|ret\b|rettet|send|indsigt|samtykke|oplysning|persondata|klage|indsigelse|udlever|"
    r"delete|remove|erase|unsubscribe|correct|consent|access|complain|object|copy|my data|please|venligst|bedes|ny adresse|new address)",
    re.IGNORECASE,
)


def without_closing(lines: Sequence[str]) -> list[str]:
    """A person's own lines, in order, without what programs and companies put below them."""
    kept = [line for line in lines if not _is_mobile_footer(line)]
    kept = list(_without_disclaimers(kept))
    kept = _without_signature(kept)
    return _without_contacts(kept)


def _is_mobile_footer(line: str) -> bool:
    return len(line) <= 200 and _MOBILE.fullmatch(line.strip(" .*_<>\t\u00a0")) is not None


def _without_disclaimers(lines: Sequence[str]) -> Iterator[str]:
    """From the line that starts one to the end of its paragraph; the writer's own person ends it too."""
    inside = False
    for line in lines:
        if not line.strip() or _SELF.search(line[:LONGEST_LINE]):
            inside = False
        elif not inside:
            inside = len(line) <= 4 * LONGEST_LINE and _DISCLAIMER.match(line) is not None
        if not inside:
            yield line


def _without_signature(lines: list[str]) -> list[str]:
    """Below the delimiter (RFC 3676, 4.3) only paragraphs stay in which somebody asks or speaks of himself."""
    start = next((i for i, line in enumerate(lines) if _DELIMITER.fullmatch(line[:10])), None)
    if start is None or not any(map(str.strip, lines[:start])):
        return lines
    below = [line for paragraph in _paragraphs(lines[start + 1 :]) if _is_own(paragraph) for line in (*paragraph, "")]
    return lines[:start] + below


def _without_contacts(lines: list[str]) -> list[str]:
    """Below the last closing, lines with a telephone number, an address or a link go."""
    closings = (i for i in range(len(lines) - 1, -1, -1) if _is_closing(lines[i]))
    start = next(closings, None)
    if start is None:
        return lines
    return lines[: start + 1] + [line for line in lines[start + 1 :] if not _is_contact(line)]


def _is_closing(line: str) -> bool:
    return len(line) <= 60 and _CLOSING.match(line.strip(" *_\u00a0")) is not None


def _is_contact(line: str) -> bool:
    stripped = line.strip(" *_|,\t\u00a0")
    if not stripped or len(stripped) > 160 or _is_own([line]):
        return False
    return any(pattern.fullmatch(stripped) for pattern in _CONTACT)


def _is_own(paragraph: Sequence[str]) -> bool:
    return any(_SELF.search(line) or _SUBSTANCE.search(line) for line in paragraph)


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []
