"""The example connector of tests/support: what a new source must pass is passable in 200 lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.config.source_kinds import SOURCE_KINDS
from include.governance.model.assets import AssetKind
from tests.contract.sources.wire import Calls, WireContract
from tests.support.example_source.server import SECRETS, example_server
from tests.support.example_source.settings import EXAMPLE, ExampleSource


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCE_KINDS, EXAMPLE.name, EXAMPLE)


def _spoiled(*fields: str) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str]]:
    """Keeps of an item only its id, made of these fields, and adds nonsense."""

    def spoil(item: dict[str, Any]) -> tuple[dict[str, Any], str]:
        ids = {field: item[field] for field in fields}
        return {**ids, "tags": "nonsense"}, "/".join(ids.values())

    return spoil


class TestExample(WireContract):
    collections: ClassVar[tuple[str, ...]] = ("models", "versions", "jobs")
    secrets: ClassVar[tuple[str, ...]] = tuple(SECRETS.values())
    calls: ClassVar[dict[str, Calls]] = {
        "models": Calls(r"/api/models", "items", _spoiled("name"), AssetKind.MODEL),
        "versions": Calls(r"/api/versions", "items", _spoiled("name", "version"), AssetKind.MODEL_VERSION),
        "jobs": Calls(r"/api/jobs", "items", _spoiled("run_id"), AssetKind.RUN),
    }
    optional = "jobs"
    paged = "versions"

    def another_token(self, token: str, number: int) -> str:
        return "0" * number + token

    @pytest.fixture(scope="class")
    def where(self) -> Iterator[str]:
        with example_server(models=8) as url:
            yield url

    @pytest.fixture(scope="class")
    def sizes(self) -> Iterator[tuple[ExampleSource, ExampleSource]]:
        with example_server(models=100) as small, example_server(models=400) as large:
            yield self.source(small, page_size=20), self.source(large, page_size=20)

    def source(self, url: str, **settings: Any) -> ExampleSource:
        few = {"page_size": 3, "attempts": 2}
        return ExampleSource(kind="example", name="example", url=url, **{**few, **settings})

    def test_the_connection_check_names_what_may_be_read(self, where: str) -> None:
        assert (
            sources.test_connection(self.source(where), from_environment) == f"example at {where}: models can be listed"
        )

    def test_the_connection_check_asks_for_each_listing(self, where: str) -> None:
        told = {what: ask() for what, ask in sources.probes(self.source(where), from_environment)}
        assert told == dict.fromkeys(("models", "versions", "jobs"), "can be listed")
