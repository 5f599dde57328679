"""The stand-in with the tests' own accounts, and reads of it with the unmodified SDKs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.model.assets import AssetKind
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from include.sandbox.azure.emulator import AzureEmulator, azure_emulator

from .estate import write

logging.getLogger("azure").setLevel(logging.ERROR)


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureEmulator]:
    with azure_emulator(write(tmp_path_factory.mktemp("estate"))) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins and ends without faults; one that hit something else than was meant fails its own test."""
    yield
    if "azure" in request.fixturenames:
        request.getfixturevalue("azure").clear()


def read(azure: AzureEmulator, folder: Path, since: Snapshot | None = None, **more: Any) -> Snapshot:
    settings = azure.settings("ai_foundry", **{"preview": True, "attempts": 1, **more})
    return sources.read(settings, Folder(str(folder)), from_environment, since)


@pytest.fixture(scope="module")
def snapshot(azure: AzureEmulator, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    azure.clear()  # it is made before the first test that asks for it: with the faults of the test before
    return read(azure, tmp_path_factory.mktemp("whole"))


def short(name: str) -> str:
    """A qualified name below its resource group's accounts."""
    return name.split("/microsoft.cognitiveservices/accounts/")[-1]


def rows(snapshot: Snapshot, kind: AssetKind) -> dict[str, dict[str, Any]]:
    return {short(row["qualified_name"]): row for row in snapshot.assets(kind).to_pylist()}


def edges(snapshot: Snapshot, kind: str) -> dict[tuple[str, str], dict[str, Any]]:
    found = [row for row in snapshot.relations().to_pylist() if row["kind"] == kind]
    made = {(short(row["from_name"]), short(row["to_name"])): row for row in found}
    assert len(made) == len(found), "a relation stands there twice"
    return made
