"""No value that a source states and nobody understands disappears without a word."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.governance.config.models import MlflowSource
from include.governance.errors import SourceError
from include.governance.model.assets import AssetKind
from include.governance.net.http import Traffic
from include.governance.sources.azure.fields import when
from include.governance.sources.fields import Malformed, count, flag, noting_unparsed, timestamp
from include.governance.sources.mlflow.client import Page, Query
from include.governance.sources.mlflow.read import read_mlflow
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from tests.unit.sources.odd_items import ITEMS

MARK = "zzz-odd"
ODD = (MARK, [MARK])
Path_ = tuple[Any, ...]


def paths(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from paths(inner, (*path, step))


def changed(record: dict[str, Any], path: Path_, value: Any = None) -> dict[str, Any]:
    """The record with another value there; without the field for None."""
    record = copy.deepcopy(record)
    holder: Any = record
    for step in path[:-1]:
        holder = holder[step]
    if value is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return record


@pytest.mark.parametrize("kind", ITEMS)
def test_an_odd_value_is_in_the_row_or_noted_or_the_items_fault(kind: str) -> None:
    """Of every field that has a part in the row."""
    record, parse = ITEMS[kind]

    def result(path: Path_, value: Any) -> str:
        with noting_unparsed() as noted:
            try:
                return f"{parse(changed(record, path, value))} {noted}"
            except Malformed:
                return f"malformed by {value}"

    whole = f"{parse(record)} []"
    used = [path for path in paths(record) if result(path, None) != whole]
    assert used
    assert [(path, odd) for path in used for odd in ODD if MARK not in result(path, odd)] == []


@pytest.mark.parametrize("stated", ["zzz", "2024-13-01", -5, 10**18, True, [1], {"a": 1}, "9" * 400, float("nan")])
def test_timestamps_that_make_no_sense_are_noted(stated: Any) -> None:
    for read in (timestamp, when):
        with noting_unparsed() as noted:
            assert read({"at": stated}, "at") is None
        assert [one.field for one in noted] == ["at"], read


@pytest.mark.parametrize("stated", [None, "", 0, "0001-01-01T00:00:00", "0001-01-01T00:00:00.0000000Z"])
def test_a_time_that_was_never_stated_is_not_noted(stated: Any) -> None:
    with noting_unparsed() as noted:
        assert when({"at": stated}, "at") is None
        assert str(stated).startswith("0001") or timestamp({"at": stated}, "at") is None
        assert timestamp({}, "at") is None
    assert noted == []


def test_counts_and_flags() -> None:
    with noting_unparsed() as noted:
        assert [count({"n": value}, "n") for value in (7, "", None, "many", True)] == [7, None, None, None, None]
        assert [flag({"f": value}, "f") for value in (True, False, "True", "false", None, "", "maybe", 1)] == [
            *(True, False, True, False, None, None, None, None)
        ]
    assert [one.value for one in noted] == ["many", "True", "maybe", "1"]


class Listings:
    """A ListingClient of these items."""

    def __init__(self, **items: list[Any]) -> None:
        self.traffic = Traffic()
        self.ids_per_search, self.filters_runs = 1_000, True
        self.service_name: str | None = None
        self.items = items

    def page(self, query: Query, token: str | None) -> Page:
        return Page(self.items.get(query.collection, []), None)

    def item(self, collection: str, native_id: str) -> None:
        return None

    def model_file(self, native_id: str, /) -> str | None:
        return None

    def workspaces(self) -> tuple[list[str], SourceError | None]:
        return [], None

    def close(self) -> None:
        pass


EXPERIMENT = {"experiment_id": "1", "name": "e", "creation_time": "zzz"}
SECRET = "ghp_" + "a8Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv"
MODEL = {"name": "scorer", "creation_timestamp": "zzz", "last_updated_timestamp": SECRET}


def read(folder: Path, since: Snapshot | None = None, **items: list[Any]) -> Snapshot:
    settings = MlflowSource(name="demo", uri="http://mlflow.example", prompts=False)
    return read_mlflow(settings, Listings(**items), Folder(str(folder)), since, "http://mlflow.example")


def noted_of(snapshot: Snapshot) -> list[tuple[str, str, str, str]]:
    return sorted((one["collection"], one["native_id"], one["field"], one["value"]) for one in snapshot.unparsed())


def test_the_row_is_kept_and_its_unreadable_values_are_staged_without_secrets(tmp_path: Path) -> None:
    snapshot = read(tmp_path, experiments=[EXPERIMENT], registered_models=[MODEL, MODEL])
    (row,) = snapshot.assets(AssetKind.MODEL).to_pylist()
    assert (row["name"], row["created_at"], row["secrets_removed"]) == ("scorer", None, 0)
    assert snapshot.quarantine() == []
    experiment, updated, created = noted_of(snapshot)[0], *reversed(noted_of(snapshot)[1:])
    assert experiment == ("experiments", "1", "creation_time", "zzz")
    assert created == ("registered_models", "scorer", "creation_timestamp", "zzz")
    assert updated[:3] == ("registered_models", "scorer", "last_updated_timestamp")
    assert SECRET not in str(snapshot.unparsed())
    assert snapshot.complete


def test_an_item_in_quarantine_leaves_no_values_besides(tmp_path: Path) -> None:
    snapshot = read(tmp_path, registered_models=[{**MODEL, "aliases": "odd"}])
    assert [one["native_id"] for one in snapshot.quarantine()] == ["scorer"]
    assert snapshot.unparsed() == []


def test_what_is_carried_forward_stays_noted(tmp_path: Path) -> None:
    run = {"info": {"run_id": "0" * 32, "experiment_id": "1", "status": "FINISHED", "start_time": 5, "end_time": "zzz"}}
    first = read(tmp_path / "1", experiments=[EXPERIMENT], runs=[run])
    later = read(tmp_path / "2", first, experiments=[EXPERIMENT])
    assert later.assets(AssetKind.RUN).num_rows == 1
    assert ("runs", "0" * 32, "end_time", "zzz") in noted_of(later)
    assert noted_of(later) == noted_of(first)


def test_a_snapshot_of_an_earlier_release_has_none(tmp_path: Path) -> None:
    snapshot = read(tmp_path, experiments=[{"experiment_id": "1"}])
    assert (snapshot.unparsed(), "unparsed.parquet" in snapshot.document["tables"]) == ([], False)
