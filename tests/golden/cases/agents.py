"""What may be broken about an agent that can be called: published or not, of today's portal or of the classic one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.relations import Relation
from tests.golden.cases.versions import DESCRIPTION, NOT_APPROVED, OWNER, SECRET, STRANGER, USE
from tests.golden.foundry import Assistant, Project
from tests.golden.world import Case, EstateBuilder, labels

KEY, BROAD, UNKNOWN = "access.static_key", "access.broad", "access.unknown"
UNREGISTERED, MISSING = "deployment.unregistered", "deployment.missing"


class Broken(NamedTuple):
    """What differs from a sound agent; rules on it, its access, its deployment; the agent's verdict."""

    assistant: dict[str, Any]
    rules: set[str]
    verdict: str
    access: set[str] = frozenset()  # type: ignore[assignment]


BROKEN: dict[str, Broken] = {
    "sound": Broken({}, set(), "auditable"),
    "no-owner": Broken({"owner": None}, {OWNER}, "unauditable"),
    "strange-owner": Broken({"owner": "somebody"}, {STRANGER}, "incomplete"),
    "no-use": Broken({"use_case": None}, {USE}, "unauditable"),
    "proposed-use": Broken({"use_case": "UC-PROPOSED"}, {NOT_APPROVED}, "unauditable"),
    "expired-use": Broken({"use_case": "UC-EXPIRED"}, {NOT_APPROVED}, "unauditable"),
    "undescribed": Broken({"described": False}, {DESCRIPTION}, "incomplete"),
    "secret": Broken({"secrets": 2}, {SECRET}, "incomplete"),
    "key-connection": Broken({"credential": "static key"}, set(), "incomplete", {KEY}),
    "key-callers": Broken({"access": {"static_keys": True, "caller_auth": "keys"}}, set(), "incomplete", {KEY}),
    "no-identity": Broken({"access": {"runs_as": None, "principals_json": "[]"}}, set(), "auditable", {UNKNOWN}),
    # two or three at once
    "ownerless-with-key": Broken({"owner": None, "credential": "static key"}, {OWNER}, "unauditable", {KEY}),
    "unknown-with-key-and-secret": Broken(
        {"access": {"principals_json": "[]"}, "credential": "static key", "secrets": 1},
        {SECRET},
        "incomplete",
        {KEY, UNKNOWN},
    ),
    # look-alikes
    "without-connection": Broken({"credential": None}, set(), "auditable"),
    "signed-in-connection": Broken({"credential": "user sign-in"}, set(), "auditable"),
}


# What nobody publishes can be called all the same: the same rules fail, and count for less; access and secrets do not
_MILDER = {"unauditable": "incomplete", "incomplete": "auditable"}
_AS_GRAVE = {SECRET, KEY, BROAD}
_UNPUBLISHED = (
    "sound",
    "no-owner",
    "strange-owner",
    "no-use",
    "expired-use",
    "undescribed",
    "secret",
    "key-connection",
)


def _unpublished(name: str, *, classic: bool) -> Case:
    broken, title = BROKEN[name], f"{'classic' if classic else 'unpublished'}-{name}"

    def build(world: EstateBuilder) -> None:
        desk = _desk(world, title)
        assistant = Assistant(**{**broken.assistant, "served": False})
        if classic:
            desk.classic(title, assistant, calls=desk.account.deployment(f"{title}-chat"))
        else:
            desk.governed(title, assistant)

    rules = broken.rules | broken.access
    verdict = broken.verdict if rules & _AS_GRAVE else _MILDER.get(broken.verdict, broken.verdict)
    found = labels({f"agent {title}": broken.rules, title: broken.access})
    return _of(title, build, found, {f"agent {title}": verdict})


def _case(name: str, broken: Broken) -> Case:
    title = f"agent-{name}"

    def build(world: EstateBuilder) -> None:
        world.foundry().desk(f"{title}-ai").governed(title, Assistant(**broken.assistant))

    found = labels({f"agent {title}": broken.rules, title: broken.access})
    return _of(title, build, found, {f"agent {title}": broken.verdict})


def _of(title: str, build: Any, found: frozenset[Any] = frozenset(), verdicts: Mapping[str, str] | None = None) -> Case:
    return Case(title, frozenset({"ai_foundry"}), build, found, verdicts=verdicts or {})


