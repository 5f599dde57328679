"""What a person said of listings that lack much; how a promotion ended, and of which version."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the table and adds the columns: null where an earlier release did not say."""
    op.add_column("promotions", sa.Column("version_created_at_ms", sa.BigInteger))
    op.add_column("promotions", sa.Column("ended_by", sa.String(64)))
    op.create_table("state_identities", sa.Column("id", sa.String(64), primary_key=True))
    op.create_table(
        "accepted_listings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("collection", sa.Text, nullable=False),
        sa.Column("items", sa.BigInteger, nullable=False),
        sa.Column("accepted_ms", sa.BigInteger, nullable=False),
        sa.Column("accepted_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("used_ms", sa.BigInteger),
    )
    op.create_index("accepted_listings_by_source", "accepted_listings", ["source"])
