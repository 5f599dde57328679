"""All resources of an estate by their paths, and its listings, as they go over the wire."""

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
    """path: its address in the tree, as spelled. kind: resource type. item: what the service answers.

    extra: what only the stand-in reads (mlflow, dataPlane).
    """

    path: str
    kind: str
    item: Item
    extra: Item = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.path.lower()

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def properties(self) -> Item:
        found: Item = self.item["properties"]
        return found

    @cached_property
    def body(self) -> bytes:
        return orjson.dumps(self.item)


@dataclass(frozen=True)
class Denial:
    """What may not be read. path: regular expression on a whole lower-case path."""

    path: re.Pattern[str]


class ResourceTree:
    """Lookups do not regard case."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self.listings: dict[str, list[Resource]] = {}
        self.denials: list[Denial] = []
        self.groups: set[str] = set()
        self._views: dict[tuple[str, str], list[Resource]] = {}
        for kind in TOP.values():
            self.listings[f"{subscription_id()}/providers/{kind}".lower()] = []

    def add(self, resource: Resource) -> None:
        """Below its parent's listing, and for a top resource in those of its subscription and resource group."""
        self.resources[resource.key] = resource
        self.listings.setdefault(resource.key.rsplit("/", 1)[0], []).append(resource)
        if resource.kind in TOP.values():
            self.groups.add(resource.path.split("/")[4].lower())
            self.listings[f"{subscription_id()}/providers/{resource.kind}".lower()].append(resource)

    def deny(self, below: str, patterns: list[str]) -> None:
        """patterns: shell-style, on paths below that resource: `*`, `jobs`, `models/*`."""
        for pattern in patterns:
            inner = re.escape(pattern.lower()).replace(r"\*", ".*")
            self.denials.append(Denial(re.compile(rf"{re.escape(below.lower())}/{inner}(?:/.*)?")))

    def may_read(self, path: str) -> bool:
        key = path.lower()
        return not any(denial.path.fullmatch(key) for denial in self.denials)

    def get(self, path: str) -> Resource | None:
        return self.resources.get(path.lower())

    def listing(self, path: str) -> list[Resource] | None:
        """None where no such listing can be: its parent does not exist, or has no such children."""
        key = path.lower()
        if key in self.listings:
            return self.listings[key]
        above, _, last = key.rpartition("/")
        parent = self.resources.get(above)
        if parent:
            known = {name.lower() for name in CHILDREN.get(parent.kind, ())}
            return [] if last in known else None
        return [] if self._of_group(key) else None

    def view(self, path: str, wanted: str) -> list[Resource] | None:
        """A listing by its listViewType: All, ActiveOnly, ArchivedOnly, EnabledOnly, DisabledOnly."""
        key = (path.lower(), wanted)
        if key not in self._views:
            found = self.listing(path)
            if found is None:
                return None
            self._views[key] = [resource for resource in found if _shown(resource, wanted)]
        return self._views[key]

    def of_kind(self, kind: str) -> list[Resource]:
        return [resource for resource in self.resources.values() if resource.kind == kind]

    def _of_group(self, key: str) -> bool:
        """Whether this is a listing of a resource group that exists but has nothing of that type."""
        prefix = f"{subscription_id()}/resourcegroups/"
        group, _, kind = key.removeprefix(prefix).partition("/providers/")
        return key.startswith(prefix) and group in self.groups and kind in {known.lower() for known in TOP.values()}


def _shown(resource: Resource, wanted: str) -> bool:
    if wanted in ("enabledonly", "disabledonly"):
        return bool(resource.properties.get("isEnabled", True)) == (wanted == "enabledonly")
    if wanted == "all":
        return True
    return bool(resource.properties.get("isArchived")) == (wanted == "archivedonly")