def _desk(world: EstateBuilder, title: str) -> Project:
    return world.foundry().desk(f"{title}-ai")


def _no_model(world: EstateBuilder) -> None:
    _desk(world, "agent-without-model").agent("agent-without-model")


def _custom(world: EstateBuilder) -> None:
    desk = _desk(world, "agent-on-custom")
    desk.agent("agent-on-custom", calls=desk.account.deployment("agent-on-custom-chat", None))


def _gone(world: EstateBuilder) -> None:
    """Its deployment deploys a version of a workspace that lists no such version."""
    workspace = world.azure_ml().workspace("agent-on-gone-ws")
    desk = _desk(world, "agent-on-gone")
    version = workspace.named("models", "gone", "versions", "4")
    desk.agent("agent-on-gone", calls=desk.account.deployment("agent-on-gone-chat", version))


def _disabled(world: EstateBuilder) -> None:
    desk = _desk(world, "agent-disabled")
    broken = Assistant(owner=None, use_case=None, described=False, secrets=1, state="disabled")
    desk.agent("agent-disabled", broken)


def _draft(world: EstateBuilder) -> None:
    _desk(world, "agent-draft").agent("agent-draft", Assistant(owner=None, use_case=None, served=False))


def _in_versions(title: str, served: str | None, keyed: int) -> Case:
    """Its application serves that version; version `keyed` reaches out with a key. The latest is the second."""

    def build(world: EstateBuilder) -> None:
        desk = _desk(world, title)
        chat = desk.account.deployment(f"{title}-chat")
        agent = desk.agent(title, Assistant(credential=None), calls=chat, serves=served)
        first = qualified_names.azure_part(agent, "versions", "1")
        desk.source.relate(Relation.ENDPOINT_USED_BY_AGENT_VERSION, chat, first, "deployment name")
        desk.connect(qualified_names.azure_part(agent, "versions", str(keyed)), f"{title}-crm", "static key")

    is_seen = (served or "2") == str(keyed)
    found = labels({title: {KEY}}) if is_seen else frozenset()
    return _of(title, build, found, {f"agent {title}": "incomplete" if is_seen else "auditable"})


def _dangling(title: str, served: bool = True) -> Callable[[EstateBuilder], None]:
    def build(world: EstateBuilder) -> None:
        desk = _desk(world, title)
        endpoint = qualified_names.azure_part(
            qualified_names.azure(desk.account.id, "deployments", f"{title}-gone"), "endpoint"
        )
        desk.agent(title, Assistant(served=served), calls=endpoint, model=f"{title}-gone")

    return build


def _dangling_unread(world: EstateBuilder) -> None:
    """Its deployment may be among those that could not be read."""
    _dangling("agent-maybe-dangling")(world)
    world.foundry().unread("agent-maybe-dangling-ai/deployments")


def _behind_connection(world: EstateBuilder) -> None:
    """Its model stands in an account that no source reads, behind a connection."""
    _desk(world, "agent-behind-connection").agent("agent-behind-connection", model="hub/gpt-4o")


def _former_key(world: EstateBuilder) -> None:
    """Only a version that is not its latest used the connection with a key."""
    desk = _desk(world, "agent-former-key")
    agent = desk.governed("agent-former-key")
    desk.connect(qualified_names.azure_part(agent, "versions", "1"), "agent-former-key-crm", "static key")


def _workflow(world: EstateBuilder) -> None:
    """It calls no model, but another agent that does."""
    desk = _desk(world, "agent-workflow")
    helper = desk.governed("agent-workflow-helper")
    workflow = desk.agent("agent-workflow")
    latest = qualified_names.azure_part(workflow, "versions", "2")
    desk.source.relate(Relation.AGENT_USED_BY_AGENT_VERSION, helper, latest, "agent named in the workflow")


def _workflow_of_nothing(world: EstateBuilder) -> None:
    """Two agents that call each other, and no model."""
    desk = _desk(world, "agent-circle")
    one, other = desk.agent("agent-circle-a"), desk.agent("agent-circle-b")
    for caller, called in ((one, other), (other, one)):
        latest = qualified_names.azure_part(caller, "versions", "2")
        desk.source.relate(Relation.AGENT_USED_BY_AGENT_VERSION, called, latest, "agent named in the workflow")


