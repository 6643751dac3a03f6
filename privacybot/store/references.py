"""Case references: short, without letters that are mistaken for others, and never used twice."""

from __future__ import annotations

import secrets
from itertools import count

from sqlmodel import Session, col, select

from privacybot.store.tables import Case

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0 or O, no 1, I or L, no U: what is read over a telephone arrives."""
SHORTEST = 4


AHEAD = 16
"""So many references are drawn at once: a batch of mails opens several cases."""


def new_reference(session: Session, prefix: str) -> str:
    """A reference nobody has, and which is given once in this transaction."""
    drawn: dict[str, set[str]] = session.info.setdefault("references", {})
    if not drawn.get(prefix):
        drawn[prefix] = _free(session, prefix)
    return drawn[prefix].pop()


def _free(session: Session, prefix: str) -> set[str]:
    """References of four letters; of more where half of the shorter ones are taken."""
    for length in count(SHORTEST):
        drawn = {f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(length))}" for _ in range(AHEAD)}
        taken = set(session.exec(select(Case.reference).where(col(Case.reference).in_(drawn))))
        if len(taken) < len(drawn) / 2:
            return drawn - taken
    raise AssertionError("the space of references cannot be full")


def matching(session: Session, shortened: str, *, most: int = 6) -> list[Case]:
    """The cases whose reference, or the part behind its prefix, begins with what was typed."""
    typed = shortened.strip().upper()
    exact = session.exec(select(Case).where(Case.reference == typed)).first()
    if exact is not None:
        return [exact]
    pattern = _literal(typed)
    return list(
        session.exec(
            select(Case)
            .where(
                col(Case.reference).like(f"{pattern}%", escape="\\")
                | col(Case.reference).like(f"%-{pattern}%", escape="\\")
            )
            .order_by(col(Case.reference))
            .limit(most)
        )
    )


def _literal(typed: str) -> str:
    return typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
