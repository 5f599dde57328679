"""Promotions and changes of state end only where the listings that would show them were read whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.governance.config.models import Settings
from include.governance.config.register import Register
from include.governance.estate import Coverage, Estate, MergedSnapshots
from include.governance.model import qualified_names
from include.governance.model.tables import PROMOTIONS, STATES
from include.governance.records import Past, resolve
from include.governance.records.evidence.traffic import traffic_of
from include.governance.records.states.ended_signals import EndedSignals
from include.governance.staging.lifecycle import LifecycleChanges
from include.governance.staging.records import Records
from include.governance.staging.rows import rows
from include.governance.staging.snapshot import Snapshot
from tests.support.estates import MlflowSnapshotBuilder
from tests.support.workspaces import WorkspacesSnapshotBuilder, endpoint_name, version_name, workspace_id

NOW = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)
SOURCES = [{"name": "s", "uri": "x"}, {"name": "azureml", "kind": "azure_ml"}]
SETTINGS = Settings.model_validate({"sources": SOURCES, "catalog": {"url": "x"}})


class Syncs:
    """One sync a day; what one leaves, the next one knows."""

    def __init__(self, register: dict[str, Any] | None = None) -> None:
        self.register = Register.model_validate(register or {})
        self.day = -1
        self.promotions = PROMOTIONS.empty_table().to_pandas()
        self.states = STATES.empty_table().to_pandas()

    @property
    def now(self) -> datetime:
        return NOW + timedelta(days=self.day)

    def __call__(self, *snapshots: Snapshot) -> tuple[Records, LifecycleChanges]:
        self.day += 1
        past = Past(self.promotions, self.states)
        found, changed = resolve(Estate.of(snapshots), self.register, SETTINGS, past, self.now)
        self.promotions, self.states = found.promotions, changed.states
        return found, changed

    def standing(self) -> list[str]:
        return [row["version_label"] for row in rows(self.promotions) if row["until"] is None]


def told(changed: LifecycleChanges, kind: str = "version") -> list[tuple[str, str | None, str]]:
    found = [row for row in rows(changed.transitions) if row["subject_kind"] == kind]
    return [(row["label"], row["from_state"], row["to_state"]) for row in found]


@pytest.fixture
def syncs() -> Syncs:
    return Syncs()


def served(folder: Path, percent: int = 90, **options: Any) -> Snapshot:
    """m v1 of w1 and of w2, each with that traffic of its workspace's endpoint."""
    made = WorkspacesSnapshotBuilder(folder, **options)
    for workspace in options.get("listed", ("w1", "w2")):
        version = made.version(workspace)
        made.serve(workspace, version, percent)
    return made.snapshot()


def test_traffic_is_a_signal_and_its_endpoint_is_kept(syncs: Syncs, tmp_path: Path) -> None:
    records, changed = syncs(served(tmp_path))
    first = rows(records.promotions)[0]
    assert first["signal"] == "90% of the traffic of endpoint ep"
    assert first["signal_from"] == endpoint_name("w1")
    assert told(changed) == [("m v1", None, "production")] * 2
    assert told(changed, "record") == [("m", None, "production")] * 2


UNREAD = {
    "its endpoints": ["w1/endpoints"],
    "its deployments": ["w1/deployments"],
    "its versions": ["w1/model_versions"],
    "its models": ["w1/models"],
}


@pytest.mark.parametrize("case", UNREAD)
def test_of_two_workspaces_only_the_one_that_was_read_is_decided(syncs: Syncs, tmp_path: Path, case: str) -> None:
    syncs(served(tmp_path / "0"))
    _, changed = syncs(served(tmp_path / "1", percent=0, unread=UNREAD[case]))
    standing = [row["version"] for row in rows(syncs.promotions) if row["until"] is None]
    assert standing == [version_name("w1", "m", 1)]
    assert told(changed) == [("m v1", "production", "development")]
    assert rows(changed.transitions)[0]["record_key"] == "w2/m"
    states = {row["subject"]: row for row in rows(changed.states)}
    assert states[version_name("w1", "m", 1)]["state"] == "production"
    assert states[version_name("w1", "m", 1)]["last_seen"] == pd.Timestamp(NOW)
    assert states[version_name("w2", "m", 1)]["last_seen"] == pd.Timestamp(syncs.now)


