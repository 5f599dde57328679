"""The containers that are read: accounts and their projects, with their pages in the Foundry portal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ...model import json_text, qualified_names
from ...model.rows import Row
from ...net.azure.cloud import Cloud
from ..azure.fields import ArmFields, last_segment, public_network, resource_id
from ..clean_names import CleanNames
from ..fields import Malformed, part, text

_ACCOUNT = re.compile(r"^/subscriptions/[^/]+/resourcegroups/([^/]+)/providers/[^/]+/accounts/([^/]+)/?$", re.I)
_PROJECT = re.compile(r"^/subscriptions/.+/accounts/[^/]+/projects/([^/]+)/?$", re.I)
_KEPT = (
    *("customSubDomainName", "allowProjectManagement", "defaultProject", "associatedProjects", "disableLocalAuth"),
    *("endpoints", "provisioningState", "networkAcls"),
)
_ENDPOINT = "AI Foundry API"
_KINDS = {"aiservices": "AIServices", "openai": "OpenAI"}


@dataclass
class Container:
    """An account or a project. title: how its collections are named, unique within the scope.

    account: of a project. endpoint: address of a project's data plane, None where none is stated.
    """

    id: str
    name: str
    row: Row
    portal: str
    title: str = ""
    account: Container | None = None
    endpoint: str | None = None

    @property
    def qualified_name(self) -> str:
        """As its row has it."""
        return str(self.row["qualified_name"])

    @property
    def group(self) -> str:
        """Its resource group."""
        return self.id.split("/")[4]

    @property
    def arm_name(self) -> str:
        """Its name in ARM."""
        return last_segment(self.id)

    @property
    def principals(self) -> list[str]:
        """Object ids of the identities it runs as."""
        principals: list[str] = json_text.load(self.row["principals_json"]) or []
        return principals

    def below(self, *parts: str) -> str:
        """An ARM id below it; also for what exists on its data plane only."""
        return "/".join([self.id.rstrip("/"), *parts])

    def covers(self, collection: str) -> str:
        """What the qualified names of everything in that collection begin with."""
        return qualified_names.azure(self.id, collection) + "/"

    def link(self, page: str) -> str:
        """The portal's page about it: resource/overview, resource/deployments, resource/agentsList ..."""
        return f"{self.portal}/{page}?wsid={quote(self.id, safe='/')}"


def is_read(item: Mapping[str, Any]) -> bool:
    """Whether an account is of this source: speech, vision and other services' accounts are not."""
    return str(item.get("kind") or "").lower() in _KINDS


def account(item: Mapping[str, Any], fields: ArmFields, cloud: Cloud) -> Container:
    """Raises Malformed where id or properties are not what ARM documents."""
    native_id, properties = resource_id(item), part(item, "properties")
    match = _ACCOUNT.match(native_id)
    if not match:
        raise Malformed("`id` is no ARM id of an account")
    container = Container(native_id, text(match.group(2)) or "", {}, cloud.ai_portal)
    stated = {name: properties[name] for name in _KEPT if properties.get(name) not in (None, "", [], {})}
    sku = part(item, "sku").get("name")
    container.row.update(
        _row(item, container, fields, stated | ({"sku": sku} if sku else {})),
        subtype=_KINDS.get(str(item.get("kind") or "").lower(), fields.text(item.get("kind"))),
        address=fields.text(properties.get("endpoint")),
        **fields.placed(item, None, container.link("resource/overview")),
        **caller_auth(properties),
    )
    return container


def project(item: Mapping[str, Any], of: Container, fields: ArmFields, cloud: Cloud, clean: CleanNames) -> Container:
    """Raises Malformed where id or properties are not what ARM documents. Its `name` in ARM is ACCOUNT/PROJECT."""
    native_id, properties = resource_id(item), part(item, "properties")
    match = _PROJECT.match(native_id)
    if not match:
        raise Malformed("`id` is no ARM id of a project")
    endpoint = part(properties, "endpoints").get(_ENDPOINT)
    container = Container(
        native_id,
        text(match.group(1)) or "",
        {},
        cloud.ai_portal,
        account=of,
        endpoint=endpoint.rstrip("/") if isinstance(endpoint, str) and endpoint else None,
    )
    stated = {name: properties[name] for name in ("isDefault", "provisioningState") if properties.get(name) is not None}
    container.row.update(
        _row(item, container, fields, stated),
        name=fields.text(properties.get("displayName")) or fields.text(container.name),
        subtype="Foundry project",
        address=fields.text(container.endpoint),
        **fields.placed(item, of.qualified_name, container.link("foundryProject/overview")),
        **{name: of.row[name] for name in ("caller_auth", "static_keys")},
    )
    container.row["public_network"] = container.row["public_network"] or of.row["public_network"]
    container.title = f"{of.title}/{clean.title(container.name)}"
    return container


def caller_auth(properties: Mapping[str, Any]) -> Row:
    """Columns caller_auth, static_keys: where `disableLocalAuth` is false or absent, keys that never expire work."""
    keys = properties.get("disableLocalAuth") is not True
    return {"caller_auth": "keys or Entra ID" if keys else "Entra ID", "static_keys": keys}


def assign_titles(accounts: Iterable[Container], clean: CleanNames) -> None:
    """Gives each account its title: its name, with the resource group in front where two have it, without secrets."""
    titled = list(accounts)
    names = [account.name.lower() for account in titled]
    for account in titled:
        is_ambiguous = names.count(account.name.lower()) > 1
        parts = (account.group, account.name) if is_ambiguous else (account.name,)
        account.title = "/".join(map(clean.title, parts))


def _row(item: Mapping[str, Any], container: Container, fields: ArmFields, stated: Mapping[str, Any]) -> Row:
    return fields.row(
        qualified_name=qualified_names.azure(container.id),
        native_id=container.id,
        name=fields.text(container.name),
        platform="ai_foundry",
        location=fields.text(item.get("location")),
        properties_json=fields.document(stated),
        public_network=fields.text(public_network(part(item, "properties"))),
        **fields.identity(item),
    )
