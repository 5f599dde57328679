"""Look-alikes of broken lineage: whole by a way that is not the usual one."""

from __future__ import annotations

from collections.abc import Iterator

from include.governance.model import qualified_names
from include.governance.model.relations import Relation
from tests.golden.chain import Chain, Data
from tests.golden.sources import run_id
from tests.golden.world import Case, EstateBuilder, labels

_MLFLOW, _AZURE = frozenset({"mlflow"}), frozenset({"azure_ml"})
_PRODUCTION = {"lifecycle": "production"}
_METRICS = {"auc": 0.8}


def _deleted(world: EstateBuilder) -> None:
    world.mlflow().governed("restored", Chain(run="deleted", experiment="deleted"))


def _restored(world: EstateBuilder) -> None:
    world.mlflow().governed("restored")


def _alias_only(world: EstateBuilder) -> None:
    """In production by an alias alone; the version before it is broken in every way, and nobody's concern."""
    server = world.mlflow()
    server.governed("alias-only", number=2, aliases=["production"], stage="None")
    server.version("alias-only", 1, aliases=["challenger"], stage="Archived")
    server.version("alias-only", 3, run="alias-only-purged", aliases=[])


def _not_in_production(world: EstateBuilder) -> None:
    broken = Chain(run=None, owner=None, use_case=None, described=False, secrets_in="model")
    world.mlflow().governed("only-tried", broken, aliases=["challenger"])
    world.azure_ml().workspace("only-tried-ws").governed("only-tried", broken, traffic=0)


def _nested(world: EstateBuilder) -> None:
    """Retrained by a nested run: the data stand at the run above it, two levels up."""
    server = world.mlflow()
    server.experiment("nested-experiment")
    server.run("nested-top", "nested-experiment", data=[Data("nested-rows")])
    server.run("nested-fold", "nested-experiment", parent="nested-top")
    holdout = [Data("nested-holdout", "validation")]
    server.run("nested-fit", "nested-experiment", parent="nested-fold", data=holdout, metrics=_METRICS)
    server.model("nested", Chain().tags(), description="scores")
    server.version("nested", run="nested-fit")


def _pipeline(world: EstateBuilder) -> None:
    workspace = world.azure_ml().workspace("pipelined-ws")
    workspace.experiment("pipelined")
    workspace.run("pipelined-all", "pipelined", data=[Data("pipelined-rows")])
    workspace.run("pipelined-fit", "pipelined", parent="pipelined-all", metrics=_METRICS)
    workspace.model("pipelined", Chain().tags(), description="scores")
    workspace.version("pipelined", run="pipelined-fit", tags=_PRODUCTION)


def _logged_model(world: EstateBuilder) -> None:
    """Registered from the pages through a logged model, which alone has the metrics."""
    server = world.mlflow()
    model_id = f"m-{run_id('from-pages')}"
    server.experiment("from-pages-experiment")
    server.run("from-pages-run", "from-pages-experiment", data=[Data("from-pages-rows")])
    server.logged_model(model_id, "from-pages-run", _METRICS)
    server.model("from-pages", Chain().tags(), description="scores")
    version = server.version(
        "from-pages", run="from-pages-run", rule="logged model's source run", run_id=None,
        logged_model_id=model_id, source_uri=f"models:/{model_id}",
    )  # fmt: skip
    logged = qualified_names.logged_model(server.source, model_id)
    server.relate(Relation.VERSION_FROM_LOGGED_MODEL, version, logged, "source models:/m-")


def _copied(world: EstateBuilder) -> None:
    """A copy under another name of the same server: its origin, out of production, has the run."""
    server = world.mlflow()
    origin = server.governed("copied-dev", aliases=[])
    server.model("copied-prod", Chain().tags(), description="scores")
    copy = server.version("copied-prod", source_uri="models:/copied-dev/1")
    server.relate(Relation.VERSION_COPIED_FROM, copy, origin, "source models:/name/version")


def _registry_copy(world: EstateBuilder) -> None:
    """A registry that another source reads, its version a copy of a workspace's."""
    origin = world.azure_ml().workspace("shared-origin-ws").governed("shared-origin", traffic=None)
    registry = world.azure_ml("registries").registry("shared-origin-registry")
    registry.model("shared-origin", Chain().tags(), description="scores")
    copy = registry.version("shared-origin", tags=_PRODUCTION)
    registry.source.relate(Relation.VERSION_COPIED_FROM, copy, origin, "originAssetId")


