"""Reads an estate: a folder of JSON files, each about one workspace, registry or account, or about access.

estate/README.md describes the format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from include.sandbox.errors import SandboxError

from . import shapes
from .names import CLIENT_ID, PRINCIPAL_ID, SUBSCRIPTION, TENANT_ID, guid, resource_id, subscription_id
from .resource_tree import Item, Resource, ResourceTree

HERE = Path(__file__).parent / "estate"

_FILE_KEYS = {"kind", "resourceGroup", "location", "systemData", "denied", "about"}
_ACCESS_KEYS = {"kind", "about", "systemData", "roleAssignments", "roleDefinitions", "denied"}
_PLACEHOLDER = re.compile(r"\$\{([a-zA-Z]+)(?::([^{}]+))?\}")
_ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
}


class Document(NamedTuple):
    """One file of an estate.

    Attributes:
        name: the file's name, for errors.
        plain: no text in it has a placeholder.
    """

    name: str
    content: dict[str, Any]
    plain: bool = False


def read_folder(folder: Path) -> list[Document]:
    """The files of a folder in the order of their names.

    Raises:
        SandboxError: A file is no JSON object; it names the file and the key.
    """
    if not folder.is_dir():
        raise SandboxError(f"there is no estate folder {folder}.", "Name a folder of JSON files.")
    return [Document(path.name, _parsed(path)) for path in sorted(folder.glob("*.json"))]


def _parsed(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=lambda pairs: _unique(pairs, path))
    except ValueError as error:
        raise SandboxError(f"{path.name} is no JSON: {error}.", "Correct the file.") from None
    if not isinstance(content, dict):
        raise _error(path.name, "", "must hold an object")
    return content


def _unique(pairs: list[tuple[str, Any]], path: Path) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise _error(path.name, name, "is listed twice in one object")
    return dict(pairs)


def load(documents: Iterable[Document], base: str) -> ResourceTree:
    """The tree of an estate.

    Args:
        base: the emulator's address, without a slash at its end.

    Raises:
        SandboxError: A document is not valid; it names the file and the key.
    """
    documents = list(documents)
    tops = {_top_key(document): _top_id(document) for document in documents if document.content.get("kind") != "access"}
    placeholders = _Placeholders(tops, base)
    tree = ResourceTree()
    for document in documents:
        content = placeholders.filled(document)
        if content.get("kind") == "access":
            _access(Document(document.name, content), tree)
        else:
            _Builder(tree, Document(document.name, content), base).build()
    return tree


class _Placeholders:
    """Replaces `${...}` in the texts of documents."""

    def __init__(self, tops: dict[tuple[str, str], str], base: str) -> None:
        self._plain = {
            "base": base,
            "subscription": subscription_id(),
            "subscriptionId": SUBSCRIPTION,
            "tenantId": TENANT_ID,
            "clientId": CLIENT_ID,
            "readerId": PRINCIPAL_ID,
        }
        self._by_name: dict[str, Callable[[str], str]] = {
            "guid": lambda name: guid("workspace", name),
            "principal": lambda name: guid("principal", name),
            "client": lambda name: guid("client", name),
            "role": lambda name: f"{subscription_id()}/providers/{shapes.ROLE_DEFINITIONS}/{_role(name)}",
        }
        self._tops = tops

    def filled(self, document: Document) -> dict[str, Any]:
        if document.plain:
            return document.content
        content: dict[str, Any] = self._replaced(document.content, document.name, "", _own_id(document))
        return content

    def _replaced(self, value: Any, file: str, where: str, own: str) -> Any:
        if isinstance(value, str) and "${" in value:
            return _PLACEHOLDER.sub(lambda match: self._value(match, file, where, own), value)
        if isinstance(value, dict):
            return {
                self._replaced(name, file, where, own): self._replaced(inner, file, f"{where}.{name}".lstrip("."), own)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._replaced(inner, file, f"{where}[{number}]", own) for number, inner in enumerate(value)]
        return value

    def _value(self, match: re.Match[str], file: str, where: str, own: str) -> str:
        kind, name = match[1], match[2]
        if name is None and kind == "id":
            return own
        if name is None and kind in self._plain:
            return self._plain[kind]
        if name is not None and kind in self._by_name:
            return self._by_name[kind](name)
        if name is not None and (kind, name) in self._tops:
            return self._tops[kind, name]
        raise _error(file, where, f"{match[0]} is not known")


class _Builder:
    """Adds one workspace, registry or account with its children to a tree."""

    def __init__(self, tree: ResourceTree, document: Document, base: str) -> None:
        self._tree, self._base, self._file = tree, base, document.name
        self._content = document.content
        self._top = str(document.content["kind"])
        self._location = str(document.content.get("location", "westeurope"))
        self._system = document.content.get("systemData") or {}

    def build(self) -> None:
        unknown = set(self._content) - _FILE_KEYS - {self._top} - set(shapes.CHILDREN[shapes.TOP[self._top]])
        if unknown:
            raise _error(self._file, sorted(unknown)[0], "is not known here")
        kind, arm_id = shapes.TOP[self._top], _top_id(Document(self._file, self._content))
        below = {name: self._content[name] for name in shapes.CHILDREN[kind] if name in self._content}
        self._add({**self._content[self._top], **below}, kind, arm_id, self._top)
        self._tree.deny(arm_id, self._content.get("denied", []))

    def _add(self, stated: Item, kind: str, path: str, where: str) -> None:
        children = [name for name in shapes.CHILDREN.get(kind, ()) if name in stated]
        known = shapes.ENVELOPE | shapes.OWN | set(children)
        for name in stated:
            if name not in known and name != "id":
                raise _error(self._file, f"{where}.{name}", "is not known here")
        item = {name: value for name, value in stated.items() if name in shapes.ENVELOPE or name == "id"}
        extra = {name: value for name, value in stated.items() if name in shapes.OWN}
        if self._tree.get(path):
            raise _error(self._file, where, f"{path} is listed twice")
        self._add_latest_version(item, stated)
        shapes.complete_item(item, kind, path, self._location, self._system, self._base)
        if kind.startswith(f"{shapes.REGISTRIES}/"):
            _as_in_registry(item, path)
        self._tree.add(Resource(path, kind, item, extra))
        for name in children:
            self._add_all(stated[name], f"{kind}/{name}", f"{path}/{name}", f"{where}.{name}")

    def _add_all(self, items: Any, kind: str, path: str, where: str) -> None:
        if not isinstance(items, list):
            raise _error(self._file, where, "must be a list")
        if kind == shapes.ACCOUNT_MODELS:
            self._tree.listings[path.lower()] = [Resource(path, kind, item) for item in items]
            return
        for number, stated in enumerate(items):
            entry = f"{where}[{number}]"
            name = stated.get("name") if isinstance(stated, dict) else None
            if not isinstance(name, str) or not name:
                raise _error(self._file, entry, "needs a `name` (a text)")
            if not isinstance(stated.get("properties", {}), dict):
                raise _error(self._file, f"{entry}.properties", "must be an object")
            self._add(stated, kind, f"{path}/{name}", entry)

    def _add_latest_version(self, item: Item, stated: Item) -> None:
        """Completes the properties of an asset that has versions."""
        versions = stated.get("versions")
        if isinstance(versions, list) and versions and all(isinstance(version, dict) for version in versions):
            last = str(versions[-1].get("name"))
            following = str(int(last) + 1) if last.isdecimal() else None
            item["properties"] = {"latestVersion": last, "nextVersion": following, **(item.get("properties") or {})}


def _as_in_registry(item: Item, path: str) -> None:
    """A registry's items have addresses of their own; a version carries its asset's name."""
    inner = path.split("/registries/", 1)[1]
    item["id"] = f"azureml://registries/{inner}"
    parts = inner.split("/")
    item["name"], item["type"] = parts[2], parts[1]


def _access(document: Document, tree: ResourceTree) -> None:
    content, file = document.content, document.name
    for name in content:
        if name not in _ACCESS_KEYS:
            raise _error(file, name, "is not known here")
    for number, stated in enumerate(content.get("roleAssignments", [])):
        _assignment(stated, f"roleAssignments[{number}]", content.get("systemData") or {}, file, tree)
    for number, stated in enumerate(content.get("roleDefinitions", [])):
        if not isinstance(stated.get("properties"), dict) or "roleName" not in stated["properties"]:
            raise _error(file, f"roleDefinitions[{number}]", "needs `properties` with `roleName`")
        name = stated.get("name") or _role(stated["properties"]["roleName"])
        path = f"{subscription_id()}/providers/{shapes.ROLE_DEFINITIONS}/{name}"
        definition = {"assignableScopes": ["/"], "type": "BuiltInRole", **stated["properties"]}
        item = {"id": path, "name": name, "type": shapes.ROLE_DEFINITIONS, "properties": definition}
        tree.add(Resource(path, shapes.ROLE_DEFINITIONS, item))
    if content.get("denied"):
        tree.deny(f"{subscription_id()}/providers", content["denied"])


def _assignment(stated: Item, where: str, system: Item, file: str, tree: ResourceTree) -> None:
    properties = stated.get("properties") or {}
    for needed in ("scope", "roleDefinitionId", "principalId"):
        if needed not in properties:
            raise _error(file, f"{where}.properties", f"needs `{needed}`")
    key = [properties[name] for name in ("scope", "roleDefinitionId", "principalId")]
    name = stated.get("name") or guid("assignment", *key)
    path = f"{subscription_id()}/providers/{shapes.ROLE_ASSIGNMENTS}/{name}"
    own = "" if properties["scope"] == "/" else properties["scope"]
    created = system.get("createdAt", "2026-01-05T09:00:00Z")
    filled = {
        "principalType": "ServicePrincipal",
        "condition": None,
        "createdOn": created,
        "updatedOn": created,
        "createdBy": system.get("createdBy"),
        **properties,
    }
    arm_id = f"{own}/providers/{shapes.ROLE_ASSIGNMENTS}/{name}"
    item = {"id": arm_id, "name": name, "type": shapes.ROLE_ASSIGNMENTS, "properties": filled}
    tree.add(Resource(path, shapes.ROLE_ASSIGNMENTS, item))


def _top_key(document: Document) -> tuple[str, str]:
    kind, _, name = _top(document)
    return kind, name


def _top_id(document: Document) -> str:
    kind, group, name = _top(document)
    return resource_id(group, shapes.TOP[kind], name)


def _own_id(document: Document) -> str:
    return subscription_id() if document.content.get("kind") == "access" else _top_id(document)


def _top(document: Document) -> tuple[str, str, str]:
    """(kind, resource group, name)."""
    content = document.content
    kind = content.get("kind")
    if kind not in shapes.TOP:
        raise _error(document.name, "kind", f"must be one of {', '.join([*shapes.TOP, 'access'])}")
    group, item = content.get("resourceGroup"), content.get(kind)
    if not isinstance(group, str) or not group:
        raise _error(document.name, "resourceGroup", "is missing")
    name = item.get("name") if isinstance(item, dict) else None
    if not isinstance(name, str) or not name:
        raise _error(document.name, f"{kind}.name", "is missing")
    return str(kind), group, name


def _role(name: str) -> str:
    return _ROLES.get(name) or guid("role", name)


def _error(file: str, where: str, what: str) -> SandboxError:
    return SandboxError(f"{file}: {where + ' ' if where else ''}{what}.", "See include/sandbox/azure/estate/README.md.")
