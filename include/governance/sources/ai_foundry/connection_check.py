"""The connection check: which accounts and projects may be read, and which role is missing where.

Control plane and data plane are checked separately: a role for one says nothing about the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from ...config.models import AiFoundrySource, Patterns
from ...errors import SourceError
from ...model.probe import Probe
from ...scrub.scrubber import Scrubber
from ..azure.fields import ArmFields
from ..azure.probes import first_page, role_assignments
from ..azure.rest_client import ArmPage
from ..azure.session import AzureSession
from ..clean_names import CleanNames
from ..fields import Malformed
from ..probing import each, listed
from . import containers
from .clients import Clients
from .containers import Container
from .listing_specs import (
    AGENTS,
    APPLICATION_DEPLOYMENTS,
    APPLICATIONS,
    CLASSIC_AGENTS,
    DEPLOYMENTS,
    MODELS,
    OF_ACCOUNT,
    OF_DATA_PLANE,
    PROJECT_CONNECTIONS,
    PROJECTS,
    VERSIONS,
    ListingSpec,
)


def count_readable(settings: AiFoundrySource, session: AzureSession) -> str:
    """Lists the accounts, one page of deployments and the projects of each, one page of agents of each project.

    Raises:
        SourceError: either plane refuses anything; it says what is missing on each.
    """
    return _ConnectionCheck(settings, session).run()


def probes(settings: AiFoundrySource, session: AzureSession) -> Iterator[Probe]:
    """Every listing of a read: its first page in each account and project, on both planes.

    Where accounts, or the projects of one, cannot be listed, a failing probe stands for all that is asked of them.
    """
    check = _ConnectionCheck(settings, session)
    accounts = yield from listed("accounts", lambda: check.accounts(session.scope))
    projects: list[Container] = []
    for account in accounts:
        projects += yield from listed(f"projects of {account.name}", partial(check.projects, account))
    clients = check.clients
    for listing in (MODELS, *OF_ACCOUNT) if accounts else ():
        yield each(f"{_words(listing)} of the accounts", accounts, partial(_ask, clients.arm_pages, listing))
    if projects:
        ask = partial(_ask, clients.arm_pages, PROJECT_CONNECTIONS)
        yield each(f"{_words(PROJECT_CONNECTIONS)} of the projects", projects, ask)
    if projects and settings.preview:
        yield each("applications of the projects and their deployments", projects, partial(_ask_applications, clients))
    for listing in OF_DATA_PLANE if projects else ():
        yield each(f"{_words(listing)} (data plane)", projects, partial(_ask, clients.data_pages, listing))
    if projects:
        yield each("agents and their versions (data plane)", projects, partial(_ask_agents, clients))
        yield each("classic agents (data plane)", projects, partial(_ask, clients.data_pages, CLASSIC_AGENTS))
    if settings.access:
        yield role_assignments(session)


def _words(listing: ListingSpec) -> str:
    return listing.collection.replace("_", " ")


def _ask(pages: Callable[[Container, ListingSpec], Iterator[ArmPage]], listing: ListingSpec, one: Container) -> None:
    first_page(pages(one, listing), may_lack=listing.absent)


def _ask_applications(clients: Clients, project: Container) -> None:
    page = first_page(clients.arm_pages(project, APPLICATIONS), may_lack=APPLICATIONS.absent)
    ids = [item.get("id") for item in (page.items if page else []) if isinstance(item, dict)]
    if ids and isinstance(ids[0], str):
        first_page(clients.application_deployments(ids[0]), may_lack=APPLICATION_DEPLOYMENTS.absent)


def _ask_agents(clients: Clients, project: Container) -> None:
    page = first_page(clients.cursor(project, AGENTS.path, AGENTS.query))
    names = [item.get("name") for item in (page.items if page else []) if isinstance(item, dict)]
    if names and isinstance(names[0], str):
        first_page(clients.cursor(project, f"agents/{quote(names[0], safe='')}/versions", VERSIONS.query))


class _ConnectionCheck:
    """One check, with the errors of each plane."""

    def __init__(self, settings: AiFoundrySource, session: AzureSession) -> None:
        self.settings, self.session = settings, session
        self.clients, self.fields = Clients(session), ArmFields(Scrubber())
        self.control: list[SourceError] = []
        self.data: list[SourceError] = []

    def run(self) -> str:
        scope = self.session.scope
        accounts = self.accounts(scope)
        projects = [project for account in accounts for project in self._projects(account)]
        for project in projects:
            _first_page(self.clients.cursor(project, AGENTS.path, AGENTS.query), self.data)
        if self.control or self.data:
            raise self._error()
        if not accounts:
            return f"AI Foundry at {scope}: it answers, and no account is in scope (or the identity may see none)"
        return (
            f"AI Foundry at {scope}: {len(accounts)} accounts may be read (control plane), "
            f"agents of {len(projects)} projects may be listed (data plane)"
        )

    def accounts(self, scope: str) -> list[Container]:
        """Those that the patterns allow."""
        items = _items(self.clients.accounts(scope, self.settings.resource_group))
        readable = (item for item in items if containers.is_read(item))
        cloud = self.session.cloud
        return _parsed(readable, lambda item: containers.account(item, self.fields, cloud), self.settings.accounts)

    def projects(self, account: Container) -> list[Container]:
        """Those of an account that the patterns allow. Raises SourceError."""
        cloud = self.session.cloud
        return _parsed(
            _items(self.clients.arm_pages(account, PROJECTS)),
            lambda item: containers.project(item, account, self.fields, cloud, CleanNames()),
            self.settings.projects,
        )

    def _projects(self, account: Container) -> list[Container]:
        """One page of the account's deployments is asked for too."""
        _first_page(self.clients.arm_pages(account, DEPLOYMENTS), self.control)
        try:
            return self.projects(account)
        except SourceError as error:
            self.control.append(error)
            return []

    def _error(self) -> SourceError:
        planes = (("control plane", self.control), ("data plane", self.data))
        refused = [f"{plane}: {_summary(errors)}" for plane, errors in planes if errors]
        readable = [f"{plane}: what was asked may be read" for plane, errors in planes if not errors]
        remedies = dict.fromkeys(error.remedy for _, errors in planes for error in errors)
        first = (self.control or self.data)[0]
        return SourceError("; ".join([*refused, *readable]), " ".join(remedies), **first.data)


def _items(pages: Iterator[ArmPage]) -> Iterator[dict[str, Any]]:
    for page in pages:
        yield from (item for item in page.items if isinstance(item, dict))


def _parsed(
    items: Iterable[dict[str, Any]], parse: Callable[[dict[str, Any]], Container], patterns: Patterns
) -> list[Container]:
    """The containers that the patterns allow, as far as they can be understood."""
    parsed = []
    for item in items:
        try:
            container = parse(item)
        except (Malformed, AttributeError):
            continue
        if patterns.allows(container.name):
            parsed.append(container)
    return parsed


def _first_page(pages: Iterator[ArmPage], errors: list[SourceError]) -> None:
    try:
        next(pages, None)
    except SourceError as error:
        errors.append(error)


def _summary(errors: list[SourceError]) -> str:
    first = errors[0].message.rstrip(".")
    return first if len(errors) == 1 else f"{first} (and {len(errors) - 1} more)"
