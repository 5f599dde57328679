"""Promotions are added and closed, never deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.governance.model import qualified_names
from include.governance.model.tables import PROMOTIONS
from include.governance.model.timestamps import to_millis
from include.governance.staging.rows import rows
from include.governance.state.database import open_database
from include.governance.state.history import History

FIRST, SECOND = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(open_database(f"sqlite:///{tmp_path}/state.db"))


def promotion(record: str, version: str, since: datetime = FIRST, until: datetime | None = None) -> dict[str, Any]:
    name = qualified_names.promotion(record, version, "production", to_millis(since) or 0)
    known = {"qualified_name": name, "record_key": record, "version": version, "version_label": version}
    return {**known, "state": "production", "signal": "alias", "signal_from": None, "since": since, "until": until}


def frame(*promotions: Mapping[str, Any]) -> pd.DataFrame:
    table = pd.DataFrame(promotions, columns=PROMOTIONS.names)
    return table.assign(**{name: pd.to_datetime(table[name], utc=True) for name in ("since", "until")})


def saved(history: History) -> list[tuple[str, str, datetime, datetime | None]]:
    told = [(row["record_key"], row["version"], row["since"], row["until"]) for row in rows(history.promotions())]
    return sorted(told, key=str)


def test_one_that_ends_is_closed_and_a_new_one_added(history: History) -> None:
    history.save_promotions(frame(promotion("m", "v1")))
    history.save_promotions(frame(promotion("m", "v1", until=SECOND), promotion("m", "v2", SECOND)))
    assert saved(history) == [("m", "v1", FIRST, SECOND), ("m", "v2", SECOND, None)]


def test_nothing_takes_away_what_is_known(history: History) -> None:
    history.save_promotions(frame(promotion("m", "v1"), promotion("n", "v1", until=SECOND)))
    known = saved(history)
    history.save_promotions(frame())
    assert saved(history) == known


def test_what_another_sync_has_begun_meanwhile_is_not_begun_again(history: History) -> None:
    history.save_promotions(frame(promotion("m", "v1", FIRST)))
    history.save_promotions(frame(promotion("m", "v1", SECOND), promotion("m", "v2", SECOND)))
    assert saved(history) == [("m", "v1", FIRST, None), ("m", "v2", SECOND, None)]


def test_promotions_go_on_under_the_new_key_of_their_record(history: History) -> None:
    history.save_promotions(frame(promotion("old", "v1"), promotion("m", "v1")))
    history.save_promotions(frame(promotion("new", "v1"), promotion("m", "v1")), {"old": "new"})
    assert saved(history) == [("m", "v1", FIRST, None), ("new", "v1", FIRST, None)]


def test_one_that_came_back_under_the_former_key_is_the_same(history: History) -> None:
    history.save_promotions(frame(promotion("old", "v1"), promotion("new", "v1")))
    history.save_promotions(frame(promotion("new", "v1", until=SECOND)), {"old": "new"})
    assert saved(history) == [("new", "v1", FIRST, SECOND)]
