"""What a further read of the same scope must not doubt, and what it must."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from include.governance.estate import Coverage
from include.governance.model import qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.staging.snapshot import Snapshot

from .canned import ML, SCOPE, Arm, item, workspace_id
from .conftest import rows

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


def test_versions_are_not_doubted_without_their_models(arm: Arm, reading: Reading) -> None:
    """None of them was asked for: that they are missing says nothing."""
    for number in range(4):
        model = f"{workspace_id()}/models/m{number}"
        arm.add(model)
        arm.add(f"{model}/versions/1")
    before = reading()
    arm.refuse(f"{workspace_id()}/models", 403)
    after = reading(since=before)
    assert doubted(after) == {}
    told = after.collections()["ws-fraud/model_versions"]
    assert told.state == ReadStatus.FAILED
    assert told.reason.startswith("models could not all be listed")
    assert rows(after, AssetKind.MODEL_VERSION) == rows(before, AssetKind.MODEL_VERSION)


@pytest.mark.parametrize("emptied", [1, 3])
def test_listings_that_are_all_emptied_are_doubted_together(arm: Arm, reading: Reading, emptied: int) -> None:
    """Each of them had one model, of which no listing alone is doubted."""
    names, others = ("w0", "w1", "w2"), {"deny": ["ws-fraud"]}
    for name in names:
        arm.put(WORKSPACES, item(workspace_id(name), location="x"))
        arm.add(f"{workspace_id(name)}/models/m")
        arm.add(f"{workspace_id(name)}/models/m/versions/1")
    before = reading(workspaces=others)
    for name in names[:emptied]:
        arm.collections[f"{workspace_id(name)}/models".lower()].clear()
        arm.refuse(f"{workspace_id(name)}/models/m", 404)
    after = reading(since=before, workspaces=others)
    if emptied == 1:
        assert doubted(after) == {}
        assert len(rows(after, AssetKind.MODEL)) == len(rows(after, AssetKind.MODEL_VERSION)) == 2
        return
    assert set(doubted(after)) == {f"{name}/models" for name in names}
    assert "the last read had 3 models in all, this one has 0" in doubted(after)["w0/models"]
    assert after.collections()["w0/model_versions"].state == ReadStatus.FAILED
    for kind in (AssetKind.MODEL, AssetKind.MODEL_VERSION):
        assert rows(after, kind) == rows(before, kind)


def test_a_small_listing_is_doubted_beside_a_large_one_that_is(arm: Arm, reading: Reading) -> None:
    arm.put(WORKSPACES, item(workspace_id("small"), location="x"))
    models = [f"{workspace_id()}/models/m{number}" for number in range(4)] + [f"{workspace_id('small')}/models/m"]
    for model in models:
        arm.add(model)
    before = reading()
    for name in ("ws-fraud", "small"):
        arm.collections[f"{workspace_id(name)}/models".lower()].clear()
    for model in (*models, f"{workspace_id()}/models/scorer"):
        arm.refuse(model, 404)
    after = reading(since=before)
    assert {"ws-fraud/models", "small/models"} <= doubted(after).keys()
    assert rows(after, AssetKind.MODEL) == rows(before, AssetKind.MODEL)


def test_a_workspace_that_may_not_be_read_stays_as_it_was(arm: Arm, reading: Reading) -> None:
    """ARM lists only what the identity may see."""
    arm.put(WORKSPACES, item(workspace_id("open"), location="x"))
    before = reading()
    arm.collections[WORKSPACES.lower()] = arm.collections[WORKSPACES.lower()][1:]
    arm.refuse(workspace_id(), 403)
    after = reading(since=before)
    told = after.collections()["workspaces"]
    assert (told.state, told.withheld, told.carried) == (ReadStatus.PARTIAL, 1, 1)
    for kind in AssetKind:
        assert set(rows(after, kind)) == set(rows(before, kind)), kind
    below = after.collections()["ws-fraud/models"]
    assert below.state == ReadStatus.FAILED
    assert "neither listed nor readable by name" in below.reason
    assert after.collections()["open/models"].state == ReadStatus.COMPLETE


def test_projects_stay_where_workspaces_could_not_be_listed(arm: Arm, reading: Reading) -> None:
    arm.put(WORKSPACES, item(workspace_id("p"), {"hubResourceId": workspace_id()}, kind="Project", location="x"))
    before = reading()
    arm.refuse(WORKSPACES, 403)
    after = reading(since=before)
    assert set(rows(after, AssetKind.PROJECT)) == set(rows(before, AssetKind.PROJECT)) != set()


def test_data_that_an_emptied_listing_lacks_stays(arm: Arm, reading: Reading) -> None:
    for number in range(4):
        data = f"{workspace_id()}/data/d{number}"
        arm.add(data)
        arm.add(f"{data}/versions/1", {"dataUri": f"https://store.example/{number}"})
    before = reading()
    arm.collections[f"{workspace_id()}/data".lower()] = []
    after = reading(since=before)
    assert set(doubted(after)) == {"ws-fraud/data"}
    assert rows(after, AssetKind.DATASET) == rows(before, AssetKind.DATASET)


def registry_with(arm: Arm, *models: str) -> str:
    """A registry with these models, of one version each. Returns the path of its models."""
    registry = f"{SCOPE}/resourceGroups/rg-ml/{ML}/registries/shared"
    arm.put(REGISTRIES, item(registry, location="westeurope"))
    address = {"primaryRegionResourceProviderUri": "https://registry.example/"}
    arm.answers["/registrymanagement/v1.0/registries/shared/discovery"] = lambda _: (200, address)
    path = f"/mferp/managementfrontend{registry}/models"
    for model in models:
        arm.put(path, item(f"azureml://registries/shared/models/{model}"))
        arm.put(f"{path}/{model}/versions", item(f"azureml://registries/shared/models/{model}/versions/1"))
    return path


def test_a_model_that_two_reads_find_by_name_only_stays_with_its_versions(arm: Arm, reading: Reading) -> None:
    for number in range(3):
        arm.add(f"{workspace_id()}/models/m{number}")
        arm.add(f"{workspace_id()}/models/m{number}/versions/1")
    before = reading()
    models = arm.collections[f"{workspace_id()}/models".lower()]
    unlisted = models.pop()
    arm.answers[unlisted["id"].lower()] = lambda _: (200, unlisted)
    first = reading(since=before)
    assert set(doubted(first)) == {"ws-fraud/models"}
    last = first
    for _ in range(2):
        last = reading(since=last)
        assert last.complete
        assert "kept as last known: m2." in last.collections()["ws-fraud/models"].reason
        for kind in (AssetKind.MODEL, AssetKind.MODEL_VERSION):
            assert rows(last, kind).keys() == rows(before, kind).keys()
    arm.refuse(f"{workspace_id()}/models/m2", 404)
    coverage = Coverage([reading(since=last)])
    model = qualified_names.azure(workspace_id(), "models", "m2")
    assert coverage.is_absent(AssetKind.MODEL, model, last.source)
    assert coverage.is_absent(AssetKind.MODEL_VERSION, f"{model}/versions/1", last.source)


def _found(item: Any, _: int) -> tuple[int, Any]:
    return 200, item


def test_a_listing_that_lacks_most_of_what_is_there_by_name_stays_doubted(arm: Arm, reading: Reading) -> None:
    for number in range(4):
        arm.add(f"{workspace_id()}/schedules/s{number}", {"trigger": {}, "action": {}})
    last = before = reading()
    listed = arm.collections.pop(f"{workspace_id()}/schedules".lower())
    arm.answers |= {schedule["id"].lower(): partial(_found, schedule) for schedule in listed}
    for _ in range(3):
        last = reading(since=last)
        assert set(doubted(last)) == {"ws-fraud/schedules"}
        assert rows(last, AssetKind.SCHEDULE) == rows(before, AssetKind.SCHEDULE)


def test_what_a_registry_lacks_is_asked_for_by_name(arm: Arm, reading: Reading) -> None:
    path = registry_with(arm, "kept", "hidden", "gone")
    before = reading()
    listed = arm.collections[path.lower()]
    arm.collections[path.lower()] = listed[:1]
    arm.refuse(f"{path}/hidden", 403)
    arm.refuse(f"{path}/gone", 404)
    after = reading(since=before)
    told = after.collections()["shared/models"]
    assert (told.state, told.withheld) == (ReadStatus.PARTIAL, 1), told.reason
    for kind in (AssetKind.MODEL, AssetKind.MODEL_VERSION):
        names = {row["qualified_name"].split("/models/")[1] for row in after.assets(kind).to_pylist()}
        assert {name.split("/")[0] for name in names} & {"kept", "hidden", "gone"} == {"kept", "hidden"}


def test_a_registry_is_not_doubted_without_its_models(arm: Arm, reading: Reading) -> None:
    path = registry_with(arm, "a", "b", "c", "d")
    before = reading()
    arm.refuse(path, 403)
    after = reading(since=before)
    assert doubted(after) == {}
    assert after.collections()["shared/model_versions"].state == ReadStatus.FAILED
    assert len(after.assets(AssetKind.MODEL_VERSION)) == len(before.assets(AssetKind.MODEL_VERSION))


def test_a_workspaces_name_shows_no_secret(arm: Arm, reading: Reading) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    arm.put(WORKSPACES, item(workspace_id(secret), location="x"))
    snapshot = reading()
    shown = {state.collection for state in snapshot.collections().values()}
    assert not [name for name in shown if secret.lower() in name.lower()]
    hidden = {name.rpartition("/")[0] for name in shown} - {"", "ws-fraud"}
    assert len(hidden) == 1
    assert hidden.pop().startswith("[secret removed] ")


def test_role_assignments_are_asked_for_by_their_ids(arm: Arm, reading: Reading) -> None:
    """One that is inherited from a management group is refused there, another is gone."""
    listing = f"{SCOPE}/providers/Microsoft.Authorization/roleAssignments"
    group = "/providers/Microsoft.Management/managementGroups/mg"
    inherited = f"{group}/providers/Microsoft.Authorization/roleAssignments/inherited"
    for assignment in (f"{listing}/kept", f"{listing}/gone", inherited):
        properties = {"principalId": "P", "scope": assignment.split("/providers/Microsoft.Auth")[0]}
        arm.put(listing, item(assignment, {**properties, "roleDefinitionId": f"{SCOPE}/roleDefinitions/r"}))
    before = reading(access=True)
    assert before.complete
    arm.collections[listing.lower()] = arm.collections[listing.lower()][:1]
    arm.refuse(f"{listing}/gone", 404)
    arm.refuse(inherited, 403)
    after = reading(since=before, access=True)
    told = after.collections()["role_assignments"]
    assert (told.state, told.withheld) == (ReadStatus.PARTIAL, 1), told.reason
    assert sorted(after.assets(AssetKind.ROLE_ASSIGNMENT)["name"].to_pylist()) == ["inherited", "kept"]


def withhold_workspace(arm: Arm, reading: Reading) -> tuple[Snapshot, Snapshot]:
    """Before and after the identity lost its right on ws-fraud."""
    arm.put(WORKSPACES, item(workspace_id("open"), location="x"))
    before = reading()
    arm.collections[WORKSPACES.lower()] = arm.collections[WORKSPACES.lower()][1:]
    arm.refuse(workspace_id(), 403)
    return before, reading(since=before)


def test_a_withheld_workspace_stays_when_patterns_change(arm: Arm, reading: Reading) -> None:
    before, last = withhold_workspace(arm, reading)
    for _ in range(2):
        last = reading(since=last, workspaces={"deny": ["none such"]}, models={"deny": ["scorer"]})
        told = last.collections()["workspaces"]
        assert (told.state, told.withheld, told.carried) == (ReadStatus.PARTIAL, 1, 1)
        assert set(rows(last, AssetKind.RUN)) == set(rows(before, AssetKind.RUN))
        assert not rows(last, AssetKind.MODEL_VERSION)
        model = qualified_names.azure(workspace_id(), "models", "scorer")
        assert not Coverage([last]).is_absent(AssetKind.MODEL, model, last.source)


def test_a_workspace_that_is_withheld_and_then_denied_is_not_gone(arm: Arm, reading: Reading) -> None:
    before, last = withhold_workspace(arm, reading)
    jobs = before.assets(AssetKind.RUN)["qualified_name"].to_pylist()
    for _ in range(3):
        last = reading(since=last, workspaces={"deny": ["ws-fraud"]})
        assert last.complete
        assert {state.collection.split("/")[0] for state in last.collections().values()} == {
            "workspaces",
            "registries",
            "open",
        }
        assert not rows(last, AssetKind.RUN)
        coverage = Coverage([last])
        assert not coverage.is_absent(AssetKind.SOURCE, qualified_names.azure(workspace_id()), last.source)
        assert not any(coverage.is_absent(AssetKind.RUN, job, last.source) for job in jobs)


def test_a_workspace_that_was_deleted_while_patterns_left_it_out_is_gone_later(arm: Arm, reading: Reading) -> None:
    before, last = withhold_workspace(arm, reading)
    workspace, jobs = qualified_names.azure(workspace_id()), before.assets(AssetKind.RUN)["qualified_name"].to_pylist()
    last = reading(since=last, workspaces={"deny": ["ws-fraud"]})
    last = reading(since=last)
    assert not Coverage([last]).is_absent(AssetKind.SOURCE, workspace, last.source)
    arm.refuse(workspace_id(), 404)
    coverage = Coverage([reading(since=last)])
    assert coverage.is_absent(AssetKind.SOURCE, workspace, last.source)
    assert jobs
    assert all(coverage.is_absent(AssetKind.RUN, job, last.source) for job in jobs)


def test_a_registry_that_patterns_leave_out_is_not_carried_forward(arm: Arm, reading: Reading) -> None:
    path = registry_with(arm, "kept")
    before = reading()
    arm.refuse(REGISTRIES, 403)
    arm.refuse(path, 403)
    same, other = reading(since=before), reading(since=before, registries={"deny": ["shared"]})
    for kind in (AssetKind.MODEL, AssetKind.MODEL_VERSION, AssetKind.SOURCE):
        assert len(same.assets(kind)) == len(before.assets(kind))
        left = [name for name in other.assets(kind)["qualified_name"].to_pylist() if "registries/shared" in name]
        assert left == []
