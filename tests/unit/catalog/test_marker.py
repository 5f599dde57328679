"""Whether ledger and catalog belong together: when the ledger is rebuilt, and when the marker is written."""

from __future__ import annotations

import httpx
import pytest

from include.governance.catalog import Catalog
from include.governance.catalog.contract import RequestFailure
from include.governance.catalog.marker import MARKER_TYPE, Marker
from include.governance.errors import CatalogError
from include.governance.model import qualified_names
from include.governance.staging.plan import READ_BACK, Entry, Key
from include.governance.state.ledger import Ledger
from tests.unit.catalog.fake_server import FakeServer, refusal

KEY = Key("ai_dataset", "mlflow://mine/datasets/d")
ENTRY = Entry(KEY, "mine", "guid", {"name": "d"}, {}, {}, "hash")


@pytest.fixture
def marker(catalog: Catalog, ledger: Ledger) -> Marker:
    return Marker(catalog, ledger, "here")


def put(server: FakeServer, key: Key, **attributes: str) -> None:
    guid = f"there-{len(server.entities)}"
    named = {"qualifiedName": key.qualified_name, **attributes}
    server.entities[guid] = {"typeName": key.type_name, "guid": guid, "attributes": named}


def put_marker(server: FakeServer, marker_id: str) -> None:
    put(server, Key(MARKER_TYPE, qualified_names.marker("here")), marker_id=marker_id)


def test_the_ledgers_marker_keeps_the_ledger(server: FakeServer, marker: Marker, ledger: Ledger) -> None:
    ledger.acknowledge([ENTRY])
    put_marker(server, ledger.marker_id())
    assert marker.verify([KEY]) == ""
    assert ledger.entries() == {KEY: ENTRY}


def test_a_first_sync_reads_nothing_back(server: FakeServer, marker: Marker) -> None:
    assert marker.verify([KEY]) == ""
    assert len(server.requests) == 2  # the marker, then the types


def test_a_first_sync_into_a_catalog_of_others_leaves_the_ledger_as_a_plan_has_seen_it(
    server: FakeServer, marker: Marker, ledger: Ledger
) -> None:
    server.typedefs["entityDefs"] = [{"name": "ai_governed_model"}]
    revision = ledger.revision()
    assert (marker.verify([KEY]), ledger.revision(), ledger.entries()) == ("", revision, {})


def test_without_the_marker_the_ledger_is_what_the_catalog_has(
    server: FakeServer, marker: Marker, ledger: Ledger
) -> None:
    own_id = ledger.marker_id()
    other = Key("ai_dataset", "mlflow://mine/datasets/e")
    ledger.acknowledge([ENTRY])
    put(server, other, name="e")
    reason = marker.verify([KEY, other])
    assert reason == (
        "the catalog does not carry our mark: new or wiped; the ledger was rebuilt: 1 of 2 entities are there"
    )
    assert [(entry.key, entry.content_hash) for entry in ledger.entries().values()] == [(other, READ_BACK)]
    assert ledger.marker_id() == own_id


@pytest.mark.parametrize(
    ("entries", "reason"),
    [([ENTRY], "the catalog is another one than last time"), ([], "the state database does not know this catalog")],
)
def test_another_marker_is_taken_over(
    server: FakeServer, marker: Marker, ledger: Ledger, entries: list[Entry], reason: str
) -> None:
    ledger.marker_id()
    ledger.acknowledge(entries)
    put_marker(server, "another")
    put(server, KEY, name="d")
    assert marker.verify([KEY]).startswith(reason)
    assert ledger.marker_id() == "another"


def test_a_catalog_that_cannot_be_read_keeps_the_ledger(server: FakeServer, marker: Marker, ledger: Ledger) -> None:
    ledger.acknowledge([ENTRY])
    server.faults.append(lambda _: httpx.Response(403))
    with pytest.raises(CatalogError):
        marker.verify([KEY])
    assert ledger.entries() == {KEY: ENTRY}


def test_the_marker_is_written_once(server: FakeServer, marker: Marker, ledger: Ledger) -> None:
    marker.ensure()
    marker.ensure()
    assert server.posted() == [[qualified_names.marker("here")]]
    [entity] = server.entities.values()
    assert entity["attributes"]["marker_id"] == ledger.marker_id()


def test_a_lost_answer_is_looked_for_before_the_marker_is_written_again(server: FakeServer, marker: Marker) -> None:
    def apply_and_lose(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        server.apply(request)
        raise httpx.ReadTimeout("no answer")

    server.faults.append(apply_and_lose)
    marker.ensure()
    assert [seen.method for seen in server.requests] == ["GET", "POST", "GET"]


def test_a_refused_marker_is_a_failure(server: FakeServer, marker: Marker) -> None:
    server.faults.append(lambda request: refusal("ATLAS-400-00-01A") if request.method == "POST" else None)
    with pytest.raises(RequestFailure) as caught:
        marker.ensure()
    assert not caught.value.is_answer_lost
    assert len(server.sent("POST", "/entity/bulk")) == 1
