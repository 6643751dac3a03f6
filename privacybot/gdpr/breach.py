"""May a complaint report a personal data breach?  (GDPR Art. 4(12), 33 and 34)

A breach has 72 hours to the authority from the moment we know of it, so staff must see such a mail first. This errs
towards yes: a false alarm costs a glance.
"""

from __future__ import annotations

import re

from privacybot.gdpr.recognition import Recognition
from privacybot.gdpr.rights import Right

_SIGNS = re.compile(
    r"""
    l[æa]e?k(?:ke|age|et|ket|agen)?\b | datal[æa]e?k | sikkerhedsbrud | databrud | hacke[tr]? | uvedkommende
    | forkert\w*\s+(?:modtager|person|adresse) | synlig\w* | kunne\s+se | kan\s+se
    | (?:havnet|endt|sendt)\s+(?:hos|til)\s+(?:en\s+)?(?:anden|andre|forkert)
    | andres?\s+(?:oplysninger|data|navne|kursist\w*|deltager\w*) | offentligg\w+ | \bcc\b
    | leak\w* | breach\w* | hacked | expos\w+ | disclos\w+ | wrong\s+(?:person|recipient|address)
    | someone\s+else | other\s+(?:people|participants|students|customers|delegates)
    | third\s+part\w+ | visible | could\s+see | can\s+see
    | publish\w* | stolen | shared\s+with | passed\s+on
    """,
    re.IGNORECASE | re.VERBOSE,
)


def may_report_breach(recognition: Recognition) -> bool:
    """Whether a complaint's evidence has the signs of data that were lost, shown or sent astray."""
    evidence = recognition.evidence.get(Right.COMPLAINT, "")
    return Right.COMPLAINT in recognition.rights and _SIGNS.search(evidence) is not None
