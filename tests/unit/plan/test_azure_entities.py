"""Azure assets as the catalog shows them: what is published, under which name, and what it refers to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.governance.config.models import Publish
from include.governance.estate import Coverage
from include.governance.model import json_text
from include.governance.model.assets import AssetKind
from include.governance.model.catalog_types import CLASSIFICATIONS, ENTITY_TYPES, REFERENCES
from include.governance.model.relations import Relation
from include.governance.model.tables import ASSETS
from include.governance.plan.diff import plan
from include.governance.plan.entities.entity_mapping import ENTITY_MAPPINGS
from include.governance.staging.plan import Key
from tests.support.azure_estates import (
    AzureMlSnapshotBuilder,
    Entities,
    FoundrySnapshotBuilder,
    access_row,
    records_of,
    wanted,
)


@pytest.fixture
def ml() -> AzureMlSnapshotBuilder:
    return AzureMlSnapshotBuilder()


@pytest.fixture
def foundry() -> FoundrySnapshotBuilder:
    return FoundrySnapshotBuilder()


@pytest.fixture
def entities(ml: AzureMlSnapshotBuilder, foundry: FoundrySnapshotBuilder, tmp_path: Path) -> Entities:
    return Entities(wanted(ml.snapshot(tmp_path), foundry.snapshot(tmp_path)))


def test_everything_stated_is_in_the_vocabulary(entities: Entities) -> None:
    for type_name, name in entities.all_keys():
        known = {"name", "qualifiedName", "description", "owner", *ENTITY_TYPES[type_name].attributes}
        assert entities.attributes(type_name, name).keys() <= known
        assert {(type_name, attribute) for attribute in entities.references(type_name, name)} <= REFERENCES.keys()
        assert set(entities.marks(type_name, name)) <= CLASSIFICATIONS.keys()


def test_an_endpoint_leads_back_to_the_data(entities: Entities, ml: AzureMlSnapshotBuilder) -> None:
    assert entities.references("ai_endpoint", ml.endpoint) == {"source": [ml.workspace]}
    for deployment, version in ((ml.blue, ml.version), (ml.green, ml.tuned)):
        assert entities.references("ai_deployment", deployment) == {
            "endpoint": [ml.endpoint],
            "inputs": [version],
            "outputs": [ml.endpoint],
        }
    assert entities.references("ai_training_run", ml.job) == {
        "experiment": [ml.experiment],
        "parent_run": [ml.pipeline],
        "inputs": [ml.data],
        "outputs": [ml.version],
    }
    assert entities.references("ai_experiment", ml.experiment) == {"source": [ml.workspace]}
    assert entities.references("ai_dataset", ml.data) == {"source": [ml.workspace]}


def test_a_fine_tuned_model_leads_back_to_its_parent(entities: Entities, ml: AzureMlSnapshotBuilder) -> None:
    found = entities.references("ai_training_run", ml.tuning)
    assert (found["inputs"], found["outputs"]) == ([ml.version], [ml.tuned])


def test_an_agent_leads_back_to_base_model_and_data(entities: Entities, foundry: FoundrySnapshotBuilder) -> None:
    assert entities.references("ai_agent", foundry.agent) == {"project": [foundry.project]}
    assert entities.references("ai_project", foundry.project) == {"source": [foundry.account]}
    assert entities.references("ai_agent_version", foundry.versions[-1]) == {
        "agent": [foundry.agent],
        "connections": [foundry.connection],
        "inputs": sorted([foundry.index, foundry.endpoint]),
        "outputs": [foundry.agent],
    }
    assert entities.references("ai_deployment", foundry.deployment)["inputs"] == [foundry.base_model]


def test_runs_and_data_without_evidence_are_held_back(entities: Entities, ml: AzureMlSnapshotBuilder) -> None:
    assert entities.of_type("ai_training_run") == sorted([ml.pipeline, ml.job, ml.tuning, ml.preparing])
    assert ml.unused not in entities.of_type("ai_dataset")
    assert ml.raw in entities.of_type("ai_dataset")  # of the job that made the data of a run behind a version


def test_only_the_latest_agent_version_and_those_in_use_are_published(
    foundry: FoundrySnapshotBuilder, tmp_path: Path
) -> None:
    first, second, third = foundry.versions
    foundry.relate(Relation.AGENT_SERVED_BY_ENDPOINT, foundry.agent, foundry.endpoint, version="1")
    snapshot = foundry.snapshot(tmp_path)
    table = wanted(snapshot)
    assert Entities(table).of_type("ai_agent_version") == [first, third]
    assert plan(table, {}, Coverage([snapshot])).older_agent_versions == {"foundry": 1}
    kept = Entities(wanted(snapshot, held=(Key("ai_agent_version", second),)))
    assert kept.of_type("ai_agent_version") == [first, second, third]
    assert kept.attributes("ai_agent_version", second)["latest"] == "no"


def test_names_begin_with_what_tells_them_apart(
    entities: Entities, ml: AzureMlSnapshotBuilder, foundry: FoundrySnapshotBuilder
) -> None:
    shown = {
        ("ai_model_version", ml.version): "v3 credit",
        ("ai_model_version", ml.tuned): "beta fraud",
        ("ai_deployment", ml.blue): "90% blue (credit-api)",
        ("ai_deployment", foundry.deployment): "chat (GlobalStandard)",
        ("ai_base_model", foundry.base_model): "gpt-4o 2024-11-20",
        ("ai_agent_version", foundry.versions[-1]): "v3 desk",
        ("ai_dataset", ml.data): "v1 loans",
    }
    assert {key: entities.attributes(*key)["name"] for key in shown} == shown
    assert entities.attributes("ai_model_version", ml.tuned)["version_name"] == "beta"
    assert "version_name" not in entities.attributes("ai_model_version", ml.version)


def test_what_is_no_entity_is_a_text_of_what_uses_it(
    entities: Entities, ml: AzureMlSnapshotBuilder, foundry: FoundrySnapshotBuilder
) -> None:
    assert entities.attributes("ai_training_run", ml.job)["environment"] == "sk v4"
    assert entities.attributes("ai_source", ml.workspace)["schedules"] == [
        "nightly (disabled): 0 2 * * *: credit pipeline"
    ]
    assert entities.attributes("ai_agent_version", foundry.versions[-1])["tools"] == [
        "openapi refunds: https://crm.example through the connection crm"
    ]


def test_unknown_traffic_is_not_shown_as_none(ml: AzureMlSnapshotBuilder, tmp_path: Path) -> None:
    batch = ml.add(
        AssetKind.DEPLOYMENT, f"{ml.id}/batchEndpoints/b/deployments/d", "d", ml.workspace, deployment_type="batch"
    )
    found = Entities(wanted(ml.snapshot(tmp_path))).attributes("ai_deployment", batch)
    assert found["name"] == "d"
    assert "traffic" not in found
    assert found["lineage_rule"] == "no registered or base model is known"


@pytest.mark.parametrize(
    ("kind", "columns", "name"),
    [
        (AssetKind.DATASET, {"name": "loans v7", "version": "7"}, "v7 loans"),
        (AssetKind.DATASET, {"name": "loans:7", "version": "7"}, "v7 loans"),
        (AssetKind.DATASET, {"name": "loans", "version": "raw"}, "raw loans"),
        (AssetKind.DATASET, {"name": "loans"}, "loans"),
        (AssetKind.DEPLOYMENT, {"name": "api / dark", "traffic": 0, "mirror_traffic": 20}, "20% mirror dark (api)"),
        (AssetKind.DEPLOYMENT, {"name": "api / dark", "traffic": 0, "mirror_traffic": 0}, "0% dark (api)"),
        (AssetKind.DEPLOYMENT, {"name": "llama", "traffic": 100, "deployment_type": "serverless"}, "llama"),
        (AssetKind.AGENT_VERSION, {"name": "desk v3", "agent_name": "desk", "version": "3"}, "v3 desk"),
        (AssetKind.BASE_MODEL, {"name": "phi", "model_name": "phi-4", "version": None}, "phi-4"),
        (AssetKind.MODEL_VERSION, {"name": "m v1.2", "model_name": "m", "version": None}, "v1.2 m"),
    ],
)
def test_a_name_in_every_form(kind: AssetKind, columns: dict[str, Any], name: str) -> None:
    row = {**dict.fromkeys(ASSETS[kind].names), "native_id": "n", **columns}
    assert ENTITY_MAPPINGS[kind].name(row) == name


def test_links_lead_to_the_portal(entities: Entities, ml: AzureMlSnapshotBuilder) -> None:
    assert entities.attributes("ai_endpoint", ml.endpoint)["link"] == "https://portal.example/credit-api"


def test_access_is_shown_and_marked(ml: AzureMlSnapshotBuilder, tmp_path: Path) -> None:
    rights = ["Contributor on subscription S-1", "Reader on resource group rg-ai"]
    row = access_row(
        ml.endpoint,
        runs_as="user-assigned identity u",
        static_keys=False,
        rights_json=json_text.dump(rights),
        widest_right=rights[0],
        broad_rights=rights[0],
        owner_name="Ana",
    )
    found = Entities(wanted(ml.snapshot(tmp_path), records=records_of([row])))
    shown = found.attributes("ai_endpoint", ml.endpoint)
    assert shown["rights"] == rights
    assert (shown["widest_right"], shown["runs_as"], shown["owner"]) == (rights[0], "user-assigned identity u", "Ana")
    assert (shown["static_keys"], shown["caller_auth"]) == ("no", "keys")  # the table over the row; gaps from the row
    assert found.marks("ai_endpoint", ml.endpoint) == ["broad access"]


def test_static_keys_are_marked_without_the_access_table(entities: Entities, ml: AzureMlSnapshotBuilder) -> None:
    assert entities.marks("ai_endpoint", ml.endpoint) == ["static key"]
    assert entities.marks("ai_deployment", ml.blue) == []


def test_what_is_archived_says_so(ml: AzureMlSnapshotBuilder, tmp_path: Path) -> None:
    next(row for _, row in ml.rows if row["qualified_name"] == ml.model)["archived"] = True
    found = Entities(wanted(ml.snapshot(tmp_path)))
    assert found.marks("ai_model", ml.model) == ["archived"]
    assert found.marks("ai_model", ml.tuned_model) == []


def test_an_asset_seen_through_two_doors_stands_once(ml: AzureMlSnapshotBuilder, tmp_path: Path) -> None:
    other = AzureMlSnapshotBuilder(source="second")
    for _, row in other.rows:
        row["description"] = "through the second door"
    endless = other.add(AssetKind.MODEL, f"{ml.id}/models/only-here", "only here", ml.workspace)
    table = wanted(ml.snapshot(tmp_path), other.snapshot(tmp_path))
    rows = [(row["type_name"], row["qualified_name"], row["source"]) for row in table.to_pylist()]
    assert len({row[:2] for row in rows}) == len(rows)
    assert [row[1] for row in rows if row[2] == "second"] == [endless]
    turned = Entities(wanted(other.snapshot(tmp_path, 1), ml.snapshot(tmp_path, 1)))
    assert "description" not in turned.attributes("ai_model", ml.model)  # the first by name, in any order


def test_what_one_source_deploys_another_has_registered(ml: AzureMlSnapshotBuilder, tmp_path: Path) -> None:
    """The edge is stated by the one snapshot, the version stands in the other."""
    foundry = FoundrySnapshotBuilder()
    foundry.relate(Relation.MODEL_DEPLOYED_IN, ml.version, foundry.deployment)
    found = Entities(wanted(foundry.snapshot(tmp_path), ml.snapshot(tmp_path)))
    assert found.references("ai_deployment", foundry.deployment)["inputs"] == sorted([foundry.base_model, ml.version])


def test_a_reference_to_what_the_catalog_has_stands(foundry: FoundrySnapshotBuilder, tmp_path: Path) -> None:
    foundry.rows = [(kind, row) for kind, row in foundry.rows if row["qualified_name"] != foundry.base_model]
    snapshot = foundry.snapshot(tmp_path)
    assert "inputs" not in Entities(wanted(snapshot)).references("ai_deployment", foundry.deployment)
    held = (Key("ai_base_model", foundry.base_model),)
    found = Entities(wanted(snapshot, held=held)).references("ai_deployment", foundry.deployment)
    assert found["inputs"] == [foundry.base_model]


@pytest.mark.parametrize("shuffle", range(1, 6))
def test_the_order_of_the_rows_does_not_matter(ml: AzureMlSnapshotBuilder, tmp_path: Path, shuffle: int) -> None:
    foundry = FoundrySnapshotBuilder()
    first = wanted(ml.snapshot(tmp_path), foundry.snapshot(tmp_path))
    again = wanted(ml.snapshot(tmp_path, shuffle), foundry.snapshot(tmp_path, shuffle))
    assert again.equals(first)


def test_all_runs_where_the_configuration_says_so(ml: AzureMlSnapshotBuilder, tmp_path: Path) -> None:
    found = Entities(wanted(ml.snapshot(tmp_path), publish=Publish(runs="all")))
    assert ml.idle in found.of_type("ai_training_run")