def test_a_version_that_a_tag_keeps_in_production_is_not_ended_by_unread_endpoints(
    syncs: Syncs, tmp_path: Path
) -> None:
    made = WorkspacesSnapshotBuilder(tmp_path / "0")
    made.version("w1", tags={"lifecycle": "production"})
    syncs(made.snapshot())
    after = WorkspacesSnapshotBuilder(tmp_path / "1", unread=["w1/endpoints"])
    after.version("w1")  # the tag is gone; traffic may be there, unread
    syncs(after.snapshot())
    assert syncs.standing() == ["m v1"]


def test_an_endpoint_of_another_workspace_decides_for_a_version_it_serves(syncs: Syncs, tmp_path: Path) -> None:
    def sync(folder: Path, percent: int, unread: list[str]) -> None:
        made = WorkspacesSnapshotBuilder(folder, unread=unread)
        made.serve("w2", made.version("w1"), percent)
        syncs(made.snapshot())

    sync(tmp_path / "0", 90, [])
    sync(tmp_path / "1", 0, ["w2/endpoints"])
    assert syncs.standing() == ["m v1"]
    sync(tmp_path / "2", 0, [])
    assert syncs.standing() == []


def test_a_further_state_counts_although_not_all_was_read(syncs: Syncs, tmp_path: Path) -> None:
    syncs(served(tmp_path / "0", percent=0))
    _, changed = syncs(served(tmp_path / "1", percent=50, unread=["w1/model_versions"]))
    assert told(changed) == [("m v1", "development", "production")] * 2


def test_a_workspace_that_was_deleted_takes_its_promotions_with_it(syncs: Syncs, tmp_path: Path) -> None:
    syncs(served(tmp_path / "0"))
    _, changed = syncs(served(tmp_path / "1", listed=("w1",)))
    assert [row["record_key"] for row in rows(syncs.promotions) if row["until"] is not None] == ["w2/m"]
    assert told(changed) == [("m v1", "production", "gone")]


def test_a_workspace_that_could_not_be_listed_keeps_them(syncs: Syncs, tmp_path: Path) -> None:
    syncs(served(tmp_path / "0"))
    syncs(served(tmp_path / "1", listed=("w1",), unread=["workspaces"]))
    assert len(syncs.standing()) == 2


def test_a_workspace_that_patterns_leave_out_keeps_them(syncs: Syncs, tmp_path: Path) -> None:
    syncs(served(tmp_path / "0"))
    made = WorkspacesSnapshotBuilder(tmp_path / "1", listed=("w1",))
    made.serve("w1", made.version("w1"), 90)
    made.writer.exclude("workspaces", workspace_id("w2"), qualified_names.azure(workspace_id("w2")))
    _, changed = syncs(made.snapshot())
    assert len(syncs.standing()) == 2
    assert told(changed) == []


def test_the_same_workspace_read_through_two_sources_is_decided_by_either(tmp_path: Path) -> None:
    one = served(tmp_path, unread=["w1/model_versions"], source="one")
    two = served(tmp_path, source="two")
    assert not EndedSignals(Coverage([one])).has_ended(version_name("w1", "m", 1))
    assert EndedSignals(Coverage([one, two])).has_ended(version_name("w1", "m", 1))


def test_a_model_that_patterns_leave_out_of_mlflow_is_not_over(syncs: Syncs, tmp_path: Path) -> None:
    before = MlflowSnapshotBuilder(tmp_path / "0")
    before.version("m")
    syncs(before.snapshot())
    after = MlflowSnapshotBuilder(tmp_path / "1")
    after.writer.exclude("registered_models", "m", qualified_names.model("s", "m"))
    syncs(after.snapshot())
    assert syncs.standing() == ["m v1"]


def test_parts_of_one_endpoint_are_added_up(tmp_path: Path) -> None:
    made = WorkspacesSnapshotBuilder(tmp_path)
    version = made.version("w1")
    made.serve("w1", version, 60)
    made.serve("w1", version, 30, mirror=5)
    made.serve("w2", version, 10)
    found = [(one.endpoint, one.percent, one.mirror) for one in traffic_of(MergedSnapshots([made.snapshot()]))[version]]
    assert found == [(endpoint_name("w1"), 90, 5), (endpoint_name("w2"), 10, 0)]


