"""What only Purview has, through its face on the session's Atlas: collections, contacts, tokens, metering, its SDK."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.purview.datamap import DataMapClient

from include.governance.catalog import open_catalog, probes
from include.governance.config.register.people import Person
from include.governance.errors import CatalogError
from include.governance.model.vocabularies import Action
from include.governance.staging.plan import Change, Key
from include.sandbox.azure.names import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from include.sandbox.faults import Fault
from include.sandbox.purview import PurviewFace, purview_face
from include.sandbox.purview.face import COLLECTION
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.dialects import PURVIEW
from tests.contract.catalog.purview import PurviewInspector
from tests.contract.catalog.site import Site
from tests.support.atlas import RealAtlas
from tests.support.catalog_estate import small_estate
from tests.support.fault_proxy import FaultProxy

pytestmark = pytest.mark.atlas
OWNER, MEMBERS = str(uuid.UUID(int=1)), [str(uuid.UUID(int=number)) for number in range(2, 27)]


class TestAccount(CatalogCase):
    dialect = PURVIEW

    def test_a_collection_is_chosen_once(self, site: Site, tmp_path: Path) -> None:
        """An asset that a curator moved stays where it is, also where the state was lost; new ones get ours."""
        estate = small_estate(site.tag)
        site.sync(estate)
        moved = estate.version(1)
        assert site.there(moved)["collectionId"] == COLLECTION
        inspector = site.inspector
        assert isinstance(inspector, PurviewInspector)
        inspector.move(site.there(moved)["guid"], "others")
        estate[moved].attributes["stage"] = "Production"
        added = estate.add("ai_dataset", estate.dataset(3).qualified_name, "one more", {"digest": "d3"})
        assert site.sync(estate).refused == []
        assert site.there(moved)["attributes"]["stage"] == "Production"
        assert (site.there(moved)["collectionId"], site.there(added)["collectionId"]) == ("others", COLLECTION)
        site.lose_state(tmp_path)
        estate[moved].attributes["stage"] = "Archived"
        assert site.sync(estate).refused == []
        assert site.there(moved)["collectionId"] == "others"

    def test_a_token_that_is_refused_in_the_middle_is_renewed(
        self, site: Site, proxy: FaultProxy, purview: PurviewFace
    ) -> None:
        def revoke(_answer: Any) -> None:
            purview.authority.revoke()

        purview.clear()
        proxy.fault(Fault("rewrite", method="POST", path=r"/entity/bulk\?", after=1, edit=revoke))
        outcome = site.sync(small_estate(site.tag), through=proxy.url, batch_size=5)
        assert (outcome.error, outcome.refused, outcome.left) == (None, [], 0)
        assert [seen.status for seen in purview.requests].count(401) == 1

    def test_what_is_metered_is_counted(self, site: Site, purview: PurviewFace) -> None:
        estate = small_estate(site.tag)
        before = purview.capacity.used
        outcome = site.sync(estate)
        assert outcome.operations == purview.capacity.used - before > len(estate.entities)
        before = purview.capacity.used
        again = site.sync(estate)
        assert again.operations == purview.capacity.used - before <= 2

    def test_a_refusal_names_the_request(self, site: Site) -> None:
        estate = small_estate(site.tag)
        estate[estate.experiment].attributes["run_count"] = "not a number"
        outcome = site.sync(estate)
        assert [refused["qualified_name"] for refused in outcome.refused] == [estate.experiment.qualified_name]
        assert "ATLAS-404-00-007" in outcome.refused[0]["reason"]
        assert "requestId" in outcome.refused[0]["reason"]

    def test_an_asset_that_is_too_large_costs_itself(self, site: Site) -> None:
        estate = small_estate(site.tag)
        estate[estate.model].attributes["description"] = "x" * 20_000
        outcome = site.sync(estate, largest_asset=10_000)
        assert [refused["qualified_name"] for refused in outcome.refused] == [estate.model.qualified_name]
        assert "`largest_asset`" in outcome.refused[0]["reason"]
        assert site.sync(estate).refused == []

    @pytest.mark.parametrize("owned_by", ["curator", "first", "source"])
    def test_contacts_have_one_owner(self, site: Site, owned_by: str) -> None:
        people = [
            Person(id=OWNER, name="risk team", group=True, members=MEMBERS),
            Person(id=MEMBERS[0], name="Ada"),
        ]
        key = Key("ai_dataset", f"mlflow://{site.tag}/dataset")
        settings = PURVIEW.settings(url=site.url, contacts=owned_by)
        catalog = open_catalog(PURVIEW.endpoint(site.url, site.user, site.password), settings, people)
        shown = []
        for action, owner in ((Action.CREATE, "risk team"), (Action.UPDATE, "Ada"), (Action.UPDATE, None)):
            catalog.write([Change(action, *key, site.tag, attributes={"owner": owner}, name="data")])
            contacts = site.there(key).get("contacts") or {}
            shown.append(([one["id"] for one in contacts.get("Owner", [])], len(contacts.get("Expert", []))))
        catalog.close()
        kept = ([OWNER], 20)
        expected = {"curator": [([], 0)] * 3, "first": [kept] * 3, "source": [kept, ([MEMBERS[0]], 0), ([], 0)]}
        assert shown == expected[owned_by]

    @pytest.mark.parametrize("collection", [COLLECTION, "unknown"])
    def test_a_check_leaves_nothing(self, site: Site, collection: str) -> None:
        settings = PURVIEW.settings(url=site.url, collection=collection)
        catalog = open_catalog(PURVIEW.endpoint(site.url, site.user, site.password), settings)
        asked = {probe.what: probe for probe in probes(catalog, site.tag)}
        assert "Microsoft Purview" in asked[""].ask()
        assert asked["types"].ask() == "knows our types"
        if collection == COLLECTION:
            assert "nothing was written" in asked["writing entities"].ask()
        else:
            with pytest.raises(CatalogError, match=r"unknown does not exist.*requestId"):
                asked["writing entities"].ask()
        catalog.close()
        assert site.inspector.containing("Process", "ai_governance_check") == []

    @pytest.mark.heavy
    def test_an_account_with_few_capacity_units(
        self, site: Site, real_atlas: RealAtlas, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It answers 429 with Retry-After past its operations a second; the publish waits and goes on."""
        with purview_face(real_atlas.url, (real_atlas.user, real_atlas.password), capacity_units=0.2) as face:
            monkeypatch.setenv("ARM_CLOUD_METADATA_URL", face.metadata_url)
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", face.ca_bundle)
            estate = small_estate(site.tag)
            outcome = site.sync(estate, through=face.url, max_wait_seconds=30, attempts=6)
            assert (outcome.error, outcome.refused, outcome.left) == (None, [], 0)
            assert outcome.retries == [seen.status for seen in face.requests].count(429) > 0


