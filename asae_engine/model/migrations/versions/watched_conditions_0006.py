"""Whether a case has processes that wait for conditions, which a new answer may meet.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "case", sa.Column("watches_conditions", sa.Boolean(), nullable=False, server_default=sa.false())
    )
