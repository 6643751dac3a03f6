"""Case references: short, without letters that are mistaken for others, and never used twice."""

from __future__ import annotations

import secrets

from sqlmodel import Session, col, select

from privacybot.store.tables import Case

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0 or O, no 1, I or L, no U: what is read over a telephone arrives."""
SHORTEST = 4


def new_reference(session: Session, prefix: str) -> str:
    """A reference nobody has: four letters, and one more for every few collisions."""
    for attempt in range(64):
        length = SHORTEST + attempt // 4
        reference = f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(length))}"
        if session.exec(select(Case.id).where(Case.reference == reference)).first() is None:
            return reference
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
