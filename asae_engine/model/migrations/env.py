"""How Alembic runs here: always inside the transaction that `database.upgrade` opened."""

from alembic import context

from asae_engine.model import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
