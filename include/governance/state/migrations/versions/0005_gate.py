"""Judgements on promotions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "gate_judgements",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("judged_ms", sa.BigInteger, nullable=False),
        sa.Column("subject_hash", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("record_hash", sa.String(64), nullable=False),
        sa.Column("record_key", sa.Text, nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("answer", sa.String(64), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("suites", sa.Text, nullable=False),
        sa.Column("document_json", sa.Text, nullable=False),
    )
    op.create_index("gate_judgements_by_record", "gate_judgements", ["record_hash", "judged_ms"])
