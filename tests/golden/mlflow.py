"""An MLflow server by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from include.governance.model import json_text, qualified_names
from include.governance.model.assets import COLLECTION_OF, AssetKind
from include.governance.model.relations import Relation
from tests.golden.chain import Data, Registry
from tests.golden.sources import Source

_LISTED = (AssetKind.EXPERIMENT, AssetKind.RUN, AssetKind.LOGGED_MODEL, AssetKind.MODEL, AssetKind.MODEL_VERSION)


class Mlflow(Source, Registry):
    def __init__(self, name: str) -> None:
        super().__init__(name, "mlflow", f"https://{name}.example.com")
        for kind in _LISTED:
            self.lists(COLLECTION_OF[kind], kind, qualified_names.everything_of(name))

    def experiment(self, name: str, stage: str = "active") -> str:
        return self._add(
            AssetKind.EXPERIMENT, qualified_names.experiment(self.source, name), name, lifecycle_stage=stage
        )

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
            AssetKind.RUN, qualified_names.run(self.source, run), run, secrets,
            experiment=qualified_names.experiment(self.source, experiment), lifecycle_stage=stage,
            metrics_json=json_text.dump(dict(metrics or {})), tags_json=json_text.dump(dict(tags or {})), **columns,
        )  # fmt: skip
        for one in data:
            dataset = qualified_names.dataset(self.source, one.name, "digest-1", one.uri or "")
            self._add(AssetKind.DATASET, dataset, one.name, digest="digest-1", source_uri=one.uri)
            stated = {"context": one.context} if one.context else {}
            self.relate(Relation.DATASET_USED_BY_RUN, dataset, name, "dataset input", **stated)
        if parent:
            self.relate(Relation.CHILD_OF_RUN, name, qualified_names.run(self.source, parent), "tag mlflow.parentRunId")
        return name

    def model(self, name: str, tags: Mapping[str, str], *, description: str | None = None, secrets: int = 0) -> str:
        return self._add(
            AssetKind.MODEL, qualified_names.model(self.source, name), name, secrets,
            tags_json=json_text.dump(dict(tags)), aliases_json="{}", description=description,
        )  # fmt: skip

    def version(
        self,
        model: str,
        number: int = 1,
        *,
        run: str | None = None,
        rule: str = "version's run id",
        aliases: Iterable[str] = ("champion",),
        tags: Mapping[str, str] | None = None,
        secrets: int = 0,
        **columns: Any,
    ) -> str:
        name = self._add(
            AssetKind.MODEL_VERSION, qualified_names.model_version(self.source, model, str(number)),
            f"{model} v{number}",
            secrets,
            model=qualified_names.model(self.source, model), model_name=model, version=number,
            aliases_json=json_text.dump(sorted(aliases)), tags_json=json_text.dump(dict(tags or {})),
            **{"run_id": run, **columns},
        )  # fmt: skip
        self.relate(Relation.VERSION_OF_MODEL, name, qualified_names.model(self.source, model))
        if run:
            self.relate(Relation.RUN_PRODUCED_VERSION, qualified_names.run(self.source, run), name, rule)
        return name

    def logged_model(self, model_id: str, run: str, metrics: Mapping[str, float] | None = None) -> None:
        """A logged model, of which a version is registered from the pages: the version itself names no run."""
        name = qualified_names.logged_model(self.source, model_id)
        self._add(
            AssetKind.LOGGED_MODEL, name, model_id, source_run_id=run, metrics_json=json_text.dump(dict(metrics or {}))
        )
        self.relate(Relation.RUN_PRODUCED_LOGGED_MODEL, qualified_names.run(self.source, run), name)

    def _add(self, kind: AssetKind, qualified_name: str, title: str, secrets: int = 0, **columns: Any) -> str:
        columns = {"link": None, "secrets_removed": secrets, **columns}
        return self.add(kind, title, title, qualified_name=qualified_name, **columns)