@pytest.fixture
def sdk(purview: PurviewFace) -> Iterator[DataMapClient]:
    """Microsoft's own client, as it is."""
    verify = {"connection_verify": purview.ca_bundle}
    credential = ClientSecretCredential(
        TENANT_ID, CLIENT_ID, CLIENT_SECRET, authority=purview.url, disable_instance_discovery=True, **verify
    )
    with DataMapClient(purview.url, credential, **verify) as client:
        yield client


def test_microsofts_client_writes_and_reads(sdk: DataMapClient) -> None:
    name = f"sdk-{uuid.uuid4().hex}"
    contacts = {"Owner": [{"id": OWNER, "info": "of a test"}]}
    attributes = {"qualifiedName": name, "name": name}
    data = {"typeName": "DataSet", "guid": "-1", "attributes": attributes, "contacts": contacts}
    process = {
        "typeName": "Process",
        "guid": "-2",
        "attributes": {"qualifiedName": f"{name}-p", "name": name, "inputs": [{"guid": "-1", "typeName": "DataSet"}]},
    }
    written = sdk.entity.batch_create_or_update({"entities": [data, process]}, collection_id=COLLECTION)
    guid, process_guid = (written["guidAssignments"][number] for number in ("-1", "-2"))

    held = _entity(sdk, guid)
    assert (held["attributes"]["qualifiedName"], held["collectionId"]) == (name, COLLECTION)
    assert [one["id"] for one in held["contacts"]["Owner"]] == [OWNER]
    assert sdk.entity.get_by_unique_attribute("DataSet", attribute=name)["entity"]["guid"] == guid
    assert {one["guid"] for one in sdk.entity.get_by_ids(guid=[guid, process_guid])["entities"]} == {guid, process_guid}
    edges = sdk.lineage.get(process_guid, direction="BOTH")["relations"]
    assert [(edge["fromEntityId"], edge["toEntityId"]) for edge in edges] == [(guid, process_guid)]
    found = sdk.discovery.query({"keywords": name, "filter": {"entityType": "DataSet"}, "limit": 10})
    assert [hit["id"] for hit in found["value"]] == [guid]
    assert sdk.type_definition.get_entity_by_name("Process")["name"] == "Process"

    sdk.entity.move_entities_to_collection({"entityGuids": [guid]}, collection_id="others")
    assert _entity(sdk, guid)["collectionId"] == "others"
    sdk.entity.batch_delete(guid=[guid, process_guid])
    with pytest.raises(HttpResponseError) as gone:
        sdk.entity.get(guid)
    assert gone.value.status_code == 404


def _entity(sdk: DataMapClient, guid: str) -> Any:
    """Its models are mappings in the shape of the API."""
    return sdk.entity.get(guid)["entity"]
