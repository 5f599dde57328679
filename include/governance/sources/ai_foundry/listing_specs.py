"""The listings of an account and of a project, as tables: path, api-version, and who pages.

The SDK's operation pages where there is one; its raw pages are kept, and the raw pager continues where its parser
breaks.
Listings that page by cursor (agents, their versions, evaluations) use the raw pager, 100 a page: the SDK's pager does
not look at `has_more` and sends a request for an empty page at the end of each. No listing returns a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ...errors import SourceError
from ...model.assets import AssetKind
from ..azure.rest_client import ArmPage, RestClient
from ..pagination import Pagination
from .containers import Container

ARM_VERSION = "2025-09-01"
PREVIEW_VERSION = "2025-10-01-preview"
DATA_VERSION = "v1"
_LARGEST = 100


class ListingSpec(NamedTuple):
    """One listing of an account or a project.

    Attributes:
        collection: its name in the snapshot.
        path: below its account, project or project's endpoint.
        kind: of the rows it gives.
        sdk: gives the SDK's pager for a container; None: the raw pager is used.
        query: of its first request.
        absent: a service may lack it.
    """

    collection: str
    path: str
    kind: AssetKind
    sdk: Callable[[Any, Container], Any] | None = None
    query: Mapping[str, str] = {}
    absent: bool = False

    @property
    def covered(self) -> str:
        """The collection in which its items are."""
        return self.path.rsplit("/", 1)[-1]


_ARM = {"api-version": ARM_VERSION}
_DATA = {"api-version": DATA_VERSION}
_SHARED = {**_ARM, "includeAll": "false"}  # shared ones are listed in the account or project that has them

ACCOUNTS = ListingSpec("accounts", "accounts", AssetKind.SOURCE, query=_ARM)
DEPLOYMENTS = ListingSpec(
    "deployments", "deployments", AssetKind.DEPLOYMENT, lambda c, a: c.deployments.list(a.group, a.arm_name), _ARM
)
POLICIES = ListingSpec(
    "content_policies",
    "raiPolicies",
    AssetKind.CONTENT_POLICY,
    lambda c, a: c.rai_policies.list(a.group, a.arm_name),
    _ARM,
)
ACCOUNT_CONNECTIONS = ListingSpec(
    "connections",
    "connections",
    AssetKind.CONNECTION,
    lambda c, a: c.account_connections.list(a.group, a.arm_name, include_all=False),
    _SHARED,
)
PROJECTS = ListingSpec(
    "projects", "projects", AssetKind.PROJECT, lambda c, a: c.projects.list(a.group, a.arm_name), _ARM
)
OF_ACCOUNT = (DEPLOYMENTS, POLICIES, ACCOUNT_CONNECTIONS, PROJECTS)


def _project_connections(client: Any, project: Container) -> Any:
    account = project.account
    assert account is not None
    return client.project_connections.list(account.group, account.arm_name, project.arm_name, include_all=False)


PROJECT_CONNECTIONS = ListingSpec("connections", "connections", AssetKind.CONNECTION, _project_connections, _SHARED)
# Preview: no SDK has it
APPLICATIONS = ListingSpec(
    "applications", "applications", AssetKind.ENDPOINT, query={"api-version": PREVIEW_VERSION}, absent=True
)
# Two spellings of the path are seen
APPLICATION_DEPLOYMENTS = ListingSpec(
    "application_deployments", "applications", AssetKind.DEPLOYMENT, query={"api-version": PREVIEW_VERSION}, absent=True
)
DEPLOYMENT_PATHS = ("agentDeployments", "deployments")

DATASETS = ListingSpec("datasets", "datasets", AssetKind.DATASET, lambda c, _: c.datasets.list(), _DATA)
INDEXES = ListingSpec("indexes", "indexes", AssetKind.DATASET, lambda c, _: c.indexes.list(), _DATA)
RULES = ListingSpec(
    "evaluation_rules",
    "evaluationrules",
    AssetKind.EVALUATION,
    lambda c, _: c.evaluation_rules.list(),
    _DATA,
    absent=True,
)
EVALS = ListingSpec("evaluations", "openai/v1/evals", AssetKind.EVALUATION, absent=True)
AGENTS = ListingSpec("agents", "agents", AssetKind.AGENT, query=_DATA)
VERSIONS = ListingSpec("agent_versions", "agents", AssetKind.AGENT_VERSION, query=_DATA)
OF_DATA_PLANE = (DATASETS, INDEXES, RULES, EVALS)


def cursor_pages(client: RestClient, path: str, query: Mapping[str, str]) -> Iterator[ArmPage]:
    """Pages of {data, last_id, has_more}, by after=<last_id>. A page's `next` only tells whether one follows.

    Raises SourceError, also if pagination loops.
    """
    after, pagination = "", Pagination(f"{client.base}{path}", "Sync again.", status=200)
    while True:
        params = {**query, "limit": str(_LARGEST), **({"after": after} if after else {})}
        body = client.get(path, params)
        items = body.get("data") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise SourceError(
                f"{client.base}{path} did not answer with a list under `data`.",
                "Check the project's endpoint.",
                status=200,
            )
        last = body.get("last_id")
        more = bool(items) and isinstance(last, str) and bool(last) and body.get("has_more") is not False
        pagination.check(items, last if more else None)
        yield ArmPage(items, last if more else None)
        if not more:
            return
        after = last
