"""Purview's calls, errors and settings, without an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from include.governance.catalog import Catalog, RequestFailure, open_catalog, page_url_template
from include.governance.catalog.purview.operations import OPERATIONS, operation_of
from include.governance.config.catalogs import PurviewCatalog
from include.governance.config.connections import Connection, Endpoint
from include.governance.errors import CatalogError, ConfigurationError
from include.governance.net import http
from include.governance.staging.plan import Key

URL = "https://acme.purview.azure.com"
KEY = Key("ai_dataset", "d")
Open = Callable[..., Catalog]


@pytest.fixture
def sent() -> list[httpx.Request]:
    return []


@pytest.fixture
def open_on(sent: list[httpx.Request], monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the real client with a fixed token on a server that always answers alike."""

    def open_on(answer: httpx.Response, **settings: Any) -> Catalog:
        def respond(request: httpx.Request) -> httpx.Response:
            sent.append(request)
            return answer

        monkeypatch.setattr(http, "LimitedTransport", lambda **_: httpx.MockTransport(respond))
        quick = {"attempts": 1, "settle_seconds": 0, "operations_per_second": 10_000, "collection": "c", **settings}
        return open_catalog(Endpoint(URL, token="t"), PurviewCatalog(url=URL, **quick))

    return open_on


@pytest.mark.parametrize(
    ("answer", "says", "is_denied"),
    [
        (
            httpx.Response(400, json={"requestId": "r-1", "errorCode": "ATLAS-400-00-01A", "errorMessage": "bad"}),
            "ATLAS-400-00-01A bad.*requestId r-1",
            False,
        ),
        (
            httpx.Response(
                403, json={"error": {"code": "Unauthorized", "message": "Not authorized to access account"}}
            ),
            "HTTP 403: Unauthorized Not authorized to access account",
            True,
        ),
        (httpx.Response(408), "HTTP 408", False),
    ],
    ids=["of the v2 API", "of the gateway", "timed out"],
)
def test_errors_of_either_shape(open_on: Open, answer: httpx.Response, says: str, is_denied: bool) -> None:
    with pytest.raises(RequestFailure, match=says) as failed:
        open_on(answer).get("g")
    assert failed.value.is_denied == is_denied
    assert failed.value.is_answer_lost == (answer.status_code == 408)
    error = failed.value.to_catalog_error()
    assert ("Data Curator on the collection c" in error.remedy) == is_denied


@pytest.mark.parametrize(
    ("api_version_on", "of_types", "of_entity"),
    [("documented", True, False), ("all", True, True), ("none", False, False)],
)
def test_which_calls_take_a_version(
    open_on: Open, sent: list[httpx.Request], api_version_on: str, of_types: bool, of_entity: bool
) -> None:
    catalog = open_on(httpx.Response(200, json={}), api_version_on=api_version_on)
    catalog.entity_types()
    list(catalog.find([KEY]))
    assert ["api-version" in request.url.params for request in sent] == [of_types, of_entity]
    assert {request.headers["Authorization"] for request in sent} == {"Bearer t"}


def test_the_older_base(open_on: Open, sent: list[httpx.Request]) -> None:
    older = {"base_path": "/catalog/api", "api_version": "2022-03-01-preview"}
    open_on(httpx.Response(200, json={}), **older).entity_types()
    assert sent[0].url.path == "/catalog/api/atlas/v2/types/typedefs"
    assert sent[0].url.params["api-version"] == "2022-03-01-preview"


def test_reads_keep_to_their_limits(open_on: Open, sent: list[httpx.Request]) -> None:
    catalog = open_on(httpx.Response(200, json={}))
    list(catalog.find([Key("ai_dataset", f"short {number}") for number in range(150)]))
    counts = [sum(name.startswith("attr_") for name in request.url.params) for request in sent]
    assert counts == [100, 50]
    assert catalog.traffic.operations == 150
    sent.clear()
    list(catalog.find([Key("ai_dataset", f"{number} " + "long" * 100) for number in range(40)]))
    assert len(sent) > 1
    assert max(len(str(request.url)) for request in sent) < 8_192


@pytest.mark.parametrize(
    "answer", [httpx.Response(404, json={"error": {"code": "RequestInvalid"}}), httpx.Response(200, json=[])]
)
def test_what_is_no_account_is_said(open_on: Open, answer: httpx.Response) -> None:
    with pytest.raises(CatalogError, match="does not answer like a Purview account"):
        open_on(answer).check()


def test_every_call_is_known_by_its_path() -> None:
    assert operation_of("GET", "/atlas/v2/entity/guid/g-1") in OPERATIONS
    with pytest.raises(LookupError):
        operation_of("POST", "/atlas/v2/search/basic")


def test_the_page_of_an_asset() -> None:
    settings = PurviewCatalog(url=URL, collection="c")
    assert "/resource/acme/" in page_url_template(Endpoint(URL), settings)
    own = PurviewCatalog(url=URL, collection="c", page="https://portal.example/{guid}")
    assert page_url_template(Endpoint(URL), own) == "https://portal.example/{guid}"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"url": URL}, "collection"),
        ({"collection": "c"}, "give `url`"),
        ({"url": "http://acme.purview.azure.com", "collection": "c"}, "https"),
        ({"url": URL, "collection": "c", "username": "u"}, "credential"),
        ({"url": URL, "collection": "c", "batch_size": 500}, "batch_size"),
    ],
    ids=["no collection", "no address", "no TLS", "a login", "large batches"],
)
def test_settings_that_cannot_be(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        PurviewCatalog.model_validate(fields)


def test_no_credential_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    settings = PurviewCatalog(url=URL, collection="c")
    with pytest.raises(ConfigurationError, match="names no credential"):
        open_catalog(Endpoint(URL, connection=Connection("azure")), settings)
