"""A closed task is offered to nobody; its indexes hold the open tasks alone, a person's in the inbox's order.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM task_candidate WHERE task_id IN (SELECT id FROM task WHERE status <> 'open')")
    for name in ("ix_task_instance_id", "ix_task_siblings", "ix_task_open_assignee"):
        op.drop_index(name, "task")
    is_open, grouped = sa.text("status = 'open'"), sa.text("siblings IS NOT NULL")
    for name, columns in (
        ("ix_task_open_assignee", ["assignee_id", "due_at", "id"]),
        ("ix_task_open_instance", ["instance_id", "token_id"]),
    ):
        op.create_index(name, "task", columns, sqlite_where=is_open, postgresql_where=is_open)
    for name in ("ix_submission_task_id", "ix_submission_case_id"):
        op.drop_index(name, "submission")
    op.create_index("ix_submission_case_id", "submission", ["case_id", "form_key"])
    op.create_index("ix_task_siblings", "task", ["siblings"], sqlite_where=grouped, postgresql_where=grouped)
