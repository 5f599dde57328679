"""A catalog in memory behind the real client, and a ledger of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from include.governance.catalog import Catalog, PublishSession, open_catalog, publish
from include.governance.config.catalogs import AtlasCatalog
from include.governance.config.connections import Endpoint
from include.governance.estate import Coverage
from include.governance.model.attribute_owners import ALL_THE_SOURCES, AttributeOwners
from include.governance.net import http
from include.governance.plan.diff import plan
from include.governance.staging.outcome import Outcome
from include.governance.staging.plan import Plan
from include.governance.state.database import open_database
from include.governance.state.ledger import Ledger
from tests.support.catalog_estate import CatalogEstate
from tests.unit.catalog.fake_server import FakeServer

URL = "http://catalog:21000"


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'state.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine, "catalog")


@pytest.fixture
def open_fake(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Catalog]:
    """Opens the real client on the fake server; every request is tried once and nothing waits."""

    def open_fake(**settings: Any) -> Catalog:
        transport = httpx.MockTransport(server.answer)
        with monkeypatch.context() as patch:
            patch.setattr(http, "LimitedTransport", lambda **_: transport)
            quick = {"attempts": 1, "settle_seconds": 0, **settings}
            return open_catalog(Endpoint(URL), AtlasCatalog(url=URL, **quick))

    return open_fake


@pytest.fixture
def catalog(open_fake: Callable[..., Catalog]) -> Catalog:
    return open_fake()


@pytest.fixture
def sync(open_fake: Callable[..., Catalog], ledger: Ledger, engine: Engine) -> Callable[..., Outcome]:
    """Plans and publishes an estate."""

    def sync(estate: CatalogEstate, owners: AttributeOwners = ALL_THE_SOURCES, **settings: Any) -> Outcome:
        def make_plan() -> Plan:
            made = plan(estate.table(), ledger.entries(), Coverage([]), owners=owners)
            return replace(made, ledger_revision=ledger.revision())

        session = PublishSession(
            open_fake(**settings),
            ledger,
            engine,
            deployment="here",
            run_id="test-run",
            desired_keys=estate.all_keys(),
            replan=make_plan,
            owners=owners,
        )
        return publish(make_plan(), session)

    return sync
