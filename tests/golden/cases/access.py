"""What may be broken about the access of an endpoint, on both platforms that have endpoints; and of agents' rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from include.governance.model import json_text
from tests.golden.cases.agents import BROAD, KEY, UNKNOWN
from tests.golden.foundry import Assistant
from tests.golden.sources import AzureSource, identity
from tests.golden.world import Case, EstateBuilder, labels

KEYS = {"static_keys": True, "caller_auth": "keys or Entra ID"}
_WIDE = {"can_write": True, "broad": True}


class Broken(NamedTuple):
    """stated: columns of the endpoint. right: (in words, level, what it allows) of one more assignment."""

    stated: dict[str, Any]
    rules: set[str]
    right: tuple[str, str, dict[str, Any]] | None = None


BROKEN: dict[str, Broken] = {
    "keys": Broken(KEYS, {KEY}),
    "nobody": Broken({"runs_as": None, "principals_json": "[]"}, {UNKNOWN}),
    "unnamed-identity": Broken({"principals_json": "[]"}, {UNKNOWN}),
    "contributor": Broken({}, {BROAD}, ("Contributor on resource group rg", "resource group", _WIDE)),
    "granter": Broken({}, {BROAD}, ("Owner on subscription s", "subscription", {"can_grant": True, "broad": True})),
    "odd-role": Broken(
        {}, {UNKNOWN}, ("role 1234 on resource group rg", "resource group", {"can_write": None, "broad": None})
    ),
    "keys-and-contributor": Broken(KEYS, {KEY, BROAD}, ("Contributor on subscription s", "subscription", _WIDE)),
    "keys-of-nobody": Broken({**KEYS, "principals_json": "[]"}, {KEY, UNKNOWN}),
    # look-alikes
    "narrow-writer": Broken({}, set(), ("Contributor on its own store", "resource", {"can_write": True})),
    "wide-reader": Broken({}, set(), ("Reader on subscription s", "subscription", {})),
    "wide-data-writer": Broken({}, set(), ("Blob writer on group", "resource group", {"can_write_data": True})),
    "token-callers": Broken({"caller_auth": "tokens"}, set()),
    "archived-with-keys": Broken({**KEYS, "archived": True}, set()),
}


def _stated(source: AzureSource, name: str, broken: Broken) -> dict[str, Any]:
    """Its identity has the GUID of `name`, as everywhere; with the right that the case gives it."""
    if broken.right:
        words, level, can = broken.right
        source.right(identity(source.source, name).upper(), words, level, **can)
    return broken.stated


def _on_azure_ml(name: str, broken: Broken) -> Case:
    title = f"mlaccess-{name}"

    def build(world: EstateBuilder) -> None:
        source = world.azure_ml()
        source.workspace(f"{title}-ws").endpoint(title, **_stated(source, title, broken))

    return Case(title, frozenset({"azure_ml"}), build, labels({title: broken.rules}))


def _on_foundry(name: str, broken: Broken) -> Case:
    title = f"aiaccess-{name}"

    def build(world: EstateBuilder) -> None:
        source = world.foundry()
        stated = {key: value for key, value in _stated(source, title, broken).items() if key != "archived"}
        source.desk(f"{title}-ai").governed(title, Assistant(access=stated, served=False))

    return Case(title, frozenset({"ai_foundry"}), build, labels({title: broken.rules}))


def _of_production(world: EstateBuilder) -> None:
    """A sound version behind an endpoint that accepts keys: the record is incomplete, its version is not."""
    workspace = world.azure_ml().workspace("keyed-production-ws")
    version = workspace.governed("keyed-production", traffic=None)
    workspace.deployment(workspace.endpoint("keyed-production-ep", **KEYS), "keyed-production-ep / blue", version)


def _no_rights_read(world: EstateBuilder) -> None:
    """A subscription whose role assignments nobody reads, next to those whose are read."""
    world.azure_ml("blind-ml", access=False).workspace("blind-ml-ws").governed("blind-ml-scorer")
    world.foundry("blind-ai", access=False).desk("blind-ai-account").governed("blind-ai-desk")


def _two_identities(world: EstateBuilder) -> None:
    source = world.azure_ml()
    ids = [identity("shared"), identity("own")]
    source.right(ids[0], "Contributor on subscription two-identities", "subscription", **_WIDE)
    source.workspace("two-identities-ws").endpoint("two-identities", principals_json=json_text.dump(ids))


def cases() -> Iterator[Case]:
    for name, broken in BROKEN.items():
        yield _on_azure_ml(name, broken)
        if name != "archived-with-keys":
            yield _on_foundry(name, broken)
    yield Case(
        "keyed-production",
        frozenset({"azure_ml"}),
        _of_production,
        labels({"keyed-production-ep": {KEY}}),
        verdicts={
            "keyed-production v1": "auditable",
            "keyed-production (azureml/rg/keyed-production-ws/keyed-production)": "incomplete",
        },
    )
    blind = ("blind-ai-desk", "blind-ai-desk-app", "blind-ai-desk-chat", "blind-ml-scorer-api")
    yield Case(
        "blind-",
        frozenset({"azure_ml", "ai_foundry"}),
        _no_rights_read,
        labels({name: {UNKNOWN} for name in blind}),
        verdicts={"blind-ml-scorer v1": "auditable", "agent blind-ai-desk": "auditable"},
    )
    yield Case("two-identities", frozenset({"azure_ml"}), _two_identities, labels({"two-identities": {BROAD}}))
