"""GitLab's MLflow API as its documentation and its API's description have it (17.8): what it refuses is refused alike.

docs.gitlab.com, "MLflow client compatibility"; the searches of experiments, runs and models with their limits of 1,000,
a run search that reads the first experiment id only and takes `order_by` as one text, no search of versions.
"""

from __future__ import annotations

from typing import Any

from tests.support.small_http import Asked, JsonService, Refused

TOKEN, PROJECT = "glpat-stand-in-token", "7"
_BELOW = f"/api/v4/projects/{PROJECT}/ml/mlflow/api/2.0/mlflow/"
_NOT_FOUND = Refused(404, {"error": "404 Not Found"})
_NO_SUCH = Refused(404, {"error_code": "RESOURCE_DOES_NOT_EXIST"})
_MOST = 1_000
CREATED = 1_700_000_000  # seconds


class GitLab(JsonService):
    """One project. runs: by experiment id. models: name -> versions {semantic number: run id}."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: dict[str, list[dict[str, Any]]] = {}
        self.models: dict[str, dict[str, str]] = {}
        self.tags: dict[str, str] = {}

    @property
    def address(self) -> str:
        return f"{self.url}/api/v4/projects/{PROJECT}/ml/mlflow"

    def run(self, experiment_id: str, run_id: str, **data: Any) -> None:
        info: dict[str, Any] = {
            "run_id": run_id,
            "run_uuid": run_id,
            "experiment_id": experiment_id,
            "status": "FINISHED",
        }
        info |= {"start_time": CREATED * 1_000, "lifecycle_stage": "active", "user_id": "12"}
        self.runs.setdefault(experiment_id, []).append({"info": info, "data": data})

    def answer(self, asked: Asked) -> Any:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refused(401, {"message": "401 Unauthorized"})
        if not asked.path.startswith(_BELOW):
            raise Refused(404, {"message": "404 Project Not Found"})
        call = getattr(self, "_" + asked.path.removeprefix(_BELOW).replace("/", "_").replace("-", "_"), None)
        if call is None:
            raise _NOT_FOUND
        return call(asked)

    def _experiments_search(self, asked: Asked) -> Any:
        experiments = [
            {"experiment_id": one, "name": f"experiment {one}", "lifecycle_stage": "active", "tags": []}
            for one in self.runs
        ]
        return _page("experiments", experiments, asked.body)

    def _runs_search(self, asked: Asked) -> Any:
        if not isinstance(asked.body.get("experiment_ids"), list):
            raise Refused(400, {"error": "experiment_ids is missing"})
        if not isinstance(asked.body.get("order_by", ""), str):
            raise Refused(400, {"error": "order_by is invalid"})
        first = asked.body["experiment_ids"][0]
        if first not in self.runs:
            raise _NO_SUCH
        return _page("runs", self.runs[first], asked.body)

    def _runs_get(self, asked: Asked) -> Any:
        runs = [run for runs in self.runs.values() for run in runs if run["info"]["run_id"] == asked.one("run_id")]
        if not runs:
            raise _NO_SUCH
        return {"run": runs[0]}

    def _registered_models_search(self, asked: Asked) -> Any:
        body = {name: values[0] for name, values in asked.query.items()}
        return _page("registered_models", [self._model(name) for name in sorted(self.models)], body)

    def _registered_models_get(self, asked: Asked) -> Any:
        if asked.one("name") not in self.models:
            raise _NO_SUCH
        return {"registered_model": self._model(asked.one("name"))}

    def _model_versions_get(self, asked: Asked) -> Any:
        number = asked.one("version")
        if number not in self.models.get(asked.one("name"), {}):
            raise _NO_SUCH
        return {"model_version": self._version(asked.one("name"), number)}

    def _model(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "creation_timestamp": CREATED,
            "last_updated_timestamp": CREATED,
            "description": f"what {name} is for",
            "user_id": "12",
            "tags": [{"key": key, "value": value} for key, value in self.tags.items()],
            "latest_versions": [self._version(name, number) for number in self.models[name]],
        }

    def _version(self, name: str, number: str) -> dict[str, Any]:
        return {
            "name": name,
            "version": number,
            "creation_timestamp": CREATED,
            "last_updated_timestamp": CREATED,
            "current_stage": "development",
            "description": "",
            "source": f"{self.url}/group/project/-/ml/models/1/versions/{number}",
            "run_id": self.models[name][number],
            "status": "READY",
            "tags": [{"key": "lifecycle", "value": "production"}],
            "aliases": [number],
        }


def _page(key: str, items: list[Any], body: Any) -> dict[str, Any]:
    size, start = min(int(body.get("max_results", 200)), _MOST), int(body.get("page_token") or 0)
    following = str(start + size) if start + size < len(items) else None
    return {key: items[start : start + size], "next_page_token": following}
