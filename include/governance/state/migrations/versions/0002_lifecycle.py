"""Lifecycle states and their changes, curated fields, and the endpoint that gave a promotion's signal."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the tables and fills them from the promotions."""
    op.add_column("promotions", sa.Column("signal_from", sa.Text))
    op.create_table(
        "lifecycle_states",
        sa.Column("subject_hash", sa.String(64), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("subject_kind", sa.String(64), nullable=False),
        sa.Column("record_key", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("signal", sa.Text, nullable=False),
        sa.Column("signal_from", sa.Text),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("last_seen_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "lifecycle_transitions",
        sa.Column("transition_hash", sa.String(64), primary_key=True),
        sa.Column("subject_hash", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("subject_kind", sa.String(64), nullable=False),
        sa.Column("record_key", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("from_state", sa.String(64)),
        sa.Column("to_state", sa.String(64), nullable=False),
        sa.Column("signal", sa.Text, nullable=False),
        sa.Column("signal_from", sa.Text),
        sa.Column("after_ms", sa.BigInteger),
        sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
        sa.Column("stated_at_ms", sa.BigInteger),
        sa.Column("run_id", sa.String(255), nullable=False),
    )
    op.create_index("lifecycle_transitions_by_subject", "lifecycle_transitions", ["subject_hash"])
    op.create_table(
        "curated_fields",
        sa.Column("catalog", sa.String(64), primary_key=True),
        sa.Column("record_hash", sa.String(64), primary_key=True),
        sa.Column("record_key", sa.Text, nullable=False),
        sa.Column("qualified_name", sa.Text, nullable=False),
        sa.Column("fields_json", sa.Text, nullable=False),
        sa.Column("read_at_ms", sa.BigInteger, nullable=False),
    )
    _take_over_promotions()


def _take_over_promotions() -> None:
    """What was known before: each promotion is a change into its state and, where it has ended, a change out of it."""
    connection = op.get_bind()
    tables = sa.MetaData()
    tables.reflect(connection, only=["promotions", "lifecycle_states", "lifecycle_transitions"])
    promotions = tables.tables["promotions"]
    rows = connection.execute(sa.select(promotions).order_by(promotions.c.since_ms)).mappings().all()
    changes = [change for row in rows for change in _changes(row)]
    standing = {row["version"]: _standing(row) for row in rows if row["until_ms"] is None}
    for table, values in (("lifecycle_transitions", changes), ("lifecycle_states", list(standing.values()))):
        if values:
            connection.execute(tables.tables[table].insert(), values)


def _changes(row):  # type: ignore[no-untyped-def]
    came = {"from_state": None, "to_state": row["state"], "signal": row["signal"], "seen_at_ms": row["since_ms"]}
    went = {"from_state": row["state"], "to_state": "unknown", "signal": "", "seen_at_ms": row["until_ms"]}
    for change in (came, went) if row["until_ms"] is not None else (came,):
        told = f"{row['qualified_name']} {change['to_state']} {change['seen_at_ms']}"
        yield {**_subject(row), **change, "transition_hash": _hash(told), "run_id": ""}


def _standing(row):  # type: ignore[no-untyped-def]
    times = {"since_ms": row["since_ms"], "last_seen_ms": row["since_ms"]}
    return {**_subject(row), "state": row["state"], "signal": row["signal"], **times}


def _subject(row):  # type: ignore[no-untyped-def]
    return {
        "subject_hash": _hash(row["version"]),
        "subject": row["version"],
        "subject_kind": "version",
        "record_key": row["record_key"],
        "label": row["version_label"],
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
