"""Snapshots as they are staged now, and as the previous release staged them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from include.governance.errors import StagingError
from include.governance.model import qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.model.tables import COLLECTIONS
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import CollectionState, Snapshot

WORKSPACE = "/subscriptions/s/resourceGroups/rg/providers/p/workspaces/ws"
COVERS = qualified_names.azure(WORKSPACE, "models") + "/"
REGISTRY = qualified_names.azure("azureml://registries/shared", "models") + "/"
PROJECT = qualified_names.azure("/subscriptions/s/x/accounts/ai/projects/desk", "agents") + "/"


@pytest.fixture
def written(tmp_path: Path) -> Snapshot:
    """A workspace's models and an MLflow source's runs and versions, each with items that were not taken."""
    writer = SnapshotWriter(Folder(str(tmp_path / "snapshot")), "lab")
    writer.state("ws/models", kind=AssetKind.MODEL, covers=COVERS)
    model = f"{WORKSPACE}/models/Credit"
    writer.quarantine("ws/models", model, "odd", qualified_names.azure(model))
    writer.quarantine("ws/models", "a name", "odd")
    writer.quarantine("runs", "r1", "odd", qualified_names.run("lab", "r1"))
    writer.quarantine("runs", "None", "odd")
    writer.quarantine("runs", "x" * 600, "odd", qualified_names.run("lab", "x" * 600))
    writer.exclude("model_versions", "m/1", qualified_names.model_version("lab", "m", "1"))
    return writer.close({"platform": "mlflow"})


def former(snapshot: Snapshot) -> Snapshot:
    """The same in the tables of the previous release, without what this one added."""
    document = {name: value for name, value in snapshot.document.items() if name != "tables"}
    snapshot.folder.write_json("snapshot.json", document)
    for name, added in (
        ("quarantine", ["qualified_name"]),
        ("filtered", ["qualified_name"]),
        ("collections", ["container", "listing"]),
    ):
        table = snapshot.folder.read_table(f"{name}.parquet")
        snapshot.folder.write_table(f"{name}.parquet", table.drop_columns(added))
    return Snapshot(snapshot.folder.path)


def test_a_snapshot_of_the_previous_release_says_the_same(written: Snapshot) -> None:
    now = written.quarantine(), written.filtered(), written.collections()
    then = former(written)
    assert (then.quarantine(), then.filtered(), then.collections()) == now


def test_an_item_whose_id_does_not_say_has_no_name(written: Snapshot) -> None:
    names = [(row["native_id"][:5], row["qualified_name"]) for row in written.quarantine()]
    assert names == [
        ("/subs", qualified_names.azure(f"{WORKSPACE}/models/credit")),
        ("a nam", None),
        ("r1", qualified_names.run("lab", "r1")),
        ("None", None),
        ("xxxxx", None),
    ]


@pytest.mark.parametrize(
    ("collection", "covers", "container", "listing"),
    [
        ("ws/model_versions", COVERS, qualified_names.azure(WORKSPACE), "model_versions"),
        ("shared/model_versions", REGISTRY, qualified_names.azure("azureml://registries/shared"), "model_versions"),
        ("rg/desk/agents", PROJECT, PROJECT.removesuffix("/agents/"), "agents"),
        ("workspaces", qualified_names.azure("/subscriptions/s") + "/", "", "workspaces"),
        ("runs", "", qualified_names.everything_of("lab"), "runs"),
    ],
    ids=["workspace", "registry", "project", "subscription", "mlflow"],
)
def test_a_collection_knows_its_container(
    tmp_path: Path, collection: str, covers: str, container: str, listing: str
) -> None:
    writer = SnapshotWriter(Folder(str(tmp_path / "snapshot")), "lab")
    writer.state(collection, covers=covers)
    state = writer.close({}).collections()[collection]
    assert (state.container, state.listing) == (container, listing)


@pytest.mark.parametrize(
    ("state", "is_whole", "broke_off"),
    [
        (ReadStatus.COMPLETE, True, False),
        (ReadStatus.UNSUPPORTED, False, False),
        (ReadStatus.PARTIAL, False, True),
        (ReadStatus.FAILED, False, True),
    ],
)
def test_how_far_a_listing_was_read(state: ReadStatus, is_whole: bool, broke_off: bool) -> None:
    found = CollectionState("lab", "runs", state=state)
    assert (found.is_whole, found.broke_off) == (is_whole, broke_off)


def test_schemas_of_the_tables_hold_what_is_written(written: Snapshot) -> None:
    table = written.folder.read_table("collections.parquet")
    assert table.schema.equals(COLLECTIONS)
    assert isinstance(table, pa.Table)


def test_a_table_without_rows_is_empty_and_one_that_is_missing_an_error(written: Snapshot) -> None:
    assert written.assets(AssetKind.AGENT).num_rows == 0
    assert list(written.asset_batches(AssetKind.AGENT)) == []
    assert written.is_intact
    (Path(written.folder.path) / "quarantine.parquet").unlink()
    again = Snapshot(written.folder.path)
    assert not again.is_intact
    with pytest.raises(StagingError, match=r"quarantine\.parquet is missing"):
        again.quarantine()
