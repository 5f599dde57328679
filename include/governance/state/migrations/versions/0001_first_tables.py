"""The first tables: catalogs, ledger, writer lock, snapshots, promotions, runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "catalogs",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("marker_id", sa.String(64), nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ledger",
        sa.Column("catalog", sa.String(64), primary_key=True),
        sa.Column("type_name", sa.String(64), primary_key=True),
        sa.Column("name_hash", sa.String(64), primary_key=True),
        sa.Column("qualified_name", sa.Text, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("guid", sa.String(64), nullable=False),
        sa.Column("attributes_json", sa.Text, nullable=False),
        sa.Column("references_json", sa.Text, nullable=False),
        sa.Column("classifications_json", sa.Text, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "writer_locks",
        sa.Column("catalog", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("process_started", sa.BigInteger, nullable=False),
        sa.Column("heartbeat_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "snapshots",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("run_id", sa.String(255), nullable=False),
    )
    op.create_table(
        "promotions",
        sa.Column("qualified_name_hash", sa.String(64), primary_key=True),
        sa.Column("qualified_name", sa.Text, nullable=False),
        sa.Column("record_key", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("version_label", sa.Text, nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("signal", sa.Text, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger),
    )
    op.create_table(
        "sync_runs",
        sa.Column("run_id", sa.String(255), primary_key=True),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("finished_ms", sa.BigInteger),
        sa.Column("exit_code", sa.Integer),
        sa.Column("headline", sa.Text),
        sa.Column("report", sa.Text),
    )
    op.create_index("sync_runs_by_start", "sync_runs", ["started_ms"])
