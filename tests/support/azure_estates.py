"""A small Azure estate as snapshots by hand: a workspace and a Foundry account, as their readers state them.

data v1 -> job -> credit v3 -> blue, 90% -> credit-api          (a fraud model fine-tuned from it, green, 10%)
gpt-4o  -> deployment -> its endpoint -> desk v2 -> desk <- policies (index)
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from include.governance.config.models import Publish
from include.governance.config.register import Register
from include.governance.estate import Estate
from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.relations import Relation
from include.governance.model.tables import ACCESS, EVIDENCE, FINDINGS, LINKS, PROMOTIONS, RECORDS, VERDICTS
from include.governance.plan import Published, desired
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.judgement import Judgement
from include.governance.staging.plan import Key
from include.governance.staging.records import Records
from include.governance.staging.snapshot import Snapshot

GROUP = "/subscriptions/S-1/resourceGroups/rg-ai/providers"
ML = f"{GROUP}/Microsoft.MachineLearningServices/workspaces"
COGNITIVE = f"{GROUP}/Microsoft.CognitiveServices/accounts"


@dataclass
class SnapshotBuilder:
    """What one source has read, to be changed by tests; `snapshot` writes it in any order of its rows."""

    source: str
    platform: str
    rows: list[tuple[AssetKind, dict[str, Any]]] = field(default_factory=list)
    edges: list[tuple[Relation, str, str, dict[str, Any]]] = field(default_factory=list)
    listings: dict[str, tuple[AssetKind, str]] = field(default_factory=dict)

    def add(self, kind: AssetKind, arm_id: str, name: str, container: str = "", **columns: Any) -> str:
        qualified_name = columns.pop("qualified_name", None) or qualified_names.azure(arm_id)
        placed = {"container": container or None, "link": f"https://portal.example/{name}", "archived": False}
        row = {"qualified_name": qualified_name, "native_id": arm_id, "name": name, "secrets_removed": 0}
        self.rows.append((kind, {**row, **placed, **columns}))
        return qualified_name

    def relate(self, kind: Relation, from_name: str, to_name: str, rule: str = "stated", **attributes: Any) -> None:
        self.edges.append((kind, from_name, to_name, {"rule": rule, "attributes": attributes or None}))

    def lists(self, collection: str, kind: AssetKind, covers: str) -> None:
        self.listings[collection] = (kind, covers)

    def writer(self, folder: Path, shuffle: int = 0) -> SnapshotWriter:
        writer = SnapshotWriter(Folder(str(folder / f"{self.source}-{shuffle}")), self.source)
        chance = random.Random(shuffle)
        rows, edges = list(self.rows), list(self.edges)
        if shuffle:
            chance.shuffle(rows)
            chance.shuffle(edges)
        for collection, (kind, covers) in self.listings.items():
            writer.state(collection, kind=kind, covers=covers).pages = 1
        for kind, row in rows:
            writer.add(kind, row)
        for relation, from_name, to_name, options in edges:
            writer.relate(relation, from_name, to_name, stated_by=to_name, **options)
        return writer

    def snapshot(self, folder: Path, shuffle: int = 0) -> Snapshot:
        return closed(self.writer(folder, shuffle), self.platform)


def closed(writer: SnapshotWriter, platform: str) -> Snapshot:
    address = "https://management.azure.com/subscriptions/S-1"
    said = {"address": address, "read_at": "2026-03-02T02:00:05+00:00", "calls": 12, "retries": 0, "seconds": 1.5}
    return writer.close({"platform": platform, "seconds_waiting": 0.5, "remaining_reads": 11_900, **said})


class AzureMlSnapshotBuilder(SnapshotBuilder):
    """Workspace ws-TAG: data, a job of a pipeline, two models, one fine-tuned from the other, an endpoint."""

    def __init__(self, tag: str = "risk", source: str = "azure-ml") -> None:
        super().__init__(source, "azure_ml")
        self.id = f"{ML}/ws-{tag}"
        self.workspace = self.add(
            AssetKind.SOURCE, self.id, f"ws-{tag}", platform="azure_ml", subtype="workspace", location="westeurope"
        )
        self._lists()
        self._runs()
        self._models()
        self._serving()

    def _lists(self) -> None:
        self.lists("workspaces", AssetKind.SOURCE, qualified_names.azure("/subscriptions/S-1") + "/")
        for listing, kind, part in (
            ("jobs", AssetKind.RUN, "jobs"),
            ("data", AssetKind.DATASET, "data"),
            ("models", AssetKind.MODEL, "models"),
            ("model_versions", AssetKind.MODEL_VERSION, "models"),
            ("online_endpoints", AssetKind.ENDPOINT, "onlineEndpoints"),
            ("online_deployments", AssetKind.DEPLOYMENT, "onlineEndpoints"),
            ("connections", AssetKind.CONNECTION, "connections"),
        ):
            self.lists(
                f"{self.workspace.rsplit('/', 1)[-1]}/{listing}", kind, qualified_names.azure(self.id, part) + "/"
            )

    def _in(self, kind: AssetKind, path: str, name: str, **columns: Any) -> str:
        return self.add(kind, f"{self.id}/{path}", name, self.workspace, **columns)

    def _runs(self) -> None:
        self.experiment = self.add(
            AssetKind.EXPERIMENT, "credit", "credit", self.workspace,
            qualified_name=qualified_names.azure(self.id, "experiments", "credit"), lifecycle_stage="active",
        )  # fmt: skip
        self.data = self._in(
            AssetKind.DATASET, "data/loans/versions/1", "loans", version="1", source_uri="https://store.example/loans",
        )  # fmt: skip
        self.raw = self._in(AssetKind.DATASET, "data/raw/versions/7", "raw", version="7")
        self.unused = self._in(AssetKind.DATASET, "data/unused/versions/1", "unused", version="1")
        run = {"experiment": self.experiment, "status": "Completed", "lifecycle_stage": "active"}
        self.pipeline = self._in(AssetKind.RUN, "jobs/pipe-1", "credit pipeline", job_type="pipeline", **run)
        self.job = self._in(AssetKind.RUN, "jobs/train-1", "train credit", job_type="command", environment="ENV", **run)
        self.tuning = self._in(AssetKind.RUN, "jobs/tune-1", "tune fraud", job_type="fine_tuning", **run)
        self.preparing = self._in(AssetKind.RUN, "jobs/prep-1", "prepare loans", job_type="spark", **run)
        self.idle = self._in(AssetKind.RUN, "jobs/idle-1", "idle", job_type="command", **run)
        self.environment = self._in(AssetKind.ENVIRONMENT, "environments/sk/versions/4", "sk", version="4")
        self.schedule = self._in(
            AssetKind.SCHEDULE,
            "schedules/nightly",
            "nightly",
            enabled=False,
            trigger="0 2 * * *",
            action="credit pipeline",
        )
        self.relate(Relation.CHILD_OF_RUN, self.job, self.pipeline)
        self.relate(Relation.DATASET_USED_BY_RUN, self.data, self.job, context="training")
        self.relate(Relation.DATASET_USED_BY_RUN, self.raw, self.preparing, context="raw")
        self.relate(Relation.RUN_PRODUCED_DATASET, self.preparing, self.data)
        self.relate(Relation.ENVIRONMENT_USED_BY_RUN, self.environment, self.job)

    def _models(self) -> None:
        self.model = self._in(AssetKind.MODEL, "models/credit", "credit")
        self.version = self._version("credit", "3", self.job)
        self.tuned_model = self._in(AssetKind.MODEL, "models/fraud", "fraud")
        self.tuned = self._version("fraud", "beta", self.tuning)
        self.relate(Relation.MODEL_USED_BY_RUN, self.version, self.tuning, "parent model")

    def _version(self, model: str, version: str, job: str) -> str:
        name = self._in(
            AssetKind.MODEL_VERSION, f"models/{model}/versions/{version}", f"{model} v{version}",
            model=qualified_names.azure(self.id, "models", model), model_name=model,
            version=int(version) if version.isdigit() else None,
        )  # fmt: skip
        self.relate(Relation.RUN_PRODUCED_VERSION, job, name, "jobName")
        return name

    def _serving(self) -> None:
        access = {"runs_as": "its own identity", "caller_auth": "keys", "static_keys": True}
        self.endpoint = self._in(
            AssetKind.ENDPOINT, "onlineEndpoints/credit-api", "credit-api", endpoint_type="online",
            traffic_json=json_text.dump({"blue": 90, "green": 10}), public_network="enabled", **access,
        )  # fmt: skip
        self.blue = self._deployment("blue", 90, self.version)
        self.green = self._deployment("green", 10, self.tuned)

    def _deployment(self, name: str, traffic: int, version: str) -> str:
        made = self._in(
            AssetKind.DEPLOYMENT, f"onlineEndpoints/credit-api/deployments/{name}", f"credit-api / {name}",
            deployment_type="online",
            endpoint=self.endpoint, traffic=traffic, state="Succeeded",
        )  # fmt: skip
        self.relate(Relation.MODEL_DEPLOYED_IN, version, made, "model id")
        self.relate(Relation.DEPLOYMENT_OF_ENDPOINT, made, self.endpoint, "parent", traffic=traffic)
        return made


class FoundrySnapshotBuilder(SnapshotBuilder):
    """Account TAG with one project: a gpt-4o deployment, an agent with three versions, an index and a connection."""

    def __init__(self, tag: str = "risk", source: str = "foundry", versions: int = 3) -> None:
        super().__init__(source, "ai_foundry")
        self.id = f"{COGNITIVE}/ai-{tag}"
        self.account = self.add(AssetKind.SOURCE, self.id, f"ai-{tag}", platform="ai_foundry", subtype="AIServices")
        self.project_id = f"{self.id}/projects/desk-{tag}"
        self.project = self.add(AssetKind.PROJECT, self.project_id, f"desk-{tag}", self.account, platform="ai_foundry")
        self.relate(Relation.PART_OF_SOURCE, self.project, self.account, "account of the project")
        self.lists("accounts", AssetKind.SOURCE, qualified_names.azure("/subscriptions/S-1") + "/")
        self.lists(f"ai-{tag}/projects", AssetKind.PROJECT, qualified_names.azure(self.id, "projects") + "/")
        self.lists(f"ai-{tag}/deployments", AssetKind.DEPLOYMENT, qualified_names.azure(self.id, "deployments") + "/")
        self.lists(f"desk-{tag}/agents", AssetKind.AGENT, qualified_names.azure(self.project_id, "agents") + "/")
        self.lists(
            f"desk-{tag}/agent_versions",
            AssetKind.AGENT_VERSION,
            qualified_names.azure(self.project_id, "agents") + "/",
        )
        self._model(tag)
        self._agent(versions)

    def _model(self, tag: str) -> None:
        self.base_model = self.add(
            AssetKind.BASE_MODEL, "", "gpt-4o",
            qualified_name=qualified_names.base_model(f"OpenAI {tag}", "gpt-4o", "2024-11-20"),
            model_name="gpt-4o", version="2024-11-20", publisher="OpenAI", link=None,
        )  # fmt: skip
        arm_id = f"{self.id}/deployments/chat"
        self.deployment = self.add(
            AssetKind.DEPLOYMENT, arm_id, "chat", self.account, deployment_type="model", traffic=100,
            model_name="gpt-4o", model_version="2024-11-20", sku="GlobalStandard", capacity=50,
        )  # fmt: skip
        self.endpoint = self.add(
            AssetKind.ENDPOINT, arm_id, "chat", self.account,
            qualified_name=qualified_names.azure_part(self.deployment, "endpoint"),
            endpoint_type="model", caller_auth="keys or Entra ID", static_keys=True,
        )  # fmt: skip
        self.relate(Relation.MODEL_DEPLOYED_IN, self.base_model, self.deployment, "model of the deployment")
        self.relate(Relation.DEPLOYMENT_OF_ENDPOINT, self.deployment, self.endpoint, traffic=100)

    def _agent(self, versions: int) -> None:
        self.agent = self.add(
            AssetKind.AGENT, "desk", "desk", self.project,
            qualified_name=qualified_names.azure(self.project_id, "agents", "desk"),
            latest_version=str(versions), state="enabled", published=True, runs_as="the identity of project desk",
        )  # fmt: skip
        self.index = self.add(
            AssetKind.DATASET, "policies", "policies", self.project, source_type="AzureAISearch", version="1",
            qualified_name=qualified_names.azure(self.project_id, "indexes", "policies", "versions", "1"),
        )  # fmt: skip
        self.connection = self.add(
            AssetKind.CONNECTION, f"{self.project_id}/connections/crm", "crm", self.project, category="ApiKey",
            auth_type="ApiKey", credential="static key", target="https://crm.example", shared=True,
        )  # fmt: skip
        self.versions = [self._agent_version(number, number == versions) for number in range(1, versions + 1)]

    def _agent_version(self, number: int, latest: bool) -> str:
        tools = [{"type": "openapi", "name": "refunds", "reaches": "https://crm.example", "connection": "crm"}]
        name = self.add(
            AssetKind.AGENT_VERSION, f"desk:{number}", f"desk v{number}", self.project,
            qualified_name=qualified_names.azure(self.project_id, "agents", "desk", "versions", str(number)),
            agent=self.agent, agent_name="desk", version=str(number), model="chat", is_latest=latest,
            tools_json=json_text.dump(tools), instructions_length=812,
        )  # fmt: skip
        self.relate(Relation.VERSION_OF_AGENT, name, self.agent)
        self.relate(Relation.ENDPOINT_USED_BY_AGENT_VERSION, self.endpoint, name, "deployment name")
        self.relate(Relation.DATASET_USED_BY_AGENT_VERSION, self.index, name)
        self.relate(Relation.CONNECTION_USED_BY_AGENT_VERSION, self.connection, name)
        return name


def access_row(qualified_name: str, **columns: Any) -> dict[str, Any]:
    return {**dict.fromkeys(ACCESS.names), "qualified_name": qualified_name, "label": "it", "width": 0, **columns}


def evidence_row(qualified_name: str, **columns: Any) -> dict[str, Any]:
    return {**dict.fromkeys(EVIDENCE.names), "qualified_name": qualified_name, "in_production": False, **columns}


def _frame(schema: pa.Schema, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=schema.names).astype(object) if rows else schema.empty_table().to_pandas()


def records_of(access: list[dict[str, Any]] | None = None, evidence: list[dict[str, Any]] | None = None) -> Records:
    return Records(
        _frame(EVIDENCE, evidence or []),
        RECORDS.empty_table().to_pandas(),
        PROMOTIONS.empty_table().to_pandas(),
        LINKS.empty_table().to_pandas(),
        access=_frame(ACCESS, access or []),
    )


UNJUDGED = Judgement(FINDINGS.empty_table().to_pandas(), VERDICTS.empty_table().to_pandas())


def wanted(
    *snapshots: Snapshot,
    records: Records | None = None,
    publish: Publish | None = None,
    held: tuple[Key, ...] = (),
) -> pa.Table:
    """What planning makes of the snapshots, with nothing judged."""
    return desired(
        Estate.of(snapshots), records or records_of(), UNJUDGED, Register(), publish or Publish(), Published(held)
    )


class Entities:
    """A desired table by key, as text decoded."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self.rows = {Key(row["type_name"], row["qualified_name"]): row for row in table.to_pylist()}

    def table(self) -> pa.Table:
        return self._table

    def all_keys(self) -> list[Key]:
        return sorted(self.rows)

    def attributes(self, type_name: str, qualified_name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json_text.load(self.rows[Key(type_name, qualified_name)]["attributes_json"])
        return found

    def references(self, type_name: str, qualified_name: str) -> dict[str, list[str]]:
        """attribute -> qualified names."""
        found = json_text.load(self.rows[Key(type_name, qualified_name)]["references_json"])
        return {attribute: sorted(target[1] for target in targets) for attribute, targets in found.items()}

    def marks(self, type_name: str, qualified_name: str) -> list[str]:
        return sorted(json_text.load(self.rows[Key(type_name, qualified_name)]["classifications_json"]))

    def of_type(self, type_name: str) -> list[str]:
        return [key.qualified_name for key in self.all_keys() if key.type_name == type_name]
