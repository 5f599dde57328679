"""The connection check: which workspaces may be read, which role is missing where, and every listing of a read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote

from ...config.connections import Endpoint
from ...config.models import AzureMlSource, MlflowSource, Patterns
from ...errors import SourceError, Unsupported
from ...model.probe import Probe
from ...scrub import Scrubber
from ..azure.fields import ArmFields
from ..azure.probes import first_page, role_assignments
from ..azure.rest_client import ArmPage
from ..azure.session import AzureSession
from ..fields import Malformed
from ..mlflow.connection_check import first_refusal
from ..mlflow.rest import MlflowRestClient
from ..probing import each, listed, refusal
from . import containers
from .clients import Clients
from .containers import Container, tracking_url
from .listing_specs import (
    JOBS,
    NESTED,
    PROVIDER,
    REGISTRIES,
    REGISTRY_MODELS,
    REGISTRY_VERSIONS,
    SHORT,
    WORKSPACES,
    ListingSpec,
)


def count_readable(settings: AzureMlSource, session: AzureSession) -> str:
    """Lists workspaces and registries, and one page of jobs of every workspace.

    Raises:
        SourceError: a workspace in scope may not be read.
    """
    workspaces = _readable(session, WORKSPACES, settings.workspaces, containers.workspace)
    registries = _readable(session, REGISTRIES, settings.registries, containers.registry)
    errors: list[SourceError] = []
    for workspace in workspaces:
        try:
            next(session.arm.pages(f"{workspace.id}/{JOBS.path}", JOBS.query), None)
        except SourceError as error:
            errors.append(error)
    if errors:
        raise refusal(errors, len(workspaces), "workspaces")
    scope = session.scope
    if not workspaces and not registries:
        return f"Azure ML at {scope}: it answers, and no workspace is in scope (or the identity may see none)"
    return f"Azure ML at {scope}: {len(workspaces)} workspaces may be read, {len(registries)} registries are in scope"


def probes(settings: AzureMlSource, session: AzureSession) -> Iterator[Probe]:
    """Every listing of a read, its first page in each workspace, and what is below one of its items.

    Where workspaces or registries cannot be listed, a probe that fails stands for all that would be asked of them.
    """
    workspaces = yield from listed(
        "workspaces", lambda: _readable(session, WORKSPACES, settings.workspaces, containers.workspace)
    )
    registries = yield from listed(
        "registries", lambda: _readable(session, REGISTRIES, settings.registries, containers.registry)
    )
    for listing in (*SHORT, JOBS) if workspaces else ():
        below = NESTED.get(listing.below)
        what = f"{_words(listing)} and what is below them" if below else _words(listing)
        yield each(what, workspaces, partial(_ask_workspace, session, listing, below))
    if settings.mlflow and workspaces:
        yield each("MLflow of the workspaces", workspaces, partial(_ask_mlflow, session, settings))
    if registries:
        yield each("models of the registries and their versions", registries, partial(_ask_registry, Clients(session)))
    if settings.access:
        yield role_assignments(session)


def _words(listing: ListingSpec) -> str:
    return listing.collection.replace("_", " ")


def _ask_workspace(
    session: AzureSession, listing: ListingSpec, below: ListingSpec | None, workspace: Container
) -> None:
    path = f"{workspace.id}/{listing.path}"
    name = _first_name(first_page(session.arm.pages(path, listing.query)))
    if below and name:
        first_page(session.arm.pages(f"{path}/{quote(name, safe='')}/{below.path}", below.query))


def _ask_registry(clients: Clients, registry: Container) -> None:
    name = _first_name(first_page(clients.registry_pages(registry)))
    if name:
        client, base = clients.raw(registry)
        path = f"{base}/{REGISTRY_MODELS.path}/{quote(name, safe='')}/{REGISTRY_VERSIONS.path}"
        first_page(client.pages(path, REGISTRY_VERSIONS.query))


def _first_name(page: ArmPage | None) -> str | None:
    names = (item.get("name") for item in (page.items if page else []) if isinstance(item, dict))
    return next((name for name in names if isinstance(name, str) and name), None)


def _ask_mlflow(session: AzureSession, settings: AzureMlSource, workspace: Container) -> None:
    """POST experiments/search and so on at the workspace's tracking address, which may answer inside a network only."""
    url = tracking_url(workspace)
    if not url:
        raise Unsupported(f"{workspace.name} states no MLflow address.")
    source = MlflowSource(name="workspace", uri=url, page_size=1, attempts=1, timeout_seconds=settings.timeout_seconds)
    scope = session.cloud.arm_scope
    endpoint = Endpoint(url, ca_bundle=session.ca_bundle, token_source=lambda: session.rate_limited_token(scope))
    client = MlflowRestClient(endpoint, source)
    try:
        refused = first_refusal(client, source)
    finally:
        client.close()
    if refused:
        raise SourceError(f"{workspace.name}: {refused.message}", refused.remedy, **refused.data)


def _readable(
    session: AzureSession, listing: ListingSpec, patterns: Patterns, parse: Callable[..., Container]
) -> list[Container]:
    """The containers of the scope that the patterns allow, as far as they can be understood."""
    fields = ArmFields(Scrubber())
    readable = []
    for page in session.arm.pages(f"{session.scope}/{PROVIDER}/{listing.path}", listing.query):
        for item in page.items:
            try:
                container = parse(item, fields, session.cloud)
            except (Malformed, AttributeError):
                continue
            if patterns.allows(container.name):
                readable.append(container)
    return readable
