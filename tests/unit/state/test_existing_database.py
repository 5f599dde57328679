"""A database that an earlier release wrote: everything in it is read as it was, and writing it again changes no key."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from include.governance.model.tables import TRANSITIONS
from include.governance.staging.plan import Entry, Key
from include.governance.staging.rows import rows
from include.governance.state.curated import CuratedHistory
from include.governance.state.database import open_database
from include.governance.state.history import History
from include.governance.state.ledger import Ledger
from include.governance.state.lifecycle import LifecycleHistory

WRITTEN = Path(__file__).parent / "databases" / "schema_0002.sql"
AT = datetime(2026, 3, 1, 2, 17, 0, 250_000, tzinfo=UTC)
VERSION = "mlflow://lab/models/fraud-scorer/versions/3"
DATASET = "mlflow://lab/datasets/loans%20%F0%9F%92%B6/d1/0123456789ab"
MODEL = ["ai_model", "mlflow://lab/models/fraud-scorer"]
ENTRIES = [
    Entry(
        Key("ai_model_version", VERSION),
        "lab",
        "guid-1",
        {"name": "fraud-scorer v3", "version": 3},
        {"model": [MODEL]},
        {"auditable": {}},
        "c0ffee",
    ),
    Entry(Key("ai_dataset", DATASET), "lab", "guid-2", {"name": None}, {}, {"missing from source": {}}, "beef"),
]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    file = tmp_path / "governance.db"
    connection = sqlite3.connect(file)
    connection.executescript(WRITTEN.read_text())
    connection.close()
    return open_database(f"sqlite:///{file}")


def test_the_ledger_is_read_as_it_was(engine: Engine) -> None:
    ledger = Ledger(engine, "atlas")
    assert ledger.marker_id() == "fcd72398-72ce-49d0-9db5-425ccfe4d1d6"
    assert ledger.revision() == 1
    assert ledger.entries() == {entry.key: entry for entry in ENTRIES}


def test_promotions_and_runs_are_read_as_they_were(engine: Engine) -> None:
    history = History(engine)
    common = {"record_key": "lab/fraud-scorer", "state": "production", "signal": "alias champion", "since": AT}
    common |= {"version_created_at": None, "ended_by": None}
    assert rows(history.promotions().sort_values("version")) == [
        {
            "qualified_name": "governance://records/lab/fraud-scorer/promotions/0",
            "version": VERSION[:-1] + "2",
            "version_label": "fraud-scorer v2",
            "signal_from": "azure://e",
            "until": AT,
            **common,
        },
        {
            "qualified_name": "governance://records/lab/fraud-scorer/promotions/1",
            "version": VERSION,
            "version_label": "fraud-scorer v3",
            "signal_from": None,
            "until": None,
            **common,
        },
    ]
    assert [(run["run_id"], run["exit_code"], run["headline"]) for run in history.runs()] == [
        ("sync-1", 0, "All is well.")
    ]
    assert history.runs_in_use() == {"sync-1"}


def test_lifecycle_states_and_curated_fields_are_read_as_they_were(engine: Engine) -> None:
    changes, states = LifecycleHistory(engine).of_record(["lab/fraud-scorer"])
    assert [
        (row["from_state"], row["to_state"], row["after"], row["seen_at"], row["stated_at"]) for row in changes
    ] == [
        (None, "development", None, AT, None),
        ("development", "production", AT, AT + timedelta(days=1), AT + timedelta(hours=5)),
    ]
    assert [(row["subject"], row["state"], row["since"], row["last_seen"]) for row in states] == [
        (VERSION, "production", AT + timedelta(days=1), AT + timedelta(days=2))
    ]
    curated = CuratedHistory(engine, "atlas").last()["lab/fraud-scorer"]
    assert (curated["owner"], curated["reviewed_on"], curated["read_at"]) == ("ana", "2026-02-01", AT)


def test_writing_it_again_changes_no_row(engine: Engine) -> None:
    before = content(engine)
    history, lifecycle = History(engine), LifecycleHistory(engine)
    ledger, curated = Ledger(engine, "atlas"), CuratedHistory(engine, "atlas")
    changes, _ = lifecycle.of_record(["lab/fraud-scorer"])
    ledger.acknowledge(ledger.entries().values())
    history.save_promotions(history.promotions())
    lifecycle.save(pd.DataFrame(changes, columns=TRANSITIONS.names), lifecycle.states(), "sync-1")
    curated.save(list(curated.last().values()))
    assert content(engine) == before


def content(engine: Engine) -> dict[str, Any]:
    tables = ("ledger", "promotions", "lifecycle_states", "lifecycle_transitions", "curated_fields")
    with engine.connect() as connection:
        return {name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}")))) for name in tables}
