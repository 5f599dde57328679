"""The clients of one read: Cognitive Services' management client, and an AIProjectClient for each project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ...errors import SourceError
from ...net.azure.errors import DATA_PLANE_ROLE
from ..azure.rest_client import ArmPage, RestClient
from ..azure.sdk_pages import PageCapture, pages_via_sdk
from ..azure.session import AzureSession
from .containers import Container
from .listing_specs import ACCOUNTS, APPLICATION_DEPLOYMENTS, DEPLOYMENT_PATHS, ListingSpec, cursor_pages

_PROVIDER = "providers/Microsoft.CognitiveServices"


class Clients:
    """All share the session's transport, rate limit and credential. Listings are started in the caller's thread."""

    def __init__(self, session: AzureSession) -> None:
        self.session = session
        self._capture = PageCapture()
        self._management: Any = None
        self._projects: dict[str, tuple[Any, PageCapture]] = {}
        self._hosts: dict[str, RestClient] = {}

    @property
    def management(self) -> Any:
        """Cognitive Services' management client."""
        if self._management is None:
            self._management = self.session.cognitive_client(raw_response_hook=self._capture)
        return self._management

    def accounts(self, scope: str, group: str | None) -> Iterator[ArmPage]:
        """All accounts of the subscription or the resource group, of every kind."""
        operations = self.management.accounts
        path = f"{scope}/{_PROVIDER}/{ACCOUNTS.path}"
        return pages_via_sdk(
            lambda: operations.list_by_resource_group(group) if group else operations.list(),
            path,
            ACCOUNTS.query,
            self._capture,
            self.session.arm,
        )

    def arm_pages(self, container: Container, listing: ListingSpec) -> Iterator[ArmPage]:
        """A listing of an account or a project."""
        path, operation = container.below(listing.path), listing.sdk
        if operation is None:
            return self.session.arm.pages(path, listing.query)
        client = self.management
        return pages_via_sdk(lambda: operation(client, container), path, listing.query, self._capture, self.session.arm)

    def data_pages(self, project: Container, listing: ListingSpec) -> Iterator[ArmPage]:
        """A listing of a project's data plane."""
        if listing.sdk is None:
            return self.cursor(project, listing.path, listing.query)
        return self._sdk_pages(project, listing)

    def cursor(self, project: Container, path: str, query: Mapping[str, str]) -> Iterator[ArmPage]:
        """A listing that pages by cursor. Raises SourceError at its first page where the project states no endpoint."""
        raw, base = self.data_plane(project)
        with role_on(project):
            yield from cursor_pages(raw, f"{base}/{path}", query)

    def application_deployments(self, application_id: str) -> Iterator[ArmPage]:
        """Deployments of one application. The second spelling of the path is tried if the first is not found."""
        query = APPLICATION_DEPLOYMENTS.query
        first, second = (f"{application_id}/{path}" for path in DEPLOYMENT_PATHS)
        try:
            yield from self.session.arm.pages(first, query)
        except SourceError as error:
            if error.data.get("status") != 404:
                raise
            yield from self.session.arm.pages(second, query)

    def _sdk_pages(self, project: Container, listing: ListingSpec) -> Iterator[ArmPage]:
        raw, base = self.data_plane(project)
        client, capture = self._project(project)
        operation = listing.sdk
        assert operation is not None
        path = f"{base}/{listing.path}"
        with role_on(project):
            yield from pages_via_sdk(lambda: operation(client, project), path, listing.query, capture, raw)

    def _project(self, project: Container) -> tuple[Any, PageCapture]:
        if project.id not in self._projects:
            capture = PageCapture()
            self._projects[project.id] = (
                self.session.project_client(project.endpoint or "", raw_response_hook=capture),
                capture,
            )
        return self._projects[project.id]

    def data_plane(self, project: Container) -> tuple[RestClient, str]:
        """(client of the host, path of the project's endpoint there). Raises SourceError where none is stated."""
        parts = urlsplit(project.endpoint or "")
        if parts.scheme != "https" or not parts.netloc:
            raise SourceError(
                f"the project {project.title} states no https address of its data plane.",
                "Check `properties.endpoints` of the project.",
                status=200,
            )
        host = f"https://{parts.netloc}"
        if host not in self._hosts:
            self._hosts[host] = self.session.raw(host, self.session.cloud.ai_scope)
        return self._hosts[host], parts.path.rstrip("/")


@contextmanager
def role_on(project: Container) -> Iterator[None]:
    """A data plane's refusal names its own address: the role is granted on the project's ARM id."""
    try:
        yield
    except SourceError as error:
        if "action" not in error.data:  # no refusal: no token, or no answer
            raise
        raise SourceError(
            error.message,
            f"Grant it the role {DATA_PLANE_ROLE} on {project.id}.",
            **{**error.data, "scope": project.id},
        ) from None