def _orphan_copy(world: EstateBuilder) -> None:
    """A copy of what is there no more has no run."""
    server = world.mlflow()
    server.model("orphan-copy", Chain().tags(), description="scores")
    copy = server.version("orphan-copy", source_uri="models:/orphan-origin/9")
    origin = qualified_names.model_version(server.source, "orphan-origin", "9")
    server.relate(Relation.VERSION_COPIED_FROM, copy, origin, "source models:/name/version")


def _owner_at_the_run(world: EstateBuilder) -> None:
    server = world.mlflow()
    server.experiment("run-says-experiment")
    tags = {"governance.owner": "ana", "governance.use_case": "UC-APPROVED"}
    data = [Data("run-says-rows")]
    server.run("run-says-run", "run-says-experiment", data=data, metrics=_METRICS, tags=tags)
    server.model("run-says", {}, description="scores")
    server.version("run-says", run="run-says-run")


def _owner_at_the_endpoint(world: EstateBuilder) -> None:
    workspace = world.azure_ml().workspace("endpoint-says-ws")
    version = workspace.governed("endpoint-says", Chain(owner=None, use_case=None), traffic=None)
    tags = '{"governance.owner": "ana", "governance.use_case": "UC-APPROVED"}'
    workspace.deployment(workspace.endpoint("endpoint-says-ep", tags_json=tags), "endpoint-says-ep / blue", version)


def _register_says(world: EstateBuilder) -> None:
    world.mlflow().governed("register-says", Chain(owner="nobody", use_case="UC-EXPIRED", described=False))


def _described_by_version(world: EstateBuilder) -> None:
    world.mlflow().governed("version-says", Chain(described=False), description="what it is for")


def _retired_with_champion(world: EstateBuilder) -> None:
    """The version in production is sound; the retired one before it lost its run."""
    server = world.mlflow()
    server.governed("succession", number=2)
    server.version("succession", 1, run="succession-purged", stage="Archived", aliases=[])


def _two_in_production(world: EstateBuilder) -> None:
    """Two versions serve, one of them without data: the record is what both are together."""
    server = world.mlflow()
    server.governed("half-broken", number=1)
    server.governed("half-broken", Chain(data=()), number=2, aliases=["production"])


def cases() -> Iterator[Case]:
    sound = {
        "nested": (_MLFLOW, _nested),
        "pipelined": (_AZURE, _pipeline),
        "from-pages": (_MLFLOW, _logged_model),
        "run-says": (_MLFLOW, _owner_at_the_run),
        "endpoint-says": (_AZURE, _owner_at_the_endpoint),
        "version-says": (_MLFLOW, _described_by_version),
    }
    for name, (platform, build) in sound.items():
        yield Case(name, platform, build, verdicts={f"{name} v1": "auditable"})
    yield Case("restored", _MLFLOW, _restored, verdicts={"restored v1": "auditable"}, before=_deleted)
    yield Case("alias-only", _MLFLOW, _alias_only, verdicts={"alias-only v2": "auditable"})
    yield Case("only-tried", _MLFLOW | _AZURE, _not_in_production)
    yield Case("copied-", _MLFLOW, _copied, verdicts={"copied-prod v1": "auditable"})
    yield Case("shared-origin", _AZURE, _registry_copy, verdicts={"shared-origin v1": "auditable"})
    yield Case(
        "orphan-copy",
        _MLFLOW,
        _orphan_copy,
        labels({"orphan-copy v1": {"lineage.run.missing", "lineage.dataset.missing", "evaluation.metrics.missing"}}),
    )
    said = {"owner": "ana", "use_case": "UC-APPROVED", "description": "scores"}
    yield Case(
        "register-says",
        _MLFLOW,
        _register_says,
        verdicts={"register-says v1": "auditable"},
        register={"models": [{"source": "mlflow", "model": "register-says", **said}]},
    )
    yield Case("succession", _MLFLOW, _retired_with_champion, verdicts={"succession v2": "auditable"})
    yield Case(
        "half-broken",
        _MLFLOW,
        _two_in_production,
        labels({"half-broken v2": {"lineage.dataset.missing"}}),
        {"half-broken v1": "auditable", "half-broken (mlflow/half-broken)": "unauditable"},
    )
