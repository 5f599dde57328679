"""The tables of the state database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

_NAME = String(64)
_LONG = Text()

catalogs = Table(
    "catalogs",
    metadata,
    Column("name", _NAME, primary_key=True),
    Column("marker_id", String(64), nullable=False),
    Column("revision", BigInteger, nullable=False, default=0),  # moves with every acknowledged batch
    Column("has_published", Integer, nullable=False, default=0, server_default="0"),  # 1, or 0 of a ledger taken over
)

ledger = Table(
    "ledger",
    metadata,
    Column("catalog", _NAME, primary_key=True),
    Column("type_name", _NAME, primary_key=True),
    Column("name_hash", String(64), primary_key=True),  # qualified names are longer than an index key may be
    Column("qualified_name", _LONG, nullable=False),
    Column("source", _NAME, nullable=False),
    Column("guid", String(64), nullable=False),
    Column("attributes_json", _LONG, nullable=False),
    Column("references_json", _LONG, nullable=False),
    Column("classifications_json", _LONG, nullable=False),
    Column("content_hash", String(64), nullable=False),
)

writer_locks = Table(
    "writer_locks",
    metadata,
    Column("catalog", _NAME, primary_key=True),
    Column("holder", String(255), nullable=False),  # run id
    Column("token", String(64), nullable=False),
    Column("host", String(255), nullable=False),
    Column("process", Integer, nullable=False),
    Column("process_started", BigInteger, nullable=False),  # so that a reused pid is not taken for the holder
    Column("heartbeat_ms", BigInteger, nullable=False),
)

# One row: by it, a catalog tells this state database from others
state_identities = Table("state_identities", metadata, Column("id", String(64), primary_key=True))

snapshots = Table(
    "snapshots",
    metadata,
    Column("source", _NAME, primary_key=True),
    Column("path", _LONG, nullable=False),
    Column("run_id", String(255), nullable=False),
)

# What a person said of listings that lack much: the next read may list as few items as that. Rows are only ever added
accepted_listings = Table(
    "accepted_listings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", _NAME, nullable=False),
    Column("collection", _LONG, nullable=False),
    Column("items", BigInteger, nullable=False),
    Column("accepted_ms", BigInteger, nullable=False),
    Column("accepted_by", _LONG, nullable=False),
    Column("reason", _LONG, nullable=False),
    Column("used_ms", BigInteger),  # when a listing was believed because of it: it counts once
    Index("accepted_listings_by_source", "source"),
)

promotions = Table(
    "promotions",
    metadata,
    Column("qualified_name_hash", String(64), primary_key=True),
    Column("qualified_name", _LONG, nullable=False),
    Column("record_key", _LONG, nullable=False),
    Column("version", _LONG, nullable=False),
    Column("version_label", _LONG, nullable=False),
    Column("state", _NAME, nullable=False),
    Column("signal", _LONG, nullable=False),
    Column("signal_from", _LONG),
    Column("since_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("version_created_at_ms", BigInteger),
    Column("ended_by", _NAME),
)

# Where every version, agent and record stands now
lifecycle_states = Table(
    "lifecycle_states",
    metadata,
    Column("subject_hash", String(64), primary_key=True),
    Column("subject", _LONG, nullable=False),
    Column("subject_kind", _NAME, nullable=False),
    Column("record_key", _LONG, nullable=False),
    Column("label", _LONG, nullable=False),
    Column("state", _NAME, nullable=False),
    Column("signal", _LONG, nullable=False),
    Column("signal_from", _LONG),
    Column("since_ms", BigInteger, nullable=False),
    Column("last_seen_ms", BigInteger, nullable=False),
)

# Every change of it that a sync saw; rows are only ever added
lifecycle_transitions = Table(
    "lifecycle_transitions",
    metadata,
    Column("transition_hash", String(64), primary_key=True),  # of subject, state and time: a repeated step adds nothing
    Column("subject_hash", String(64), nullable=False),
    Column("subject", _LONG, nullable=False),
    Column("subject_kind", _NAME, nullable=False),
    Column("record_key", _LONG, nullable=False),
    Column("label", _LONG, nullable=False),
    Column("from_state", _NAME),
    Column("to_state", _NAME, nullable=False),
    Column("signal", _LONG, nullable=False),
    Column("signal_from", _LONG),
    Column("after_ms", BigInteger),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("stated_at_ms", BigInteger),
    Column("run_id", String(255), nullable=False),
    Index("lifecycle_transitions_by_subject", "subject_hash"),
)

# The curated fields of each record as the catalog last showed them
curated_fields = Table(
    "curated_fields",
    metadata,
    Column("catalog", _NAME, primary_key=True),
    Column("record_hash", String(64), primary_key=True),
    Column("record_key", _LONG, nullable=False),
    Column("qualified_name", _LONG, nullable=False),
    Column("fields_json", _LONG, nullable=False),
    Column("read_at_ms", BigInteger, nullable=False),
)

# What the catalog has as missing from its source; a row ends with the absence
absences = Table(
    "absences",
    metadata,
    Column("catalog", _NAME, primary_key=True),
    Column("type_name", _NAME, primary_key=True),
    Column("name_hash", String(64), primary_key=True),
    Column("qualified_name", _LONG, nullable=False),
    Column("since_ms", BigInteger, nullable=False),  # start of the first sync that found it missing
    Column("listings", Integer, nullable=False),  # how many syncs in a row did
    Column("run_id", String(255), nullable=False),  # the last of them: a repeated step counts nothing
)

# Every judgement on a promotion; rows are only ever added
gate_judgements = Table(
    "gate_judgements",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("judged_ms", BigInteger, nullable=False),
    Column("subject_hash", String(64), nullable=False),
    Column("subject", _LONG, nullable=False),  # qualified name; empty where there is no such version
    Column("record_hash", String(64), nullable=False),
    Column("record_key", _LONG, nullable=False),
    Column("state", _NAME, nullable=False),
    Column("answer", _NAME, nullable=False),
    Column("asked_by", _LONG, nullable=False),
    Column("suites", _LONG, nullable=False),
    Column("document_json", _LONG, nullable=False),  # all that was answered
    Index("gate_judgements_by_record", "record_hash", "judged_ms"),
)

machine_tokens = Table(
    "machine_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("created_by", _LONG, nullable=False),
    Column("revoked_ms", BigInteger),
)

sync_runs = Table(
    "sync_runs",
    metadata,
    Column("run_id", String(255), primary_key=True),
    Column("started_ms", BigInteger, nullable=False),
    Column("finished_ms", BigInteger),
    Column("exit_code", Integer),
    Column("headline", _LONG),
    Column("report", _LONG),
    Index("sync_runs_by_start", "started_ms"),
)
