"""Long works and their items.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from asae_engine.model.base import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "long_work",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *("reassign", "message"),
                name="workkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                *("waiting", "running", "paused", "canceled", "finished"),
                name="workstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("parameters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name=op.f("fk_long_work_asked_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_work")),
    )
    under_way = sa.text("state IN ('waiting', 'running')")
    op.create_index(
        "ix_long_work_under_way",
        "long_work",
        ["asked_at"],
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_table(
        "long_work_item",
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("waiting", "done", "void", "failed"),
                name="itemstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["work_id"],
            ["long_work.id"],
            name=op.f("fk_long_work_item_work_id_long_work"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("work_id", "position", name=op.f("pk_long_work_item")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_long_work_item_waiting",
        "long_work_item",
        ["work_id", "position"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
