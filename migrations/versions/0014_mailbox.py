"""A sender's mailbox

What happens to running processes: nothing; they go on sending no emails, for none was ever taken by a LinkedIn account.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("mailbox_id", sa.String(120)))


def downgrade() -> None:
    op.drop_column("account", "mailbox_id")
