"""A record never shrinks by a failure: what could not be read stays as it was known last, and says since when."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from include.governance.config.models import Settings
from include.governance.config.register import Register
from include.governance.estate import Estate
from include.governance.model import qualified_names
from include.governance.model.tables import PROMOTIONS, STATES
from include.governance.records import Past, resolve
from include.governance.staging.records import Records
from include.governance.staging.rows import rows
from include.governance.staging.snapshot import Snapshot
from tests.support.estates import MlflowSnapshotBuilder
from tests.support.resolving import NOW, SETTINGS
from tests.support.workspaces import WorkspacesSnapshotBuilder, workspace_id

KEY = {"governance.record": "K"}


class Syncs:
    """Syncs that follow each other, each with what the one before left."""

    def __init__(self, settings: Settings = SETTINGS, register: Register | None = None) -> None:
        self.now, self.settings, self.register = NOW, settings, register or Register()
        self.promotions = PROMOTIONS.empty_table().to_pandas()
        self.states = STATES.empty_table().to_pandas()
        self.last: Records | None = None

    def __call__(self, *snapshots: Snapshot) -> Records:
        self.now += timedelta(days=1)
        past = Past(self.promotions, self.states, self.last)
        found, changed = resolve(Estate.of(snapshots), self.register, self.settings, past, self.now)
        self.states = changed.states
        self.promotions, self.last = found.promotions, found
        return found


def mlflow(folder: Path) -> Snapshot:
    estate = MlflowSnapshotBuilder(folder)
    estate.experiment()
    estate.run("r1")
    estate.version("m", model_tags=KEY)
    return estate.snapshot()


def azure(folder: Path, unread: tuple[str, ...] = (), present: bool = True) -> Snapshot:
    workspaces = WorkspacesSnapshotBuilder(folder, unread=unread)
    if present:
        workspaces.version("w1", "copy", tags={**KEY, "lifecycle": "production"})
    return workspaces.snapshot()


def record(records: Records, key: str = "K") -> dict[str, Any]:
    (row,) = [row for row in rows(records.records) if row["key"] == key]
    return row


def test_a_listing_that_failed_takes_nothing_from_a_record(tmp_path: Path) -> None:
    syncs = Syncs()
    before = syncs(mlflow(tmp_path / "1"), azure(tmp_path / "1"))
    after = syncs(mlflow(tmp_path / "2"), azure(tmp_path / "2", ("w1/model_versions", "w1/models"), present=False))
    assert record(after)["production_versions"] == record(before)["production_versions"] == "copy v1, m v1"
    assert record(after)["sources"] == "azureml, s"
    assert set(after.links["qualified_name"]) == set(before.links["qualified_name"])


def test_what_was_not_read_says_since_when_and_why(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(azure(tmp_path / "1"))
    for number in (2, 3):
        after = syncs(azure(tmp_path / str(number), ("w1/model_versions",), present=False))
        (row,) = rows(after.evidence)
        assert row["unread_reason"].startswith("not read since 2026-03-02 02:17 UTC: ")
        assert "403" in row["unread_reason"]
        assert row["incomplete_reason"] is None
        assert row["last_read"] == NOW + timedelta(days=1)


def test_what_a_whole_listing_does_not_show_is_gone(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(mlflow(tmp_path / "1"), azure(tmp_path / "1"))
    after = syncs(mlflow(tmp_path / "2"), azure(tmp_path / "2", present=False))
    assert record(after)["production_versions"] == "m v1"


def test_what_was_carried_is_fresh_once_it_is_read_again(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(azure(tmp_path / "1"))
    syncs(azure(tmp_path / "2", ("w1/model_versions",), present=False))
    (row,) = rows(syncs(azure(tmp_path / "3")).evidence)
    assert (row["incomplete_reason"], row["unread_reason"]) == (None, None)
    assert row["last_read"] == NOW + timedelta(days=3)


def served(folder: Path, unread: tuple[str, ...] = (), percent: int | None = 90) -> Snapshot:
    workspaces = WorkspacesSnapshotBuilder(folder, unread=unread)
    version = workspaces.version("w1", "m", tags=KEY)
    if percent is not None:
        workspaces.serve("w1", version, percent)
    return workspaces.snapshot()


def test_traffic_that_could_not_be_read_is_not_over(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(served(tmp_path / "1"))
    (row,) = rows(syncs(served(tmp_path / "2", ("w1/endpoints", "w1/deployments"), percent=None)).evidence)
    assert (row["state"], row["state_signal"]) == ("production", "90% of the traffic of endpoint ep")
    assert "its state is that of 2026-03-02" in row["unread_reason"]


def test_what_follows_from_a_state_that_is_kept_is_kept_with_it(tmp_path: Path) -> None:
    """An archived version takes traffic: a finding as long as the traffic may be there."""

    def archived(folder: Path, unread: tuple[str, ...] = (), percent: int | None = 90) -> Snapshot:
        workspaces = WorkspacesSnapshotBuilder(folder, unread=unread)
        version = workspaces.version("w1", "m", tags={**KEY, "lifecycle": "retired"})
        if percent is not None:
            workspaces.serve("w1", version, percent)
        return workspaces.snapshot()

    asked = {"policies": [{"policies": ["model card"]}], "sources": SETTINGS.sources, "catalog": SETTINGS.catalog}
    syncs = Syncs(SETTINGS.model_copy(update={"policies": Settings.model_validate(asked).policies}))
    kept = ("state", "in_production", "traffic_conflict", "missing_policies")
    (before,) = rows(syncs(archived(tmp_path / "1")).evidence)
    assert before["traffic_conflict"] and before["missing_policies"] == "model card"
    (row,) = rows(syncs(archived(tmp_path / "2", ("w1/endpoints", "w1/deployments"), percent=None)).evidence)
    assert {name: row[name] for name in kept} == {name: before[name] for name in kept}


def test_traffic_that_is_seen_to_be_gone_is_over(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(served(tmp_path / "1"))
    after = syncs(served(tmp_path / "2", percent=None))
    assert (rows(after.evidence)[0]["state"], record(after)["state"]) == ("development", "retired")


def test_a_record_keeps_its_key_when_a_copy_is_found_later(tmp_path: Path) -> None:
    """The copy is older than the model that gave the key."""
    run = "0123456789abcdef0123456789abcdef"
    syncs = Syncs()

    def trained(folder: Path) -> Snapshot:
        estate = MlflowSnapshotBuilder(folder)
        estate.experiment()
        estate.run(run)
        estate.version("m", run=run, model_tags={}, created_at=NOW)
        return estate.snapshot()

    def copied(folder: Path) -> Snapshot:
        estate = MlflowSnapshotBuilder(folder, "a")
        estate.version("copy", run=None, model_tags={}, created_at=NOW - timedelta(days=900),
                       source_uri=f"s3://artifacts/1/{run}/artifacts/model")  # fmt: skip
        return estate.snapshot()

    assert list(syncs(trained(tmp_path / "1")).records["key"]) == ["s/m"]
    after = syncs(trained(tmp_path / "2"), copied(tmp_path / "2"))
    assert list(after.records["key"]) == ["s/m"]
    assert record(after, "s/m")["production_versions"] == "copy v1, m v1"
    assert list(Syncs()(trained(tmp_path / "3"), copied(tmp_path / "3")).records["key"]) == ["a/copy"]


def unlisted(folder: Path) -> Snapshot:
    """Not even the workspaces could be listed."""
    return WorkspacesSnapshotBuilder(folder, listed=(), unread=["workspaces"]).snapshot()


def test_a_source_of_which_nothing_could_be_listed_takes_nothing_either(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(mlflow(tmp_path / "1"), azure(tmp_path / "1"))
    assert record(syncs(mlflow(tmp_path / "2"), unlisted(tmp_path / "2")))["production_versions"] == "copy v1, m v1"


def test_nor_does_a_configured_source_that_left_no_snapshot(tmp_path: Path) -> None:
    named = [{"name": "s", "uri": "x"}, {"name": "azureml", "kind": "azure_ml"}]
    syncs = Syncs(Settings.model_validate({"sources": named, "catalog": {"url": "x"}}))
    syncs(mlflow(tmp_path / "1"), azure(tmp_path / "1"))
    assert record(syncs(mlflow(tmp_path / "2")))["production_versions"] == "copy v1, m v1"


def test_a_source_that_is_configured_no_more_takes_its_versions_along(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(mlflow(tmp_path / "1"), azure(tmp_path / "1"))
    assert record(syncs(mlflow(tmp_path / "2")))["production_versions"] == "m v1"


def test_a_workspace_that_a_whole_listing_does_not_show_is_gone(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(mlflow(tmp_path / "1"), azure(tmp_path / "1"))
    gone = WorkspacesSnapshotBuilder(tmp_path / "2", listed=["w2"]).snapshot()
    assert record(syncs(mlflow(tmp_path / "2"), gone))["production_versions"] == "m v1"


def test_a_model_that_patterns_leave_out_is_not_carried(tmp_path: Path) -> None:
    syncs = Syncs()
    syncs(mlflow(tmp_path / "1"), azure(tmp_path / "1"))
    narrowed = WorkspacesSnapshotBuilder(tmp_path / "2")
    model = f"{workspace_id('w1')}/models/copy"
    narrowed.writer.exclude("w1/models", model, qualified_names.azure(model))
    assert record(syncs(mlflow(tmp_path / "2"), narrowed.snapshot()))["production_versions"] == "m v1"


def test_the_state_of_a_record_is_confirmed_by_what_was_read_of_it(tmp_path: Path) -> None:
    """When it has left the state is told from the last sync that has seen it there."""
    syncs = Syncs()
    syncs(azure(tmp_path / "1"))
    read_at = syncs.now
    syncs(azure(tmp_path / "2", ("w1/model_versions", "w1/models"), present=False))
    (state,) = [row for row in rows(syncs.states) if row["subject_kind"] == "record"]
    assert (state["state"], state["last_seen"]) == ("production", read_at)
    syncs(azure(tmp_path / "3"))
    (state,) = [row for row in rows(syncs.states) if row["subject_kind"] == "record"]
    assert state["last_seen"] == syncs.now
