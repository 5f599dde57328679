"""What the contract tests of the Azure sources share: the stand-in is the server, and faults strike at its wire."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, ClassVar

import pytest

from include.sandbox.azure import AzureEmulator, Fault, azure_emulator
from include.sandbox.azure.loader import Document
from tests.contract.sources.wire import WireHooks

PAGE = 2


class StandInWire:
    """The stand-in as the contract's faulty way."""

    def __init__(self, azure: AzureEmulator) -> None:
        self._azure, self.url = azure, azure.url

    @property
    def requests(self) -> list[Any]:
        return self._azure.requests

    def fault(self, fault: Fault) -> Fault:
        return self._azure.fault(fault)

    def clear(self) -> None:
        self._azure.clear()

    def written(self) -> list[Any]:
        return self._azure.writes


class StandInHooks(WireHooks):
    """Hooks: platform (azure_ml or ai_foundry), stated (settings of all reads), estate, large.

    estate: what is read, two items a page. large: two estates, of which the second has four times the items.
    """

    token = "nextLink"
    ordered: ClassVar[dict[str, Any]] = {"concurrency": 1}
    platform: ClassVar[str]
    stated: ClassVar[dict[str, Any]] = {}
    running: ClassVar[AzureEmulator]

    def estate(self) -> list[Document]:
        raise AssertionError("say what is read")

    def large(self) -> tuple[list[Document], list[Document]]:
        raise AssertionError("say what is read for its size")

    @pytest.fixture(scope="class")
    def azure(self) -> Iterator[AzureEmulator]:
        with azure_emulator(self.estate(), page_size=PAGE) as azure:
            yield azure

    @pytest.fixture(scope="class")
    def where(self, request: pytest.FixtureRequest, azure: AzureEmulator) -> str:
        request.cls.running = azure
        return azure.url

    @pytest.fixture
    def proxy(self, azure: AzureEmulator, where: str) -> Iterator[Any]:
        azure.clear()
        yield StandInWire(azure)
        azure.clear()

    @pytest.fixture(scope="class")
    def sizes(self) -> Iterator[tuple[Any, Any]]:
        few, many = self.large()
        with (
            _served(few, self.platform, self.stated) as small,
            _served(many, self.platform, self.stated) as large,
        ):
            yield small, large

    def source(self, url: str, **settings: Any) -> Any:
        settings.pop("page_size", None)  # the service's own
        few = {"attempts": 2, "access": False, "timeout_seconds": 30}
        return self.running.settings(self.platform, **{**few, **self.stated, **settings})


def named(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Leaves of a record its ids and nonsense."""
    return {"id": record["id"], "name": record["name"], "properties": "nonsense"}, record["id"]


@contextmanager
def _served(documents: list[Document], platform: str, stated: dict[str, Any]) -> Iterator[Any]:
    """Settings of a source that reads this estate from a process of its own: what it keeps is not the reader's."""
    apart = multiprocessing.get_context("spawn")
    here, there = apart.Pipe()
    process = apart.Process(target=_serve, args=(documents, platform, stated, there))
    process.start()
    there.close()
    try:
        yield here.recv()
    finally:
        here.close()
        process.join(30)


def _serve(documents: list[Document], platform: str, stated: dict[str, Any], end: Connection) -> None:
    with azure_emulator(documents) as azure:
        end.send(azure.settings(platform, **{"access": False, **stated}))
        end.poll(None)
