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
    """The GET requests of Azure Resource Manager.

    Args:
        page_size: items per page of every listing; None for the services' own sizes.
    """

    def __init__(self, tree: ResourceTree, page_size: int | None = None) -> None:
        self.tree, self.page_size = tree, page_size
        self._count = itertools.count()
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """A GET below /subscriptions, or below /mferp/managementfrontend for what is in a registry."""
        path = request.path.rstrip("/")
        in_registry = path.lower().startswith(MFERP)
        path = path[len(MFERP) :] if in_registry else path
        answer = self._answer(request, path, in_registry)
        answer.headers.setdefault("x-ms-ratelimit-remaining-subscription-reads", str(self._remaining_reads()))
        return answer

    def _answer(self, request: Request, path: str, in_registry: bool) -> Answer:
        if not path.lower().startswith(subscription_id()):
            subscription = (path.split("/") + [""] * 3)[2]
            return answers.error(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        if not self.tree.may_read(path):
            return self._denied(path)
        resource = self.tree.get(path)
        if resource:
            return Answer(200, resource.body)
        listed = self.tree.view(path, _view(request, path))
        if listed is None or _is_of_registry(path) != in_registry:
            return _missing(path)
        return paging.page(request, _ordered(_of_kinds(listed, request), request), self.page_size)

    def _denied(self, path: str) -> Answer:
        parts = path.split("/providers/")[-1].split("/")
        types = parts[1::2]
        scope = path
        if len(parts) % 2 == 0:  # the scope of a listing is its parent
            scope = path.rsplit("/", 1)[0]
        parent = self.tree.get(scope)
        return answers.not_authorised("/".join([parts[0], *types, "read"]), parent.path if parent else scope)

    def _remaining_reads(self) -> int:
        with self._lock:
            return max(_READS - next(self._count) % 1_000, 0)


def _view(request: Request, path: str) -> str:
    view = request.query.get("listviewtype", "").lower()
    return view if view in _VIEWS else _DEFAULT_VIEW.get(path.rsplit("/", 1)[-1].lower(), "activeonly")


def _is_of_registry(path: str) -> bool:
    """Whether this is a listing inside of a registry, which only the registry's own service answers."""
    marker = f"/providers/{REGISTRIES}/".lower()
    return marker in path.lower() and "/" in path.lower().split(marker, 1)[1]


def _of_kinds(listed: list[Resource], request: Request) -> list[Resource]:
    """Workspaces by `kind=hub,project`."""
    kinds = {kind for kind in request.query.get("kind", "").lower().split(",") if kind}
    if not kinds or not listed or listed[0].kind != WORKSPACES:
        return listed
    return [resource for resource in listed if str(resource.item.get("kind", "default")).lower() in kinds]


def _ordered(listed: list[Resource], request: Request) -> list[Resource]:
    """As the file has it, or newest first for `$orderBy=createdtime desc`."""
    if "desc" not in request.query.get("$orderby", "").lower():
        return listed
    return sorted(
        listed, key=lambda resource: str((resource.item.get("systemData") or {}).get("createdAt")), reverse=True
    )


def _missing(path: str) -> Answer:
    lowered = path.lower()
    if MACHINE_LEARNING.lower() in lowered and lowered.count("/") > 8:
        return answers.service_not_found(path)
    return answers.not_found(path.split("/providers/", 1)[-1])
