"""Deployed models of providers, on both platforms: owner, use, access, and the provider's own dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from include.governance.model import json_text
from tests.golden.cases.access import KEYS
from tests.golden.cases.agents import KEY
from tests.golden.cases.deployments import CONFLICT
from tests.golden.cases.obligations import RETIREMENT, REVIEW
from tests.golden.cases.versions import NOT_APPROVED, OWNER, STRANGER, USE
from tests.golden.chain import OWNER as ANA
from tests.golden.chain import USE_CASE
from tests.golden.foundry import BASE_MODEL, Assistant
from tests.golden.world import Case, EstateBuilder, Label, labels

_SAID = {"governance.owner": ANA, "governance.use_case": USE_CASE}
_AZURE, _FOUNDRY = frozenset({"azure_ml"}), frozenset({"ai_foundry"})


class Broken(NamedTuple):
    """What differs from a sound deployment; the rules on it and on its endpoint's access; its verdict, None: unjudged.

    tags: besides owner and use; None takes one away. entry: of the register.
    """

    tags: Mapping[str, str | None] = {}
    rules: set[str] = set()
    verdict: str | None = "auditable"
    stated: Mapping[str, Any] = {}
    access: Mapping[str, Any] = {}
    access_rules: set[str] = set()
    entry: Mapping[str, Any] = {}


BROKEN: dict[str, Broken] = {
    "sound": Broken(),
    "no-owner": Broken({"governance.owner": None}, {OWNER}, "unauditable"),
    "strange-owner": Broken({"governance.owner": "somebody"}, {STRANGER}, "incomplete"),
    "no-use": Broken({"governance.use_case": None}, {USE}, "unauditable"),
    "expired-use": Broken({"governance.use_case": "UC-EXPIRED"}, {NOT_APPROVED}, "unauditable"),
    "said-to-be-staged": Broken({"lifecycle": "staging"}, {CONFLICT}, "incomplete"),
    "keyed": Broken(access=KEYS, access_rules={KEY}),
    "past-its-day": Broken({}, {RETIREMENT}, "incomplete", entry={"retire_on": "2026-02-01"}),
    "unreviewed": Broken({}, {REVIEW}, "incomplete", entry={"next_review": "2026-02-28"}),
    "retired-soon": Broken({}, {RETIREMENT}, "incomplete", {"retires_on": "2026-05-30"}),
    "retired-before": Broken({}, {RETIREMENT}, "incomplete", {"retires_on": "2026-01-31"}),
    "ownerless-and-retired": Broken(
        {"governance.owner": None}, {OWNER, RETIREMENT}, "unauditable", {"retires_on": "2026-03-02"}
    ),
    # look-alikes
    "owned-by-register": Broken({"governance.owner": None}, entry={"owner": "tom"}),
    "retired-later": Broken(stated={"retires_on": "2026-05-31"}),
    "without-dates": Broken(stated={"upgrade_option": "NoAutoUpgrade"}),
    "at-rest": Broken({"governance.owner": None}, set(), None, {"state": "Disabled"}),
}


def _tags(broken: Broken) -> dict[str, str]:
    return {tag: value for tag, value in {**_SAID, **broken.tags}.items() if value}


def _on_foundry(name: str, broken: Broken) -> Case:
    title = f"aimodel-{name}"

    def build(world: EstateBuilder) -> None:
        account = world.foundry().account(f"{title}-ai")
        account.deployment(title, tags=_tags(broken), stated=broken.stated, **broken.access)

    return _case(title, title, _FOUNDRY, build, broken, "foundry")


def _on_azure_ml(name: str, broken: Broken) -> Case:
    title = f"mlmodel-{name}"

    def build(world: EstateBuilder) -> None:
        world.foundry()  # it has the provider's model
        workspace = world.azure_ml().workspace(f"{title}-ws")
        endpoint = workspace.endpoint(f"{title}-ep", "serverless", **broken.access)
        stated = {"tags_json": json_text.dump(_tags(broken)), **broken.stated}
        workspace.deployment(endpoint, f"{title}-ep / {title}", BASE_MODEL, kind="serverless", **stated)

    return _case(title, f"{title}-ep / {title}", _AZURE, build, broken, "azureml")


def _case(
    title: str, called: str, platforms: frozenset[str], build: Callable[[EstateBuilder], None], broken: Broken, at: str
) -> Case:
    endpoint = title if platforms == _FOUNDRY else f"{title}-ep"
    subject = f"deployment {called}"
    found = labels({subject: broken.rules, endpoint: broken.access_rules})
    register = {"deployments": [{"source": at, "deployment": called, **broken.entry}]} if broken.entry else {}
    verdicts = {subject: broken.verdict} if broken.verdict else {}
    return Case(title, platforms, build, found, verdicts, register=register)


def _tuned_and_registered(world: EstateBuilder) -> None:
    """A version of a workspace that Foundry serves: its record is judged by the provider's date too."""
    workspace = world.azure_ml().workspace("tuned-ws")
    version = workspace.governed("tuned", traffic=None)
    world.foundry().account("tuned-ai").deployment("tuned-chat", version, tags={}, stated={"retires_on": "2026-04-01"})


