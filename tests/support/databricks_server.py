"""A Databricks workspace's MLflow, its own registry and Unity Catalog: as docs.databricks.com/api and mlflow 3.17 say.

Limits: experiments/search 3,000, registered-models/search 1,000, logged-models/search 50 items a page; a search of runs
names 100 experiments. Unity Catalog: no filter and no order when models are searched; versions by `name='...'` only, in
single quotes; neither search gives aliases or tags.
"""

from __future__ import annotations

import re
from typing import Any

from tests.support.small_http import Asked, JsonService, Refused

TOKEN = "dapi-stand-in-token"
_BELOW = "/api/2.0/mlflow/"
_CAPS = {"experiments": 3_000, "registered_models": 1_000, "models": 50, "runs": 50_000, "model_versions": 10_000}
_MOST_IDS = 100
_BY_NAME = re.compile(r"name='([^'\"]+)'")


class Databricks(JsonService):
    """One workspace. registry: whether its own one is on. catalog: whether it has a metastore.

    models and catalog_models: name -> {version: run id}; aliases: name -> {alias: version}.
    """

    def __init__(self, *, registry: bool = True, catalog: bool = True) -> None:
        super().__init__()
        self.registry, self.catalog = registry, catalog
        self.runs: dict[str, list[dict[str, Any]]] = {}
        self.logged: list[dict[str, Any]] = []
        self.models: dict[str, dict[str, str]] = {}
        self.catalog_models: dict[str, dict[str, str]] = {}
        self.aliases: dict[str, dict[str, str]] = {}

    def run(self, experiment_id: str, run_id: str) -> None:
        info = {"run_id": run_id, "run_uuid": run_id, "experiment_id": experiment_id, "status": "FINISHED"}
        self.runs.setdefault(experiment_id, []).append({"info": {**info, "start_time": 5}, "data": {}})

    def answer(self, asked: Asked) -> Any:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            raise _refused(403, "PERMISSION_DENIED", "Invalid access token.")
        below = asked.path.removeprefix(_BELOW)
        call = getattr(self, "_" + re.sub(r"[/-]", "_", below), None) if asked.path.startswith(_BELOW) else None
        if call is None:
            raise _refused(404, "ENDPOINT_NOT_FOUND", f"No API found for '{asked.method} {asked.path}'.")
        if below.startswith("unity-catalog/") and not self.catalog:
            raise _refused(404, "METASTORE_DOES_NOT_EXIST", "No metastore assigned for the current workspace.")
        if below.startswith(("registered-models/", "model-versions/")) and not self.registry:
            raise _refused(403, "PERMISSION_DENIED", "The workspace model registry is disabled. Use Unity Catalog.")
        return call(asked)

    def _experiments_search(self, asked: Asked) -> Any:
        experiments = [
            {"experiment_id": one, "name": f"/Users/ana/{one}", "lifecycle_stage": "active"} for one in self.runs
        ]
        return _page("experiments", experiments, asked.body)

    def _runs_search(self, asked: Asked) -> Any:
        ids = asked.body["experiment_ids"]
        if len(ids) > _MOST_IDS:
            raise _invalid(
                "Too many experiment_ids specified in SearchRuns request. Maximum number of experiment_ids is "
                f"{_MOST_IDS}. Found {len(ids)}."
            )
        wanted = re.findall(r"'([^']+)'", asked.body.get("filter", ""))
        runs = [run for one in ids for run in self.runs[one] if not wanted or run["info"]["run_id"] in wanted]
        return _page("runs", runs, asked.body)

    def _logged_models_search(self, asked: Asked) -> Any:
        listed = [one for one in self.logged if one["info"]["experiment_id"] in asked.body["experiment_ids"]]
        return _page("models", listed, asked.body)

    def _registered_models_search(self, asked: Asked) -> Any:
        return _page("registered_models", [{"name": name} for name in sorted(self.models)], _query(asked))

    def _model_versions_search(self, asked: Asked) -> Any:
        versions = [_version(name, number, run) for name in self.models for number, run in self.models[name].items()]
        return _page("model_versions", versions, _query(asked))

    def _unity_catalog_registered_models_search(self, asked: Asked) -> Any:
        for name in ("filter", "order_by"):
            if name in asked.query:
                raise _invalid(f"Argument '{name}' is unsupported for models in the Unity Catalog.")
        return _page("registered_models", [{"name": name} for name in sorted(self.catalog_models)], _query(asked))

    def _unity_catalog_registered_models_get(self, asked: Asked) -> Any:
        name = asked.one("name")
        if name not in self.catalog_models:
            raise _refused(404, "RESOURCE_DOES_NOT_EXIST", f"Routine or Model '{name}' does not exist.")
        aliases = [{"alias": alias, "version": version} for alias, version in self.aliases.get(name, {}).items()]
        tags = [{"key": "governance.owner", "value": "ana"}]
        return {"registered_model": {"name": name, "description": "scores", "aliases": aliases, "tags": tags}}

    def _unity_catalog_model_versions_search(self, asked: Asked) -> Any:
        match = _BY_NAME.fullmatch(asked.one("filter"))
        if "order_by" in asked.query or match is None:
            raise _invalid("Missing or malformed filter: only name='model_name' is supported.")
        versions = self.catalog_models.get(match[1], {})
        listed = [_version(match[1], number, run) for number, run in versions.items()]
        return _page("model_versions", listed, _query(asked))

    def _unity_catalog_model_versions_get(self, asked: Asked) -> Any:
        name, number = asked.one("name"), asked.one("version")
        if number not in self.catalog_models.get(name, {}):
            raise _refused(404, "RESOURCE_DOES_NOT_EXIST", f"Version {number} of {name} does not exist.")
        tags = [{"key": "governance.use_case", "value": "UC-1"}]
        return {"model_version": {**_version(name, number, self.catalog_models[name][number]), "tags": tags}}


def _version(name: str, number: str, run: str) -> dict[str, Any]:
    return {"name": name, "version": number, "run_id": run, "status": "READY", "source": f"dbfs:/models/{number}"}


def _query(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in asked.query.items()}


def _page(key: str, items: list[Any], body: Any) -> dict[str, Any]:
    size, start = int(body.get("max_results", 100)), int(body.get("page_token") or 0)
    if size > _CAPS[key]:
        raise _invalid(f"Invalid value {size} for parameter 'max_results': it must be at most {_CAPS[key]}.")
    page: dict[str, Any] = {key: items[start : start + size]} if items else {}
    return {**page, "next_page_token": str(start + size)} if start + size < len(items) else page


def _refused(status: int, code: str, message: str) -> Refused:
    return Refused(status, {"error_code": code, "message": message})


def _invalid(message: str) -> Refused:
    return _refused(400, "INVALID_PARAMETER_VALUE", message)
