"""MLflow servers as they are: a registry apart from the runs, what a server does not offer, what it was filled from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from include.governance.model.read_status import ReadStatus
from tests.golden.chain import Chain, Data
from tests.golden.mlflow import Mlflow
from tests.golden.sources import run_id
from tests.golden.world import Case, EstateBuilder, labels

ELSEWHERE = "lineage.run.elsewhere"
_MLFLOW = frozenset({"mlflow"})
_METRICS = {"auc": 0.8}


def _runs(world: EstateBuilder, name: str, run: str) -> Mlflow:
    """The server that has the run."""
    server = world.mlflow(f"{name}-runs")
    server.experiment(f"{name}-experiment")
    data = [Data(f"{name}-rows")]
    server.run(run, f"{name}-experiment", data=data, metrics=_METRICS, signature="present")
    return server


def _registry(world: EstateBuilder, name: str, **version: str | None) -> None:
    """The server that has the version, of a run that it never had."""
    registry = world.mlflow(f"{name}-registry")
    registry.model(name, Chain().tags(), description="scores")
    registry.version(name, **version)


def _apart(name: str, run: str = "") -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        _runs(world, name, run or run_id(name))
        _registry(world, name, run=run or run_id(name))

    return build


def _alone(world: EstateBuilder) -> None:
    _registry(world, "lonely", run=run_id("lonely"))


def _linked(world: EstateBuilder) -> None:
    _registry(world, "run-link", run="r1", run_link="https://another.example.com/#/runs/r1")


def _two_chosen_names(world: EstateBuilder) -> None:
    """An id that somebody chose is another run on another server, unless a setting says that it is the same."""
    _runs(world, "chosen", "nightly")
    _registry(world, "chosen", run="nightly")


def _runs_unread(world: EstateBuilder) -> None:
    world.mlflow("parted-runs").unread("runs")
    _registry(world, "parted", run=run_id("parted"))


def _purged_there(world: EstateBuilder) -> None:
    world.mlflow("there-runs").experiment("there-experiment")
    _registry(world, "there", run=run_id("there"))


def _logged_model(world: EstateBuilder) -> None:
    """Registered from a logged model of the other server, which alone has the metrics."""
    run, model_id = run_id("parcel"), f"m-{run_id('parcel-model')}"
    server = world.mlflow("parcel-runs")
    server.experiment("parcel-experiment")
    server.run(run, "parcel-experiment", data=[Data("parcel-rows")], signature="present")
    server.logged_model(model_id, run, _METRICS)
    _registry(world, "parcel", logged_model_id=model_id, source_uri=f"models:/{model_id}")


def _gone_with_a_trace(world: EstateBuilder) -> None:
    """Purged before the first reading; a logged model of the same server still names the run."""
    server, run = world.mlflow("traced"), run_id("traced")
    server.logged_model(f"m-{run_id('traced-model')}", run)
    server.model("traced", Chain().tags(), description="scores")
    server.version("traced", run=run)


def _tracking_only(world: EstateBuilder) -> None:
    server = world.mlflow("tracking-only")
    server.experiment("tracking-only-experiment")
    server.run("tracking-only-run", "tracking-only-experiment")
    for collection in ("registered_models", "model_versions"):
        server.unread(collection, ReadStatus.UNSUPPORTED, "this server does not offer it.")


def _without_logged_models(world: EstateBuilder) -> None:
    server = world.mlflow("elder-server")
    server.governed("elder")
    server.unread("logged_models", ReadStatus.UNSUPPORTED, "this server does not offer logged models.")


def _orphaned_step(world: EstateBuilder) -> None:
    """Imported: the parent that its tag names stayed on the old server."""
    server = world.mlflow("moved")
    server.experiment("moved-experiment")
    server.run("moved-step", "moved-experiment", parent="moved-parent", data=[Data("moved-rows")], metrics=_METRICS)
    server.model("moved", Chain().tags(), description="scores")
    server.version("moved", run="moved-step")


def _imported(world: EstateBuilder) -> None:
    """Both servers for a quarter: the new one's run says which it was copied from, and names a parent that stayed."""
    old, run = run_id("copied-over"), run_id("copied-over-anew")
    world.mlflow("copied-over-old").governed("copied-over", run=old)
    server = world.mlflow("copied-over-new")
    server.experiment("copied-over-experiment")
    data, tags = [Data("copied-over-rows")], {"mlflow_exim.run_info.run_id": old}
    server.run(run, "copied-over-experiment", data=data, metrics={"auc": 0.9}, tags=tags, parent=run_id("stayed"))
    server.model("copied-over", Chain().tags(), description="scores")
    server.version("copied-over", run=run)


def cases() -> Iterator[Case]:
    for name, build in {
        "apart": _apart("apart"),
        "told": _apart("told", "a-chosen-name"),
        "parcel": _logged_model,
        "elder": _without_logged_models,
        "moved": _orphaned_step,
        "copied-over": _imported,
    }.items():
        yield Case(name, _MLFLOW, build, verdicts={f"{name} v1": "auditable"})
    for name, build in {"lonely": _alone, "run-link": _linked, "chosen": _two_chosen_names}.items():
        yield Case(name, _MLFLOW, build, labels({f"{name} v1": {ELSEWHERE}}), {f"{name} v1": "incomplete"})
    yield Case(
        "parted",
        _MLFLOW,
        _runs_unread,
        labels({"parted v1": {"source.not_reread"}}),
        {"parted v1": "auditable, provisional"},
        before=_apart("parted"),
    )
    purged = {"lineage.run.deleted", "lineage.dataset.missing", "evaluation.metrics.missing"}
    yield Case("there", _MLFLOW, _purged_there, labels({"there v1": purged}), before=_apart("there"))
    yield Case("traced", _MLFLOW, _gone_with_a_trace, labels({"traced v1": purged}))
    yield Case("tracking-only", _MLFLOW, _tracking_only)
