"""Alembic's door: it runs on the connection, and within the transaction, that `migrate` hands it."""

from alembic import context
from sqlmodel import SQLModel

import privacybot.store.tables  # noqa: F401  (its tables are the target)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
