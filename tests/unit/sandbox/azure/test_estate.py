"""The loader's errors, the demo estate's stories, and generated estates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.azure import azure_emulator
from include.sandbox.azure.generated import SIZES, Size, generated
from include.sandbox.azure.loader import HERE, Document, load, read_folder
from include.sandbox.azure.resource_tree import ResourceTree
from include.sandbox.demo.estate import MODELS
from include.sandbox.errors import SandboxError

BASE = "https://127.0.0.1:1"


@pytest.fixture(scope="module")
def tree() -> ResourceTree:
    return load(read_folder(HERE), BASE)


def one_file(**more: Any) -> list[Document]:
    content = {"kind": "workspace", "resourceGroup": "rg", "workspace": {"name": "ws"}, **more}
    return [Document("ws.json", content)]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"kind": "cluster"}, "ws.json: kind must be one of"),
        ({"resourceGroup": None}, "ws.json: resourceGroup is missing"),
        ({"workspace": {}}, "ws.json: workspace.name is missing"),
        ({"joobs": []}, "ws.json: joobs is not known here"),
        ({"jobs": {}}, "ws.json: workspace.jobs must be a list"),
        ({"jobs": [{"properties": {}}]}, r"ws.json: workspace.jobs\[0\] needs a `name`"),
        ({"jobs": [{"name": "a"}, {"name": "A"}]}, r"ws.json: workspace.jobs\[1\] .* is listed twice"),
        ({"jobs": [{"name": "a", "propertes": {}}]}, r"ws.json: workspace.jobs\[0\].propertes is not known"),
        ({"models": [{"name": "m", "versions": [{"name": 1}]}]}, r"models\[0\].versions\[0\] needs a `name`"),
        ({"jobs": [{"name": "a", "properties": {"u": "${workspace:x}"}}]}, r"\$\{workspace:x\} is not known"),
    ],
)
def test_a_slip_is_told_with_file_and_key(more: dict[str, Any], told: str) -> None:
    with pytest.raises(SandboxError, match=told):
        load(one_file(**more), BASE)


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"kind": ')
    with pytest.raises(SandboxError, match=r"broken.json is no JSON: .*line 1"):
        read_folder(tmp_path)


def test_a_key_that_is_listed_twice(tmp_path: Path) -> None:
    (tmp_path / "twice.json").write_text('{"kind": "workspace", "kind": "account"}')
    with pytest.raises(SandboxError, match=r"twice.json: kind is listed twice"):
        read_folder(tmp_path)


def find(tree: ResourceTree, name: str, kind: str) -> dict[str, Any]:
    found = [one for one in tree.resources.values() if one.name == name and one.kind.endswith(kind)]
    assert len(found) == 1, f"{name} of {kind}: {len(found)}"
    return found[0].item


def test_story_a_model_of_mlflow_is_deployed_here(tree: ResourceTree) -> None:
    deployment = find(tree, "blue", "onlineEndpoints/deployments")
    version = tree.get(deployment["properties"]["model"])
    assert version
    (champion,) = [
        version for model in MODELS for version in model.versions if "governance.artifact_digest" in version.tags
    ]
    assert version.properties["tags"]["governance.artifact_digest"] == champion.tags["governance.artifact_digest"]


def test_story_traffic_without_a_registered_model(tree: ResourceTree) -> None:
    assert find(tree, "velocity-check", "onlineEndpoints")["properties"]["traffic"] == {"main": 100}
    assert find(tree, "main", "onlineEndpoints/deployments")["properties"]["model"] is None


def test_story_an_agent_with_rights_that_are_too_wide(tree: ResourceTree) -> None:
    project = next(one for one in tree.resources.values() if one.name == "claims")
    agent = project.extra["dataPlane"]["agents"][0]
    assigned = tree.listing(
        "/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.Authorization/roleAssignments"
    )
    assert assigned
    own = [
        one.properties
        for one in assigned
        if one.properties["principalId"] == agent["instance_identity"]["principal_id"]
    ]
    assert [one["scope"].count("/") for one in own] == [2]
    role = tree.get(own[0]["roleDefinitionId"])
    assert role
    assert role.properties["permissions"][0]["actions"] == ["*"]


def test_references_within_the_estate_resolve(tree: ResourceTree) -> None:
    """Every ARM id of a model, data asset or component that a file names is there."""
    for resource in tree.resources.values():
        for text in strings(resource.item["properties"]):
            parts = text.split("/")
            if (
                text.startswith("/subscriptions/")
                and len(parts) == 13
                and parts[11] == "versions"
                and "codes" not in parts
            ):
                assert tree.get(text), f"{resource.path} names {text}"


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value] if isinstance(value, str) else []


def test_generated_estates_are_as_large_as_asked_and_always_the_same() -> None:
    size = SIZES["small"]
    assert json.dumps([one.content for one in generated(size)]) == json.dumps([one.content for one in generated(size)])
    tree = load(generated(size), BASE)
    counts = {
        "jobs": len(tree.of_kind("Microsoft.MachineLearningServices/workspaces/jobs")),
        "models": len(tree.of_kind("Microsoft.MachineLearningServices/workspaces/models")),
        "versions": len(tree.of_kind("Microsoft.MachineLearningServices/workspaces/models/versions")),
        "endpoints": sum(
            len(tree.of_kind(f"Microsoft.MachineLearningServices/workspaces/{kind}Endpoints"))
            for kind in ("online", "batch", "serverless")
        ),
    }
    assert counts == {"jobs": 400, "models": 40, "versions": 120, "endpoints": 12}


def test_documents_serve_more_than_one_emulator() -> None:
    documents = generated(Size(workspaces=1, models=1, versions=1, jobs=2, endpoints=1, data=1))
    for _ in range(2):
        with azure_emulator(documents) as azure:
            assert len(azure.tree.of_kind("Microsoft.MachineLearningServices/workspaces/jobs")) == 2
