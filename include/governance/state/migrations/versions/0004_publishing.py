"""Whether a state database has published into a catalog: one that only took its ledger over has not."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the column. Where a ledger holds anything, an earlier release has published it."""
    op.add_column("catalogs", sa.Column("has_published", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE catalogs SET has_published = 1 WHERE revision > 0")
