"""How matters stand, for whoever watches over the worker."""

from __future__ import annotations

from privacybot.store.engine import Engine, reading
from privacybot.store.standing import Standing
from privacybot.store.standing import standing as read_standing

__all__ = ["Standing", "standing"]


def standing(engine: Engine) -> Standing:
    with reading(engine) as session:
        return read_standing(session)
