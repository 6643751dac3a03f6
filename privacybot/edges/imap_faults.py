"""What goes wrong between two IMAP commands, as sentences that hold nothing of a mail.

imaplib quotes whatever it cannot read, so the errors behind the sentences are cut off. After a refusal (a tagged NO or
BAD) the connection is in order; after anything else it is closed, since nobody knows what comes next on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError  # type: ignore[import-untyped]

from privacybot.edges.imap_account import ImapAccount, hang_up
from privacybot.edges.tls import one_line
from privacybot.errors import Unavailable

_REFUSAL = re.compile(r"\w+ (?:failed|command error): (?P<words>.*)", re.DOTALL)
"""How IMAPClient and imaplib write a tagged NO or BAD: the command failed, the connection is in order."""

_CURES = {
    "authenticated but not connected": "Exchange lets nobody open this mailbox with that sign-in: "
    "Add-MailboxPermission ADDRESS -User OBJECT-ID -AccessRights FullAccess, and a licence for a mailbox.",
}
"""Refusals of which the server does not say what to do about them."""

_NONSENSE = (IMAPClientError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What imaplib and IMAPClient raise over an answer that they did not expect."""


class Refused(Unavailable):
    """The server answered NO or BAD."""


@contextmanager
def told(client: Any, account: ImapAccount, doing: str) -> Iterator[None]:
    """Turns whatever the block raises into `Refused` or `Unavailable`; `doing` ends the words "was lost while"."""
    try:
        yield
    except (OSError, *_NONSENSE) as error:
        if isinstance(error, IMAPClientError) and (refusal := _REFUSAL.match(str(error))):
            words = one_line(refusal["words"])
            cure = next((f" {cure}" for sign, cure in _CURES.items() if sign in words), "")
            raise Refused(f"{account.place} refused while {doing}: {words}{cure}") from None
        hang_up(client)
        why = _why(error, account.timeout_seconds)
        raise Unavailable(f"{account.place} was lost while {doing} ({why}); it will be tried again.") from None


def _why(error: Exception, seconds: float) -> str:
    match error:
        case TimeoutError():
            return f"no word from it for {seconds:.0f} s"
        case OSError(strerror=str(words)):
            return words
        case IMAPClientAbortError() | OSError():
            return "it hung up"
        case _:
            return "its answer makes no sense"
