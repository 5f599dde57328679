"""Probes of Azure: one question asked of many containers, answered in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Protocol, TypeVar

from ...errors import SourceError, Unsupported
from ...model.probe import Probe
from .rest_client import ArmPage
from .session import AzureSession

_AUTHORIZATION = "providers/Microsoft.Authorization"
_VERSION = {"api-version": "2022-04-01"}
_MOST_REMEDIES = 3
_MOST_NAMED = 3
# What ARM answers for a type of resource that a cloud, a region or a subscription does not have
_NOT_OFFERED = frozenset({"noregisteredproviderfound", "invalidresourcetype", "missingsubscriptionregistration"})


class Named(Protocol):
    """A workspace, registry, account or project."""

    @property
    def name(self) -> str:
        """As people call it."""


T = TypeVar("T", bound=Named)


def each(what: str, containers: Sequence[T], ask: Callable[[T], object]) -> Probe:
    """A probe that asks every container. `ask` raises SourceError; Unsupported where one does not offer it."""
    return Probe(what, lambda: _asked(containers, ask))


def listed(what: str, listing: Callable[[], list[T]]) -> Generator[Probe, None, list[T]]:
    """Returns what the listing gives. Where it is refused: nothing, after a probe that fails with that refusal.

    Args:
        what: as of a probe.
        listing: the containers that further probes ask. Raises SourceError.
    """
    try:
        return listing()
    except SourceError as error:
        yield _failed(what, error)
        return []


def _failed(what: str, error: SourceError) -> Probe:
    def ask() -> str:
        raise error

    return Probe(what, ask)


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


def _asked(containers: Sequence[T], ask: Callable[[T], object]) -> str:
    refused: list[SourceError] = []
    lacking: list[str] = []
    for container in containers:
        try:
            ask(container)
        except Unsupported:
            lacking.append(container.name)
        except SourceError as error:
            refused.append(error)
    if refused:
        raise _refusal(refused, len(containers))
    if lacking and len(lacking) == len(containers):
        raise Unsupported("not offered there.")
    answer = f"{len(containers) - len(lacking)} of {len(containers)} answer"
    return f"{answer}; not offered by {', '.join(lacking[:_MOST_NAMED])}" if lacking else answer


def _refusal(refused: Sequence[SourceError], asked: int) -> SourceError:
    remedies = list(dict.fromkeys(error.remedy for error in refused))
    more = f" And {len(remedies) - _MOST_REMEDIES} more of the kind." if len(remedies) > _MOST_REMEDIES else ""
    first = refused[0]
    return SourceError(
        f"{len(refused)} of {asked} may not be read: {first.message}",
        " ".join(remedies[:_MOST_REMEDIES]) + more,
        **first.data,
    )
