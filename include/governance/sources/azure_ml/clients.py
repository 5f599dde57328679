"""The clients of one read: an MLClient for each workspace, the raw pager, one for each registry's data plane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import SourceError
from ..azure.rest_client import ArmPage, RestClient
from ..azure.sdk_pages import PageCapture
from ..azure.session import AzureSession
from .containers import Container
from .listing_specs import DISCOVERY, REGISTRY_MODELS, REGISTRY_PATH


class Clients:
    """Made when they are first needed; all share the session's transport, pace and credential."""

    def __init__(self, session: AzureSession) -> None:
        self.session = session
        self._ml: dict[tuple[str | None, str | None], tuple[Any, PageCapture]] = {}
        self._registries: dict[str, RestClient] = {}

    def of(self, group: str | None, workspace: str | None) -> tuple[Any, PageCapture]:
        """MLClient and what keeps its raw pages. Only in the caller's thread: MLClient sets environment variables."""
        key = (group, workspace)
        if key not in self._ml:
            capture = PageCapture()
            self._ml[key] = (self.session.ml_client(group, workspace, hook=capture), capture)
        return self._ml[key]

    def raw(self, place: Container) -> tuple[RestClient, str]:
        """(client, path of the place) for what is listed below it; a registry's once its models were listed."""
        if place.subtype != "registry":
            return self.session.arm, place.id
        return self._registries[place.id], "/" + REGISTRY_PATH.format(id=place.id)

    def registry_pages(self, place: Container) -> Iterator[ArmPage]:
        """A registry's models. Its data plane's address is asked first (registrymanagement/v1.0, discovery)."""
        cloud = self.session.cloud
        discovery = self.session.raw(cloud.registry_discovery, cloud.arm_scope)
        found = discovery.get(DISCOVERY.format(name=place.arm_name))
        base = found.get("primaryRegionResourceProviderUri") if isinstance(found, dict) else None
        if not isinstance(base, str) or not base.lower().startswith("https://"):
            raise SourceError(
                f"the registry {place.name} does not say where it answers.",
                "Check the registry's discovery endpoint.",
                status=200,
            )
        self._registries[place.id] = self.session.raw(base, cloud.arm_scope)
        client, path = self.raw(place)
        yield from client.pages(f"{path}/{REGISTRY_MODELS.path}", REGISTRY_MODELS.query)