def model(folder: Path, alias: dict[int, str], source: str = "s", key: str = "") -> Snapshot:
    estate = MlflowSnapshotBuilder(folder, source)
    for version in (1, 2):
        tags = {"governance.record": key} if key else {}
        estate.version("m", version, aliases=[alias[version]] if version in alias else [], model_tags=tags)
    return estate.snapshot()


def test_every_change_is_told_not_only_production(syncs: Syncs, tmp_path: Path) -> None:
    steps: list[dict[int, str]] = [{1: "champion"}, {1: "champion", 2: "challenger"}, {2: "champion"}, {2: "champion"}]
    expected = [
        [("m v1", None, "production"), ("m v2", None, "development")],
        [("m v2", "development", "candidate")],
        [("m v1", "production", "development"), ("m v2", "candidate", "production")],
        [],
    ]
    for number, (aliases, wanted) in enumerate(zip(steps, expected, strict=True)):
        _, changed = syncs(model(tmp_path / str(number), aliases))
        assert told(changed) == wanted
    last = rows(syncs.states)
    assert {row["last_seen"] for row in last} == {pd.Timestamp(syncs.now)}


def test_a_change_lies_between_two_syncs(syncs: Syncs, tmp_path: Path) -> None:
    syncs(model(tmp_path / "0", {}))
    _, changed = syncs(model(tmp_path / "1", {1: "champion"}))
    (row,) = [row for row in rows(changed.transitions) if row["subject_kind"] == "version"]
    assert (row["after"], row["seen_at"]) == (pd.Timestamp(NOW), pd.Timestamp(NOW + timedelta(days=1)))
    assert row["signal"] == "alias champion"


def test_a_split_keeps_both_histories(syncs: Syncs, tmp_path: Path) -> None:
    syncs(model(tmp_path / "0", {1: "champion"}, key="both"))
    _, changed = syncs(model(tmp_path / "1", {1: "champion"}, key="own"))
    here = {row["record_key"]: row for row in rows(syncs.promotions)}
    assert here["both"]["until"] == pd.Timestamp(syncs.now)
    assert (here["own"]["since"], here["own"]["until"]) == (pd.Timestamp(NOW), None)
    moved = [row for row in rows(changed.transitions) if row["to_state"] == "moved"]
    assert {(row["record_key"], row["label"]) for row in moved} == {("both", "m v1"), ("both", "m v2")}
    syncs(model(tmp_path / "2", {1: "champion"}, key="both"))  # joined again: the same promotion goes on
    assert [(row["record_key"], row["since"]) for row in rows(syncs.promotions) if row["until"] is None] == [
        ("both", pd.Timestamp(NOW))
    ]
    assert syncs.promotions["qualified_name"].is_unique


@pytest.mark.parametrize("keyed", ["formerly", "record"])
def test_a_renamed_source_carries_the_history_over(tmp_path: Path, keyed: str) -> None:
    """formerly alone: the record keeps its key. With a record: the history goes to that key."""
    syncs = Syncs()
    syncs(model(tmp_path / "0", {1: "champion"}, source="old"))
    entry = {"source": "s", "model": "m", "formerly": ["old/m"], **({"record": "new"} if keyed == "record" else {})}
    syncs.register = Register.model_validate({"models": [entry]})
    key = "new" if keyed == "record" else "old/m"
    _, changed = syncs(model(tmp_path / "1", {1: "champion"}, source="s"))
    standing = [row for row in rows(syncs.promotions) if row["until"] is None]
    assert [(row["record_key"], row["since"]) for row in standing] == [(key, pd.Timestamp(NOW))]
    assert told(changed) == []
    assert {row["record_key"] for row in rows(syncs.states)} == {key}
    assert len(rows(syncs.states)) == 3


def test_a_gone_version_is_told_once(syncs: Syncs, tmp_path: Path) -> None:
    syncs(model(tmp_path / "0", {1: "champion"}))
    _, changed = syncs(MlflowSnapshotBuilder(tmp_path / "1").snapshot())
    assert told(changed) == [("m v1", "production", "gone"), ("m v2", "development", "gone")]
    assert [(before, after) for _, before, after in told(changed, "record")] == [("production", "retired")]
    _, again = syncs(MlflowSnapshotBuilder(tmp_path / "2").snapshot())
    assert told(again) == []
    _, back = syncs(model(tmp_path / "3", {1: "champion"}))
    assert ("m v1", "gone", "production") in told(back)
