"""What a steward wrote on a record: the catalog is taught the fields, they are read back, a sync never touches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from include.governance.catalog import Catalog, read_curated
from include.governance.config.models import Tags
from include.governance.config.register import Register
from include.governance.model.curated_fields import CURATED_FIELDS, CURATED_METADATA
from include.governance.records.evidence.declarations import Asset, Declarations
from include.governance.staging.curated import Curated
from include.governance.staging.plan import Key
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import CatalogEstate, small_estate
from tests.support.fault_proxy import FaultProxy
from tests.support.samples import sampled

NOW = datetime(2026, 3, 3, 2, 17, tzinfo=UTC)
DAY_MS = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000)
_UNREADABLE = [Fault("status", status=503), Fault("status", status=403), Fault("reset_before"), Fault("truncate")]
LAST = {"owner": "the last word", "read_at": datetime(2026, 3, 2, tzinfo=UTC)}


class CuratedContract(CatalogCase):
    @pytest.fixture
    def curated_estate(self, site: Site) -> CatalogEstate:
        made = small_estate(site.tag)
        assert site.sync(made).error is None
        return made

    @pytest.fixture
    def catalog(self, site: Site, opened: Callable[[str], Catalog]) -> Catalog:
        return opened(site.url)

    @pytest.mark.usefixtures("curated_estate")
    def test_the_catalog_offers_every_field_on_records(self, site: Site) -> None:
        self.require("business metadata")
        held = site.inspector.typedef("businessmetadatadef", CURATED_METADATA)
        assert {item["name"]: item["typeName"] for item in held["attributeDefs"]} == {
            name: field.type_name for name, field in CURATED_FIELDS.items()
        }
        assert all("ai_governed_model" in item["options"]["applicableEntityTypes"] for item in held["attributeDefs"])

    def test_what_a_steward_wrote_survives_a_sync_and_wins_over_tags(
        self, site: Site, curated_estate: CatalogEstate, catalog: Catalog
    ) -> None:
        self.require("business metadata")
        curate(site, curated_estate.record, owner="priya", risk_tier="high", approved_use="UC-2", next_review=DAY_MS)
        curated_estate[curated_estate.record].attributes |= {"verdict": "unauditable", "risk_tier": "low"}
        curated_estate[curated_estate.record].classifications = ["unauditable"]
        assert site.sync(curated_estate).refused == []
        found = read(catalog, curated_estate)
        assert found.failure == ""
        said = {
            name: found.value("r", name) for name in ("owner", "risk_tier", "use_case", "next_review", "reviewed_by")
        }
        assert said == {
            "owner": "priya",
            "risk_tier": "high",
            "use_case": "UC-2",
            "next_review": "2026-06-01",
            "reviewed_by": None,
        }
        assert found.reason("r") is None
        tags = {"governance.owner": "ana", "governance.use_case": "UC-1"}
        row = Declarations(Register(), Tags(), date(2026, 3, 3), curated=found).for_asset(
            Asset("s", "m"), [("version tag", tags)], "r"
        )
        assert (row["owner_stated"], row["owner_from"], row["owner_other"]) == ("priya", "catalog", "ana (version tag)")
        assert (row["use_case"], row["use_case_other"]) == ("UC-2", "UC-1 (version tag)")
        assert row["next_review"] == "2026-06-01"

    def test_a_record_that_nobody_curated_says_nothing(self, curated_estate: CatalogEstate, catalog: Catalog) -> None:
        self.require("business metadata")
        found = read(catalog, curated_estate, **LAST)
        assert found.value("r", "owner") is None  # read, and empty: the last word is over
        assert (found.reason("r"), found.read_at("r")) == (None, NOW)

    def test_a_record_that_the_catalog_lost_is_unknown(
        self, site: Site, curated_estate: CatalogEstate, catalog: Catalog
    ) -> None:
        self.require("business metadata")
        curate(site, curated_estate.record, owner="priya")
        site.delete([curated_estate.record])
        found = read(catalog, curated_estate, **LAST)
        assert (found.value("r", "owner"), found.read_at("r")) == ("the last word", LAST["read_at"])
        assert "not in the catalog" in str(found.reason("r"))

    @pytest.mark.parametrize(
        "fault",
        sampled(_UNREADABLE, _UNREADABLE[1]),
        ids=["503", "403", "reset", "truncated"],
    )
    def test_fields_that_cannot_be_read_are_as_last_known(
        self,
        site: Site,
        curated_estate: CatalogEstate,
        proxy: FaultProxy,
        opened: Callable[[str], Catalog],
        fault: Fault,
    ) -> None:
        self.require("business metadata")
        curate(site, curated_estate.record, owner="priya")
        hit = proxy.fault(replace(fault, path="/entity/bulk", times=10))
        found = read(opened(proxy.url), curated_estate, **LAST)
        assert hit.hits
        assert found.failure
        assert found.value("r", "owner") == "the last word"
        assert found.reason("r") == found.failure
        assert found.read_at("r") == LAST["read_at"]

    @pytest.mark.heavy
    def test_many_records_are_read_in_few_requests(
        self, site: Site, proxy: FaultProxy, opened: Callable[[str], Catalog]
    ) -> None:
        self.require("business metadata")
        estate = small_estate(site.tag)
        keys = {
            f"r{n}": estate.add("ai_governed_model", f"{estate.record.qualified_name}-{n}", f"r{n}") for n in range(150)
        }
        assert site.sync(estate).refused == []
        curate(site, keys["r149"], owner="priya")
        proxy.clear()
        catalog = opened(proxy.url)
        found = read_curated(catalog, keys, {}, NOW)
        assert [key for key in keys if found.value(key, "owner")] == ["r149"]
        assert all(found.reason(key) is None for key in keys)
        assert catalog.traffic.calls <= 4
        assert proxy.writes() == 0


def curate(site: Site, key: Key, **fields: Any) -> None:
    """What a steward does on the record's page. An Atlas takes what it does not know without a murmur: looked at."""
    guid = site.there(key)["guid"]
    site.inspector.set_business_metadata(guid, CURATED_METADATA, fields)
    assert site.there(key)["businessAttributes"][CURATED_METADATA].items() >= fields.items()


def read(catalog: Catalog, estate: CatalogEstate, **last: Any) -> Curated:
    return read_curated(catalog, {"r": estate.record}, {"r": last} if last else {}, NOW)
