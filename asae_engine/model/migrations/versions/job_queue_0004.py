"""The tables of the job queue, on PostgreSQL: the schema of the installed procrastinate.

Revision: 0004, after 0003.
"""

from alembic import op

from asae_engine.model import queue

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        queue.bring_up_to_date(op.get_bind())
