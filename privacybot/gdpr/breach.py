"""May a complaint report a personal data breach?  (GDPR Art. 4(12), 33 and 34)

A breach has 72 hours to the authority from the moment we know of it, so staff must see such a mail first. This errs
towards yes: a false alarm costs a glance.
"""

from __future__ import annotations

import re

from privacybot.gdpr.recognition import Recognition
from privacybot.gdpr.rights import Right

SIGNS = (
    # Lost or stolen.
    *(r"l[æa]e?k\w*", r"datal[æa]e?k\w*", r"sikkerhedsbrud\w*", r"databrud\w*", r"hacke\w*", r"stjålet"),
    *(r"leak\w*", r"breach\w*", r"hacked", r"stolen"),
    # Seen by those whom it does not concern.
    *(r"uvedkommende", r"fremmede", r"synlig\w*", r"(?:kan|kunne) se", r"deltagerliste\w*", r"offentligg\w+"),
    *(r"strangers?", r"visible", r"(?:can|could) see", r"list of (?:participants|attendees|delegates)", r"publish\w*"),
    *(r"expos\w+", r"disclos\w+", r"shared with", r"passed on", r"third part\w+"),
    # Sent astray.
    *(
        r"forkert\w* (?:modtager|person|adresse)",
        r"(?:havnet|endt|sendt) (?:hos|til) (?:en )?(?:anden|andre|forkert\w*)",
    ),
    *(r"andres? (?:oplysninger|data|navne|kursist\w*|deltager\w*)", r"hele holdet", r"cc"),
    *(r"wrong (?:person|recipient|address)", r"someone else\w*", r"somebody else\w*"),
    r"other (?:people|participants|students|customers|delegates)\w*",
)
_ANY = re.compile(rf"\b(?:{'|'.join(SIGNS)})\b", re.IGNORECASE)


def may_report_breach(recognition: Recognition) -> bool:
    """Whether a complaint's evidence has the signs of data that were lost, shown or sent astray."""
    evidence = " ".join(recognition.evidence.get(Right.COMPLAINT, "").split())
    return Right.COMPLAINT in recognition.rights and _ANY.search(evidence) is not None
