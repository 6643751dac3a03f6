"""How much has been sent lately: counted once for a batch of mails, and kept up as the batch goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from privacybot.flows.office import Office
from privacybot.gdpr.triage import Decision, Enquiry, Load, OpenCase
from privacybot.mail.message import Address
from privacybot.store import cases, outbox
from privacybot.store.digests import digests
from privacybot.store.engine import Session
from privacybot.store.leases import one_at_a_time
from privacybot.store.outbox import LetterKind

AUTOMATIC = (LetterKind.ACKNOWLEDGEMENT, LetterKind.ENQUIRY)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Loads:
    """The load on a mailbox and on each of the addresses that a batch comes from."""

    def __init__(self, session: Session, office: Office, originators: Iterable[Address], now: datetime) -> None:
        keyed = digests(session)
        self._digests = {one.address: keyed.of_address(one.address) for one in originators}
        addressed = list(self._digests.values())
        # Two workers may have mails of one person at once, in two mailboxes: the second counts what the first has sent.
        one_at_a_time(session, [f"intake {office.mailbox}", *addressed])
        period = now - timedelta(days=office.limits.enquiry_days)
        self._today = outbox.made_for(session, addressed, kinds=AUTOMATIC, since=now - DAY)
        self._enquiries = outbox.made_for(session, addressed, kinds=[LetterKind.ENQUIRY], since=period)
        self._this_hour = outbox.made_since(session, mailbox=office.mailbox, kinds=AUTOMATIC, since=now - HOUR)
        self._breaker_open = cases.breaker(session, office.mailbox) is not None

    def on(self, originator: Address | None) -> Load:
        """The load as the next mail of this originator meets it."""
        digest = self._digests.get(originator.address, "") if originator else ""
        return Load(self._today[digest], self._enquiries[digest], self._this_hour, self._breaker_open)

    def add(self, decision: Decision, originator: Address | None) -> None:
        """Count what a decision has sent."""
        match decision:
            case OpenCase(silence=None, later=False, requester=Address() as requester):
                self._count(requester, self._today)
            case Enquiry(silence=None) if originator:
                self._count(originator, self._today, self._enquiries)
            case OpenCase(trips_breaker=True) | Enquiry(trips_breaker=True):
                self._breaker_open = True
            case _:
                pass

    def _count(self, recipient: Address, *counters: Counter[str]) -> None:
        self._this_hour += 1
        for counter in counters:
            counter[self._digests.get(recipient.address, "")] += 1
