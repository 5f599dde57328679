"""The emulator, and the settings of a source that reads it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from include.governance.config.models import AiFoundrySource, AzureMlSource
from include.sandbox.faults import Fault

from . import names
from .arm import Arm
from .authority import Authority
from .certificate import server_context
from .foundry import Foundry
from .history import History
from .loader import HERE, Document, load, read_folder
from .mlflow import WorkspaceMlflow
from .resource_tree import ResourceTree
from .routes import Routes
from .wire import HttpsServer, SeenRequest

_SOURCES: dict[str, type[AzureMlSource] | type[AiFoundrySource]] = {
    "azure_ml": AzureMlSource,
    "ai_foundry": AiFoundrySource,
}


class AzureEmulator:
    """A cloud on loopback. Use `azure_emulator`, or `start` and `stop`.

    Args:
        documents: the estate, as `read_folder` returns it.
        folder: where the certificate authority and the MLflow store are kept.
        port: 0 for any free one.
        delay_seconds: added to every answer.
        page_size: items per page of every listing; None for the services' own sizes.
        token_seconds: until a token expires.

    Raises:
        SandboxError: The estate cannot be read.
        OSError: The port is taken.
    """

    def __init__(
        self,
        documents: list[Document],
        folder: Path,
        *,
        port: int = 0,
        delay_seconds: float = 0,
        page_size: int | None = None,
        token_seconds: float = 3600,
    ) -> None:
        context, certificate = server_context(folder)
        self.ca_bundle = str(certificate)
        self._server = HttpsServer(context, port, delay_seconds)
        self.url = f"https://127.0.0.1:{self._server.port}"
        self.tree: ResourceTree = load(documents, self.url)
        self.authority = Authority(self.url, token_seconds)
        self._page_size = page_size
        self._mlflow = WorkspaceMlflow(self.tree, folder)
        self._route()

    @property
    def metadata_url(self) -> str:
        """The address of the cloud's metadata, for `ARM_CLOUD_METADATA_URL`."""
        return f"{self.url}/metadata/endpoints?api-version=2019-05-01"

    @property
    def requests(self) -> list[SeenRequest]:
        """All requests so far, with method, path and query, and status; status 0 where no answer was sent."""
        return list(self._server.requests)

    @property
    def reads(self) -> list[SeenRequest]:
        """The requests without those for the cloud's metadata and for tokens."""
        return [
            request for request in self.requests if not request.path.startswith("/metadata/") and not _is_login(request)
        ]

    @property
    def writes(self) -> list[SeenRequest]:
        """The requests that would have changed something; all of them were refused."""
        return [request for request in self.requests if request.method not in ("GET", "HEAD") and not _is_read(request)]

    def fault(self, fault: Fault) -> Fault:
        """Adds a fault; the first fault that matches a request applies. Returns it, for its `hits`."""
        return self._server.faults.add(fault)

    def clear(self) -> None:
        """Forgets all faults and all requests. Raises AmbiguousFault as `Faults.clear`."""
        self._server.clear()

    def replace(self, documents: list[Document]) -> None:
        """Serves another estate at the same address, from the next request on.

        Args:
            documents: the whole estate, as `read_folder` returns it.

        Raises:
            SandboxError: The estate is not valid; the one before it is still served.
        """
        self.tree = load(documents, self.url)
        self._mlflow.replace(self.tree)
        self._route()

    def settings(self, kind: str, **more: Any) -> Any:
        """Settings of a source that reads this emulator.

        Args:
            kind: azure_ml or ai_foundry.
            more: fields to add or replace.
        """
        fields: dict[str, Any] = {
            "kind": kind,
            "name": {"azure_ml": "azureml", "ai_foundry": "foundry"}.get(kind, kind),
            "subscription": names.SUBSCRIPTION,
            "credential": {
                "kind": "client_secret",
                "tenant_id": names.TENANT_ID,
                "client_id": names.CLIENT_ID,
                "client_secret": names.CLIENT_SECRET,
            },
            "cloud": {"metadata_url": self.metadata_url},
            "ca_bundle": self.ca_bundle,
            "requests_per_second": 1_000,
        }
        return _SOURCES[kind].model_validate({**fields, **more})

    def prepare(self) -> None:
        """Starts the MLflow server, which otherwise starts at the first request that needs it."""
        self._mlflow.prepare()

    def start(self) -> None:
        """Serves in the background."""
        self._server.start()

    def stop(self) -> None:
        """Stops serving, and the MLflow server."""
        self._server.stop()
        self._mlflow.close()

    def _route(self) -> None:
        arm, foundry = Arm(self.tree, self._page_size), Foundry(self.tree, self._page_size)
        routes = Routes(self.authority, arm, foundry, History(self.tree, self.url), self._mlflow)
        self._server.answer = routes.answer


@contextmanager
def azure_emulator(
    estate: Path | list[Document] | None = None,
    port: int = 0,
    delay_seconds: float = 0,
    *,
    page_size: int | None = None,
    token_seconds: float = 3600,
) -> Iterator[AzureEmulator]:
    """An emulator that runs within the `with` block.

    The other arguments and the errors are those of `AzureEmulator`.

    Args:
        estate: a folder of JSON files, or documents made in memory; the demo's by default.
    """
    documents = estate if isinstance(estate, list) else read_folder(estate or HERE)
    with tempfile.TemporaryDirectory(prefix="azure-emulator-") as folder:
        azure = AzureEmulator(
            documents,
            Path(folder),
            port=port,
            delay_seconds=delay_seconds,
            page_size=page_size,
            token_seconds=token_seconds,
        )
        azure.start()
        try:
            yield azure
            azure.clear()
        finally:
            azure.stop()


def _is_login(request: SeenRequest) -> bool:
    return "/oauth2/v2.0/token" in request.path or "/.well-known/" in request.path


def _is_read(request: SeenRequest) -> bool:
    return _is_login(request) or (
        request.path.startswith("/mlflow/") and request.path.split("?")[0].endswith("/search")
    )
