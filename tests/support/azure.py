"""Pytest fixtures: one Azure stand-in per session with the demo's estate, and the MLflow server behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.sandbox.azure import AzureEmulator, azure_emulator


@pytest.fixture(scope="session")
def demo_azure() -> Iterator[AzureEmulator]:
    """Shared, with the requests and faults of whoever had it before: `clear` it first."""
    with azure_emulator() as running:
        yield running
