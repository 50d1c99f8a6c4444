"""Alembic's environment: the connection is handed in by jobboard.database; nothing is read from an .ini file."""

from alembic import context

from jobboard.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
