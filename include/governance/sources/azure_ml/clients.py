"""The clients of one read: an MLClient for each workspace, the raw pager, one for each registry's data plane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import SourceError
from ..azure.rest_client import ArmPage, RestClient
from ..azure.sdk_pages import PageCapture, pages_via_sdk
from ..azure.session import AzureSession
from .containers import Container
from .listing_specs import DISCOVERY, PROVIDER, REGISTRY_MODELS, REGISTRY_PATH, ListingSpec


class Clients:
    """Created when they are first needed; all share the session's transport, rate limit and credential."""

    def __init__(self, session: AzureSession) -> None:
        self.session = session
        self._ml: dict[tuple[str | None, str | None], tuple[Any, PageCapture]] = {}
        self._registries: dict[str, RestClient] = {}

    def scope_pages(self, listing: ListingSpec) -> Iterator[ArmPage]:
        """Workspaces or registries of the session's scope."""
        group = self.session.settings.resource_group
        path = f"{self.session.scope}/{PROVIDER}/{listing.path}"
        return self._sdk_pages(path, listing.in_scope(group), group, None)

    def pages(self, workspace: Container, listing: ListingSpec) -> Iterator[ArmPage]:
        """A listing of one workspace."""
        path = f"{workspace.id}/{listing.path}"
        if listing.sdk is None:
            return self.session.arm.pages(path, listing.query)
        return self._sdk_pages(path, listing, workspace.group, workspace.arm_name)

    def _sdk_pages(
        self, path: str, listing: ListingSpec, group: str | None, workspace: str | None
    ) -> Iterator[ArmPage]:
        """MLClient pages; one client for all listings of a workspace."""
        client, capture = self._ml_client(group, workspace)
        operation = listing.sdk
        assert operation is not None
        return pages_via_sdk(lambda: operation(client), path, listing.query, capture, self.session.arm)

    def _ml_client(self, group: str | None, workspace: str | None) -> tuple[Any, PageCapture]:
        """MLClient and the capture of its raw pages. Only in the caller's thread: it sets environment variables."""
        key = (group, workspace)
        if key not in self._ml:
            capture = PageCapture()
            self._ml[key] = (self.session.ml_client(group, workspace, hook=capture), capture)
        return self._ml[key]

    def raw(self, container: Container) -> tuple[RestClient, str]:
        """(client, path of the container) for listings below it; a registry's only after its models were listed."""
        if container.subtype != "registry":
            return self.session.arm, container.id
        return self._registries[container.id], "/" + REGISTRY_PATH.format(id=container.id)

    def registry_pages(self, registry: Container) -> Iterator[ArmPage]:
        """A registry's models. Its data plane's address is discovered first (registrymanagement/v1.0, discovery)."""
        cloud = self.session.cloud
        discovery = self.session.raw(cloud.registry_discovery, cloud.arm_scope)
        answer = discovery.get(DISCOVERY.format(name=registry.arm_name))
        base = answer.get("primaryRegionResourceProviderUri") if isinstance(answer, dict) else None
        if not isinstance(base, str) or not base.lower().startswith("https://"):
            raise SourceError(
                f"the registry {registry.title} does not say where it answers.",
                "Check the registry's discovery endpoint.",
                status=200,
            )
        self._registries[registry.id] = self.session.raw(base, cloud.arm_scope)
        client, path = self.raw(registry)
        yield from client.pages(f"{path}/{REGISTRY_MODELS.path}", REGISTRY_MODELS.query)
