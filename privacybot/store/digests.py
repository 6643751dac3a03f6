"""Keyed digests: recognise a mail or an address again without keeping it  (HMAC-SHA-256, RFC 2104)."""

from __future__ import annotations

import hashlib
import hmac

from sqlmodel import Session, select

from privacybot.store.tables import Installation


class Digests:
    """Digests under one installation's key; without the key they can neither be made nor tried out."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_mail(self, message_id: str | None, content: bytes) -> str:
        """The fingerprint of an arrival: a Message-ID used again with other words is another mail."""
        return self._digest(b"mail", (message_id or "").encode(errors="replace"), content)

    def of_message_id(self, message_id: str) -> str:
        return self._digest(b"message-id", message_id.encode(errors="replace"))

    def of_address(self, address: str) -> str:
        """Addresses are compared without regard to case, as every mail system in use does."""
        return self._digest(b"address", address.casefold().encode(errors="replace"))

    def _digest(self, *parts: bytes) -> str:
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.new(self._key, framed, hashlib.sha256).hexdigest()


def digests(session: Session) -> Digests:
    """The digests of the installation behind this session; its key is read once a session."""
    held: Digests | None = session.info.get("digests")
    if held is None:
        held = session.info["digests"] = Digests(session.exec(select(Installation.digest_key)).one())
    return held
