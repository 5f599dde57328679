"""Role assignments: one listing, judged by what the role's definition allows, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.governance.config.models import AiFoundrySource
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.sources.azure.access import read_role_assignments, scope_words
from include.governance.sources.azure.fields import ArmFields
from include.governance.sources.azure.role_permissions import role
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from tests.unit.sources.azure_ml.canned import SCOPE, Arm, session

AUTH = "providers/Microsoft.Authorization"
CONTRIBUTOR, READER, CUSTOM = "b24988ac-6180", "acdd72a7-3385", "0c0ffee0-0001"
GROUP = f"{SCOPE}/resourceGroups/rg-ml"


def definition(guid: str, name: str, *, kind: str = "BuiltInRole", **permission: list[str]) -> dict[str, Any]:
    properties = {"roleName": name, "type": kind, "permissions": [permission]}
    return {"id": f"{SCOPE}/{AUTH}/roleDefinitions/{guid}", "name": guid, "properties": properties}


def assignment(name: str, role_guid: str, scope: str, principal: str = "AAAA-1", **more: Any) -> dict[str, Any]:
    properties = {
        "scope": scope,
        "roleDefinitionId": f"{SCOPE}/{AUTH}/roleDefinitions/{role_guid}",
        "principalId": principal,
        "principalType": "ServicePrincipal",
        "createdOn": "2024-03-01T10:00:00.1234567Z",
        "createdBy": "somebody",
        **more,
    }
    return {"id": f"{scope.rstrip('/')}/{AUTH}/roleAssignments/{name}", "name": name, "properties": properties}


@pytest.fixture
def arm() -> Arm:
    made = Arm(page=2)
    made.put(
        f"{SCOPE}/{AUTH}/roleDefinitions",
        definition(
            CONTRIBUTOR,
            "Contributor",
            actions=["*"],
            notActions=["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
        ),
        definition(READER, "Reader", actions=["*/read"]),
    )
    return made


def read(arm: Arm, tmp_path: Path) -> Snapshot:
    settings = AiFoundrySource.model_validate(
        {"kind": "ai_foundry", "name": "f", "attempts": 1, "requests_per_second": 1000}
    )
    opened, writer = session(settings, arm), SnapshotWriter(Folder(str(tmp_path)), "f")  # type: ignore[arg-type]
    try:
        read_role_assignments(opened, writer, ArmFields(writer.scrubber))
    finally:
        opened.close()
    return writer.close({})


def rows(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in snapshot.assets(AssetKind.ROLE_ASSIGNMENT).to_pylist()}


def test_one_listing_each_however_many_identities(arm: Arm, tmp_path: Path) -> None:
    arm.page = 1000
    for number in range(50):
        arm.put(f"{SCOPE}/{AUTH}/roleAssignments", assignment(f"a-{number}", READER, SCOPE, f"P-{number}"))
    snapshot = read(arm, tmp_path)
    assert len(rows(snapshot)) == 50
    assert len(arm.requests) == 2
    assert all("api-version=2022-04-01" in request for request in arm.requests)


def test_what_an_assignment_says(arm: Arm, tmp_path: Path) -> None:
    arm.put(
        f"{SCOPE}/{AUTH}/roleAssignments",
        assignment("wide", CONTRIBUTOR, SCOPE),
        assignment("narrow", CONTRIBUTOR, f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st1"),
        assignment("reads", READER, GROUP, condition="@Resource[x] == 'y'"),
        assignment("inherited", READER, "/providers/Microsoft.Management/managementGroups/mg-1"),
        assignment("root", CONTRIBUTOR, "/"),
    )
    found = rows(read(arm, tmp_path))
    wide = found["wide"]
    assert wide["rights"] == f"Contributor on subscription {SCOPE.rsplit('/', 1)[-1]}"
    assert (wide["principal_id"], wide["principal_type"], wide["role_type"]) == (
        "aaaa-1",
        "ServicePrincipal",
        "BuiltInRole",
    )
    assert (wide["can_read"], wide["can_write"], wide["can_grant"], wide["can_write_data"]) == (
        True,
        True,
        False,
        False,
    )
    assert (wide["broad"], wide["scope_level"]) == (True, "subscription")
    assert wide["created_at"] is not None
    assert (found["narrow"]["broad"], found["narrow"]["rights"]) == (False, "Contributor on st1 (storageAccounts)")
    assert (found["reads"]["broad"], found["reads"]["condition"]) == (False, "@Resource[x] == 'y'")
    assert found["inherited"]["rights"] == "Reader on management group mg-1"
    assert found["root"]["rights"] == "Contributor on the tenant's root"
    assert found["root"]["broad"] is True


def test_a_definition_that_is_not_listed_leaves_the_judgement_open(arm: Arm, tmp_path: Path) -> None:
    arm.put(f"{SCOPE}/{AUTH}/roleAssignments", assignment("x", "dead-beef", GROUP))
    row = rows(read(arm, tmp_path))["x"]
    assert [row[name] for name in ("can_read", "can_write", "can_grant", "can_write_data", "broad")] == [None] * 5
    assert "dead-beef" in row["rights"]


def test_refused_assignments_fail_the_collection_with_the_remedy(arm: Arm, tmp_path: Path) -> None:
    arm.refuse(f"{SCOPE}/{AUTH}/roleAssignments", 403)
    state = read(arm, tmp_path).collections()["role_assignments"]
    assert state.state == ReadStatus.FAILED
    assert "Reader" in state.remedy
    assert SCOPE in state.remedy


def test_refused_on_the_second_page_is_partial(arm: Arm, tmp_path: Path) -> None:
    arm.put(f"{SCOPE}/{AUTH}/roleAssignments", *(assignment(f"a-{n}", READER, GROUP) for n in range(3)))
    arm.refuse(f"{SCOPE}/{AUTH}/roleAssignments", 403, from_page=1)
    snapshot = read(arm, tmp_path)
    assert snapshot.collections()["role_assignments"].state == ReadStatus.PARTIAL
    assert len(rows(snapshot)) == 2


def test_refused_definitions_leave_assignments_without_judgement(arm: Arm, tmp_path: Path) -> None:
    arm.put(f"{SCOPE}/{AUTH}/roleAssignments", assignment("x", READER, GROUP))
    arm.refuse(f"{SCOPE}/{AUTH}/roleDefinitions", 403)
    snapshot = read(arm, tmp_path)
    state = snapshot.collections()["role_assignments"]
    assert (state.state, rows(snapshot)["x"]["can_read"]) == (ReadStatus.PARTIAL, None)
    assert "roleDefinitions" in state.reason


@pytest.mark.parametrize("bad", [None, "text", {"id": f"{SCOPE}/{AUTH}/roleAssignments/b"}, {"properties": {}}])
def test_one_odd_record_costs_one(arm: Arm, tmp_path: Path, bad: Any) -> None:
    arm.put(f"{SCOPE}/{AUTH}/roleAssignments", assignment("a", READER, GROUP), bad, assignment("c", READER, GROUP))
    snapshot = read(arm, tmp_path)
    state = snapshot.collections()["role_assignments"]
    assert (set(rows(snapshot)), state.quarantined, state.state) == ({"a", "c"}, 1, ReadStatus.COMPLETE)


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        ({"actions": ["*"]}, (True, True, True, False)),
        ({"actions": ["*"], "notActions": ["*/write", "*/delete"]}, (True, False, False, False)),
        (
            {"actions": ["*/read", "Microsoft.Support/*", "Microsoft.Resources/deployments/*"]},
            (True, False, False, False),
        ),
        ({"actions": ["Microsoft.Authorization/*"]}, (True, True, True, False)),
        ({"actions": ["Microsoft.Authorization/roleAssignments/Write"]}, (False, True, True, False)),
        ({"actions": ["*/read"], "dataActions": ["Microsoft.Storage/x/blobs/write"]}, (True, False, False, True)),
        ({"dataActions": ["Microsoft.Storage/x/messages/add/action"]}, (False, False, False, True)),
        ({"dataActions": ["Microsoft.CognitiveServices/*"]}, (True, False, False, True)),
        (
            {"dataActions": ["Microsoft.CognitiveServices/*"], "notDataActions": ["Microsoft.CognitiveServices/*"]},
            (False, False, False, False),
        ),
        ({"dataActions": ["Microsoft.CognitiveServices/accounts/chat/completions/action"]}, (False,) * 4),
    ],
)
def test_breadth_is_judged_by_actions(permission: dict[str, Any], expected: tuple[bool, ...]) -> None:
    made = role(definition(CUSTOM, "Odd name", kind="CustomRole", **permission))
    assert made is not None
    assert (made.can_read, made.can_write, made.can_grant, made.can_write_data) == expected
    assert made.kind == "CustomRole"


def test_permissions_are_judged_one_by_one() -> None:
    """What one permission takes away, another may give."""
    made = definition(CUSTOM, "Two", actions=["*"], notActions=["*"])
    made["properties"]["permissions"].append({"actions": ["Microsoft.Storage/*"]})
    found = role(made)
    assert found is not None
    assert found.can_write


@pytest.mark.parametrize("odd", [{}, {"properties": None}, {"properties": {"roleName": "x", "permissions": "y"}}])
def test_odd_definitions_do_not_break(odd: dict[str, Any]) -> None:
    found = role(odd)
    assert found is None or not found.can_write


def test_scopes_in_words() -> None:
    assert scope_words("/subscriptions/S/resourcegroups/RG") == ("resource group", "resource group RG")
    assert scope_words(f"{GROUP}/providers/A/accounts/a/projects/p") == ("resource", "p (projects)")
