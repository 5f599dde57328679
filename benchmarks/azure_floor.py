"""The least that reads an Azure ML estate: one GET a page with plain httpx, at the same concurrency, nothing parsed.

What counts as needed: the page(s) of every listing that a governed record rests on, and for containers whose listing
carries no versions or deployments (models, data, online and batch endpoints) one listing each. Token requests, the
cloud's metadata, role assignments and MLflow endpoints are left out on both sides.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx

# listing -> api-version, query, what is listed for each of its items
_ML = "/providers/Microsoft.MachineLearningServices"
_LISTINGS: dict[str, tuple[str, dict[str, str], tuple[str, str, dict[str, str]] | None]] = {
    "jobs": ("2024-01-01-preview", {"listViewType": "All"}, None),
    "models": (
        "2023-08-01-preview",
        {"listViewType": "All"},
        ("versions", "2023-08-01-preview", {"listViewType": "All"}),
    ),
    "data": (
        "2023-04-01-preview",
        {"listViewType": "All"},
        ("versions", "2023-04-01-preview", {"listViewType": "All"}),
    ),
    "onlineEndpoints": ("2022-02-01-preview", {}, ("deployments", "2023-04-01-preview", {})),
    "batchEndpoints": ("2023-10-01", {}, ("deployments", "2024-01-01-preview", {})),
    "serverlessEndpoints": ("2024-01-01-preview", {}, None),
    "connections": ("2024-04-01-preview", {}, None),
    "schedules": ("2023-06-01-preview", {"listViewType": "All"}, None),
    "datastores": ("2024-10-01-preview", {"count": "30"}, None),
}


class Floor(NamedTuple):
    """Cost of a plain read.

    Attributes:
        seconds: wall time.
        calls: GET requests.
        items: listing -> items read.
    """

    seconds: float
    calls: int
    items: dict[str, int]


class _Reader:
    def __init__(self, base: str, token: str, ca_bundle: str, concurrency: int) -> None:
        limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        headers = {"Authorization": f"Bearer {token}"}
        self.base, self.concurrency = base, concurrency
        self.client = httpx.Client(verify=ca_bundle, headers=headers, limits=limits, timeout=60)
        self.calls, self.items = 0, Counter[str]()

    def pages(self, path: str, api_version: str, query: dict[str, str]) -> list[dict[str, Any]]:
        url, params = f"{self.base}{path}", {"api-version": api_version, **query}
        items: list[dict[str, Any]] = []
        while url:
            answer = self.client.get(url, params=params or None)  # {} would drop the nextLink's query
            answer.raise_for_status()
            self.calls += 1
            body = answer.json()
            items += body["value"]
            url, params = body.get("nextLink"), {}
        return items

    def tasks(self, subscription: str) -> Iterator[tuple[str, str, str, dict[str, str]]]:
        scope = f"/subscriptions/{subscription}"
        workspaces = self.pages(f"{scope}{_ML}/workspaces", "2024-10-01-preview", {})
        self.items["workspaces"] = len(workspaces)
        self.pages(f"{scope}{_ML}/registries", "2022-10-01-preview", {})
        for workspace in workspaces:
            for listing, (api_version, query, _) in _LISTINGS.items():
                yield listing, f"{workspace['id']}/{listing}", api_version, query

    def run(self, subscription: str) -> Floor:
        began = time.perf_counter()
        with ThreadPoolExecutor(self.concurrency) as pool:
            first = list(self.tasks(subscription))
            containers = pool.map(lambda task: self.pages(*task[1:]), first)
            second = []
            for (listing, *_), items in zip(first, containers, strict=True):
                self.items[listing] += len(items)
                children = _LISTINGS[listing][2]
                if children:
                    name, api_version, query = children
                    second += [(f"{listing}/{name}", f"{item['id']}/{name}", api_version, query) for item in items]
            for (listing, *_), items in zip(second, pool.map(lambda task: self.pages(*task[1:]), second), strict=True):
                self.items[listing] += len(items)
        self.client.close()
        return Floor(time.perf_counter() - began, self.calls, dict(self.items))


def floor(base: str, token: str, ca_bundle: str, subscription: str, concurrency: int) -> Floor:
    """Reads the whole subscription once."""
    return _Reader(base, token, ca_bundle, concurrency).run(subscription)
