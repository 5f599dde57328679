"""The connection check: which workspaces may be read, and which role is missing where."""

from __future__ import annotations

from collections.abc import Callable

from ...config.models import AzureMlSource, Patterns
from ...errors import SourceError
from ...scrub import Scrubber
from ..azure.fields import ArmFields
from ..azure.session import AzureSession
from ..fields import Malformed
from . import containers
from .containers import Container
from .listing_specs import JOBS, PROVIDER, REGISTRIES, WORKSPACES, ListingSpec


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
        first = errors[0]
        raise SourceError(
            f"{len(errors)} of {len(workspaces)} workspaces may not be read: {first.message}",
            first.remedy,
            **first.data,
        )
    scope = session.scope
    if not workspaces and not registries:
        return f"Azure ML at {scope}: it answers, and no workspace is in scope (or the identity may see none)"
    return f"Azure ML at {scope}: {len(workspaces)} workspaces may be read, {len(registries)} registries are in scope"


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
