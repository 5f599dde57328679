"""The connector of MLflow: reads and checks one server or store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

from ...config.connections import Endpoint, Lookup, endpoint
from ...config.models import MlflowSource
from ...model.probe import Probe
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..contract import Source, Subject, SubjectRead
from .client import ListingClient, Query
from .connection_check import list_workspaces, probes, workspace_probes
from .gitlab import GitLabClient
from .read import read_mlflow
from .rest import MlflowRestClient
from .subject import read_subject
from .unity_catalog import DatabricksClient
from .workspaces import read_workspaces

_LOGIN = re.compile(r"://[^/@]*@")


class MlflowConnector(Source[MlflowSource]):
    """REST for a server, MLflow's client library for a store."""

    def read(self, settings: MlflowSource, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
        """One snapshot of the server or store."""
        address = endpoint(settings, settings.uri, lookup)
        if settings.workspaces is not None and _is_server(address):
            return read_workspaces(settings, address, folder, since, settings.workspaces)
        return read_mlflow(settings, open_client(address, settings), folder, since, address.url)

    def read_subject(
        self,
        settings: MlflowSource,
        subject: Subject,
        folder: Folder,
        lookup: Lookup,
        since: Snapshot | None = None,
    ) -> SubjectRead:
        """One version of the server or store, read by name."""
        address = endpoint(settings, settings.uri, lookup)
        return read_subject(settings, subject, open_client(address, settings), folder, since, address.url)

    def test_connection(self, settings: MlflowSource, lookup: Lookup) -> str:
        """Asks for one item of experiments and of registered models; for the workspaces, where those are read."""
        address = endpoint(settings, settings.uri, lookup)
        few = settings.model_copy(update={"page_size": 1, "attempts": 1})
        if settings.workspaces is not None and _is_server(address):
            names = list_workspaces(address, few, settings.workspaces)
            return f"MLflow at {_LOGIN.sub('://', address.url)}: {len(names)} workspaces are in scope"
        client = open_client(address, few)
        try:
            experiments = client.page(Query("experiments"), None).records
            models = client.page(Query("registered_models"), None).records
        finally:
            client.close()
        readable = experiments or models
        result = "experiments and registered models can be listed" if readable else "it answers, and is empty"
        return f"MLflow at {_LOGIN.sub('://', address.url)}: {result}"

    def probes(self, settings: MlflowSource, lookup: Lookup) -> Iterator[Probe]:
        """The six listings, one item of each; of every workspace, where those are read."""
        address = endpoint(settings, settings.uri, lookup)
        few = settings.model_copy(update={"page_size": 1, "attempts": 1})
        if settings.workspaces is not None and _is_server(address):
            yield from workspace_probes(address, few, settings.workspaces)
            return
        with closing(open_client(address, few)) as client:
            yield from probes(client, settings)


def open_client(endpoint: Endpoint, settings: MlflowSource) -> ListingClient:
    """REST for http and https addresses, MLflow's client library for every other.

    Raises:
        ConfigurationError: the address or the CA bundle cannot be used.
    """
    if _is_server(endpoint):
        return _over_http(MlflowRestClient(endpoint, settings), settings)
    from .store import MlflowStoreClient

    return MlflowStoreClient(endpoint.url, settings.page_size)


def _is_server(endpoint: Endpoint) -> bool:
    return endpoint.url.lower().startswith(("http://", "https://"))


def _over_http(rest: MlflowRestClient, settings: MlflowSource) -> ListingClient:
    if rest.service.name == "gitlab":
        return GitLabClient(rest)
    if rest.service.name == "databricks":
        return DatabricksClient(rest, settings.unity_catalog, settings.models.allows)
    return rest
