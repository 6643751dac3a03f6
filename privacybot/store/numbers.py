"""The numbers of rows before they are written, so that what refers to them can be made ready in the same breath."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session, SQLModel, col, func, select


def next_number(session: Session, table: type[SQLModel]) -> int:
    """The `id` of the next new row of a table; from now on in this transaction all its rows are numbered here."""
    if session.get_bind().dialect.name == "postgresql":
        taken = text("SELECT nextval(pg_get_serial_sequence(:table, 'id'))")
        return int(session.execute(taken, {"table": table.__tablename__}).scalar_one())
    numbers: dict[type[SQLModel], int] = session.info.setdefault("numbers", {})
    numbers[table] = numbers[table] + 1 if table in numbers else _highest(session, table) + 1
    return numbers[table]


def _highest(session: Session, table: type[SQLModel]) -> int:
    """SQLite has one writer: nobody else takes what comes after it."""
    return session.exec(select(func.max(col(table.id)))).one() or 0  # type: ignore[attr-defined]
