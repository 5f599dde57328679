"""For how long entities have been missing from their source: what is missing for long is retired."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the table. What is missing already counts as missing since the next sync."""
    op.create_table(
        "absences",
        sa.Column("catalog", sa.String(64), primary_key=True),
        sa.Column("type_name", sa.String(64), primary_key=True),
        sa.Column("name_hash", sa.String(64), primary_key=True),
        sa.Column("qualified_name", sa.Text, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("listings", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String(255), nullable=False),
    )
