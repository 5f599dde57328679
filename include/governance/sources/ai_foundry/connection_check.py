"""What `check` says of the source: which accounts and projects may be read, and which role is missing where.

Control plane and data plane are asked apart: a role for one says nothing about the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...config.models import AiFoundrySource, Patterns
from ...errors import SourceError
from ...scrub import Scrubber
from ..azure.fields import ArmFields
from ..azure.session import AzureSession
from ..fields import Malformed
from . import containers
from .clients import Clients
from .containers import Container
from .listing_specs import AGENTS, DEPLOYMENTS, PROJECTS


def count_readable(settings: AiFoundrySource, session: AzureSession) -> str:
    """Asks for the accounts, one page of deployments and the projects of each, one page of agents of each project.

    Raises SourceError where either plane refuses anything, with what is missing on each.
    """
    return _Probe(settings, session).run()


class _Probe:
    def __init__(self, settings: AiFoundrySource, session: AzureSession) -> None:
        self.settings, self.session = settings, session
        self.clients, self.fields = Clients(session), ArmFields(Scrubber())
        self.control: list[SourceError] = []
        self.data: list[SourceError] = []

    def run(self) -> str:
        scope = self.session.scope
        accounts = self._accounts(scope)
        projects = [project for account in accounts for project in self._of(account)]
        for project in projects:
            self._ask(self.data, lambda project=project: self.clients.cursor(project, AGENTS.path, AGENTS.query))
        if self.control or self.data:
            raise self._refused()
        if not accounts:
            return f"AI Foundry at {scope}: it answers, and no account is in scope (or the identity may see none)"
        return (
            f"AI Foundry at {scope}: {len(accounts)} accounts may be read (control plane), "
            f"agents of {len(projects)} projects may be listed (data plane)"
        )

    def _accounts(self, scope: str) -> list[Container]:
        items = self._items(self.clients.accounts(scope, self.settings.resource_group))
        cloud = self.session.cloud
        makers = [
            lambda item=item: containers.account(item, self.fields, cloud) for item in items if containers.is_read(item)
        ]
        return self._made(makers, self.settings.accounts)

    def _of(self, account: Container) -> list[Container]:
        self._ask(self.control, lambda: self.clients.arm_pages(account, DEPLOYMENTS))
        try:
            items = list(self._items(self.clients.arm_pages(account, PROJECTS)))
        except SourceError as error:
            self.control.append(error)
            return []
        cloud = self.session.cloud
        makers = [lambda item=item: containers.project(item, account, self.fields, cloud) for item in items]
        return self._made(makers, self.settings.projects)

    def _made(self, makers: list[Any], patterns: Patterns) -> list[Container]:
        found = []
        for make in makers:
            try:
                place = make()
            except (Malformed, AttributeError):
                continue
            if patterns.allows(place.name):
                found.append(place)
        return found

    def _items(self, pages: Iterator[Any]) -> Iterator[dict[str, Any]]:
        for page in pages:
            yield from (item for item in page.items if isinstance(item, dict))

    def _ask(self, refused: list[SourceError], pages: Any) -> None:
        try:
            next(pages(), None)
        except SourceError as error:
            refused.append(error)

    def _refused(self) -> SourceError:
        planes = (("control plane", self.control), ("data plane", self.data))
        said = [f"{plane}: {_told(errors)}" for plane, errors in planes if errors]
        whole = [f"{plane}: what was asked may be read" for plane, errors in planes if not errors]
        remedies = dict.fromkeys(error.remedy for _, errors in planes for error in errors)
        first = (self.control or self.data)[0]
        return SourceError("; ".join([*said, *whole]), " ".join(remedies), **first.data)


def _told(errors: list[SourceError]) -> str:
    first = errors[0].message.rstrip(".")
    return first if len(errors) == 1 else f"{first} (and {len(errors) - 1} more)"
