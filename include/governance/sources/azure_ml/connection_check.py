"""What `check` says of the source: which workspaces may be read, and which role is missing where."""

from __future__ import annotations

from ...config.models import AzureMlSource
from ...errors import SourceError
from ...scrub.scrubber import Scrubber
from ..azure.fields import ArmFields
from ..azure.fingerprint import allowed, scope_path
from ..azure.rest_client import RestClient
from ..azure.session import AzureSession
from ..fields import Malformed
from .containers import Container, registry, workspace
from .listing_specs import JOBS, REGISTRIES, WORKSPACES


def count_readable(settings: AzureMlSource, session: AzureSession) -> str:
    """Asks for workspaces and registries, and for one page of jobs of every workspace.

    Raises SourceError where a workspace that the scope names may not be read.
    """
    fields = ArmFields(Scrubber())
    places = _found(settings, session, fields, "workspaces")
    registries = _found(settings, session, fields, "registries")
    refused: list[SourceError] = []
    for place in places:
        try:
            _one_page(session.arm, f"{place.id}/{JOBS.path}", JOBS.query)
        except SourceError as error:
            refused.append(error)
    if refused:
        first = refused[0]
        raise SourceError(
            f"{len(refused)} of {len(places)} workspaces may not be read: {first.message}", first.remedy, **first.data
        )
    scope = scope_path(settings, session.subscription)
    if not places and not registries:
        return f"Azure ML at {scope}: it answers, and no workspace is in scope (or the identity may see none)"
    return f"Azure ML at {scope}: {len(places)} workspaces may be read, {len(registries)} registries are in scope"


def _found(settings: AzureMlSource, session: AzureSession, fields: ArmFields, what: str) -> list[Container]:
    listing, make = (WORKSPACES, workspace) if what == "workspaces" else (REGISTRIES, registry)
    patterns = settings.workspaces if what == "workspaces" else settings.registries
    path = f"{scope_path(settings, session.subscription)}/providers/Microsoft.MachineLearningServices/{listing.path}"
    found = []
    for page in session.arm.pages(path, listing.query):
        for item in page.items:
            try:
                place = make(item, fields, session.cloud)
            except (Malformed, AttributeError):
                continue
            if allowed(patterns, place.name):
                found.append(place)
    return found


def _one_page(raw: RestClient, path: str, query: dict[str, str]) -> None:
    next(raw.pages(path, query), None)
