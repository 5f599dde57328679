"""What depends on what: relations with the rule that found them, and rows for things known by reference only.

A model version's job, in this order: its `jobName`; a job named in its address; a job's output that became this asset;
the run that the workspace's MLflow states; last, and marked as a guess, a run id in a storage path. What was uploaded
from files has none of them, and no relation is made up for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from ..azure.fields import ArmFields, last_segment
from ..fields import part
from ..writer import SnapshotWriter
from . import jobs, references
from .containers import Container
from .storage import Storage


class Target(NamedTuple):
    """A model that something refers to. publisher: of a base model."""

    name: str
    rule: str
    title: str
    version: str | None
    publisher: str | None


class Lineage:
    """Writes the relations of one read. Rows of things that are only referred to are written once."""

    def __init__(
        self, writer: SnapshotWriter, fields: ArmFields, storage: Storage, workspaces: references.Workspaces
    ) -> None:
        self.writer, self.fields, self.storage, self.workspaces = writer, fields, storage, workspaces
        self.registries: set[str] = set()  # names, in lower case, of those in scope: models of others are base models
        self._referred: dict[str, Row] = {}
        self._producers: dict[str, str] = {}

    def of_job(
        self, item: Mapping[str, Any], row: Row, container: Container, parent_rule: str, more_datasets: int = 0
    ) -> bool:
        """Writes a job's row, filled with its environment, component and count of datasets, and all that it states.

        False if it was already written. Raises Malformed before anything of the job is written.
        """
        properties, run = part(item, "properties"), row["qualified_name"]
        used, produced, steps = (
            list(jobs.uses(properties)),
            list(jobs.outputs(properties)),
            list(jobs.nodes(properties)),
        )
        data = self._data_of(used, container)
        row["environment"] = self.environment(jobs.environment_of(properties), container)
        row["component"] = self._component(properties.get("componentId"), container)
        row["dataset_count"] = len({name for name, _ in data}) + more_datasets
        if not self.writer.add(AssetKind.RUN, row):
            return False
        self.in_experiment(run, row["experiment"], jobs.experiment_name(properties), container)
        if row["parent_run_id"]:
            self.child(run, row["parent_run_id"], container, parent_rule)
        for (name, _), (rule, attributes) in data.items():
            self._relate_use(Relation.DATASET_USED_BY_RUN, (name, rule), run, attributes)
        self._models_of(used, properties, run, container)
        self._relate_outputs(produced, row, container)
        self._definition(row, steps, container)
        return True

    def in_experiment(
        self, run: str, experiment: str, name: str, container: Container, rule: str = "experimentName"
    ) -> None:
        """Relates a run to its experiment, and writes that experiment's row if there is none."""
        if not self.writer.has(AssetKind.EXPERIMENT, experiment):
            self.writer.add(AssetKind.EXPERIMENT, self._experiment(experiment, name, container))
        self.writer.relate(Relation.RUN_IN_EXPERIMENT, run, experiment, rule=rule, stated_by=run)

    def child(self, run: str, parent_name: str, container: Container, rule: str) -> None:
        """Relates a run to its parent."""
        parent = qualified_names.azure(container.id, "jobs", parent_name)
        if parent != run:
            self.writer.relate(Relation.CHILD_OF_RUN, run, parent, rule=rule, stated_by=run)

    def dataset(self, reference: str, container: Container) -> tuple[str, str] | None:
        """(qualified name, rule) of the data that a reference names; it gets a row at the end in any case."""
        if asset := references.asset(reference, container.id, self.workspaces, "data"):
            self._referred.setdefault(asset.qualified_name, self._unlisted_data(asset))
            return asset.qualified_name, asset.rule
        if stored := references.path(reference, container.id, self.workspaces):
            return self._stored(stored, reference), stored.rule
        return None

    def model(self, reference: object, container: Container) -> Target | None:
        """The model version that a reference names; a base model where its registry is somebody else's."""
        asset = references.asset(reference, container.id, self.workspaces, "models")
        if asset is None or asset.type != "models":
            return None
        foreign = asset.registry is not None and asset.registry.lower() not in self.registries
        name = self._base_model(asset) if foreign else asset.qualified_name
        return Target(name, asset.rule, asset.title, asset.version, asset.registry if foreign else None)

    def origin(self, row: Row, properties: Mapping[str, Any], mlflow_run: str | None) -> tuple[str, str, bool] | None:
        """(job name, rule, heuristic) behind a model version; None where none is recorded."""
        stated, in_uri = properties.get("jobName"), references.job_in(properties.get("modelUri"))
        if isinstance(stated, str) and stated:
            return stated, "jobName", False
        if in_uri and not in_uri[2]:
            return in_uri
        if producer := self._producers.get(row["qualified_name"]):
            return producer, "job output asset", False
        if mlflow_run:
            return mlflow_run, "MLflow model version's run", False
        return in_uri

    def of_version(
        self, row: Row, properties: Mapping[str, Any], origin: tuple[str, str, bool] | None, container: Container
    ) -> None:
        """VERSION_OF_MODEL, RUN_PRODUCED_VERSION, VERSION_COPIED_FROM."""
        version, relate = row["qualified_name"], self.writer.relate
        relate(Relation.VERSION_OF_MODEL, version, row["model"], rule="registry entry", stated_by=version)
        if origin:
            job, rule, heuristic = origin
            run = qualified_names.azure(container.id, "jobs", job)
            relate(Relation.RUN_PRODUCED_VERSION, run, version, rule=rule, heuristic=heuristic, stated_by=version)
        copied = references.asset(properties.get("originAssetId"), container.id, self.workspaces, "models")
        if copied:
            relate(
                Relation.VERSION_COPIED_FROM, version, copied.qualified_name, rule="originAssetId", stated_by=version
            )

    def of_deployment(self, row: Row, container: Container, environment: object = None) -> None:
        """Writes a deployment's row with its model and environment, DEPLOYMENT_OF_ENDPOINT, MODEL_DEPLOYED_IN,
        ENVIRONMENT_USED_BY_DEPLOYMENT.
        """
        deployment, relate = row["qualified_name"], self.writer.relate
        used, target = self.environment(environment, container), self.model(row["model_reference"], container)
        row["environment"] = used
        if target:
            row["model_name"], row["model_version"] = self.fields.text(target.title), self.fields.text(target.version)
            row["model_publisher"] = self.fields.text(target.publisher)
        if not self.writer.add(AssetKind.DEPLOYMENT, row):
            return
        relate(
            Relation.DEPLOYMENT_OF_ENDPOINT,
            deployment,
            row["endpoint"],
            rule="endpoint's deployment",
            stated_by=deployment,
            attributes={key: row[key] for key in ("traffic", "mirror_traffic") if row.get(key) is not None},
        )
        if target:
            rule = f"model: {target.rule}"
            relate(Relation.MODEL_DEPLOYED_IN, target.name, deployment, rule=rule, stated_by=deployment)
        if used:
            kind = Relation.ENVIRONMENT_USED_BY_DEPLOYMENT
            relate(kind, used, deployment, rule="environmentId", stated_by=deployment)

    def environment(self, reference: object, container: Container) -> str | None:
        """Qualified name; the row is made of the reference alone, which costs no request."""
        return self._referred_asset(
            AssetKind.ENVIRONMENT, references.asset(reference, container.id, self.workspaces, "environments")
        )

    def finish(self) -> None:
        """Rows for data that is referred to but in no listing: of other workspaces, of registries, removed."""
        for name, row in sorted(self._referred.items()):
            if not self.writer.has(AssetKind.DATASET, name):
                self.writer.add(AssetKind.DATASET, row)

    def _data_of(self, used: list[jobs.Use], container: Container) -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
        """(qualified name, context) -> (rule, attributes); two inputs with the same data are one use of it."""
        data: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
        for use in used:
            if not use.is_model and (dataset := self.dataset(use.reference, container)):
                attributes = {"context": use.context, "input": use.name}
                data.setdefault((dataset[0], use.context), (dataset[1], attributes))
        return data

    def _models_of(self, used: list[jobs.Use], properties: Mapping[str, Any], run: str, container: Container) -> None:
        stated = [(use.name, use.reference) for use in used if use.is_model]
        if parent := jobs.parent_model(properties):
            stated.append(("parent model", parent))
        for name, reference in stated:
            if target := self.model(reference, container):
                self._relate_use(Relation.MODEL_USED_BY_RUN, (target.name, target.rule), run, {"input": name})

    def _relate_use(self, kind: Relation, target: tuple[str, str], run: str, attributes: dict[str, str]) -> None:
        attributes = {key: self.fields.text(value) or "" for key, value in attributes.items()}
        self.writer.relate(kind, target[0], run, rule=target[1], stated_by=run, attributes=attributes)

    def _relate_outputs(self, produced: list[jobs.Output], row: Row, container: Container) -> None:
        run = row["qualified_name"]
        for output in produced:
            if output.asset and output.version:
                kind = "models" if output.is_model else "data"
                name = qualified_names.azure_part(container.assets, kind, output.asset, "versions", output.version)
                if output.is_model:  # its version says so, once it is read
                    self._producers.setdefault(name, row["native_id"])
                else:
                    self._relate_made(name, "job output asset", run, output)
                continue
            stored = references.path(output.uri, container.id, self.workspaces)
            if stored and not output.is_model and output.name != "default":
                self._relate_made(self._stored(stored, output.uri or ""), stored.rule, run, output)

    def _relate_made(self, name: str, rule: str, run: str, output: jobs.Output) -> None:
        attributes = {"output": self.fields.text(output.name) or ""}
        self.writer.relate(Relation.RUN_PRODUCED_DATASET, run, name, rule=rule, stated_by=run, attributes=attributes)

    def _definition(self, row: Row, steps: list[jobs.Node], container: Container) -> None:
        run, relate = row["qualified_name"], self.writer.relate
        if row["environment"]:
            relate(Relation.ENVIRONMENT_USED_BY_RUN, row["environment"], run, rule="environmentId", stated_by=run)
        components: dict[str, tuple[str, str | None]] = {}
        if row["component"]:
            components[row["component"]] = ("componentId", None)
        for node in steps:
            if component := self._component(node.component, container):
                components.setdefault(component, ("pipeline node", node.name))
        for component, (rule, node_name) in components.items():
            attributes = {"node": self.fields.text(node_name) or ""} if node_name else None
            relate(Relation.COMPONENT_USED_BY_RUN, component, run, rule=rule, stated_by=run, attributes=attributes)

    def _component(self, reference: object, container: Container) -> str | None:
        return self._referred_asset(
            AssetKind.COMPONENT, references.asset(reference, container.id, self.workspaces, "components")
        )

    def _referred_asset(self, kind: AssetKind, asset: references.Asset | None) -> str | None:
        if asset is None:
            return None
        if not self.writer.has(kind, asset.qualified_name):
            row = self.fields.row(
                qualified_name=asset.qualified_name,
                native_id=asset.qualified_name,
                name=self.fields.text(asset.display_name),
                version=self.fields.text(asset.version),
                container=asset.container,
            )
            self.writer.add(kind, row)
        return asset.qualified_name

    def _base_model(self, asset: references.Asset) -> str:
        registry, version = asset.registry or "", asset.version or ""
        name = qualified_names.base_model(registry, asset.title, version)
        if not self.writer.has(AssetKind.BASE_MODEL, name):
            row = self.fields.row(
                qualified_name=name,
                native_id=asset.qualified_name,
                name=self.fields.text(asset.display_name),
                publisher=self.fields.text(registry),
                model_name=self.fields.text(asset.title),
                version=self.fields.text(version),
            )
            self.writer.add(AssetKind.BASE_MODEL, row)
        return name

    def _stored(self, stored: references.Path, stated: str) -> str:
        name = self.storage.identity_of(stored, stated)
        if not self.writer.has(AssetKind.DATASET, name):
            address = self.storage.address(stored, stated)
            row = self.fields.row(
                qualified_name=name,
                native_id=self.fields.text(address),
                name=self.fields.text(last_segment(address.partition("?")[0]) or address),
                source_type=stored.rule,
                source_uri=self.fields.text(address),
            )
            self.writer.add(AssetKind.DATASET, row)
            if stored.datastore:
                self.in_datastore(name, stored.datastore, stored.rule)
        return name

    def in_datastore(self, dataset: str, datastore: str, rule: str) -> None:
        """Relates data to the datastore that it is in."""
        self.writer.relate(Relation.DATASET_IN_DATASTORE, dataset, datastore, rule=rule, stated_by=dataset)

    def _unlisted_data(self, asset: references.Asset) -> Row:
        return self.fields.row(
            qualified_name=asset.qualified_name,
            native_id=asset.qualified_name,
            name=self.fields.text(asset.display_name),
            version=self.fields.text(asset.version),
            container=asset.container,
        )

    def _experiment(self, experiment: str, name: str, container: Container) -> Row:
        return self.fields.row(
            qualified_name=experiment,
            native_id=self.fields.text(name),
            name=self.fields.text(name),
            lifecycle_stage="active",
            container=container.qualified_name,
            link=container.link("experiments", name),
        )
