"""The floor of reading MLflow: plain sequential paged REST calls, answers parsed and dropped.

`python -m benchmarks.read_floor [small large] --pages 1000 5000` measures it on the generated stores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from benchmarks import stores
from include.sandbox.mlflow_server import mlflow_server

MODELS_CAP = 1_000  # the server refuses larger pages of registered models
_JSON = {"Content-Type": "application/json"}  # the server answers 400 without it

Fetch = Callable[[dict[str, Any]], httpx.Response]


@dataclass
class FloorResult:
    """seconds: wall time. calls: requests. bytes: decoded answers. counts: items per listing."""

    seconds: float = 0.0
    calls: int = 0
    bytes: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        items = ", ".join(f"{count} {kind}" for kind, count in self.counts.items())
        return f"{self.seconds:.2f} s, {self.calls} calls, {self.bytes / 1e6:.1f} MB: {items}"


def floor(base_url: str, page_size: int = 1_000, timeout: float = 300.0) -> FloorResult:
    """Read all experiments, runs, registered models, versions and logged models of the server at `base_url`.

    page_size: items per page, cut to 1,000 for registered models. timeout: seconds per call.
    MLflow REST API 2.0. Raises httpx.HTTPStatusError when the server refuses a call.
    """
    result = FloorResult()
    began = time.perf_counter()
    with httpx.Client(base_url=f"{base_url}/api/2.0/mlflow/", timeout=timeout, trust_env=False) as http:
        ids: list[str] = []
        everything = {"view_type": "ALL", "max_results": page_size}
        for page in _pages(result, "experiments", _post(http, "experiments/search"), everything):
            ids += [experiment["experiment_id"] for experiment in page]
        runs = {"experiment_ids": ids, "run_view_type": "ALL", "order_by": ["attributes.start_time ASC"]}
        listings = (
            ("runs", _post(http, "runs/search"), {**runs, "max_results": page_size}),
            (
                "registered_models",
                _get(http, "registered-models/search"),
                {"order_by": "name ASC", "max_results": min(page_size, MODELS_CAP)},
            ),
            ("model_versions", _get(http, "model-versions/search"), {"max_results": page_size}),
            ("models", _post(http, "logged-models/search"), {"experiment_ids": ids, "max_results": page_size}),
        )
        for kind, fetch, question in listings:
            for _ in _pages(result, kind, fetch, question):
                pass
    result.seconds = time.perf_counter() - began
    return result


def _post(http: httpx.Client, path: str) -> Fetch:
    return lambda question: http.post(path, content=orjson.dumps(question), headers=_JSON)


def _get(http: httpx.Client, path: str) -> Fetch:
    return lambda question: http.get(path, params=question)


def _pages(result: FloorResult, kind: str, fetch: Fetch, question: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    token = ""
    result.counts[kind] = 0
    while True:
        response = fetch({**question, "page_token": token} if token else question)
        response.raise_for_status()
        answer = orjson.loads(response.content)
        page = answer.get(kind, [])
        result.calls += 1
        result.bytes += len(response.content)
        result.counts[kind] += len(page)
        yield page
        token = answer.get("next_page_token", "")
        if not token:
            return


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=list(stores.SIZES))
    parser.add_argument("--pages", nargs="+", type=int, default=[1_000, 5_000])
    parser.add_argument("--times", type=int, default=3, help="reads per page size, after one to warm up")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    for name in options.sizes:
        store = stores.cached(name)
        with mlflow_server(stores.uri(store), stores.STORES / "artifacts", workers=options.workers) as url:
            print(f"{name}, warm-up: {floor(url)}", flush=True)
            for page_size in options.pages:
                for _ in range(options.times):
                    print(f"{name}, pages of {page_size}: {floor(url, page_size)}", flush=True)


if __name__ == "__main__":
    main()
