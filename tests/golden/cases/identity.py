"""Whether one record is one model: what must be told to a person, and what must not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.golden.chain import SOUND, Chain, Data
from tests.golden.foundry import Assistant
from tests.golden.sources import run_id
from tests.golden.world import Case, EstateBuilder, labels

DUPLICATE, CONTRADICTION = "identity.suspected_duplicate", "identity.contradiction"
_MLFLOW, _AZURE, _FOUNDRY = frozenset({"mlflow"}), frozenset({"azure_ml"}), frozenset({"ai_foundry"})
_OTHERS = Chain(owner="tom", use_case="UC-OTHER")


def _keyed(key: str, chain: Chain = SOUND) -> Chain:
    return Chain(owner=chain.owner, use_case=chain.use_case, model_tags={"governance.record": key})


def _servers(name: str, one: Chain, other: Chain, model: str = "", **version: Any) -> Callable[[EstateBuilder], None]:
    """The same model name on the servers NAME-a and NAME-b."""

    def build(world: EstateBuilder) -> None:
        for place, chain in (("a", one), ("b", other)):
            # a run of its own each, with its own data: only the name is common
            data = tuple(item._replace(name=f"{name}-{place}-{item.name}") for item in chain.data)
            own = Chain(chain.run, data=data, owner=chain.owner, use_case=chain.use_case, model_tags=chain.model_tags)
            world.mlflow(f"{name}-{place}").governed(model or name, own, **version)

    return build


def _both(name: str, rules: set[str], *, keys: tuple[str, str] = ("", ""), model: str = "") -> Any:
    found = [key or f"{name}-{place}/{model or name}" for key, place in zip(keys, "ab", strict=True)]
    return labels({f"{model or name} ({key})": rules for key in found})


def _workspaces(name: str, **stated: Any) -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        for place in "ab":
            world.azure_ml().workspace(f"{name}-{place}").governed(name, traffic=None, **_PRODUCTION, **stated)

    return build


_PRODUCTION = {"tags": {"lifecycle": "production"}}


def _azure_key(name: str, place: str) -> str:
    return f"azureml/rg/{name}-{place}/{name}"


def _assistants(world: EstateBuilder) -> None:
    account = world.foundry().account("twin-desk-ai")
    for place in "ab":
        project = account.project(f"twin-desk-{place}")
        project.agent("twin-desk", Assistant(served=False, more_tags=_TAGGED), calls=_chat(account, place))


_TAGGED = {"lifecycle": "production"}


def _chat(account: Any, place: str) -> str:
    return str(account.deployment(f"twin-desk-chat-{place}"))


def _same_content(world: EstateBuilder) -> None:
    """Other names, other owners, other uses; the same data with the same metrics."""
    for place, model, chain in (("a", "zebra", Chain()), ("b", "okapi", _OTHERS)):
        shared = Chain(owner=chain.owner, use_case=chain.use_case, data=(Data("same-content-rows"),))
        world.mlflow(f"same-content-{place}").governed(model, shared)


def _digests(world: EstateBuilder) -> None:
    """One artifact by its digest, registered under two names with two keys."""
    for place, model in (("a", "heron"), ("b", "stork")):
        chain = _keyed(f"two-keys-{place}")
        tags = {"governance.artifact_digest": "sha256:ab12"}
        world.mlflow(f"two-keys-{place}").governed(model, chain, tags=tags)


def _one_artifact(world: EstateBuilder) -> None:
    for place, model in (("a", "linden"), ("b", "poplar")):
        workspace = world.azure_ml().workspace(f"two-paths-{place}")
        uri = "azureml://jobs/two-paths/outputs/model"
        workspace.governed(model, _keyed(f"two-paths-{place}"), traffic=None, **_PRODUCTION, source_uri=uri)


def _linked_agents(world: EstateBuilder) -> None:
    desk = world.foundry().desk("torn-desks-ai")
    for place, name in (("a", "magpie"), ("b", "cuckoo")):
        tags = {"governance.record": f"torn-desks-{place}"}
        desk.agent(f"torn-desks-{name}", Assistant(more_tags=tags), calls=desk.account.deployment(f"torn-desks-{name}"))


def _torn_twins(world: EstateBuilder) -> None:
    """The same run behind two versions of one name, with two keys: both rules speak."""
    for place in "ab":
        server = world.mlflow(f"torn-twins-{place}")
        server.governed("torn-twins", _keyed(f"torn-twins-{place}"), run=run_id("torn-twins"))


def _case_apart(world: EstateBuilder) -> None:
    server = world.mlflow()
    server.governed("Case-Apart")
    server.governed("case-apart", Chain(owner="tom"))


def _same_run(world: EstateBuilder) -> None:
    """A run of an MLflow server that a workspace has as a job of the same id: one record."""
    run = run_id("same-run")
    world.mlflow("same-run-mlflow").governed("same-run", run=run)
    world.azure_ml().workspace("same-run-ws").governed("same-run", run=run)


def _agent_like_model(world: EstateBuilder) -> None:
    world.mlflow().governed("agent-like-model")
    world.foundry().desk("agent-like-model-ai").governed("agent-like-model")


def _dismissal(record: str) -> list[dict[str, str]]:
    return [{"record": record, "by": "ana", "reason": "another market"}]


def cases() -> Iterator[Case]:
    sound = Chain()
    desk = "azure://subscriptions/sub-foundry/resourcegroups/rg/providers/microsoft.cognitiveservices/accounts"
    yield Case("twin-servers", _MLFLOW, _servers("twin-servers", sound, sound), _both("twin-servers", {DUPLICATE}))
    yield Case(
        "twin-spaces",
        _AZURE,
        _workspaces("twin-spaces"),
        labels({f"twin-spaces ({_azure_key('twin-spaces', place)})": {DUPLICATE} for place in "ab"}),
        verdicts={f"twin-spaces ({_azure_key('twin-spaces', place)})": "incomplete" for place in "ab"},
    )
    keys = [f"foundry/rg/twin-desk-ai/twin-desk-{place}/twin-desk" for place in "ab"]
    yield Case("twin-desk", _FOUNDRY, _assistants, labels({f"twin-desk ({key})": {DUPLICATE} for key in keys}))
    content = ("zebra (same-content-a/zebra)", "okapi (same-content-b/okapi)")
    yield Case("same-content", _MLFLOW, _same_content, labels({name: {DUPLICATE} for name in content}))
    yield Case(
        "two-keys",
        _MLFLOW,
        _digests,
        labels({"heron (two-keys-a)": {CONTRADICTION}, "stork (two-keys-b)": {CONTRADICTION}}),
        verdicts={"heron v1": "auditable", "heron (two-keys-a)": "incomplete"},
    )
    yield Case(
        "two-paths",
        _AZURE,
        _one_artifact,
        labels({"linden (two-paths-a)": {CONTRADICTION}, "poplar (two-paths-b)": {CONTRADICTION}}),
    )
    cuckoo = f"{desk}/torn-desks-ai/projects/torn-desks-ai-desk/agents/torn-desks-cuckoo"
    link = {"agents": [{"source": "foundry", "agent": "torn-desks-magpie", "links": [cuckoo]}]}
    torn = ("torn-desks-magpie (torn-desks-a)", "torn-desks-cuckoo (torn-desks-b)")
    yield Case("torn-desks", _FOUNDRY, _linked_agents, labels({name: {CONTRADICTION} for name in torn}), register=link)
    yield Case(
        "torn-twins",
        _MLFLOW,
        _torn_twins,
        labels({f"torn-twins (torn-twins-{place})": {CONTRADICTION, DUPLICATE} for place in "ab"}),
    )
    # look-alikes
    joined = {"same-run (azureml/rg/same-run-ws/same-run)": "auditable"}
    yield Case("two-teams", _MLFLOW, _servers("two-teams", sound, _OTHERS), verdicts={"two-teams v1": "auditable"})
    yield Case("case-apart", _MLFLOW, _case_apart, verdicts={"Case-Apart v1": "auditable"})
    yield Case("same-run", _MLFLOW | _AZURE, _same_run, verdicts=joined)
    yield Case(
        "one-key", _MLFLOW, _servers("one-key", _keyed("one-key-record"), _keyed("one-key-record")),
        verdicts={"one-key (one-key-record)": "auditable"},
    )  # fmt: skip
    yield Case("agent-like-model", _MLFLOW | _FOUNDRY, _agent_like_model)
    yield Case(
        "dismissed-servers",
        _MLFLOW,
        _servers("dismissed-servers", sound, sound),
        verdicts={"dismissed-servers (dismissed-servers-a/dismissed-servers)": "auditable"},
        register={
            "models": [
                {
                    "source": "dismissed-servers-a",
                    "model": "dismissed-servers",
                    "dismissed": _dismissal("dismissed-servers-b/dismissed-servers"),
                }
            ]
        },
    )
    workspace = "azure://subscriptions/sub-azureml/resourcegroups/rg/providers/microsoft.machinelearningservices"
    yield Case(
        "dismissed-spaces",
        _AZURE,
        _workspaces("dismissed-spaces"),
        verdicts={f"dismissed-spaces ({_azure_key('dismissed-spaces', 'a')})": "auditable"},
        register={
            "models": [
                {
                    "asset": f"{workspace}/workspaces/dismissed-spaces-a/models/dismissed-spaces",
                    "dismissed": _dismissal(_azure_key("dismissed-spaces", "b")),
                }
            ]
        },
    )
    tagged = [_keyed(f"dismissed-keys-{place}") for place in "ab"]
    yield Case(
        "dismissed-keys",
        _MLFLOW,
        _servers("dismissed-keys", *tagged),
        register={
            "models": [
                {
                    "source": "dismissed-keys-a",
                    "model": "dismissed-keys",
                    "dismissed": _dismissal("dismissed-keys-b"),
                }
            ]
        },
    )
