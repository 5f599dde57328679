"""Azure Resource Manager: items and listings of the machine learning, cognitive and authorization services."""

from __future__ import annotations

import itertools
import threading

from . import answers, paging
from .answers import Answer, Request
from .names import MACHINE_LEARNING, subscription_id
from .resource_tree import Resource, ResourceTree
from .shapes import REGISTRIES, WORKSPACES

MFERP = "/mferp/managementfrontend"
_READS = 11_999
_DEFAULT_VIEW = {"schedules": "enabledonly"}
_VIEWS = ("all", "activeonly", "archivedonly", "enabledonly", "disabledonly")


class Arm:
    """page_size: items a page for every listing; None: as the services have it."""

    def __init__(self, tree: ResourceTree, page_size: int | None = None) -> None:
        self.tree, self.page_size = tree, page_size
        self._count = itertools.count()
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """A GET below /subscriptions, or below /mferp/managementfrontend for what is in a registry."""
        path = request.path.rstrip("/")
        in_registry = path.lower().startswith(MFERP)
        path = path[len(MFERP) :] if in_registry else path
        found = self._found(request, path, in_registry)
        found.headers.setdefault("x-ms-ratelimit-remaining-subscription-reads", str(self._left()))
        return found

    def _found(self, request: Request, path: str, in_registry: bool) -> Answer:
        if not path.lower().startswith(subscription_id()):
            asked = (path.split("/") + [""] * 3)[2]
            return answers.error(404, "SubscriptionNotFound", f"The subscription '{asked}' could not be found.")
        if not self.tree.may_read(path):
            return self._denied(path)
        resource = self.tree.get(path)
        if resource:
            return Answer(200, resource.body)
        wanted = self._view(request, path)
        listed = self.tree.view(path, wanted)
        if listed is None or _of_registry(path) != in_registry:
            return _missing(path)
        return paging.page(request, _ordered(_of_kinds(listed, request), request), self.page_size)

    def _view(self, request: Request, path: str) -> str:
        stated = request.query.get("listviewtype", "").lower()
        if stated in _VIEWS:
            return stated
        return _DEFAULT_VIEW.get(path.rsplit("/", 1)[-1].lower(), "activeonly")

    def _denied(self, path: str) -> Answer:
        parts = path.split("/providers/")[-1].split("/")
        types = parts[1::2]
        scope = path
        if len(parts) % 2 == 0:  # a listing: the scope is what it belongs to
            scope = path.rsplit("/", 1)[0]
        parent = self.tree.get(scope)
        return answers.not_authorised("/".join([parts[0], *types, "read"]), parent.path if parent else scope)

    def _left(self) -> int:
        with self._lock:
            return max(_READS - next(self._count) % 1_000, 0)


def _of_registry(path: str) -> bool:
    """Whether this is a listing of what a registry holds: only the registry's own service answers it."""
    marker = f"/providers/{REGISTRIES}/".lower()
    return marker in path.lower() and "/" in path.lower().split(marker, 1)[1]


def _of_kinds(listed: list[Resource], request: Request) -> list[Resource]:
    """Workspaces by `kind=hub,project`."""
    wanted = {kind for kind in request.query.get("kind", "").lower().split(",") if kind}
    if not wanted or not listed or listed[0].kind != WORKSPACES:
        return listed
    return [resource for resource in listed if str(resource.item.get("kind", "default")).lower() in wanted]


def _ordered(listed: list[Resource], request: Request) -> list[Resource]:
    """As the file has it, or newest first for `$orderBy=createdtime desc`."""
    if "desc" not in request.query.get("$orderby", "").lower():
        return listed
    return sorted(listed, key=lambda one: str((one.item.get("systemData") or {}).get("createdAt")), reverse=True)


def _missing(path: str) -> Answer:
    lowered = path.lower()
    if MACHINE_LEARNING.lower() in lowered and lowered.count("/") > 8:
        return answers.service_not_found(path)
    return answers.not_found(path.split("/providers/", 1)[-1])
