"""The marks by which a mail of ours is known again: its Message-ID and its X-Loop field.

A company's other programs send from the same address and domain, so a mark has to name this program too: a form on
the company's website is no mail of ours, and what people write in it must not be lost.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection

from privacybot.mail.domains import ascii_domain

OWN_MESSAGE_ID = re.compile(r"<privacybot\.[0-9a-f]{40}@([^<>@\s]+)>")


def new_message_id(domain: str) -> str:
    """`<privacybot.…@domain>` with 160 random bits in hexadecimal, which survive programs that fold case."""
    name = ascii_domain(domain)
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        raise ValueError(f"A Message-ID needs the name of a domain, not {domain!r}.")
    return f"<privacybot.{secrets.token_hex(20)}@{name}>"


def is_own_message_id(message_id: str | None, domains: Collection[str]) -> bool:
    """Whether `new_message_id` made it for one of these domains."""
    found = OWN_MESSAGE_ID.fullmatch((message_id or "").lower())
    return found is not None and found[1] in {ascii_domain(domain) for domain in domains}


def loop_mark(address: str) -> str:
    """What X-Loop says in each automatic mail that leaves from this address."""
    return f"privacybot {address}"