def _model_of_a_workspace(world: EstateBuilder) -> None:
    """Its deployment deploys what an Azure ML workspace has registered."""
    workspace = world.azure_ml().workspace("agent-on-registered-ws")
    version = workspace.governed("agent-on-registered-scorer", traffic=None)
    desk = _desk(world, "agent-on-registered")
    desk.agent("agent-on-registered", calls=desk.account.deployment("agent-on-registered-chat", version))


def _unflagged(world: EstateBuilder) -> None:
    """Its source does not say which version is the latest."""
    desk = _desk(world, "agent-unflagged")
    chat = desk.account.deployment("agent-unflagged-chat")
    desk.agent("agent-unflagged", Assistant(credential="static key"), calls=chat, flags=(None, None))


def _set_aside(world: EstateBuilder) -> None:
    """Its latest version was listed and could not be understood: what stands behind it is not known."""
    desk = _desk(world, "agent-set-aside")
    agent = desk.account.source.add(
        AssetKind.AGENT, f"{desk.id}/agents/agent-set-aside", "agent-set-aside", desk.container, latest_version="3",
        state="enabled", published=True, description="helps", tags_json=json_text.dump(Assistant().tags()),
        **desk.source.access("agent-set-aside"),
    )  # fmt: skip
    desk.version(agent, "agent-set-aside", 2, False)
    version = f"{desk.id}/agents/agent-set-aside/versions/3"
    desk.source.quarantine(f"{desk.name}/agent_versions", version, qualified_names.azure(version))


def cases() -> Iterator[Case]:
    yield from (_case(name, broken) for name, broken in BROKEN.items())
    yield _of(
        "agent-without-model",
        _no_model,
        labels({"agent agent-without-model": {UNREGISTERED}}),
        {"agent agent-without-model": "unauditable"},
    )
    for name, build in (("agent-on-custom", _custom), ("agent-on-gone", _gone)):
        found = labels({f"agent {name}": {UNREGISTERED}, f"{name}-chat": {UNREGISTERED}})
        yield _of(name, build, found, {f"agent {name}": "unauditable"})
    yield _of(
        "agent-circle",
        _workflow_of_nothing,
        labels({"agent agent-circle-a": {UNREGISTERED}, "agent agent-circle-b": {UNREGISTERED}}),
    )
    yield _of(
        "agent-unflagged",
        _unflagged,
        labels({"agent-unflagged": {KEY}}),
        {"agent agent-unflagged": "incomplete"},
    )
    yield _of(
        "agent-set-aside",
        _set_aside,
        labels({"agent agent-set-aside": {"source.incomplete"}}),
        {"agent agent-set-aside": "incomplete, provisional"},
    )
    yield _of("agent-disabled", _disabled)
    yield _of(
        "agent-draft",
        _draft,
        labels({"agent agent-draft": {OWNER, USE, UNREGISTERED}}),
        {"agent agent-draft": "incomplete"},
    )
    for name in _UNPUBLISHED:
        yield _unpublished(name, classic=False)
        yield _unpublished(name, classic=True)
    yield _in_versions("agent-served-first-keyed", "1", 1)
    yield _in_versions("agent-served-first", "1", 2)
    yield _in_versions("agent-served-second", "2", 2)
    yield _in_versions("agent-served-unnamed", None, 2)
    for name, served, verdict in (("published", True, "unauditable"), ("draft", False, "incomplete")):
        title = f"agent-dangling-{name}"
        yield _of(title, _dangling(title, served), labels({f"agent {title}": {MISSING}}), {f"agent {title}": verdict})
    yield _of(
        "agent-maybe-dangling",
        _dangling_unread,
        labels({"agent agent-maybe-dangling": {"source.incomplete"}}),
        {"agent agent-maybe-dangling": "incomplete, provisional"},
    )
    yield _of("agent-behind-connection", _behind_connection, verdicts={"agent agent-behind-connection": "auditable"})
    yield _of("agent-former-key", _former_key, verdicts={"agent agent-former-key": "auditable"})
    yield _of("agent-workflow", _workflow, verdicts={"agent agent-workflow": "auditable"})
    yield _of("agent-on-registered", _model_of_a_workspace, verdicts={"agent-on-registered-scorer v1": "auditable"})
