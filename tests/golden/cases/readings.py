"""How far the sources were read, and what they gave before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from include.governance.model import qualified_names
from include.governance.model.read_status import ReadStatus
from tests.golden.chain import Chain
from tests.golden.sources import run_id
from tests.golden.world import Case, EstateBuilder, labels

INCOMPLETE, NOT_REREAD, SHRUNK = "source.incomplete", "source.not_reread", "source.shrunk"
_MLFLOW, _AZURE, _FOUNDRY = frozenset({"mlflow"}), frozenset({"azure_ml"}), frozenset({"ai_foundry"})
_PROVISIONAL, _AS_BEFORE = "incomplete, provisional", "auditable, provisional"


def _server(name: str, unread: str = "", state: ReadStatus = ReadStatus.FAILED) -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        server = world.mlflow(name)
        server.governed(f"{name}-m", Chain(run="purged" if unread == "runs" else "active"))
        if unread:
            server.unread(unread, state)

    return build


def _space(name: str, unread: str = "") -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        workspace = world.azure_ml().workspace(f"{name}-ws")
        workspace.governed(f"{name}-m", Chain(run="purged" if unread == "jobs" else "active"))
        if unread:
            workspace.unread(unread)

    return build


def _desk(name: str, unread: str = "") -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        account = world.foundry().account(f"{name}-ai")
        project = account.project(f"{name}-desk")
        if unread == "deployments":
            project.agent(f"{name}-agent")
            account.unread("deployments")
            return
        project.governed(f"{name}-agent")
        if unread:
            project.unread(unread)

    return build


def _versions_unread(world: EstateBuilder) -> None:
    """The version was read the day before, and is not now: it stays as it was."""
    world.mlflow("carried").unread("model_versions")


def _space_versions_unread(world: EstateBuilder) -> None:
    workspace = world.azure_ml().workspace("spacecarry-ws")
    workspace.endpoint("spacecarry-m-api")
    for collection in ("models", "model_versions", "online_deployments"):
        workspace.unread(collection)


def _quarantined(world: EstateBuilder) -> None:
    server = world.mlflow("set-aside")
    server.governed("set-aside", Chain(run="purged"))
    server.quarantine("runs", "set-aside-run-1", qualified_names.run("set-aside", "set-aside-run-1"))


def _left_out(world: EstateBuilder) -> None:
    server = world.mlflow("filtered-experiments")
    server.governed("filtered-experiments", Chain(run="purged"))
    server.exclude("experiments", "scratch")


def _incomplete_and_unowned(world: EstateBuilder) -> None:
    server = world.mlflow("half-read")
    server.governed("half-read", Chain(run="purged", owner=None, use_case="UC-EXPIRED"))
    server.unread("runs", ReadStatus.PARTIAL)


def _neighbour(world: EstateBuilder) -> None:
    """What was not read in one workspace leaves the next one as sure as it was."""
    source = world.azure_ml()
    source.workspace("neighbour-unread").unread("jobs")
    source.workspace("neighbour-read").governed("neighbour")


def _read_twice(world: EstateBuilder) -> None:
    """One workspace through two sources: what broke off in the first, the second read whole."""
    for name, whole in (("twice-a", False), ("twice-b", True)):
        source = world.azure_ml(name, subscription="sub-twice", access=whole)
        workspace = source.workspace("twice-ws")
        workspace.governed("twice-m", Chain(run="active" if whole else "purged"))
        if not whole:
            workspace.unread("jobs", state=ReadStatus.PARTIAL)
            workspace.unread("data")


def _half_read_twice(world: EstateBuilder) -> None:
    for name in ("broken-a", "broken-b"):
        workspace = world.azure_ml(name, subscription="sub-broken").workspace("broken-ws")
        workspace.governed("broken-m", Chain(run="purged"))
        workspace.unread("jobs", state=ReadStatus.PARTIAL)


def _runs(
    name: str, count: int, state: ReadStatus = ReadStatus.COMPLETE, left_out: bool = False
) -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        server = world.mlflow(name)
        for place in range(count):
            server.run(run_id(f"{name}-{place}"), "x")
        if state != ReadStatus.COMPLETE:
            server.unread("runs", state)
        if left_out:
            server.exclude("runs", "r")

    return build


def _jobs(name: str, count: int) -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        workspace = world.azure_ml().workspace(f"{name}-ws")
        for place in range(count):
            workspace.run(run_id(f"{name}-{place}"), "x")

    return build


def _deployments(name: str, count: int) -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        account = world.foundry().account(f"{name}-ai")
        for place in range(count):
            account.deployment(f"{name}-{place}")

    return build


def cases() -> Iterator[Case]:
    for unread in ("runs", "experiments", "registered_models"):
        name = f"unread-{unread.replace('_', '-')}"
        version = f"{name}-m v1"
        found = labels({version: {NOT_REREAD}})
        yield Case(name, _MLFLOW, _server(name, unread), found, {version: _AS_BEFORE}, before=_server(name))
    for unread in ("jobs", "experiments", "online_deployments"):
        name = f"space-unread-{unread.replace('_', '-')}"
        version = f"{name}-m v1"
        found = labels({version: {NOT_REREAD}})
        yield Case(name, _AZURE, _space(name, unread), found, {version: _AS_BEFORE}, before=_space(name))
    for unread in ("agent_versions", "deployments"):
        name = f"desk-unread-{unread.replace('_', '-')}"
        agent = f"agent {name}-agent"
        yield Case(name, _FOUNDRY, _desk(name, unread), labels({agent: {INCOMPLETE}}), {agent: _PROVISIONAL})
    found, verdict = labels({"agent desk-kept-agent": {NOT_REREAD}}), {"agent desk-kept-agent": _AS_BEFORE}
    yield Case("desk-kept", _FOUNDRY, _desk("desk-kept", "agent_versions"), found, verdict, before=_desk("desk-kept"))
    yield Case(
        "carried", _MLFLOW, _versions_unread, labels({"carried-m v1": {NOT_REREAD}}),
        {"carried-m v1": _AS_BEFORE}, before=_server("carried"),
    )  # fmt: skip
    yield Case(
        "spacecarry", _AZURE, _space_versions_unread, labels({"spacecarry-m v1": {NOT_REREAD}}),
        {"spacecarry-m v1": _AS_BEFORE}, before=_space("spacecarry"),
    )  # fmt: skip
    for name, build in (
        ("set-aside", _quarantined),
        ("filtered-experiments", _left_out),
    ):
        yield Case(name, _MLFLOW, build, labels({f"{name} v1": {INCOMPLETE}}), {f"{name} v1": _PROVISIONAL})
    yield Case(
        "half-read",
        _MLFLOW,
        _incomplete_and_unowned,
        labels({"half-read v1": {INCOMPLETE, "ownership.owner.missing", "use_case.not_approved"}}),
        {"half-read v1": "unauditable, provisional"},
    )
    yield Case("twice-", _AZURE, _read_twice, verdicts={"twice-m v1": "auditable"})
    yield Case(
        "broken-", _AZURE, _half_read_twice, labels({"broken-m v1": {INCOMPLETE}}), {"broken-m v1": _PROVISIONAL}
    )
    yield Case("neighbour", _AZURE, _neighbour, verdicts={"neighbour v1": "auditable"})
    shrunk = (
        ("shrunk-runs", _MLFLOW, _runs, 20, 5, ("runs of shrunk-runs",)),
        ("emptied-runs", _MLFLOW, _runs, 12, 0, ("runs of emptied-runs",)),
        ("shrunk-jobs", _AZURE, _jobs, 15, 8, ("shrunk-jobs-ws/jobs of azureml",)),
        (
            "shrunk-chats", _FOUNDRY, _deployments, 14, 3,
            ("shrunk-chats-ai/deployments of foundry", "shrunk-chats-ai/endpoints of foundry"),
        ),
    )  # fmt: skip
    for name, platform, make, many, few, subjects in shrunk:
        found = labels({subject: {SHRUNK} for subject in subjects})
        yield Case(name, platform, make(name, few), found, before=make(name, many))
    # look-alikes
    yield Case("few-runs", _MLFLOW, _runs("few-runs", 2), before=_runs("few-runs", 9))
    yield Case("fewer-runs", _MLFLOW, _runs("fewer-runs", 12), before=_runs("fewer-runs", 20))
    yield Case("more-runs", _MLFLOW, _runs("more-runs", 20), before=_runs("more-runs", 12))
    yield Case("broken-off", _MLFLOW, _runs("broken-off", 3, ReadStatus.PARTIAL), before=_runs("broken-off", 20))
    yield Case("narrowed-runs", _MLFLOW, _runs("narrowed-runs", 3, left_out=True), before=_runs("narrowed-runs", 20))
