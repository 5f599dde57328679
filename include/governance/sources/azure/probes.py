"""What the connection checks of both Azure sources ask."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import SourceError, Unsupported
from ...model.probe import Probe
from .rest_client import ArmPage
from .session import AzureSession

_AUTHORIZATION = "providers/Microsoft.Authorization"
_VERSION = {"api-version": "2022-04-01"}
# What ARM answers for a type of resource that a cloud, a region or a subscription does not have
_NOT_OFFERED = frozenset({"noregisteredproviderfound", "invalidresourcetype", "missingsubscriptionregistration"})


def role_assignments(session: AzureSession) -> Probe:
    """GET roleAssignments and roleDefinitions of the subscription (2022-04-01): who may do what."""
    scope = f"/subscriptions/{session.subscription}/{_AUTHORIZATION}"

    def ask() -> str:
        for listing in ("roleAssignments", "roleDefinitions"):
            next(session.arm.pages(f"{scope}/{listing}", _VERSION), None)
        return "can be listed"

    return Probe("role assignments", ask)


def first_page(pages: Iterator[ArmPage], *, may_lack: bool = False) -> ArmPage | None:
    """The first page of a listing. Raises SourceError; Unsupported where the service has no such listing.

    Args:
        may_lack: a service may lack the listing: 404 and an unknown api-version say no more than that.
    """
    try:
        return next(pages, None)
    except SourceError as error:
        code, status = str(error.data.get("code", "")).lower(), error.data.get("status")
        unknown = code in _NOT_OFFERED or (status == 400 and "apiversion" in code)
        if unknown or (may_lack and status in (404, 405, 501)):
            raise Unsupported(error.message, absent=True) from None
        raise
