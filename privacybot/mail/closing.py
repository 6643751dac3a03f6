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

_CLOSINGS = (
    r"(?:med )?(?:de )?(?:venlig(?:e|st)?|bedste|kærlig|mange|gode|glad) hilsen(?:er)?|hilsen|hilsner",
    r"m\.?v\.?h\.?|v\.?h\.?|d\.?b\.?h\.?|med vänlig hälsning|med vennlig hilsen",
    r"(?:kind|best|warm|many|with kind|with best)(?:est)? (?:regards|wishes)|regards|best|cheers|sincerely|yours \w+",
    r"mit freundlichen grüßen|viele grüße|mvg",
)

_SENT_FROM = (
    r"(?:sendt|sent|skickat|gesendet|verzonden) (?:fra|from|från|med|with|via|von|mit|vanaf) "
    r"(?:(?:min|mit|my|mein\w*) )?",
    r"von meinem |(?:get|hent|hämta|holen sie) (?=outlook)",
)
_DEVICES = (
    r"iphone|ipad|ios|ipod|mobil\w*|telefon|samsung|galaxy|android|huawei|outlook|mail til|mail for|yahoo|windows",
    r"smartphone|tablet|xperia|proton|gmail|blackberry|device|enhed|phone|nokia|oneplus|handy|mac\b|spark",
)

_CONTACTS = (
    r"(?:tlf|telefon|tel|phone|mobil|mobile|mob|m|t|p|d|direkte|direct|fax|cell|kontor|office|hovednr)\b"
    r"[ .:/nr]{0,6}[+(\d][\d\s()+/.|-]{5,40}.{0,60}",
    r"[+(]?\d[\d\s()-]{6,20}",
    r"(?:e-?mail|mail|e|m)?[ .:]{0,3}<?[^\s@]{1,80}@[^\s@]{1,80}>?",
    r"(?:(?:web|hjemmeside|website|w)[ .:]{1,3})?<?(?:https?://|www\.)\S{1,200}>?",
    r"(?:cvr|vat|se|ean)\b[-. :nro]{0,8}(?:dk)?[ -]?\d[\d ]{6,14}",
    r"(?:dk-?)?\d{4} [A-ZÆØÅ][\w. ]{1,30}(?:, ?(?:danmark|denmark))?",
    r"[A-ZÆØÅ][\w. ]{1,40}(?:vej|gade|allé|alle|stræde|plads|torv|bakken|street|road|avenue) ?\d{1,4}[\w ,.-]{0,40}",
    r"(?:linkedin|facebook|twitter|instagram|youtube|følg os|follow us|find os|find us|besøg os|visit us)\b.{0,80}",
)

_MAIL = r"(?:e-?mail\w*|mail\w*|meddelelse\w*|besked\w*|message|communication|transmission|nachricht|meddelande)"
_ADDRESSEE = r"(?:only|solely|exclusively|for the (?:\w+ )?(?:use|addressee|recipient|person|individual))"

_BANNERS = (
    r"\[?(?:caution|warning|advarsel|external|ekstern)\b.{0,60}(?:originated|outside|udefra|uden for|ekstern afsender)",
)
_DISCLAIMERS = (
    rf"(?:denne|this|diese|detta|dette)\s{_MAIL}.{{0,160}}(?:fortrolig|confidential|privileged|vertraulich|konfidentiel)",
    rf"(?:denne|dette)\s{_MAIL}.{{0,80}}(?:kun|alene|udelukkende) (?:beregnet|tiltænkt|bestemt)",
    rf"this {_MAIL}.{{0,80}}intended {_ADDRESSEE}",
    rf"(?:the|any|all) (?:information|contents?)\b.{{0,40}}\b(?:in|of) this {_MAIL}.{{0,120}}"
    r"(?:confidential|privileged|intended|opinion)",
    r"(?:confidentiality|legal|privacy|email|e-mail)\s(?:notice|disclaimer)|disclaimer\s*:",
    r"fortrolighedserklæring|fortrolighed\s*:",
    rf"if you (?:are not the (?:intended|named|correct)|(?:have )?received? this {_MAIL} (?:in|by) )",
    rf"hvis .{{0,60}}(?:modtaget|modtager)\sdenne\s{_MAIL}.{{0,60}}(?:fejl|uberettiget)",
    r"hvis .{0,40}ikke er (?:den )?(?:rette|tiltænkte|retmæssige) (?:modtager|adressat)",
    r"any (?:unauthori[sz]ed |other )?(?:review|use|dissemination|disclosure|copying|distribution)\b.{0,80}"
    rf"\b(?:this|the|such) (?:{_MAIL}|information|contents?)\b.{{0,80}}(?:prohibited|forbidden|not permitted)",
    r"enhver (?:uautoriseret |uberettiget )?(?:brug|kopiering|videregivelse)\b"
    rf".{{0,60}}{_MAIL}.{{0,60}}(?:forbud|ikke tilladt)",
    r"(?:please )?(?:consider|think (?:of|about)) the environment|tænk (?:venligst )?på miljøet|overvej .{0,30}miljøet",
    r".{0,60}(?:virus-?free|virusfri|scannet for virus|scanned (?:by|for)|checked for viruses)\b",
    r"(?:læs|se|read|see)\b.{0,60}\b(?:vores|our)\b.{0,60}"
    r"(?:privatlivspolitik|persondatapolitik|privacy (?:policy|notice))",
)

