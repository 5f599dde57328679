"""Desired tables made by hand: a small estate of one source, every name of it its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from include.governance.model import json_text, qualified_names
from include.governance.model.catalog_types import MANAGED_BY
from include.governance.model.tables import DESIRED
from include.governance.staging.plan import Key

SINCE = 1_750_000_000_000


@dataclass
class Entity:
    source: str
    attributes: dict[str, Any]
    references: dict[str, list[Key]] = field(default_factory=dict)
    classifications: list[str] = field(default_factory=list)


class CatalogEstate:
    """Entities by key, to be changed by tests; `table` is what planning would have made of them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.entities: dict[Key, Entity] = {}

    def __getitem__(self, key: Key) -> Entity:
        return self.entities[key]

    def add(
        self,
        type_name: str,
        qualified_name: str,
        name: str,
        attributes: dict[str, Any] | None = None,
        references: dict[str, list[Key]] | None = None,
        classifications: list[str] | None = None,
    ) -> Key:
        key = Key(type_name, qualified_name)
        source = "governance" if qualified_name.startswith("governance:") else self.source
        self.entities[key] = Entity(
            source,
            {"name": name, "qualifiedName": qualified_name, **(attributes or {})},
            references or {},
            classifications or [],
        )
        return key

    def all_keys(self) -> list[Key]:
        return sorted(self.entities)

    def table(self) -> pa.Table:
        return pa.Table.from_pylist([self._row(key, self.entities[key]) for key in self.all_keys()], schema=DESIRED)

    def _row(self, key: Key, entity: Entity) -> dict[str, Any]:
        stated = {name: value for name, value in entity.attributes.items() if value is not None}
        references = {
            name: sorted([*target] for target in targets) for name, targets in entity.references.items() if targets
        }
        texts = {
            "attributes_json": json_text.dump(stated),
            "references_json": json_text.dump(references),
            "classifications_json": json_text.dump({name: {} for name in sorted(entity.classifications)}),
        }
        return {
            "type_name": key.type_name,
            "qualified_name": key.qualified_name,
            "source": entity.source,
            **texts,
            "content_hash": hashlib.sha256("\0".join(texts.values()).encode()).hexdigest(),
        }

    # What the estate is made of

    @property
    def server(self) -> Key:
        return Key("ai_source", qualified_names.source("mlflow", self.source))

    @property
    def experiment(self) -> Key:
        return Key("ai_experiment", qualified_names.experiment(self.source, "1"))

    @property
    def model(self) -> Key:
        return Key("ai_model", qualified_names.model(self.source, "fraud scorer"))

    @property
    def record(self) -> Key:
        return Key("ai_governed_model", qualified_names.record(f"{self.source}-fraud"))

    @property
    def use_case(self) -> Key:
        return Key("ai_use_case", qualified_names.use_case(f"{self.source}-payments"))

    @property
    def promotion(self) -> Key:
        # the same hash in every estate, so that two of them compare
        return Key("ai_promotion", qualified_names.promotion(f"{self.source}-fraud", "version 1", "production", SINCE))

    def dataset(self, number: int) -> Key:
        return Key(
            "ai_dataset", qualified_names.dataset(self.source, f"payments {number}", f"d{number}", f"s3://pay/{number}")
        )

    def run(self, number: int) -> Key:
        return Key("ai_training_run", qualified_names.run(self.source, f"run{number}"))

    def version(self, number: int) -> Key:
        return Key("ai_model_version", qualified_names.model_version(self.source, "fraud scorer", str(number)))


def small_estate(source: str) -> CatalogEstate:
    """One of everything: two datasets, a parent and two runs, two versions, one of them in production."""
    made = CatalogEstate(source)
    _assets(made)
    for number in (1, 2):
        add_run(made, number, parent=made.run(0), datasets=[1] if number == 1 else [1, 2], versions=[number])
    made.add("ai_use_case", made.use_case.qualified_name, "Payments", {"approval": "approved", "owner": "risk office"})
    made.add(
        "ai_governed_model",
        made.record.qualified_name,
        f"{source} fraud",
        {"record_key": f"{source}-fraud", "verdict": "auditable", "critical_findings": 0, "findings": ["a: b", "c: d"]},
        {
            "models": [made.model],
            "versions": [made.version(1)],
            "runs": [made.run(1)],
            "experiments": [made.experiment],
            "datasets": [made.dataset(1)],
            "use_case": [made.use_case],
        },
        ["auditable"],
    )
    made.add(
        "ai_promotion",
        made.promotion.qualified_name,
        "production v1",
        {"state": "production", "since": SINCE},
        {"inputs": [made.version(1)], "outputs": [made.record], "governed_model": [made.record]},
    )
    return made


def managed_estate(installation: str) -> CatalogEstate:
    """The small estate of the source of that name, each entity of which says that the installation manages it."""
    made = small_estate(installation)
    for key in made.all_keys():
        made[key].attributes[MANAGED_BY] = installation
    return made


def add_run(made: CatalogEstate, number: int, *, parent: Key | None, datasets: list[int], versions: list[int]) -> Key:
    return made.add(
        "ai_training_run",
        made.run(number).qualified_name,
        f"run {number}",
        {
            "run_id": f"run{number}",
            "status": "FINISHED",
            "started_at": SINCE + number,
            "params": {"depth": "8", "num_memory_tokens": "12"},
            "metrics": {"auc": "0.91"},
        },
        {
            "experiment": [made.experiment],
            "parent_run": [parent] if parent else [],
            "inputs": [made.dataset(one) for one in datasets],
            "outputs": [made.version(one) for one in versions],
        },
    )


def wide_estate(source: str, datasets: int) -> CatalogEstate:
    """The small estate with so many more datasets, none of them referred to."""
    made = small_estate(source)
    for number in range(100, 100 + datasets):
        made.add("ai_dataset", made.dataset(number).qualified_name, f"payments {number}", {"digest": f"d{number}"})
    return made


def _assets(made: CatalogEstate) -> None:
    source = {"source": [made.server]}
    made.add("ai_source", made.server.qualified_name, made.source, {"platform": "mlflow"})
    made.add(
        "ai_experiment",
        made.experiment.qualified_name,
        "fraud",
        {"experiment_id": "1", "run_count": 0, "published_run_count": 3, "created_at": SINCE, "tags": {"team": "risk"}},
        source,
    )
    for number in (1, 2):
        made.add("ai_dataset", made.dataset(number).qualified_name, f"payments {number}", {"digest": f"d{number}"})
    scorer = {"description": "Scores payments."}
    made.add("ai_model", made.model.qualified_name, f"{made.source} scorer", scorer, source)
    for number in (1, 2):
        made.add(
            "ai_model_version",
            made.version(number).qualified_name,
            f"v{number} fraud scorer",
            {
                "version": number,
                "lifecycle_state": "production" if number == 1 else "staging",
                "aliases": ["champion"] if number == 1 else None,
                "description": "Trained on payments.",
                "verdict": "auditable" if number == 1 else "unauditable",
                "verdict_provisional": False,
                "critical_findings": 0 if number == 1 else 1,
            },
            {"model": [made.model]},
            ["auditable"] if number == 1 else ["unauditable", "owner missing"],
        )
    add_run(made, 0, parent=None, datasets=[], versions=[])
