"""What agents depend on: endpoint, deployment, model; data, connections, other agents; and what serves them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ...estate import Coverage, MergedSnapshots
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row

_NAMED = (AssetKind.BASE_MODEL, AssetKind.MODEL_VERSION, AssetKind.DATASET, AssetKind.DEPLOYMENT, AssetKind.ENDPOINT)
MODELS = (str(AssetKind.BASE_MODEL), str(AssetKind.MODEL_VERSION))
# Relations of a version besides that to the endpoint of its model: the kind of their other ends
_USED = (
    (Relation.DATASET_USED_BY_AGENT_VERSION, AssetKind.DATASET),
    (Relation.CONNECTION_USED_BY_AGENT_VERSION, AssetKind.CONNECTION),
    (Relation.AGENT_USED_BY_AGENT_VERSION, AssetKind.AGENT),
)


class AgentUpstream:
    """Answers for all agents and agent versions, by qualified name."""

    def __init__(self, merged: MergedSnapshots, coverage: Coverage) -> None:
        self._coverage = coverage
        self._labels: dict[str, str] = {}
        for kind in _NAMED:
            self._labels |= merged.column(kind, "name")
        self._kinds = {
            name: str(kind) for kind in (AssetKind.BASE_MODEL, AssetKind.MODEL_VERSION) for name in merged.names(kind)
        }
        self._listed = merged.names(AssetKind.ENDPOINT)
        self._tags = merged.column(AssetKind.ENDPOINT, "tags_json")
        self._endpoints = edges_to(merged, Relation.ENDPOINT_USED_BY_AGENT_VERSION)
        self._used = [(kind, edges_to(merged, relation)) for relation, kind in _USED]
        self._deployments = edges_to(merged, Relation.DEPLOYMENT_OF_ENDPOINT)
        self._models = edges_to(merged, Relation.MODEL_DEPLOYED_IN)
        served = merged.edge_frame(Relation.AGENT_SERVED_BY_ENDPOINT).drop_duplicates("from_name")
        self._served = dict(zip(served["from_name"], served["to_name"], strict=True))

    def of(self, agent: str, versions: Sequence[Row]) -> list[Row]:
        """Steps {kind, qualified_name, rule} from an agent's versions back to models and data, and to what serves it.

        Each asset once: where several versions use it, with the rule of the newest one.
        """
        steps = [step for version in versions for step in self._of_version(version)]
        if application := self._served.get(agent):
            steps.append(_step(AssetKind.ENDPOINT, application, "application that serves it"))
        found: dict[tuple[str, str], Row] = {}
        for step in steps:
            found.setdefault((step["kind"], step["qualified_name"]), step)
        return list(found.values())

    def served_by(self, agent: str) -> str | None:
        """The application that serves it."""
        return self._served.get(agent)

    def tags_of(self, endpoint: str | None) -> str | None:
        """The tags of an endpoint, as JSON text."""
        return self._tags.get(endpoint or "")

    def label(self, name: str | None) -> str:
        """What a person calls that asset."""
        return self._labels.get(name or "") or qualified_names.last_segment(name or "")

    def missing_deployment(self, versions: Sequence[Row]) -> str | None:
        """The deployments that versions call and that are not there, in words: all deployments there were read."""
        missing = [
            f"the deployment {version['model']}, which {qualified_names.last_segment(account)} does not have"
            for version in versions
            for endpoint, _ in self._endpoints.get(version["qualified_name"], ())
            if (account := self._lacks(endpoint))
        ]
        return "; ".join(dict.fromkeys(missing)) or None

    def model_elsewhere(self, versions: Sequence[Row]) -> str | None:
        """The models that versions name and whose account no source reads, in words."""
        stated = [
            str(version["model"])
            for version in versions
            if version["model"] and not self._endpoints.get(version["qualified_name"])
        ]
        return f"its model {', '.join(dict.fromkeys(stated))} stands where no source reads" if stated else None

    def _lacks(self, endpoint: str) -> str | None:
        """The account of a deployment that is surely not there, by the endpoint that the deployment is."""
        deployment = qualified_names.azure_whole(endpoint, "endpoint")
        if deployment is None or endpoint in self._listed:
            return None
        absent = self._coverage.is_absent(AssetKind.DEPLOYMENT, deployment)
        return qualified_names.azure_container(deployment) if absent else None

    def _of_version(self, version: Row) -> list[Row]:
        name = version["qualified_name"]
        counts = "its latest version" if version["is_latest"] is not False else "version that an application serves"
        found = [_step(AssetKind.AGENT_VERSION, name, counts)]
        found += [_step(kind, *edge) for kind, edges in self._used for edge in edges.get(name, ())]
        for endpoint, rule in self._endpoints.get(name, ()):
            if endpoint not in self._listed and self._lacks(endpoint):
                continue
            found.append(_step(AssetKind.ENDPOINT, endpoint, rule))
            for deployment, how in self._deployments.get(endpoint, ()):
                found.append(_step(AssetKind.DEPLOYMENT, deployment, how))
                for model, by in self._models.get(deployment, ()):
                    found.append({"kind": self._kind(model), "qualified_name": model, "rule": by})
        return found

    def _kind(self, model: str) -> str:
        """Of a model that is listed nowhere: by its name, a provider's or a registered version that is gone."""
        is_base = qualified_names.is_base_model(model)
        return self._kinds.get(model, str(AssetKind.BASE_MODEL if is_base else AssetKind.MODEL_VERSION))


def edges_to(merged: MergedSnapshots, kind: Relation) -> dict[str, list[tuple[str, str]]]:
    """to_name -> its (from_name, rule)."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    edges = merged.edge_frame(kind)
    for left, right, rule in zip(edges["from_name"], edges["to_name"], edges["rule"], strict=True):
        found[right].append((left, rule))
    return found


def _step(kind: AssetKind, name: str, rule: str) -> Row:
    return {"kind": str(kind), "qualified_name": name, "rule": rule}
