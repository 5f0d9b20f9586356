"""Incidents are tried again by themselves; how each ended, and what a person wrote. A long work may retry.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

from asae_engine.model.base import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("incident", sa.Column("retry_at", UtcDateTime(), nullable=True))
    op.add_column("incident", sa.Column("reason", sa.Text(), nullable=True))
    op.execute(
        "ALTER TABLE incident ADD COLUMN resolved_how VARCHAR(20) CONSTRAINT ck_incident_incidentend"
        " CHECK (resolved_how IN ('retried', 'passed_over', 'gone'))"
    )
    planned = sa.text("retry_at IS NOT NULL")
    op.create_index(
        "ix_incident_retry_at", "incident", ["retry_at"], sqlite_where=planned, postgresql_where=planned
    )
    kinds = op.f("ck_long_work_workkind")
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:  # it changes no check: the table is made anew, and its items would go with it
        op.execute("CREATE TABLE kept_item AS SELECT * FROM long_work_item")
    with op.batch_alter_table("long_work") as table:
        table.drop_constraint(kinds, type_="check")
        table.create_check_constraint(kinds, "kind IN ('reassign', 'message', 'retry')")
    if on_sqlite:
        op.execute("INSERT INTO long_work_item SELECT * FROM kept_item")
        op.execute("DROP TABLE kept_item")
