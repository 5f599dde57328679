"""Small snapshots by hand, for tests of the pure stages: only what a test is about is stated."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.model.relations import Relation
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot

COLLECTIONS = ("experiments", "registered_models", "model_versions", "logged_models", "runs")


class MlflowSnapshotBuilder:
    """Builds one snapshot. Methods return the qualified name of what they add."""

    def __init__(self, folder: Path, source: str = "s", address: str = "http://mlflow.example.com") -> None:
        self.source, self.address = source, address
        self.writer = SnapshotWriter(Folder(str(folder / source)), source)
        for collection in COLLECTIONS:
            self.writer.state(collection).pages = 1

    def experiment(self, experiment_id: str = "1", stage: str = "active") -> str:
        name = qualified_names.experiment(self.source, experiment_id)
        columns = {"name": f"exp {experiment_id}", "lifecycle_stage": stage, "tags_json": "{}"}
        self._add(AssetKind.EXPERIMENT, name, experiment_id, **columns)
        return name

    def run(
        self,
        run_id: str,
        *,
        experiment: str = "1",
        stage: str = "active",
        datasets: Iterable[tuple[str, str | None]] = (("sales", "training"),),
        parent: str | None = None,
        uri: str | None = "s3://bucket/data",
        metrics: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
        **columns: Any,
    ) -> str:
        run = qualified_names.run(self.source, run_id)
        self._add(
            AssetKind.RUN,
            run,
            run_id,
            name=run_id,
            experiment=qualified_names.experiment(self.source, experiment),
            lifecycle_stage=stage,
            metrics_json=json_text.dump({"auc": 1.0} if metrics is None else metrics),
            tags_json=json_text.dump(tags or {}),
            params_json="{}",
            **columns,
        )
        for dataset_name, context in datasets:
            dataset = qualified_names.dataset(self.source, dataset_name, "d1", uri or "")
            self._add(AssetKind.DATASET, dataset, dataset_name, name=dataset_name, digest="d1", source_uri=uri)
            attributes = {"context": context} if context else None
            self.relate(Relation.DATASET_USED_BY_RUN, dataset, run, stated_by=run, attributes=attributes)
        if parent:
            self.relate(Relation.CHILD_OF_RUN, run, qualified_names.run(self.source, parent), stated_by=run)
        return run

    def version(
        self,
        model: str,
        number: int = 1,
        *,
        run: str | None = "r1",
        aliases: Iterable[str] = ("champion",),
        tags: dict[str, str] | None = None,
        model_tags: dict[str, str] | None = None,
        description: str | None = "what it is for",
        **columns: Any,
    ) -> str:
        owner = qualified_names.model(self.source, model)
        stated = {"governance.owner": "ana", "governance.use_case": "UC-1"} if model_tags is None else model_tags
        self._add(AssetKind.MODEL, owner, model, name=model, tags_json=json_text.dump(stated), aliases_json="{}")
        version = qualified_names.model_version(self.source, model, str(number))
        self._add(
            AssetKind.MODEL_VERSION,
            version,
            f"{model}/{number}",
            name=f"{model} v{number}",
            model=owner,
            model_name=model,
            version=number,
            description=description,
            tags_json=json_text.dump(tags or {}),
            aliases_json=json_text.dump(sorted(aliases)),
            run_id=run,
            **columns,
        )
        if run:
            self.relate(
                Relation.RUN_PRODUCED_VERSION, qualified_names.run(self.source, run), version, stated_by=version
            )
        return version

    def relate(self, kind: Relation, from_name: str, to_name: str, **options: Any) -> None:
        self.writer.relate(kind, from_name, to_name, rule=options.pop("rule", "said so"), **options)

    def unread(self, collection: str, state: ReadStatus = ReadStatus.FAILED) -> None:
        self.writer.state(collection).state = state
        self.writer.state(collection).reason = "it broke off"

    def snapshot(self) -> Snapshot:
        return self.writer.close({"platform": "mlflow", "address": self.address, "calls": 5})

    def _add(self, kind: AssetKind, qualified_name: str, native_id: str, **columns: Any) -> None:
        common = {"qualified_name": qualified_name, "native_id": native_id, "secrets_removed": 0}
        self.writer.add(kind, {**common, **columns})
