"""An MLflow server's content in memory, listed and asked for by name: what both readers must see alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from include.governance.net.http import Traffic
from include.governance.sources.mlflow.client import Page, Query, Record

_IDS: dict[str, Callable[[Record], Any]] = {
    "experiments": lambda item: item["experiment_id"],
    "registered_models": lambda item: item["name"],
    "model_versions": lambda item: f"{item['name']}/{item['version']}",
    "logged_models": lambda item: item["info"]["model_id"],
    "runs": lambda item: item["info"]["run_id"],
}


@dataclass
class MlflowFacts:
    """A ListingClient. failing: errors by (collection, id), raised where that item is asked for by name."""

    items: dict[str, list[Record]]
    failing: dict[tuple[str, str], Exception] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    ids_per_search: int = 1_000
    filters_runs: bool = True
    service_name: str | None = "mlflow"
    traffic: Traffic = field(default_factory=Traffic)

    def page(self, query: Query, token: str | None) -> Page:
        found = [deepcopy(item) for item in self.items.get(query.collection, [])]
        if query.experiment_ids:
            found = [item for item in found if item["info"]["experiment_id"] in query.experiment_ids]
        for item in found:
            item.pop("aliases", None) if query.collection == "model_versions" else None
        return Page(found, None)

    def item(self, collection: str, native_id: str) -> Record | None:
        self.asked.append((collection, native_id))
        if (collection, native_id) in self.failing:
            raise self.failing[collection, native_id]
        found = [item for item in self.items.get(collection, []) if _IDS[collection](item) == native_id]
        return deepcopy(found[0]) if found else None

    def model_file(self, native_id: str, /) -> str | None:
        return "flavors:\nsignature:\n  inputs: x\n"

    def workspaces(self) -> tuple[list[str], None]:
        return [], None

    def close(self) -> None:
        pass


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def experiment(experiment_id: str, stage: str = "active") -> Record:
    return {"experiment_id": experiment_id, "name": f"experiment {experiment_id}", "lifecycle_stage": stage}


def run(
    run_id: str,
    experiment_id: str = "1",
    *,
    stage: str = "active",
    datasets: Iterable[tuple[str, str]] = (("sales", "training"),),
    parent: str | None = None,
    metrics: bool = True,
) -> Record:
    inputs = [
        {
            "dataset": {"name": name, "digest": "d", "source_type": "s3", "source": '{"uri": "s3://lake/x"}'},
            "tags": pairs({"mlflow.data.context": context}),
        }
        for name, context in datasets
    ]
    return {
        "info": {"run_id": run_id, "experiment_id": experiment_id, "status": "FINISHED", "lifecycle_stage": stage},
        "data": {
            "tags": pairs({"mlflow.parentRunId": parent} if parent else {}),
            "metrics": pairs({"auc": 0.9} if metrics else {}),
        },
        "inputs": {"dataset_inputs": inputs},
    }


def model(name: str, *, aliases: dict[str, str] | None = None, tags: dict[str, str] | None = None) -> Record:
    stated = {"governance.owner": "ana", "governance.use_case": "UC-1"} if tags is None else tags
    named = [{"alias": alias, "version": version} for alias, version in (aliases or {}).items()]
    return {"name": name, "description": "what it is for", "tags": pairs(stated), "aliases": named}


def version(name: str, number: int = 1, *, run_id: str = "", source: str = "s3://bucket/model") -> Record:
    return {"name": name, "version": str(number), "run_id": run_id, "source": source, "status": "READY"}


def logged_model(model_id: str, run_id: str = "", experiment_id: str = "1") -> Record:
    info = {"model_id": model_id, "experiment_id": experiment_id, "name": "m", "source_run_id": run_id}
    return {"info": info, "data": {}}