_SELF = re.compile(r"\b(?:jeg|mig|min|mit|mine|me|my|ich|mir|mein\w*|jag)\b|\b(?-i:I)\b(?! ?\.)", re.IGNORECASE)
_REQUESTS = (
    r"p\.?s\b|slet|fjern|stop|afmeld|ret\b|rettet|send\b|indsigt|samtykke|oplysning|persondata|klage|indsigelse|udlever",
    r"delete|remove|erase|unsubscribe|correct|consent|access|complain|object|copy|please|venligst|bedes|ny adresse",
)


def _any(patterns: Sequence[str], before: str = "", after: str = "") -> re.Pattern[str]:
    return re.compile(f"{before}(?:{'|'.join(patterns)}){after}", re.IGNORECASE)


_CLOSING = _any(_CLOSINGS, after=r"\b")
_MOBILE = re.compile(rf"(?:{'|'.join(_SENT_FROM)})(.{{0,40}}(?:{'|'.join(_DEVICES)}).{{0,80}})", re.IGNORECASE)
_CONTACT = _any(_CONTACTS)
_BANNER = _any(_BANNERS, before=r"[\s*_>]{0,9}")
_DISCLAIMER = _any(_DISCLAIMERS, before=r"[\s*_>]{0,9}")
_REQUEST = _any(_REQUESTS, before=r"\b")


def without_closing(lines: Sequence[str]) -> list[str]:
    """A person's own lines, in order, without what programs and companies put below them."""
    kept = [line for line in lines if not _is_mobile_footer(line)]
    kept = list(_without_disclaimers(kept))
    kept = _without_signature(kept)
    return _without_contacts(kept)


def _is_mobile_footer(line: str) -> bool:
    found = _MOBILE.fullmatch(line.strip(" .*_<>\t\u00a0")) if len(line) <= 200 else None
    return found is not None and not _is_own([found[1]]) and not _TO_US.search(found[1])


_TO_US = re.compile(r"\b(?:jer|jeres|you|your)\b", re.IGNORECASE)


def _without_disclaimers(lines: Sequence[str]) -> Iterator[str]:
    """From the line that starts one to the end of its paragraph; the writer's own person ends it too. Only a banner
    of the mail system stands above all words."""
    inside = said = False
    for line in lines:
        if not line.strip() or _SELF.search(line[:LONGEST_LINE]):
            inside = False
        elif not inside:
            inside = _starts_disclaimer(line, below=said)
        if not inside:
            said = said or bool(line.strip())
            yield line


def _starts_disclaimer(line: str, *, below: bool) -> bool:
    if len(line) > 4 * LONGEST_LINE:
        return False
    return _BANNER.match(line) is not None or (below and _DISCLAIMER.match(line) is not None)


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
    return _CONTACT.fullmatch(stripped) is not None


def _is_own(paragraph: Sequence[str]) -> bool:
    return any(_SELF.search(line) or _REQUEST.search(line) for line in paragraph)


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []
