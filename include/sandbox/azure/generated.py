"""Large estates of ordinary content, the same at every call, for measuring how fast Azure is read."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from .loader import Document
from .names import SUBSCRIPTION, guid, resource_id
from .shapes import WORKSPACES

Item = dict[str, Any]

_GROUP = "rg-generated"
_MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")
_TEAMS = ("fraud", "credit", "clinical", "demand", "documents")


@dataclass(frozen=True)
class Size:
    """How much there is in all workspaces together."""

    workspaces: int
    models: int
    versions: int
    jobs: int
    endpoints: int
    data: int


SIZES = {
    "small": Size(workspaces=2, models=40, versions=120, jobs=400, endpoints=12, data=10),
    "large": Size(workspaces=20, models=2_000, versions=6_000, jobs=20_000, endpoints=300, data=200),
}


def generated(size: Size) -> list[Document]:
    """One file for each workspace, as the emulator and the loader take them, without placeholders."""
    return [
        Document(f"ws-{number:03d}.json", _WorkspaceGenerator(size, number).content(), plain=True)
        for number in range(size.workspaces)
    ]


def _share(total: int, parts: int, number: int) -> range:
    """The numbers of one of the parts, when a total is dealt to them in turn."""
    return range(number, total, parts)


class _WorkspaceGenerator:
    def __init__(self, size: Size, number: int) -> None:
        self._size, self._number = size, number
        self.name = f"ws-{number:03d}"
        self.id = resource_id(_GROUP, WORKSPACES, self.name)
        self._random = random.Random(f"1 {size} {number}")  # noqa: S311
        totals = [size.jobs, size.models, size.endpoints, size.data]
        self._jobs, self._models, self._endpoints, self._data = (
            len(_share(total, size.workspaces, number)) for total in totals
        )

    def content(self) -> Item:
        online = [self._endpoint(number) for number in range(self._endpoints) if number % 10 < 8]
        batch = [self._batch(number) for number in range(self._endpoints) if number % 10 == 8]
        serverless = [self._serverless(number) for number in range(self._endpoints) if number % 10 == 9]
        return {
            "kind": "workspace",
            "resourceGroup": _GROUP,
            "location": "westeurope",
            "systemData": {"createdBy": "Platform Team", "createdAt": "2026-01-05T08:00:00.0000000+00:00"},
            "workspace": {"name": self.name, "tags": {"governance.owner": f"team-{self._team}"}},
            "datastores": [self._datastore()],
            "data": [self._data_asset(number) for number in range(self._data)],
            "jobs": [self._job(number) for number in range(self._jobs)],
            "models": [self._model(number) for number in range(self._models)],
            "onlineEndpoints": online,
            "batchEndpoints": batch,
            "serverlessEndpoints": serverless,
            "connections": [self._connection(number) for number in range(3)],
        }

    @property
    def _team(self) -> str:
        return _TEAMS[self._number % len(_TEAMS)]

    def _created_at(self, number: int) -> str:
        month = _MONTHS[number % len(_MONTHS)]
        return f"{month}-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:00.1234567+00:00"

    def _system_data(self, number: int) -> Item:
        return {
            "createdBy": f"Person {number % 40:02d}",
            "createdByType": "User",
            "createdAt": self._created_at(number),
        }

    def _datastore(self) -> Item:
        properties = {"datastoreType": "AzureDataLakeGen2", "accountName": "examplelake", "filesystem": self._team}
        return {"name": "curated", "properties": {**properties, "credentials": {"credentialsType": "None"}}}

    def _data_asset(self, number: int) -> Item:
        path = f"azureml://datastores/curated/paths/table_{number:03d}/"
        versions = [
            {"name": str(version), "properties": {"dataType": "uri_folder", "dataUri": f"{path}v{version}/"}}
            for version in (1, 2)
        ]
        about = {"dataType": "uri_folder", "description": f"Table {number} of {self._team}"}
        return {"name": f"table-{number:03d}", "properties": about, "versions": versions}

    def _job_name(self, number: int) -> str:
        return f"job_{self._number:03d}_{number:05d}"

    def _job(self, number: int) -> Item:
        name = self._job_name(number)
        table = number % self._data if self._data else 0
        data = f"{self.id}/data/table-{table:03d}/versions/{1 + number % 2}"
        artifact = f"azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.{name}"
        properties = {
            "jobType": "Command",
            "displayName": f"training {number}",
            "experimentName": f"{self._team}-experiment-{number % 10}",
            "status": self._random.choices(("Completed", "Failed", "Canceled"), (94, 4, 2))[0],
            "isArchived": number % 50 == 49,
            "command": "python train.py --data ${{inputs.data}} --rate ${{inputs.rate}}",
            "computeId": f"{self.id}/computes/cpu-cluster",
            "environmentId": f"{self.id}/environments/training/versions/{1 + number % 3}",
            "inputs": {
                "data": {"jobInputType": "uri_folder", "mode": "ReadOnlyMount", "uri": data},
                "rate": {"jobInputType": "literal", "value": str(self._random.choice((0.1, 0.03, 0.01)))},
            },
            "outputs": {"default": {"jobOutputType": "uri_folder", "mode": "ReadWriteMount", "uri": artifact}},
            "properties": {
                "azureml.git.commit": f"{self._random.getrandbits(160):040x}",
                "azureml.git.repository_uri": f"https://git.example.com/{self._team}/training",
                "_azureml.ComputeTargetType": "amlctrain",
            },
            "tags": {"pipeline": f"nightly-{number % 13}", "cost_centre": str(4000 + number % 50)},
        }
        return {
            "name": name,
            "properties": properties,
            "systemData": self._system_data(number),
            "mlflow": self._logged(table),
        }

    def _logged(self, table: int) -> Item:
        scores = {name: round(self._random.random(), 6) for name in ("accuracy", "f1_macro", "roc_auc", "log_loss")}
        source = f"abfss://{self._team}@examplelake.dfs.core.windows.net/table_{table:03d}/v1/"
        params = {"learning_rate": "0.1", "n_estimators": "200", "max_depth": "6", "num_memory_tokens": "128"}
        dataset = {"name": f"table-{table:03d}", "digest": f"{table:08x}", "source_type": "abfss", "source": source}
        return {"params": params, "metrics": scores, "datasets": [dataset]}

    def _model_name(self, number: int) -> str:
        return f"{self._team}-model-{number:04d}"

    def _model(self, number: int) -> Item:
        position = number * self._size.workspaces + self._number  # among the models of all workspaces
        count = len(range(position, self._size.versions, self._size.models))
        tags = {"governance.owner": f"team-{self._team}"} if number % 6 else {}
        about = {"description": f"Model {number} of {self._team}", "tags": tags, "isArchived": number % 40 == 39}
        versions = [self._version(number, version) for version in range(1, count + 1)]
        return {
            "name": self._model_name(number),
            "properties": about,
            "systemData": self._system_data(number),
            "versions": versions,
        }

    def _version(self, model: int, version: int) -> Item:
        job = self._job_name((model * 7 + version) % self._jobs) if self._jobs else None
        store = f"azureml://subscriptions/{SUBSCRIPTION}/resourceGroups/{_GROUP}/workspaces/{self.name}/datastores"
        properties = {
            "modelType": "mlflow_model",
            "jobName": job if version % 2 else None,
            "modelUri": f"{store}/workspaceartifactstore/paths/ExperimentRun/dcid.{job}/model",
            "flavors": {"python_function": {"data": {"loader_module": "mlflow.sklearn"}}},
            "tags": {"ticket": f"MRM-{model % 997}"},
        }
        return {"name": str(version), "properties": properties, "systemData": self._system_data(model + version)}

    def _endpoint(self, number: int) -> Item:
        model = f"{self.id}/models/{self._model_name(number % max(self._models, 1))}/versions/1"
        deployments = [
            {"name": name, "properties": {"model": model}, "sku": {"name": "Default", "capacity": 1}}
            for name in ("blue", "green")[: 1 + number % 2]
        ]
        traffic = {"blue": 90, "green": 10} if number % 2 else {"blue": 100}
        properties = {"authMode": ("Key", "AADToken")[number % 2], "traffic": traffic}
        return {"name": f"ep-{self._number:03d}-{number:03d}", "properties": properties, "deployments": deployments}

    def _batch(self, number: int) -> Item:
        asset = f"{self.id}/models/{self._model_name(number % max(self._models, 1))}/versions/1"
        deployment = {"name": "default", "properties": {"model": {"referenceType": "Id", "assetId": asset}}}
        properties = {"defaults": {"deploymentName": "default"}}
        return {"name": f"be-{self._number:03d}-{number:03d}", "properties": properties, "deployments": [deployment]}

    def _serverless(self, number: int) -> Item:
        model = "azureml://registries/azureml-mistral/models/Mistral-small"
        properties = {"modelSettings": {"modelId": model}, "endpointState": "Online"}
        return {"name": f"se-{self._number:03d}-{number:03d}", "sku": {"name": "Consumption"}, "properties": properties}

    def _connection(self, number: int) -> Item:
        target = f"https://service-{guid(self.name, str(number))[:8]}.example.com"
        return {
            "name": f"connection-{number}",
            "properties": {"category": "ApiKey", "target": target, "authType": "ApiKey"},
        }
