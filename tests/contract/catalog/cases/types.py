"""The catalog is taught our types once, extended by what is new, and never forced."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from include.governance.catalog import open_catalog
from include.governance.errors import CatalogError
from include.governance.model.catalog_texts import attribute_text
from include.governance.model.catalog_types import ENTITY_TYPES, EntityType
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.fault_proxy import FaultProxy

Teach = Callable[[], list[str]]


class TypesContract(CatalogCase):
    @pytest.fixture
    def teach(self, site: Site, proxy: FaultProxy) -> Iterator[Teach]:
        settings = self.dialect.settings(url=proxy.url, timeout_seconds=20, attempts=2, settle_seconds=0.5)
        catalog = open_catalog(self.dialect.endpoint(proxy.url, site.user, site.password), settings)
        yield catalog.ensure_types
        catalog.close()

    @pytest.fixture
    def define(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
        """Adds a type of this test's own to the vocabulary, or changes it there."""
        name = f"ai_contract_{site.tag}"

        def define(super_type: str = "Asset", **attributes: str) -> str:
            monkeypatch.setitem(ENTITY_TYPES, name, EntityType(super_type, "of a test", attributes))
            return name

        yield define
        site.inspector.drop_type(name)

    def test_types_are_created_once(self, teach: Teach, define: Callable[..., str], proxy: FaultProxy) -> None:
        name = define(colour="string")
        assert name in teach()
        proxy.clear()
        assert teach() == []
        assert proxy.writes() == 0

    def test_a_new_attribute_extends_a_type(self, site: Site, teach: Teach, define: Callable[..., str]) -> None:
        name = define(colour="string")
        teach()
        define(colour="string", weight="int", labels="array<string>")
        assert teach() == [name]
        assert attributes_of(site, name) == {"colour": "string", "weight": "int", "labels": "array<string>"}
        assert teach() == []

    def test_what_others_added_to_a_type_stays(self, site: Site, teach: Teach, define: Callable[..., str]) -> None:
        name = define(colour="string", theirs="string")
        teach()
        define(colour="string", weight="int")
        assert teach() == [name]
        assert attributes_of(site, name) == {"colour": "string", "theirs": "string", "weight": "int"}

    def test_a_type_of_an_earlier_release_gets_its_texts_once(
        self, site: Site, teach: Teach, define: Callable[..., str], proxy: FaultProxy
    ) -> None:
        teach()
        name = define(digest="string")
        attribute = {"name": "digest", "typeName": "string", "isOptional": True, "cardinality": "SINGLE"}
        former = {"name": name, "superTypes": ["Asset"], "description": "former", "typeVersion": "1.0"}
        site.inspector.define("entityDefs", {**former, "serviceType": "ai_governance", "attributeDefs": [attribute]})
        assert teach() == [name]
        held = site.inspector.typedef("entitydef", name)
        [digest] = held["attributeDefs"]
        assert held["description"] == "of a test"
        assert (digest["displayName"], digest["description"]) == attribute_text(name, "digest")
        proxy.clear()
        assert teach() == []
        assert proxy.writes() == 0

    def test_another_attribute_type_is_a_conflict(
        self, teach: Teach, define: Callable[..., str], proxy: FaultProxy
    ) -> None:
        name = define(colour="string")
        teach()
        define(colour="int")
        proxy.clear()
        with pytest.raises(CatalogError) as caught:
            teach()
        assert f"{name}.colour" in caught.value.message
        assert "string" in caught.value.message
        assert (caught.value.exit_code, caught.value.retriable) == (4, False)
        assert caught.value.remedy
        assert proxy.writes() == 0

    def test_another_supertype_is_a_conflict(self, teach: Teach, define: Callable[..., str]) -> None:
        name = define(colour="string")
        teach()
        define("DataSet", colour="string")
        with pytest.raises(CatalogError, match=f"{name}.*DataSet"):
            teach()

    @pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate"])
    def test_a_lost_answer_is_looked_after(
        self, site: Site, teach: Teach, define: Callable[..., str], proxy: FaultProxy, kind: str
    ) -> None:
        name = define(colour="string")
        fault = proxy.fault(Fault(kind, method="POST", path="/types/typedefs"))  # type: ignore[arg-type]
        assert name in teach()
        assert fault.hits == 1
        assert attributes_of(site, name) == {"colour": "string"}


def attributes_of(site: Site, name: str) -> dict[str, str]:
    held = site.inspector.typedef("entitydef", name)
    return {attribute["name"]: attribute["typeName"] for attribute in held["attributeDefs"]}
