"""What stands behind what: relations with the rule that found them, and rows for things known by reference only.

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
from ..azure.fields import ArmFields, Row, last_segment
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
        self, item: Mapping[str, Any], row: Row, place: Container, parent_rule: str, more_datasets: int = 0
    ) -> bool:
        """Writes a job's row, filled with its environment, component and count of datasets, and all that it states.

        False when it is there already. Raises Malformed before anything of the job is written.
        """
        properties, run = part(item, "properties"), row["qualified_name"]
        used, made, steps = list(jobs.uses(properties)), list(jobs.outputs(properties)), list(jobs.nodes(properties))
        data = self._data_of(used, place)
        row["environment"] = self.environment(jobs.environment_of(properties), place)
        row["component"] = self._component(properties.get("componentId"), place)
        row["dataset_count"] = len({name for name, _ in data}) + more_datasets
        if not self.writer.add(AssetKind.RUN, row):
            return False
        self.in_experiment(run, row["experiment"], jobs.experiment_name(properties), place)
        if row["parent_run_id"]:
            self.child(run, row["parent_run_id"], place, parent_rule)
        for (name, _), (rule, attributes) in data.items():
            self._relate_use(Relation.DATASET_USED_BY_RUN, (name, rule), run, attributes)
        self._models_of(used, properties, run, place)
        self._made(made, row, place)
        self._definition(row, steps, place)
        return True

    def in_experiment(
        self, run: str, experiment: str, name: str, place: Container, rule: str = "experimentName"
    ) -> None:
        if not self.writer.has(AssetKind.EXPERIMENT, experiment):
            self.writer.add(AssetKind.EXPERIMENT, self._experiment(experiment, name, place))
        self.writer.relate(Relation.RUN_IN_EXPERIMENT, run, experiment, rule=rule, stated_by=run)

    def child(self, run: str, parent_name: str, place: Container, rule: str) -> None:
        parent = qualified_names.azure(place.id, "jobs", parent_name)
        if parent != run:
            self.writer.relate(Relation.CHILD_OF_RUN, run, parent, rule=rule, stated_by=run)

    def dataset(self, reference: str, place: Container) -> tuple[str, str] | None:
        """(qualified name, rule) of the data that a reference names; a row stands for it at the end in any case."""
        if found := references.asset(reference, place.id, self.workspaces, "data"):
            self._referred.setdefault(found.qualified_name, self._unlisted_data(found))
            return found.qualified_name, found.rule
        if stored := references.path(reference, place.id, self.workspaces):
            return self._stored(stored, reference), stored.rule
        return None

    def model(self, reference: object, place: Container) -> Target | None:
        """The model version that a reference names; a base model where its registry is somebody else's."""
        found = references.asset(reference, place.id, self.workspaces, "models")
        if found is None or found.type != "models":
            return None
        foreign = found.registry is not None and found.registry.lower() not in self.registries
        name = self._base_model(found) if foreign else found.qualified_name
        return Target(name, found.rule, found.title, found.version, found.registry if foreign else None)

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
        self, row: Row, properties: Mapping[str, Any], origin: tuple[str, str, bool] | None, place: Container
    ) -> None:
        """VERSION_OF_MODEL, RUN_PRODUCED_VERSION, VERSION_COPIED_FROM."""
        version, relate = row["qualified_name"], self.writer.relate
        relate(Relation.VERSION_OF_MODEL, version, row["model"], rule="registry entry", stated_by=version)
        if origin:
            job, rule, heuristic = origin
            run = qualified_names.azure(place.id, "jobs", job)
            relate(Relation.RUN_PRODUCED_VERSION, run, version, rule=rule, heuristic=heuristic, stated_by=version)
        copied = references.asset(properties.get("originAssetId"), place.id, self.workspaces, "models")
        if copied:
            relate(
                Relation.VERSION_COPIED_FROM, version, copied.qualified_name, rule="originAssetId", stated_by=version
            )

    def of_deployment(self, row: Row, place: Container, environment: object = None) -> None:
        """Writes a deployment's row with its model and environment, DEPLOYMENT_OF_ENDPOINT, MODEL_DEPLOYED_IN,
        ENVIRONMENT_USED_BY_DEPLOYMENT.
        """
        deployment, relate = row["qualified_name"], self.writer.relate
        used, target = self.environment(environment, place), self.model(row["model_reference"], place)
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

    def environment(self, reference: object, place: Container) -> str | None:
        """Qualified name; the row is made of the reference alone, which costs no request."""
        return self._referred_thing(
            AssetKind.ENVIRONMENT, references.asset(reference, place.id, self.workspaces, "environments")
        )

    def finish(self) -> None:
        """Rows for data that is referred to but in no listing: of other workspaces, of registries, removed."""
        for name, row in sorted(self._referred.items()):
            if not self.writer.has(AssetKind.DATASET, name):
                self.writer.add(AssetKind.DATASET, row)

    def _data_of(self, used: list[jobs.Use], place: Container) -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
        """(qualified name, context) -> (rule, attributes); two inputs with the same data are one use of it."""
        data: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
        for use in used:
            if not use.is_model and (found := self.dataset(use.reference, place)):
                attributes = {"context": use.context, "input": use.name}
                data.setdefault((found[0], use.context), (found[1], attributes))
        return data

    def _models_of(self, used: list[jobs.Use], properties: Mapping[str, Any], run: str, place: Container) -> None:
        stated = [(use.name, use.reference) for use in used if use.is_model]
        if parent := jobs.parent_model(properties):
            stated.append(("parent model", parent))
        for name, reference in stated:
            if target := self.model(reference, place):
                self._relate_use(Relation.MODEL_USED_BY_RUN, (target.name, target.rule), run, {"input": name})

    def _relate_use(self, kind: Relation, found: tuple[str, str], run: str, attributes: dict[str, str]) -> None:
        attributes = {key: self.fields.text(value) or "" for key, value in attributes.items()}
        self.writer.relate(kind, found[0], run, rule=found[1], stated_by=run, attributes=attributes)

    def _made(self, made: list[jobs.Output], row: Row, place: Container) -> None:
        run = row["qualified_name"]
        for output in made:
            if output.asset and output.version:
                kind = "models" if output.is_model else "data"
                name = qualified_names.azure_part(place.assets, kind, output.asset, "versions", output.version)
                if output.is_model:  # its version says so, once it is read
                    self._producers.setdefault(name, row["native_id"])
                else:
                    self._relate_made(name, "job output asset", run, output)
                continue
            stored = references.path(output.uri, place.id, self.workspaces)
            if stored and not output.is_model and output.name != "default":
                self._relate_made(self._stored(stored, output.uri or ""), stored.rule, run, output)

    def _relate_made(self, name: str, rule: str, run: str, output: jobs.Output) -> None:
        attributes = {"output": self.fields.text(output.name) or ""}
        self.writer.relate(Relation.RUN_PRODUCED_DATASET, run, name, rule=rule, stated_by=run, attributes=attributes)

    def _definition(self, row: Row, steps: list[jobs.Node], place: Container) -> None:
        run, relate = row["qualified_name"], self.writer.relate
        if row["environment"]:
            relate(Relation.ENVIRONMENT_USED_BY_RUN, row["environment"], run, rule="environmentId", stated_by=run)
        found: dict[str, tuple[str, str | None]] = {}
        if row["component"]:
            found[row["component"]] = ("componentId", None)
        for node in steps:
            if component := self._component(node.component, place):
                found.setdefault(component, ("pipeline node", node.name))
        for component, (rule, node_name) in found.items():
            attributes = {"node": self.fields.text(node_name) or ""} if node_name else None
            relate(Relation.COMPONENT_USED_BY_RUN, component, run, rule=rule, stated_by=run, attributes=attributes)

    def _component(self, reference: object, place: Container) -> str | None:
        return self._referred_thing(
            AssetKind.COMPONENT, references.asset(reference, place.id, self.workspaces, "components")
        )

    def _referred_thing(self, kind: AssetKind, found: references.Asset | None) -> str | None:
        if found is None:
            return None
        if not self.writer.has(kind, found.qualified_name):
            row = self.fields.row(
                qualified_name=found.qualified_name,
                native_id=found.qualified_name,
                name=self.fields.text(found.shown),
                version=self.fields.text(found.version),
                container=found.container,
            )
            self.writer.add(kind, row)
        return found.qualified_name

    def _base_model(self, found: references.Asset) -> str:
        registry, version = found.registry or "", found.version or ""
        name = qualified_names.base_model(registry, found.title, version)
        if not self.writer.has(AssetKind.BASE_MODEL, name):
            row = self.fields.row(
                qualified_name=name,
                native_id=found.qualified_name,
                name=self.fields.text(found.shown),
                publisher=self.fields.text(registry),
                model_name=self.fields.text(found.title),
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
        self.writer.relate(Relation.DATASET_IN_DATASTORE, dataset, datastore, rule=rule, stated_by=dataset)

    def _unlisted_data(self, found: references.Asset) -> Row:
        return self.fields.row(
            qualified_name=found.qualified_name,
            native_id=found.qualified_name,
            name=self.fields.text(found.shown),
            version=self.fields.text(found.version),
            container=found.container,
        )

    def _experiment(self, experiment: str, name: str, place: Container) -> Row:
        return self.fields.row(
            qualified_name=experiment,
            native_id=self.fields.text(name),
            name=self.fields.text(name),
            lifecycle_stage="active",
            container=place.qualified_name,
            link=place.link("experiments", name),
        )
