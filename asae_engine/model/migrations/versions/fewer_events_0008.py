"""What tokens pass at once is told with the event before; events have the indexes that something asks.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("ix_event_instance_id", "ix_event_task_id", "ix_event_type"):
        op.drop_index(name, "event")
    fired = sa.text("type IN ('timer.fired', 'task.reminder', 'task.overdue', 'task.escalated')")
    op.create_index("ix_event_fired", "event", ["at"], sqlite_where=fired, postgresql_where=fired)
