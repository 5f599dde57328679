"""Azure ML workspaces by hand, for tests of what may be concluded from what was read and what was not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.model.relations import Relation
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot

SUBSCRIPTION = "/subscriptions/s1"
_LISTINGS = {
    "models": (AssetKind.MODEL, "models"),
    "model_versions": (AssetKind.MODEL_VERSION, "models"),
    "endpoints": (AssetKind.ENDPOINT, "onlineEndpoints"),
    "deployments": (AssetKind.DEPLOYMENT, "onlineEndpoints"),
}


def workspace_id(name: str) -> str:
    return f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/{name}"


def version_name(workspace: str, model: str, version: int) -> str:
    return qualified_names.azure(workspace_id(workspace), "models", model, "versions", str(version))


def endpoint_name(workspace: str, endpoint: str = "ep") -> str:
    return qualified_names.azure(workspace_id(workspace), "onlineEndpoints", endpoint)


class WorkspacesSnapshotBuilder:
    """One snapshot of several workspaces. unread: collections such as "w1/endpoints" that could not be read."""

    def __init__(
        self, folder: Path, listed: Iterable[str] = ("w1", "w2"), unread: Iterable[str] = (), source: str = "azureml"
    ) -> None:
        self.writer = SnapshotWriter(Folder(str(folder / source)), source)
        failed = set(unread)
        self._collection("workspaces", AssetKind.SOURCE, qualified_names.azure(SUBSCRIPTION) + "/", failed)
        for workspace in listed:
            self._add(
                AssetKind.SOURCE,
                qualified_names.azure(workspace_id(workspace)),
                workspace_id(workspace),
                name=workspace,
            )
            for listing, (kind, part) in _LISTINGS.items():
                covers = qualified_names.azure(workspace_id(workspace), part) + "/"
                self._collection(f"{workspace}/{listing}", kind, covers, failed)

    def version(self, workspace: str, model: str = "m", version: int = 1, tags: Mapping[str, str] | None = None) -> str:
        holder = qualified_names.azure(workspace_id(workspace), "models", model)
        self._add(AssetKind.MODEL, holder, model, name=model, tags_json="{}")
        name = version_name(workspace, model, version)
        columns = {"model": holder, "model_name": model, "version": version, "aliases_json": "[]"}
        said = json_text.dump({"governance.record": f"{workspace}/{model}", **(tags or {})})
        self._add(AssetKind.MODEL_VERSION, name, model, name=f"{model} v{version}", tags_json=said, **columns)
        return name

    def serve(self, workspace: str, version: str, percent: int, endpoint: str = "ep", mirror: int = 0) -> str:
        name = endpoint_name(workspace, endpoint)
        deployment = qualified_names.azure_part(name, "deployments", f"d{percent}-{mirror}")
        self._add(AssetKind.ENDPOINT, name, endpoint, name=endpoint, endpoint_type="online")
        self._add(AssetKind.DEPLOYMENT, deployment, "d", name="d", endpoint=name)
        self.writer.relate(Relation.MODEL_DEPLOYED_IN, version, deployment, rule="model id", stated_by=deployment)
        split = {"traffic": percent, "mirror_traffic": mirror}
        self.writer.relate(
            Relation.DEPLOYMENT_OF_ENDPOINT, deployment, name, rule="its path", stated_by=deployment, attributes=split
        )
        return name

    def snapshot(self) -> Snapshot:
        return self.writer.close({"platform": "azure_ml", "address": "https://management.azure.com", "calls": 1})

    def _collection(self, name: str, kind: AssetKind, covers: str, failed: set[str]) -> None:
        state = self.writer.state(name, kind=kind, covers=covers)
        if name in failed:
            state.state, state.reason = ReadStatus.FAILED, "403"

    def _add(self, kind: AssetKind, qualified_name: str, native_id: str, **columns: object) -> None:
        common = {"qualified_name": qualified_name, "native_id": native_id, "secrets_removed": 0}
        self.writer.add(kind, {**common, **columns})
