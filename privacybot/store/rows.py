"""Rows that a transaction has put down and not yet written: they go to the database together, table by table.

SQLAlchemy's unit of work costs ten times as much as the database itself asks for a row. What is only added, or changed
by its key alone, is therefore put down here, and written many rows to a statement: before the session is asked for
anything and before it commits, so that nobody can miss what has been put down.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, insert, update
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, SQLModel

_PENDING = "rows"
_Kind = tuple[type[SQLModel], bool, tuple[str, ...]]
"""Rows of one statement: their table, whether they are new, and the columns that they name."""


def put(session: Session, table: type[SQLModel], **values: Any) -> None:
    """A new row; columns that are not named have their defaults."""
    _pending(session, (table, True, tuple(values))).append(values)


def change(session: Session, table: type[SQLModel], **values: Any) -> None:
    """New values in the row that the primary key, which is among them, names."""
    _pending(session, (table, False, tuple(values))).append(values)


def _pending(session: Session, kind: _Kind) -> list[dict[str, Any]]:
    pending: dict[_Kind, list[dict[str, Any]]] = session.info.setdefault(_PENDING, {})
    return pending.setdefault(kind, [])


def _write(session: AnySession) -> None:
    pending: dict[_Kind, list[dict[str, Any]]] = session.info.pop(_PENDING, {})
    if pending:
        session.flush()  # What they refer to comes first.
    for (table, is_new, _), rows in pending.items():
        statement = insert(table) if is_new else update(table)
        session.execute(statement, rows, execution_options={"render_nulls": True})


@event.listens_for(Session, "do_orm_execute")
def _before_a_question(state: ORMExecuteState) -> None:
    _write(state.session)


@event.listens_for(Session, "before_commit")
def _before_the_commit(session: Session) -> None:
    _write(session)
