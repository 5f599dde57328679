"""An Azure estate in a real catalog: its lineage both ways, nothing to do the second time, older catalogs upgraded."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from include.governance.model import json_text
from include.governance.model.catalog_types import ENTITY_TYPES, RELATIONSHIP_TYPES
from include.governance.staging.plan import Key
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.azure_estates import (
    AzureMlSnapshotBuilder,
    Entities,
    FoundrySnapshotBuilder,
    access_row,
    records_of,
    wanted,
)
from tests.support.fault_proxy import FaultProxy


class AzureEstateContract(CatalogCase):
    @pytest.fixture
    def ml(self, site: Site) -> AzureMlSnapshotBuilder:
        return AzureMlSnapshotBuilder(site.tag)

    @pytest.fixture
    def foundry(self, site: Site) -> FoundrySnapshotBuilder:
        return FoundrySnapshotBuilder(site.tag)

    @pytest.fixture
    def azure_estate(self, ml: AzureMlSnapshotBuilder, foundry: FoundrySnapshotBuilder, tmp_path: Path) -> Entities:
        rights = ["Contributor on subscription S-1", "Reader on resource group rg-ai"]
        access = [access_row(ml.endpoint, rights_json=json_text.dump(rights), widest_right=rights[0], broad_rights="x")]
        return Entities(wanted(ml.snapshot(tmp_path), foundry.snapshot(tmp_path), records=records_of(access)))

    def test_everything_is_there_and_the_second_publish_writes_nothing(
        self, site: Site, azure_estate: Entities, proxy: FaultProxy
    ) -> None:
        first = site.sync(azure_estate, through=proxy.url)
        assert (first.error, first.refused, first.dropped, first.left) == (None, [], [], 0)
        assert first.entities == len(azure_estate.rows)
        for key in azure_estate.all_keys():
            held = site.there(key)
            stated = azure_estate.attributes(*key)
            assert {name: held["attributes"][name] for name in stated} == stated
            assert site.classifications(key) == azure_estate.marks(*key)
            for attribute, targets in azure_estate.references(*key).items():
                assert site.edges(key, attribute) == targets, (key, attribute)
        proxy.clear()
        second = site.sync(azure_estate, through=proxy.url)
        assert (second.mode, second.entities, proxy.writes()) == ("none", 0, 0)

    @pytest.mark.heavy
    def test_lineage_from_an_endpoint_back_to_the_data(
        self, site: Site, azure_estate: Entities, ml: AzureMlSnapshotBuilder
    ) -> None:
        self.require("lineage")
        site.sync(azure_estate)
        found = site.lineage(Key("ai_endpoint", ml.endpoint))
        for way in (
            [ml.raw, ml.preparing, ml.data, ml.job, ml.version, ml.blue, ml.endpoint],
            [ml.version, ml.tuning, ml.tuned, ml.green, ml.endpoint],
        ):
            assert set(pairwise(way)) <= found

    @pytest.mark.heavy
    def test_lineage_from_an_agent_back_to_base_model_and_data(
        self, site: Site, azure_estate: Entities, foundry: FoundrySnapshotBuilder
    ) -> None:
        self.require("lineage")
        site.sync(azure_estate)
        latest = foundry.versions[-1]
        assert site.lineage(Key("ai_agent", foundry.agent)) == {
            *pairwise([foundry.base_model, foundry.deployment, foundry.endpoint, latest, foundry.agent]),
            (foundry.index, latest),
        }
        assert site.edges(Key("ai_project", foundry.project), "agents") == [foundry.agent]
        assert site.edges(Key("ai_connection", foundry.connection), "agent_versions") == [latest]

    @pytest.mark.heavy
    def test_a_lost_state_is_read_back_and_asks_for_nothing(
        self, site: Site, azure_estate: Entities, tmp_path: Path
    ) -> None:
        site.sync(azure_estate)
        site.lose_state(tmp_path)
        outcome = site.sync(azure_estate)
        assert outcome.ledger_rebuilt
        assert (outcome.error, outcome.entities) == (None, 0)

    @pytest.mark.heavy
    def test_a_workspace_that_is_gone_takes_its_assets_along(
        self,
        site: Site,
        azure_estate: Entities,
        ml: AzureMlSnapshotBuilder,
        foundry: FoundrySnapshotBuilder,
        tmp_path: Path,
    ) -> None:
        site.sync(azure_estate)
        ml.rows, ml.edges = [], []
        ml.listings = {"workspaces": ml.listings["workspaces"]}
        snapshots = [ml.snapshot(tmp_path, 9), foundry.snapshot(tmp_path, 9)]
        held = tuple(site.ledger.entries())
        outcome = site.sync(Entities(wanted(*snapshots, held=held)), snapshots=snapshots)
        assert outcome.error is None
        for key in azure_estate.all_keys():
            marked = "missing from source" in site.classifications(key)
            assert marked == (ml.workspace in key.qualified_name), key

    @pytest.mark.heavy
    def test_a_catalog_of_an_earlier_version_is_upgraded_in_place(
        self, site: Site, ml: AzureMlSnapshotBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Types of this test's own stand for ours: those may have been taught to the shared catalog already."""
        old: dict[str, Any] = {}
        for name in ("ai_source", "ai_endpoint", "ai_deployment"):
            entity_type = ENTITY_TYPES[name]
            few = dict(list(entity_type.attributes.items())[:2])
            old[f"{name}_{site.tag}"] = (entity_type._replace(attributes=few), entity_type)
        for name, (earlier, _) in old.items():
            monkeypatch.setitem(ENTITY_TYPES, name, earlier)
        estate = Entities(wanted(ml.snapshot(tmp_path)))
        assert set(old) <= set(site.sync(estate).types)
        for name, (_, now) in old.items():
            monkeypatch.setitem(ENTITY_TYPES, name, now)
        holds = RELATIONSHIP_TYPES["ai_source_endpoints"]
        own_ends = holds._replace(
            end1=holds.end1._replace(type_name=f"ai_source_{site.tag}"),
            end2=holds.end2._replace(type_name=f"ai_endpoint_{site.tag}"),
        )
        monkeypatch.setitem(RELATIONSHIP_TYPES, f"ai_source_endpoints_{site.tag}", own_ends)
        next(row for _, row in ml.rows if row["qualified_name"] == ml.endpoint)["description"] = "moved"
        outcome = site.sync(Entities(wanted(ml.snapshot(tmp_path, 1))))
        assert outcome.error is None
        assert set(outcome.types) >= {*old, f"ai_source_endpoints_{site.tag}"}
        for name, (_, now) in old.items():
            held = site.inspector.typedef("entitydef", name)
            assert {one["name"]: one["typeName"] for one in held["attributeDefs"]} == now.attributes
