"""All resources of an estate by path, and their listings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from .names import subscription_id
from .shapes import CHILDREN, TOP

Item = dict[str, Any]


@dataclass
class Resource:
    """One resource.

    Attributes:
        path: its address in the tree, as spelled.
        kind: resource type, such as Microsoft.MachineLearningServices/workspaces/jobs.
        item: the document that the service answers.
        extra: keys that only the emulator reads (mlflow, dataPlane).
    """

    path: str
    kind: str
    item: Item
    extra: Item = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The path for lookups, which ignore case."""
        return self.path.lower()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def properties(self) -> Item:
        """The `properties` of the document; {} of one that has none."""
        properties: Item = self.item.get("properties", {})
        return properties

    @cached_property
    def body(self) -> bytes:
        """The document as JSON."""
        return orjson.dumps(self.item)


@dataclass(frozen=True)
class Denial:
    """Paths that may not be read, as an expression for a whole path in lower case."""

    path: re.Pattern[str]


class ResourceTree:
    """Resources and listings of an estate. Lookups ignore case."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self.listings: dict[str, list[Resource]] = {}
        self.denials: list[Denial] = []
        self.groups: set[str] = set()
        self._views: dict[tuple[str, str], list[Resource]] = {}
        for kind in TOP.values():
            self.listings[f"{subscription_id()}/providers/{kind}".lower()] = []

    def add(self, resource: Resource) -> None:
        """Adds a resource to its parent's listing, a top resource also to that of its subscription."""
        self.resources[resource.key] = resource
        self.listings.setdefault(resource.key.rsplit("/", 1)[0], []).append(resource)
        if resource.kind in TOP.values():
            self.groups.add(resource.path.split("/")[4].lower())
            self.listings[f"{subscription_id()}/providers/{resource.kind}".lower()].append(resource)

    def deny(self, below: str, patterns: list[str]) -> None:
        """Denies reading paths below a resource, by shell-style patterns: `*`, `jobs`, `models/*`."""
        for pattern in patterns:
            inner = re.escape(pattern.lower()).replace(r"\*", ".*")
            self.denials.append(Denial(re.compile(rf"{re.escape(below.lower())}/{inner}(?:/.*)?")))

    def may_read(self, path: str) -> bool:
        """Whether no denial matches."""
        key = path.lower()
        return not any(denial.path.fullmatch(key) for denial in self.denials)

    def get(self, path: str) -> Resource | None:
        """The resource at a path."""
        return self.resources.get(path.lower())

    def listing(self, path: str) -> list[Resource] | None:
        """The children at a path; None where its parent does not exist or has no such children."""
        key = path.lower()
        if key in self.listings:
            return self.listings[key]
        parent_key, _, name = key.rpartition("/")
        parent = self.resources.get(parent_key)
        if parent:
            return [] if name in {child.lower() for child in CHILDREN.get(parent.kind, ())} else None
        return [] if self._of_group(key) else None

    def view(self, path: str, view: str) -> list[Resource] | None:
        """A listing by its listViewType: All, ActiveOnly, ArchivedOnly, EnabledOnly, DisabledOnly."""
        key = (path.lower(), view)
        if key not in self._views:
            resources = self.listing(path)
            if resources is None:
                return None
            self._views[key] = [resource for resource in resources if _is_in_view(resource, view)]
        return self._views[key]

    def of_kind(self, kind: str) -> list[Resource]:
        """All resources of a type."""
        return [resource for resource in self.resources.values() if resource.kind == kind]

    def _of_group(self, key: str) -> bool:
        """Whether this is a listing of a resource group that exists but has nothing of that type."""
        prefix = f"{subscription_id()}/resourcegroups/"
        group, _, kind = key.removeprefix(prefix).partition("/providers/")
        return key.startswith(prefix) and group in self.groups and kind in {known.lower() for known in TOP.values()}


def _is_in_view(resource: Resource, view: str) -> bool:
    if view in ("enabledonly", "disabledonly"):
        return bool(resource.properties.get("isEnabled", True)) == (view == "enabledonly")
    if view == "all":
        return True
    return bool(resource.properties.get("isArchived")) == (view == "archivedonly")
