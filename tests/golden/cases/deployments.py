"""What serves: registered or not, and what is said of a version that takes traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from include.governance.model import json_text
from tests.golden.azure_ml import Workspace
from tests.golden.chain import SOUND, Chain
from tests.golden.foundry import BASE_MODEL
from tests.golden.world import Case, EstateBuilder, labels

UNREGISTERED, CONFLICT = "deployment.unregistered", "deployment.not_production"
OPEN_SECRET = "security.secret_in_deployment"
_AZURE = frozenset({"azure_ml"})


def _workspace(world: EstateBuilder, name: str) -> Workspace:
    return world.azure_ml().workspace(f"{name}-ws")


def _serving(name: str, **stated: object) -> Callable[[EstateBuilder], None]:
    """An endpoint with one deployment "NAME-ep / blue". stated: of the deployment."""

    def build(world: EstateBuilder) -> None:
        workspace = _workspace(world, name)
        kind = str(stated.get("kind", "online"))
        workspace.deployment(workspace.endpoint(f"{name}-ep", kind), f"{name}-ep / blue", None, **stated)

    return build


# name -> what is stated of a deployment that nothing registered stands behind, and whether it serves
SERVING: dict[str, tuple[dict[str, object], bool]] = {
    "unnamed-model": ({}, True),
    "model-from-path": ({"reference": "azureml://datastores/store/paths/model"}, True),
    "mirrored-only": ({"traffic": 0, "mirror": 20}, True),
    "unsplit-online": ({"traffic": None}, True),
    "batch-default": ({"traffic": 100, "kind": "batch"}, True),
    # look-alikes
    "without-traffic": ({"traffic": 0}, False),
    "batch-undecided": ({"traffic": None, "kind": "batch"}, False),
    "batch-aside": ({"traffic": 0, "kind": "batch"}, False),
    "archived-serving": ({"archived": True}, False),
}


def _gone(world: EstateBuilder) -> None:
    workspace = _workspace(world, "deployed-and-gone")
    version = workspace.named("models", "gone", "versions", "2")
    workspace.deployment(workspace.endpoint("deployed-and-gone-ep"), "deployed-and-gone-ep / blue", version)


def _anonymous(world: EstateBuilder) -> None:
    """Made from files at deployment: Azure ML files it under a GUID, and nobody has registered it."""
    workspace, guid = _workspace(world, "anonymous-model"), "0b9f2c1e-anonymous-model"
    workspace.model(guid, {})
    version = workspace.version(guid, anonymous=True)
    workspace.deployment(workspace.endpoint("anonymous-model-ep"), "anonymous-model-ep / blue", version)


def _open_secret(world: EstateBuilder) -> None:
    where = {"secrets_removed": 1, "secrets_where": "environment variable AZURE_KEY: Azure Service Key"}
    workspace = _workspace(world, "open-secret")
    endpoint = workspace.endpoint("open-secret-ep")
    workspace.deployment(endpoint, "open-secret-ep / blue", None, **where)
    workspace.deployment(endpoint, "open-secret-ep / idle", None, 0, **where)
    workspace.deployment(endpoint, "open-secret-ep / clean", None, 0, secrets_removed=0)


def _elsewhere(world: EstateBuilder) -> None:
    """Its model stands in a registry that no source reads: nothing is known of it."""
    workspace = _workspace(world, "deployed-from-afar")
    version = "azure://registries/afar/models/scorer/versions/1"
    workspace.deployment(workspace.endpoint("deployed-from-afar-ep"), "deployed-from-afar-ep / blue", version)


def _unread_models(world: EstateBuilder) -> None:
    workspace = _workspace(world, "deployed-unread")
    version = workspace.named("models", "scorer", "versions", "1")
    workspace.deployment(workspace.endpoint("deployed-unread-ep"), "deployed-unread-ep / blue", version)
    workspace.unread("model_versions")


def _base_model(world: EstateBuilder) -> None:
    world.foundry()
    workspace = _workspace(world, "deployed-base")
    said = json_text.dump(SOUND.tags())
    endpoint = workspace.endpoint("deployed-base-ep", "serverless")
    workspace.deployment(endpoint, "deployed-base-ep / blue", BASE_MODEL, kind="serverless", tags_json=said)


def _custom_in_foundry(world: EstateBuilder) -> None:
    world.foundry().account("custom-chat-ai").deployment("custom-chat", None, reference="file.bin")


def _saying(name: str, percent: int, *, tags: dict[str, str] | None = None, **version: object) -> Case:
    """A version that takes traffic while it is said to be something else."""

    def build(world: EstateBuilder) -> None:
        _workspace(world, name).governed(name, traffic=percent, tags=tags, **version)

    found = labels({f"{name} v1": {CONFLICT}})
    return Case(name, _AZURE, build, found, verdicts={f"{name} v1": "incomplete"})


def _torn_and_unowned(world: EstateBuilder) -> None:
    workspace = _workspace(world, "torn-and-unowned")
    workspace.governed("torn-and-unowned", Chain(owner=None, data=()), tags={"lifecycle": "staging"})


def _by_foundry(world: EstateBuilder) -> None:
    """A Foundry account serves a version that its workspace says is only staged."""
    workspace = _workspace(world, "served-by-foundry")
    version = workspace.governed("served-by-foundry", traffic=None, tags={"lifecycle": "staging"})
    world.foundry().account("served-by-foundry-ai").deployment("served-by-foundry-chat", version)


def _canary(world: EstateBuilder) -> None:
    """Said to be in production, and takes traffic; the candidate next to it takes none."""
    workspace = _workspace(world, "canary")
    version = workspace.governed("canary", tags={"lifecycle": "production"})
    candidate = workspace.governed("canary", number=2, traffic=None, tags={"lifecycle": "candidate"})
    endpoint = workspace.named("onlineEndpoints", "canary-api")
    workspace.deployment(endpoint, "canary-api / v2", candidate, 0)
    workspace.deployment(endpoint, "canary-api / v1b", version, 0)


def cases() -> Iterator[Case]:
    for name, (stated, serves) in SERVING.items():
        found = labels({f"{name}-ep / blue": {UNREGISTERED}}) if serves else frozenset()
        yield Case(name, _AZURE, _serving(name, **stated), found)
    yield Case("deployed-and-gone", _AZURE, _gone, labels({"deployed-and-gone-ep / blue": {UNREGISTERED}}))
    yield Case(
        "anonymous-model",
        _AZURE,
        _anonymous,
        labels({"anonymous-model-ep / blue": {UNREGISTERED}}),
    )
    yield Case(
        "open-secret",
        _AZURE,
        _open_secret,
        labels({"open-secret-ep / blue": {UNREGISTERED, OPEN_SECRET}, "open-secret-ep / idle": {OPEN_SECRET}}),
    )
    yield Case("deployed-from-afar", _AZURE, _elsewhere)
    yield Case("deployed-unread", _AZURE, _unread_models)
    yield Case("deployed-base", _AZURE, _base_model)
    yield Case("custom-chat", frozenset({"ai_foundry"}), _custom_in_foundry, labels({"custom-chat": {UNREGISTERED}}))
    yield _saying("staged-with-traffic", 100, tags={"lifecycle": "staging"})
    yield _saying("candidate-with-traffic", 10, tags={"lifecycle": "candidate"})
    yield _saying("archived-with-traffic", 90, archived=True)
    yield Case(
        "torn-and-unowned",
        _AZURE,
        _torn_and_unowned,
        labels({"torn-and-unowned v1": {CONFLICT, "ownership.owner.missing", "lineage.dataset.missing"}}),
        verdicts={"torn-and-unowned v1": "unauditable"},
    )
    yield Case("served-by-foundry", _AZURE, _by_foundry, labels({"served-by-foundry v1": {CONFLICT}}))
    yield Case("canary", _AZURE, _canary, verdicts={"canary v1": "auditable"})
