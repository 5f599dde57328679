"""What a further read of the same scope must not doubt, and what it must."""

from __future__ import annotations

from collections.abc import Callable

from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.staging.snapshot import Snapshot

from .canned import ML, SCOPE, Arm, item, workspace_id

Reading = Callable[..., Snapshot]
WORKSPACES, REGISTRIES = f"{SCOPE}/{ML}/workspaces", f"{SCOPE}/{ML}/registries"


def doubted(snapshot: Snapshot) -> dict[str, str]:
    states = snapshot.collections().values()
    return {state.collection: state.reason for state in states if state.state == ReadStatus.DOUBTED}


def test_an_unchanged_scope_with_a_registry_is_believed(arm: Arm, reading: Reading) -> None:
    registry = f"{SCOPE}/resourceGroups/rg-ml/{ML}/registries/shared"
    arm.put(REGISTRIES, item(registry, location="westeurope"))
    assert doubted(reading(since=reading())) == {}


def test_a_model_that_is_not_understood_makes_its_versions_no_loss(arm: Arm, reading: Reading) -> None:
    before = reading()
    models = arm.collections[f"{workspace_id()}/models".lower()]
    models[0] = {**models[0], "properties": "nonsense"}
    after = reading(since=before)
    assert doubted(after) == {}
    for kind in (AssetKind.MODEL, AssetKind.MODEL_VERSION):
        assert after.assets(kind)["qualified_name"].to_pylist() == before.assets(kind)["qualified_name"].to_pylist()


def test_projects_that_are_not_listed_and_exist_are_doubted(arm: Arm, reading: Reading) -> None:
    for number in range(4):
        found = item(workspace_id(f"p{number}"), {"hubResourceId": workspace_id()}, kind="Project", location="x")
        arm.put(WORKSPACES, found)
    before = reading()
    arm.collections[WORKSPACES.lower()] = arm.collections[WORKSPACES.lower()][:1]
    after = reading(since=before)
    assert set(doubted(after)) == {"workspaces"}
    assert "5 workspaces, this one has 1" in doubted(after)["workspaces"]
