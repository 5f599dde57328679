"""Azure ML by hand: workspaces and registries of one subscription."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.relations import Relation
from tests.golden.chain import SOUND, Chain, Data, Registry
from tests.golden.sources import AzureSource, share

_PROVIDER = "Microsoft.MachineLearningServices"
_MODELS = (("models", AssetKind.MODEL, "models"), ("model_versions", AssetKind.MODEL_VERSION, "models"))
_LISTED = (
    *_MODELS,
    ("jobs", AssetKind.RUN, "jobs"),
    ("experiments", AssetKind.EXPERIMENT, "experiments"),
    ("data", AssetKind.DATASET, "data"),
    ("online_endpoints", AssetKind.ENDPOINT, "onlineEndpoints"),
    ("online_deployments", AssetKind.DEPLOYMENT, "onlineEndpoints"),
    ("batch_endpoints", AssetKind.ENDPOINT, "batchEndpoints"),
    ("batch_deployments", AssetKind.DEPLOYMENT, "batchEndpoints"),
)


class AzureMl(AzureSource):
    def __init__(self, name: str, **scope: Any) -> None:
        super().__init__(name, "azure_ml", **scope)
        self.lists("workspaces", AssetKind.SOURCE, qualified_names.azure(self.subscription) + "/")

    def workspace(self, name: str) -> Workspace:
        return Workspace(self, f"{self.provider(_PROVIDER)}/workspaces/{name}", name, _LISTED)

    def registry(self, name: str) -> Workspace:
        return Workspace(self, f"azureml://registries/{name}", name, _MODELS)


class Workspace(Registry):
    """A workspace, or a registry. It holds what a case is about and nothing else."""

    def __init__(self, source: AzureMl, arm_id: str, name: str, listed: Iterable[tuple[str, AssetKind, str]]) -> None:
        self.source, self.id, self.name = source, arm_id, name
        self.container = source.add(AssetKind.SOURCE, arm_id, name, platform="azure_ml")
        for collection, kind, part in listed:
            source.lists(f"{name}/{collection}", kind, qualified_names.azure(arm_id, part) + "/")

    def unread(self, collection: str, **how: Any) -> None:
        self.source.unread(f"{self.name}/{collection}", **how)

    def named(self, *parts: str) -> str:
        return qualified_names.azure(self.id, *parts)

    def experiment(self, name: str, stage: str = "active") -> str:
        return self._add(AssetKind.EXPERIMENT, name, "experiments", name, lifecycle_stage=stage)

    def data(self, one: Data) -> str:
        """A data asset, as its listing has it; without an address where nobody says where it lies."""
        return self._add(AssetKind.DATASET, one.name, "data", one.name, "versions", "1", source_uri=one.uri)

    def run(
        self,
        run: str,
        experiment: str,
        *,
        stage: str = "active",
        data: Iterable[Data] = (),
        metrics: Mapping[str, float] | None = None,
        parent: str | None = None,
        tags: Mapping[str, str] | None = None,
        secrets: int = 0,
        **columns: Any,
    ) -> str:
        name = self._add(
            AssetKind.RUN, run, "jobs", run, secrets_removed=secrets,
            experiment=self.named("experiments", experiment), lifecycle_stage=stage, job_type="command",
            metrics_json=json_text.dump(dict(metrics or {})), tags_json=json_text.dump(dict(tags or {})), **columns,
        )  # fmt: skip
        for one in data:
            stated = {"context": one.context} if one.context else {}
            self.source.relate(Relation.DATASET_USED_BY_RUN, self.data(one), name, "job input", **stated)
        if parent:
            self.source.relate(Relation.CHILD_OF_RUN, name, self.named("jobs", parent), "parent named by the job")
        return name

    def model(self, name: str, tags: Mapping[str, str], *, description: str | None = None, secrets: int = 0) -> str:
        return self._add(
            AssetKind.MODEL, name, "models", name,
            tags_json=json_text.dump(dict(tags)), aliases_json="{}", description=description, secrets_removed=secrets,
        )  # fmt: skip

    def version(
        self,
        model: str,
        number: int = 1,
        *,
        run: str | None = None,
        rule: str = "jobName",
        tags: Mapping[str, str] | None = None,
        secrets: int = 0,
        **columns: Any,
    ) -> str:
        name = self._add(
            AssetKind.MODEL_VERSION, f"{model} v{number}", "models", model, "versions", str(number),
            model=self.named("models", model), model_name=model, version=number, aliases_json="[]",
            tags_json=json_text.dump(dict(tags or {})), secrets_removed=secrets, **{"run_id": run, **columns},
        )  # fmt: skip
        self.source.relate(Relation.VERSION_OF_MODEL, name, self.named("models", model))
        if run:
            self.source.relate(Relation.RUN_PRODUCED_VERSION, self.named("jobs", run), name, rule)
        return name

    def governed(
        self, model: str, chain: Chain = SOUND, number: int = 1, *, traffic: int | None = 100, **stated: Any
    ) -> str:
        """As everywhere; it serves behind the endpoint MODEL-api, unless traffic is None."""
        name = super().governed(model, chain, number, **stated)
        if traffic is not None:
            self.deployment(self.endpoint(f"{model}-api"), f"{model}-api / v{number}", name, traffic)
        return name

    def endpoint(self, name: str, kind: str = "online", **stated: Any) -> str:
        access = self.source.access(name, **{key: stated.pop(key) for key in [*stated] if key in _ACCESS})
        return self._add(AssetKind.ENDPOINT, name, f"{kind}Endpoints", name, endpoint_type=kind, **access, **stated)

    def deployment(
        self,
        endpoint: str,
        title: str,
        model: str | None,
        traffic: int | None = 100,
        *,
        mirror: int | None = None,
        kind: str = "online",
        reference: str | None = None,
        **stated: Any,
    ) -> str:
        """title: "ENDPOINT / NAME". model: qualified name of what it deploys. reference: as it states that."""
        name = qualified_names.azure_part(endpoint, "deployments", title.rsplit("/ ", 1)[-1])
        self.source.add(
            AssetKind.DEPLOYMENT, name, title, self.container, qualified_name=name, endpoint=endpoint,
            deployment_type=kind, traffic=traffic, mirror_traffic=mirror,
            model_reference=reference or model, **{"tags_json": "{}", **stated},
        )  # fmt: skip
        if model:
            self.source.relate(Relation.MODEL_DEPLOYED_IN, model, name, "model: its id")
        share(self.source, name, endpoint, traffic, mirror)
        return name

    def _add(self, kind: AssetKind, title: str, *path: str, **columns: Any) -> str:
        arm_id = "/".join([self.id, *path])
        columns = {"tags_json": "{}", **columns}
        return self.source.add(kind, arm_id, title, self.container, qualified_name=self.named(*path), **columns)


_ACCESS = ("runs_as", "principals_json", "caller_auth", "static_keys", "public_network")
