"""A plain HTTPS client beside the SDKs, to see what goes over the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from include.sandbox.azure import AzureEmulator

ML = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/{}/providers/Microsoft.MachineLearningServices"
FRAUD = ML.format("rg-fraud") + "/workspaces/ws-fraud"
JOBS = "2024-01-01-preview"


class Caller:
    """GETs with a token for ARM, or for Foundry's data plane."""

    def __init__(self, azure: AzureEmulator) -> None:
        self.azure = azure
        self.http = httpx.Client(verify=azure.ca_bundle, timeout=10, trust_env=False)

    def get(
        self, path: str, version: str | None = JOBS, *, audience: str | None = None, **query: Any
    ) -> httpx.Response:
        token = self.azure.authority.make(audience or self.azure.url)
        params = {**({"api-version": version} if version else {}), **query}
        url = path if path.startswith("https://") else self.azure.url + path
        return self.http.get(url, params=params or None, headers={"Authorization": f"Bearer {token}"})

    def pages(self, path: str, version: str = JOBS, **query: Any) -> list[list[dict[str, Any]]]:
        answer = self.get(path, version, **query).json()
        found = [answer["value"]]
        while following := answer.get("nextLink"):
            answer = self.get(following, None).json()
            found.append(answer["value"])
        return found


@pytest.fixture
def calling() -> Iterator[Callable[[AzureEmulator], Caller]]:
    callers: list[Caller] = []

    def made(azure: AzureEmulator) -> Caller:
        callers.append(Caller(azure))
        return callers[-1]

    yield made
    for caller in callers:
        caller.http.close()
