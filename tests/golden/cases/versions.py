"""What may be broken about a version in production: one table, on an MLflow server and in an Azure ML workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.golden.chain import Chain, Data
from tests.golden.world import Case, EstateBuilder, labels

RUN, DELETED, EXPERIMENT = "lineage.run.missing", "lineage.run.deleted", "lineage.experiment.missing"
DATA, UNRESOLVED = "lineage.dataset.missing", "lineage.dataset.unresolved"
OWNER, STRANGER = "ownership.owner.missing", "ownership.owner.unresolved"
USE, NOT_APPROVED = "use_case.missing", "use_case.not_approved"
DESCRIPTION, METRICS, SIGNATURE = (
    "documentation.description.missing",
    "evaluation.metrics.missing",
    "signature.missing",
)
SECRET = "security.secret_removed"

BARE = Data("{model}-bare", uri=None)
HOLDOUT = Data("{model}-holdout", "validation")


class Broken(NamedTuple):
    """What differs from a sound chain, the rules that must say so, and the version's verdict."""

    chain: dict[str, Any]
    rules: set[str]
    verdict: str


# Without a run there are no data and no metrics to be known either
BROKEN: dict[str, Broken] = {
    "sound": Broken({}, set(), "auditable"),
    "no-run": Broken({"run": None}, {RUN, DATA, METRICS}, "unauditable"),
    "deleted-run": Broken({"run": "deleted"}, {DELETED}, "unauditable"),
    "purged-run": Broken({"run": "purged"}, {DELETED, DATA, METRICS}, "unauditable"),
    "deleted-experiment": Broken({"experiment": "deleted"}, {EXPERIMENT}, "unauditable"),
    "missing-experiment": Broken({"experiment": "missing"}, {EXPERIMENT}, "unauditable"),
    "no-data": Broken({"data": ()}, {DATA}, "unauditable"),
    "holdout-only": Broken({"data": (HOLDOUT,)}, {DATA}, "unauditable"),
    "bare-data": Broken({"data": (BARE,)}, {UNRESOLVED}, "incomplete"),
    "no-metrics": Broken({"metrics": False}, {METRICS}, "incomplete"),
    "no-signature": Broken({"signature": "absent"}, {SIGNATURE}, "auditable"),
    "no-owner": Broken({"owner": None}, {OWNER}, "unauditable"),
    "strange-owner": Broken({"owner": "somebody"}, {STRANGER}, "incomplete"),
    "no-use": Broken({"use_case": None}, {USE}, "unauditable"),
    "proposed-use": Broken({"use_case": "UC-PROPOSED"}, {NOT_APPROVED}, "unauditable"),
    "expired-use": Broken({"use_case": "UC-EXPIRED"}, {NOT_APPROVED}, "unauditable"),
    "future-use": Broken({"use_case": "UC-FUTURE"}, {NOT_APPROVED}, "unauditable"),
    "invented-use": Broken({"use_case": "UC-NOWHERE"}, {NOT_APPROVED}, "unauditable"),
    "undescribed": Broken({"described": False}, {DESCRIPTION}, "incomplete"),
    "secret-in-run": Broken({"secrets_in": "run"}, {SECRET}, "incomplete"),
    "secret-in-model": Broken({"secrets_in": "model"}, {SECRET}, "incomplete"),
    "secret-in-version": Broken({"secrets_in": "version"}, {SECRET}, "incomplete"),
    # two or three at once
    "all-deleted": Broken({"run": "deleted", "experiment": "deleted"}, {DELETED, EXPERIMENT}, "unauditable"),
    "mixed-data": Broken({"data": (BARE, HOLDOUT, Data("{model}-rows"))}, {UNRESOLVED}, "incomplete"),
    "ownerless-and-dataless": Broken({"owner": None, "data": ()}, {OWNER, DATA}, "unauditable"),
    "warnings-only": Broken(
        {"described": False, "metrics": False, "owner": "somebody"}, {DESCRIPTION, METRICS, STRANGER}, "incomplete"
    ),
    "deleted-expired-secret": Broken(
        {"run": "deleted", "use_case": "UC-EXPIRED", "secrets_in": "run"},
        {DELETED, NOT_APPROVED, SECRET},
        "unauditable",
    ),
    "purged-unused-undescribed": Broken(
        {"run": "purged", "use_case": None, "described": False},
        {DELETED, DATA, METRICS, USE, DESCRIPTION},
        "unauditable",
    ),
    "nothing-stated": Broken(
        {"run": None, "owner": None, "use_case": None, "described": False},
        {RUN, DATA, METRICS, OWNER, USE, DESCRIPTION},
        "unauditable",
    ),
    # look-alikes
    "data-named-as-tag": Broken(
        {"data": (Data("{model}-rows"), Data("governance.owner"), Data("governance.use_case"))}, set(), "auditable"
    ),
    "data-is-no-owner": Broken({"owner": None, "data": (Data("governance.owner"),)}, {OWNER}, "unauditable"),
    "owned-in-capitals": Broken({"owner": "ANA"}, set(), "auditable"),
    "owned-by-group": Broken({"owner": "risk-london"}, set(), "auditable"),
    "use-by-its-name": Broken({"use_case": "approved"}, set(), "auditable"),
    "data-without-context": Broken({"data": (Data("{model}-rows", None),)}, set(), "auditable"),
    "bare-holdout": Broken({"data": (Data("{model}-rows"), Data("{model}-out", "test", uri=None))}, set(), "auditable"),
}


def _on_mlflow(name: str, broken: Broken) -> Case:
    title = f"mlflow-{name}"

    def build(world: EstateBuilder) -> None:
        world.mlflow().governed(title, Chain(**broken.chain))

    def with_run(world: EstateBuilder) -> None:
        world.mlflow().governed(title, Chain(**{**broken.chain, "run": "active"}))

    # a run that was never there is elsewhere, not purged
    return _case(title, "mlflow", build, broken, with_run if broken.chain.get("run") == "purged" else None)


def _on_azure_ml(name: str, broken: Broken) -> Case:
    title = f"azure-{name}"

    def build(world: EstateBuilder) -> None:
        world.azure_ml().workspace(f"{title}-ws").governed(title, Chain(**broken.chain))

    return _case(title, "azure_ml", build, broken)


def _case(title: str, platform: str, build: Any, broken: Broken, before: Any = None) -> Case:
    version, platforms = f"{title} v1", frozenset({platform})
    return Case(title, platforms, build, labels({version: broken.rules}), {version: broken.verdict}, before)


def cases() -> Iterator[Case]:
    for name, broken in BROKEN.items():
        yield _on_mlflow(name, broken)
        yield _on_azure_ml(name, broken)
