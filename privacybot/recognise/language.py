"""Which language a mail is in: Danish and English by their small words, Swedish, Norwegian and German to be set apart.

Votes of whole words, weighted by how far they belong to one language alone; letters that only one alphabet has count
as well. Two votes at least, or it is "und".
"""

from __future__ import annotations

import re

UNDETERMINED = "und"
OURS = frozenset({"da", "en", UNDETERMINED})
"""Languages that the recogniser has really learnt, and texts too short to be in any."""

ENOUGH = 2.0
FIRST_LETTERS = 6_000
"""How much of a mail is looked at."""

# A word that several languages share votes for each of them.
_WORDS = {
    "da": """og i jeg det at en den til er som på de med han af for ikke der var mig sig men et har om vi min havde ham
        hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind når være
        dog noget ville jo deres efter ned skulle denne end dette mit også under have dig anden hende mine alt meget
        sit sine vor mod disse hvis din nogle hos blive mange ad bliver hendes været thi jer sådan hej kære hilsen tak
        gerne kan må jeres kursus nyhedsbrev oplysninger slet slette venlig hvordan hvornår fordi ikk noget nogen bare
        lige godt rigtig mvh venligst bedes hermed gjort giver tager uge uger måned dage mig blevet allerede hverken
        kunne sige siger ved nok nye ny ønsker indtil imens skriv afmeld fjern vores mellem gang igen sende sendt
        hvilke ændre rette mener hedder tænker spørgsmål svar""",
    "en": """the be to of and a in that have i it for not on with he as you do at this but his by from they we say her
        she or an will my one all would there their what so up out if about who get which go me when make can like time
        no just him know take people into year your good some could them see other than then now look only come its
        over think also back after use two how our work first well way even new want because any these give day most
        us is are was were been has had did am i'm i've i'd don't please hello hi dear regards thanks thank course
        data delete remove unsubscribe newsletter email stop ur u pls sent receive""",
    "sv": """och jag det att en ett den till är som på de med han av för inte der var mig sig men har om vi min hade hon
        nu från du ut sin dem oss upp man hans hur eller vad ska själv här alla vill blev kunde när vara något skulle
        denna än detta mitt också under ha dig mina mycket vår mot dessa hej tack kan får era ert er uppgifter radera
        ta bort vänliga hälsningar snälla vänligen kurs nyhetsbrev era mejl utan ni eftersom varför vilka""",
    "no": """og jeg det at en et den til er som på de med han av for ikke der var meg seg men har om vi min hadde hun nå
        fra du ut sin dem oss opp man hans hvor eller hva skal selv her alle vil ble kunne inn når være noe ville jo
        deres etter ned skulle denne enn dette mitt også under deg mine veldig mot disse hvis din noen hos hei takk
        dere deres opplysninger slette slett vennlig hilsen vennligst kurs nyhetsbrev gjerne hvordan vår bedrift epost
        også bare fordi sende sendt få nytt""",
    "de": """der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er
        hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur
        bis mehr durch man sein wurde wenn ich mir mich meine mein meinen ihr ihre ihnen wir uns bitte hallo guten tag
        sehr geehrte damen herren grüße freundlichen danke daten löschen newsletter kurs ihrer ihrem kann können habe
        möchte warum welche gespeichert""",
}
_LETTERS = {
    "æ": ("da", "no"),
    "ø": ("da", "no"),
    "å": ("da", "sv", "no"),
    "ä": ("sv", "de"),
    "ö": ("sv", "de"),
    "ß": ("de",),
    "ü": ("de",),
}
_OWNERS: dict[str, tuple[str, ...]] = {}
for _language, _words in _WORDS.items():
    for _word in set(_words.split()):
        _OWNERS[_word] = (*_OWNERS.get(_word, ()), _language)
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")


def language_of(text: str) -> str:
    """An ISO 639-1 code, or "und" where too little speaks for any."""
    votes = _votes(text[:FIRST_LETTERS].lower().replace("’", "'"))
    best, second = sorted(votes, key=lambda language: -votes[language])[:2]
    if votes[best] < ENOUGH or votes[best] <= votes[second]:
        return _short(votes)
    return best


def _short(votes: dict[str, float]) -> str:
    """Of a few words that speak for several languages, ours is the likeliest."""
    best = max(votes.values())
    likeliest = [language for language in _WORDS if votes[language] == best and best >= 0.5]
    return likeliest[0] if likeliest else UNDETERMINED


def _votes(text: str) -> dict[str, float]:
    votes: dict[str, float] = dict.fromkeys(_WORDS, 0.0)
    for word in _WORD.findall(text):
        owners = _OWNERS.get(word, ())
        for owner in owners:
            votes[owner] += 1 / len(owners)
    for letter, owners in _LETTERS.items():
        if count := text.count(letter):
            for owner in owners:
                votes[owner] += min(count, 20) / len(owners) / 2
    return votes
