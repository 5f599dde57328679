"""Lifecycle history and curated fields in the state database; what an earlier version left is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from include.governance.config import load
from include.governance.errors import ConfigurationError
from include.governance.model.tables import STATES, TRANSITIONS
from include.governance.queries import history
from include.governance.state.curated import CuratedHistory
from include.governance.state.database import MIGRATIONS, open_database
from include.governance.state.history import History
from include.governance.state.ledger import Ledger
from include.governance.state.lifecycle import LifecycleHistory
from include.governance.workspace import Workspace

MARCH = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)
VERSION = "mlflow://s/models/m/versions/"


def day(number: int) -> datetime:
    return MARCH + timedelta(days=number)


def change(version: int, before: str | None, after: str, on: int, **more: Any) -> dict[str, Any]:
    return {
        "subject": f"{VERSION}{version}",
        "subject_kind": "version",
        "record_key": "s/m",
        "label": f"m v{version}",
        "from_state": before,
        "to_state": after,
        "signal": "alias champion",
        "after": None if before is None else day(on - 1),
        "seen_at": day(on),
        **more,
    }


def state(version: int, now: str, last_seen: int) -> dict[str, Any]:
    return {
        "subject": f"{VERSION}{version}",
        "subject_kind": "version",
        "record_key": "s/m",
        "label": f"m v{version}",
        "state": now,
        "signal": "alias champion",
        "since": day(0),
        "last_seen": day(last_seen),
    }


CHANGES = [
    change(1, None, "production", 0),
    change(2, None, "development", 0),
    change(1, "production", "retired", 4),
    change(2, "development", "production", 4, stated_at=day(3) + timedelta(hours=12)),
]
STANDING = [state(1, "retired", 5), state(2, "production", 5)]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path))
    (tmp_path / "governance.yaml").write_text('sources: [{name: s, uri: x}]\ncatalog: {url: "http://x"}\n')
    return f"sqlite:///{tmp_path / 'governance.db'}"


@pytest.fixture
def kept(database: str) -> LifecycleHistory:
    made = LifecycleHistory(open_database(database))
    for _ in range(2):  # a step that Airflow tries again adds nothing
        made.save(pd.DataFrame(CHANGES, columns=TRANSITIONS.names), pd.DataFrame(STANDING, columns=STATES.names), "run")
    return made


def test_what_was_kept_comes_back_once(kept: LifecycleHistory) -> None:
    changes, states = kept.of_record(["s/m"])
    assert [(row["label"], row["from_state"], row["to_state"]) for row in changes] == [
        ("m v1", None, "production"),
        ("m v2", None, "development"),
        ("m v1", "production", "retired"),
        ("m v2", "development", "production"),
    ]
    assert [row["last_seen"] for row in states] == [day(5)] * 2
    assert list(kept.states()["last_seen"]) == [pd.Timestamp(day(5))] * 2
    assert kept.first_seen() == day(0)


@pytest.mark.parametrize(
    ("on", "in_production", "words"),
    [
        (date(2026, 2, 27), [], "Not known before 2026-03-01 02:17 UTC"),
        (date(2026, 3, 1), ["m v1"], "m v1 by alias champion."),
        (date(2026, 3, 3), ["m v1"], "m v1 by alias champion."),
        # seen on the 5th; the source says the 4th at 14:17; the former one went between the 4th and the 5th
        (date(2026, 3, 4), ["m v1", "m v2"], "m v2 by alias champion (by the source's own date)"),
        (date(2026, 3, 5), ["m v1", "m v2"], "Perhaps: m v1 (it ended between 2026-03-04 02:17 and 2026-03-05 02:17"),
        (date(2026, 3, 6), ["m v2"], "m v2 by alias champion."),
        (date(2026, 3, 20), ["m v2"], "m v2 by alias champion (as last seen)"),
    ],
    ids=["before", "first day", "between", "day of the change", "day after the change", "later", "long after"],
)
def test_which_version_was_in_production_on_a_day(
    kept: LifecycleHistory, tmp_path: Path, on: date, in_production: list[str], words: str
) -> None:
    answer = history(Workspace(load(tmp_path / "governance.yaml")), "s/m", on)["on"]
    assert answer["in_production"] == in_production
    assert words in answer["sentence"]
    assert answer["known"] == (on >= date(2026, 3, 1))


def test_an_unknown_record_has_near_names(kept: LifecycleHistory, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="s/m") as raised:
        history(Workspace(load(tmp_path / "governance.yaml")), "s/M2")
    assert raised.value.exit_code == 2


def test_curated_fields_that_were_not_read_replace_nothing(database: str) -> None:
    kept = CuratedHistory(open_database(database), "atlas")
    row = {"record_key": "r", "qualified_name": "q", "read_at": day(0), "reason": None}
    fields = dict.fromkeys(
        ("risk_tier", "approved_use", "reviewed_by", "reviewed_on", "next_review", "exception_until")
    )
    kept.save([{**row, **fields, "owner": "ana"}])
    kept.save([{**row, **fields, "owner": None, "reason": "the catalog is away"}])
    assert kept.last()["r"]["owner"] == "ana"
    kept.save([{**row, **fields, "owner": None, "read_at": day(1)}])
    assert (kept.last()["r"]["owner"], kept.last()["r"]["read_at"]) == (None, day(1))
    assert CuratedHistory(open_database(database), "other").last() == {}


def test_a_database_of_the_first_version_keeps_what_it_has(database: str) -> None:
    engine = create_engine(database)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO catalogs VALUES ('atlas', 'mark', 7)"))
        ledger = "('atlas', 'ai_model', 'h', 'q', 's', 'g', '{}', '{}', '{}', 'c')"
        connection.execute(text(f"INSERT INTO ledger VALUES {ledger}"))
        columns = (
            "qualified_name_hash, qualified_name, record_key, version, version_label, state, signal, since_ms, until_ms"
        )
        for number, until in ((1, int(day(4).timestamp() * 1000)), (2, None)):
            values = (
                f"h{number}",
                f"p{number}",
                "s/m",
                f"{VERSION}{number}",
                f"m v{number}",
                "production",
                "alias champion",
            )
            since = int(day(0 if until else 4).timestamp() * 1000)
            marks = ", ".join(f":v{place}" for place in range(9))
            given = {f"v{place}": value for place, value in enumerate((*values, since, until))}
            connection.execute(text(f"INSERT INTO promotions ({columns}) VALUES ({marks})"), given)
    engine.dispose()

    opened = open_database(database)
    assert Ledger(opened, "atlas").marker_id() == "mark"
    assert Ledger(opened, "atlas").revision() == 7
    assert [key.qualified_name for key in Ledger(opened, "atlas").entries()] == ["q"]
    promotions = History(opened).promotions()
    assert list(promotions["qualified_name"]) == ["p1", "p2"]
    assert promotions["signal_from"].isna().all()
    changes, states = LifecycleHistory(opened).of_record(["s/m"])
    assert [(row["label"], row["to_state"], row["seen_at"]) for row in changes] == [
        ("m v1", "production", day(0)),
        ("m v1", "unknown", day(4)),
        ("m v2", "production", day(4)),
    ]
    assert [(row["label"], row["state"]) for row in states] == [("m v2", "production")]
