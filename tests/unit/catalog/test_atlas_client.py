"""Atlas' answers in the contract's terms: failures, entities, addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from include.governance.catalog import Catalog, open_catalog, page_url_template, probes
from include.governance.catalog.atlas_api.payload import to_entity
from include.governance.catalog.contract import Edge, RequestFailure
from include.governance.catalog.registry import DIALECTS
from include.governance.config.catalogs import CATALOG_KINDS, AtlasCatalog
from include.governance.config.connections import Endpoint
from include.governance.errors import CatalogError, CatalogUnavailable
from include.governance.staging.plan import Key
from tests.support.echo import echo, make_certificate
from tests.unit.catalog.fake_server import FakeServer, refusal

KEY, OTHER = Key("ai_dataset", "d"), Key("ai_dataset", "e")


def failure_of(catalog: Catalog, server: FakeServer, answer: httpx.Response) -> RequestFailure:
    server.faults.append(lambda _: answer)
    with pytest.raises(RequestFailure) as caught:
        catalog.touch(KEY, {})
    return caught.value


@pytest.mark.parametrize(
    ("answer", "properties", "error"),
    [
        (httpx.Response(401), {"is_denied", "is_fatal"}, CatalogError),
        (httpx.Response(403), {"is_denied", "is_fatal"}, CatalogError),
        (httpx.Response(429), {"is_outage", "is_retriable", "is_fatal"}, CatalogUnavailable),
        (httpx.Response(500), {"is_server_error", "is_retriable"}, CatalogUnavailable),
        (httpx.Response(501), {"is_server_error"}, CatalogError),
        (httpx.Response(503), {"is_outage", "is_server_error", "is_retriable", "is_fatal"}, CatalogUnavailable),
        (
            httpx.Response(504),
            {"is_outage", "is_server_error", "is_retriable", "is_answer_lost", "is_fatal"},
            CatalogUnavailable,
        ),
        (
            httpx.Response(200, text="please log in"),
            {"is_outage", "is_retriable", "is_answer_lost", "is_fatal"},
            CatalogUnavailable,
        ),
        (refusal("ATLAS-404-00-00A", 404), {"is_unknown_reference"}, CatalogError),
        (refusal("ATLAS-400-00-01A"), set(), CatalogError),
    ],
    ids=["401", "403", "429", "500", "501", "503", "504", "no JSON", "unknown reference", "invalid"],
)
def test_failures(
    catalog: Catalog, server: FakeServer, answer: httpx.Response, properties: set[str], error: type[CatalogError]
) -> None:
    failure = failure_of(catalog, server, answer)
    names = {"is_answer_lost", "is_denied", "is_fatal", "is_outage", "is_retriable", "is_server_error"}
    assert {name for name in names | {"is_unknown_reference"} if getattr(failure, name)} == properties
    assert type(failure.to_catalog_error()) is error
    assert failure.to_catalog_error().remedy


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal("ATLAS-400-00-036"), None),
        (refusal("ATLAS-403-00-001", 403), "not authorized|ATLAS-403"),
        (refusal("ATLAS-400-00-014"), "ATLAS-400-00-014"),
        (httpx.Response(200, json={}), "took two entities that an Atlas refuses"),
    ],
    ids=["it may", "it may not", "another refusal", "taken"],
)
def test_whether_a_login_may_write(
    catalog: Catalog, server: FakeServer, answer: httpx.Response, error: str | None
) -> None:
    server.faults.append(lambda _: answer)
    asked = next(probe for probe in probes(catalog, "d") if probe.what == "writing entities")
    if error is None:
        assert "may create entities" in asked.ask()
        return
    with pytest.raises(CatalogError, match=error) as refused:
        asked.ask()
    assert ("may create types and entities" in refused.value.remedy) == (answer.status_code == 403)


def test_a_certificate_that_is_not_trusted_has_its_remedy(tmp_path: Path) -> None:
    with echo(make_certificate(tmp_path)) as server:
        catalog = open_catalog(Endpoint(server.url), AtlasCatalog(url=server.url, attempts=1))
        with pytest.raises(CatalogError, match="CERTIFICATE_VERIFY_FAILED") as refused:
            catalog.check()
        catalog.close()
    assert not refused.value.retriable
    assert "`ca_bundle` of the catalog" in refused.value.remedy


@pytest.mark.parametrize(
    ("write", "answer"),
    [
        (lambda catalog: catalog.relate("r", KEY, OTHER), refusal("ATLAS-409-00-004", 409)),
        (lambda catalog: catalog.unrelate("g"), refusal("ATLAS-404-00-00C", 404)),
        (lambda catalog: catalog.unrelate("g"), refusal("ATLAS-404-00-00F", 404)),
        (lambda catalog: catalog.classify("g", "auditable", {}), refusal("ATLAS-400-00-01A")),
        (lambda catalog: catalog.declassify("g", "auditable"), refusal("ATLAS-400-00-06D")),
        (lambda catalog: catalog.declassify("g", "auditable"), refusal("ATLAS-404-00-003", 404)),
    ],
    ids=["related", "unrelated", "edge gone", "classified", "declassified", "classification gone"],
)
def test_what_is_so_already_is_no_failure(
    catalog: Catalog, server: FakeServer, write: Callable[[Catalog], None], answer: httpx.Response
) -> None:
    server.faults.append(lambda _: answer)
    write(catalog)
    server.faults[:] = [lambda _: refusal("ATLAS-400-00-000")]
    with pytest.raises(RequestFailure):
        write(catalog)


def test_a_single_write_is_sent_again_while_its_answer_is_lost(catalog: Catalog, server: FakeServer) -> None:
    answers = iter([504, 502, 204])
    server.faults.append(lambda _: httpx.Response(next(answers)))
    catalog.unrelate("g")
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("answer", "retains"),
    [
        (httpx.Response(200, json={"relationship": {"status": "DELETED"}}), True),
        (refusal("ATLAS-404-00-00C", 404), False),
    ],
    ids=["soft", "for good"],
)
def test_whether_a_deleted_relationship_is_kept(
    catalog: Catalog, server: FakeServer, answer: httpx.Response, retains: bool
) -> None:
    server.faults.append(lambda _: answer)
    assert catalog.retains("g") is retains


def test_a_relationship_is_deleted_for_good_where_the_server_heeds_that(catalog: Catalog, server: FakeServer) -> None:
    catalog.unrelate("g")
    assert server.requests[-1].url.params["deleteType"] == "HARD"


def test_an_entity_with_deleted_edges_and_propagated_classifications() -> None:
    deleted = {"guid": "b", "relationshipGuid": "to b", "relationshipStatus": "DELETED", "entityStatus": "ACTIVE"}
    parent = {"guid": "p", "relationshipGuid": "to p", "relationshipStatus": "ACTIVE", "entityStatus": "DELETED"}
    entity = to_entity(
        {
            "typeName": "ai_training_run",
            "guid": "g",
            "attributes": {"qualifiedName": "r", "name": "run"},
            "relationshipAttributes": {
                "inputs": [{"guid": "a", "relationshipGuid": "to a"}, deleted],
                "parent_run": parent,
                "experiment": None,
                "meanings": [{"guid": "t"}],
            },
            "classifications": [
                {"typeName": "own", "entityGuid": "g"},
                {"typeName": "propagated", "entityGuid": "x"},
                {"typeName": "unknown origin"},
            ],
            "businessAttributes": {"group": {"field": 1}},
        }
    )
    assert (entity.key, entity.guid) == (Key("ai_training_run", "r"), "g")
    assert entity.edges == {
        "inputs": [Edge("to a", "a", True, True), Edge("to b", "b", False, True)],
        "parent_run": [Edge("to p", "p", True, False)],
    }
    assert list(entity.classifications) == ["own", "unknown origin"]
    assert entity.business_metadata == {"group": {"field": 1}}


def test_pages_carry_no_credentials() -> None:
    template = page_url_template(Endpoint("https://ann:secret@cat.example:21000/base/"), AtlasCatalog(url="https://x"))
    assert template == "https://cat.example:21000/base/index.html#!/detailPage/{guid}?tabActive=lineage"


def test_every_kind_of_the_configuration_has_a_dialect() -> None:
    assert set(DIALECTS) == set(CATALOG_KINDS)
    catalog = open_catalog(Endpoint("http://x"), AtlasCatalog(url="http://x"))
    assert catalog.capabilities.largest_batch >= AtlasCatalog.model_fields["batch_size"].default
    catalog.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(401, headers={"WWW-Authenticate": "Negotiate"}), "Kerberos"),
        (httpx.Response(302, headers={"Location": "https://sso.example.com/login?back=x"}), "sso.example.com/login"),
        (httpx.Response(401, headers={"WWW-Authenticate": "Basic realm=atlas"}), "username and password"),
    ],
    ids=["kerberos", "single sign-on", "basic"],
)
def test_the_login_that_stands_in_front_is_named(
    catalog: Catalog, server: FakeServer, answer: httpx.Response, words: str
) -> None:
    assert words in failure_of(catalog, server, answer).to_catalog_error().remedy
