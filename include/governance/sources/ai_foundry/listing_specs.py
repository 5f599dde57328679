"""The listings of an account and of a project, as tables: path, api-version, and who pages.

The SDK's operation pages where there is one; its raw pages are kept, and the raw pager continues where its parser
breaks.
Listings that page by cursor (agents, their versions, evaluations) use the raw pager, 100 a page: the SDK's pager does
not look at `has_more` and sends a request for an empty page at the end of each. No listing returns a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from ...errors import SourceError
from ...model.assets import AssetKind
from ..azure.fields import arm_id
from ..azure.rest_client import ArmPage, RestClient
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
        item: see reading.Listing.
    """

    collection: str
    path: str
    kind: AssetKind
    sdk: Callable[[Any, Container], Any] | None = None
    query: Mapping[str, str] = {}
    absent: bool = False
    item: Callable[[str], str | None] = arm_id

    @property
    def kinds(self) -> tuple[AssetKind, ...]:
        """Of the rows it gives."""
        return (self.kind,)

    @property
    def within(self) -> str:
        """What it covers says it all."""
        return ""

    @property
    def item_query(self) -> Mapping[str, str]:
        """The query by which one item is asked for."""
        return {name: value for name, value in self.query.items() if name == "api-version"}

    @property
    def covered(self) -> str:
        """The collection in which its items are."""
        return self.path.rsplit("/", 1)[-1]


def _below_project(stated: str, asked: str = "") -> Callable[[str], str | None]:
    """Gives the path by which the data plane is asked for an item; None for what only a tool names.

    Args:
        stated: the end of the native ids, below the project: agents/{}.
        asked: the path, where it differs.
    """
    pattern = re.compile(r".*/projects/[^/]+/" + stated.replace("{}", "([^/]+)"), re.IGNORECASE)

    def path(native_id: str) -> str | None:
        found = pattern.fullmatch(native_id)
        return (asked or stated).format(*(quote(name, safe="") for name in found.groups())) if found else None

    return path


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
# What may be deployed, with the provider's dates. Read before the deployments, whose rows take them over
MODELS = ListingSpec(
    "models",
    "models",
    AssetKind.BASE_MODEL,
    lambda c, a: c.accounts.list_models(a.group, a.arm_name),
    _ARM,
    absent=True,
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

# Of both the listing gives the latest version; any version shows that there is one
DATASETS = ListingSpec(
    "datasets",
    "datasets",
    AssetKind.DATASET,
    lambda c, _: c.datasets.list(),
    _DATA,
    item=_below_project("datasets/{}", "datasets/{}/versions"),
)
INDEXES = ListingSpec(
    "indexes",
    "indexes",
    AssetKind.DATASET,
    lambda c, _: c.indexes.list(),
    _DATA,
    item=_below_project("indexes/{}", "indexes/{}/versions"),
)
RULES = ListingSpec(
    "evaluation_rules",
    "evaluationrules",
    AssetKind.EVALUATION,
    lambda c, _: c.evaluation_rules.list(),
    _DATA,
    absent=True,
    item=_below_project("evaluationrules/{}"),
)
EVALS = ListingSpec(
    "evaluations",
    "openai/v1/evals",
    AssetKind.EVALUATION,
    absent=True,
    item=_below_project("evals/{}", "openai/v1/evals/{}"),
)
AGENTS = ListingSpec("agents", "agents", AssetKind.AGENT, query=_DATA, item=_below_project("agents/{}"))
VERSIONS = ListingSpec(
    "agent_versions", "agents", AssetKind.AGENT_VERSION, query=_DATA, item=_below_project("agents/{}/versions/{}")
)
# Agents of the classic portal: the service may have ceased to offer them. Each is its only version
CLASSIC_AGENTS = ListingSpec(
    "classic_agents", "assistants", AssetKind.AGENT, query=_DATA, absent=True, item=_below_project("assistants/{}")
)
CLASSIC_VERSIONS = ListingSpec(
    "classic_agent_versions",
    "assistants",
    AssetKind.AGENT_VERSION,
    query=_DATA,
    item=_below_project("assistants/{}/versions/current", "assistants/{}"),
)
OF_DATA_PLANE = (DATASETS, INDEXES, RULES, EVALS)


def cursor_pages(client: RestClient, path: str, query: Mapping[str, str]) -> Iterator[ArmPage]:
    """Pages of {data, last_id, has_more}, by after=<last_id>. A page's `next` only tells whether one follows.

    Raises SourceError, also if pagination loops.
    """
    after, pagination = "", client.pagination(path)
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
        last, more = body.get("last_id"), body.get("has_more")
        if more is True and not (isinstance(last, str) and last):
            raise SourceError(
                f"{client.base}{path} says that a page follows, and not where it begins.", "Sync again.", status=200
            )
        more = more if isinstance(more, bool) else bool(items) and isinstance(last, str) and bool(last)
        pagination.check(items, last if more else None)
        yield ArmPage(items, last if more else None)
        if not more:
            return
        after = last