def _with_callers(world: EstateBuilder) -> None:
    """What two agents call is retired; a disabled one does not count."""
    desk = world.foundry().desk("called-ai")
    chat = desk.account.deployment("called-chat", stated={"retires_on": "2026-04-01"})
    desk.agent("called-desk", calls=chat)
    desk.classic("called-classic", calls=chat)
    desk.agent("called-asleep", Assistant(state="disabled"), calls=chat)


def _namesakes(world: EstateBuilder) -> None:
    """Deployments in two accounts are named after the model that they deploy: nothing suspicious."""
    for account in ("namesakes-a", "namesakes-b"):
        world.foundry().account(account).deployment("namesakes-gpt-4o")


def _one_record(world: EstateBuilder) -> None:
    """Two deployments that a tag makes one record."""
    tags = {**_SAID, "governance.record": "one-model"}
    for region in ("north", "south"):
        world.foundry().account(f"one-model-{region}").deployment(f"one-model-{region}-chat", tags=tags)


def _carried(world: EstateBuilder) -> None:
    world.foundry().account("unread-model-ai").unread("deployments")


def _to_be_carried(world: EstateBuilder) -> None:
    world.foundry().account("unread-model-ai").deployment("unread-model-chat")


def _unnamed(world: EstateBuilder) -> None:
    """An online endpoint of a workspace that deploys a provider's model as it is, and one that takes no traffic."""
    world.foundry()
    workspace = world.azure_ml().workspace("online-model-ws")
    endpoint = workspace.endpoint("online-model-ep")
    workspace.deployment(endpoint, "online-model-ep / blue", BASE_MODEL, 100)
    workspace.deployment(endpoint, "online-model-ep / green", BASE_MODEL, 0)


def cases() -> Iterator[Case]:
    for name, broken in BROKEN.items():
        yield _on_foundry(name, broken)
        yield _on_azure_ml(name, broken)
    yield Case("tuned", _AZURE, _tuned_and_registered, labels({"tuned v1": {RETIREMENT}}), {"tuned v1": "incomplete"})
    yield Case(
        "called-",
        _FOUNDRY,
        _with_callers,
        labels({"deployment called-chat": {RETIREMENT}}),
        {"deployment called-chat": "incomplete", "agent called-desk": "auditable"},
    )
    yield Case("namesakes-", _FOUNDRY, _namesakes)
    yield Case(
        "one-model",
        _FOUNDRY,
        _one_record,
        verdicts={"one-model": "auditable", "deployment one-model-north-chat": "auditable"},
    )
    yield Case(
        "unread-model",
        _FOUNDRY,
        _carried,
        frozenset({Label("source.not_reread", "deployment unread-model-chat")}),
        {"deployment unread-model-chat": "auditable, provisional"},
        before=_to_be_carried,
    )
    yield Case(
        "online-model",
        _AZURE,
        _unnamed,
        labels({"deployment online-model-ep / blue": {OWNER, USE}}),
        {"deployment online-model-ep / blue": "unauditable"},
    )
