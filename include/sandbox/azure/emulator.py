"""One running stand-in, and the settings of a source that reads it."""

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
    """A cloud on loopback. Use `stand_in`, or `start` and `stop`.

    documents: the estate, as `read_folder` gives it. folder: keeps the certificate authority and the MLflow store.
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
        self._wire = HttpsServer(context, port, delay_seconds)
        self.url = f"https://127.0.0.1:{self._wire.port}"
        self.tree: ResourceTree = load(documents, self.url)
        self.authority = Authority(self.url, token_seconds)
        self._arm, self._foundry = Arm(self.tree, page_size), Foundry(self.tree, page_size)
        self._mlflow = WorkspaceMlflow(self.tree, folder)
        routes = Routes(self.authority, self._arm, self._foundry, History(self.tree, self.url), self._mlflow)
        self._wire.answer = routes.answer

    @property
    def metadata_url(self) -> str:
        return f"{self.url}/metadata/endpoints?api-version=2019-05-01"

    @property
    def requests(self) -> list[SeenRequest]:
        """(method, path with query, status) of all requests so far; status 0: no answer went out."""
        return list(self._wire.requests)

    @property
    def reads(self) -> list[SeenRequest]:
        """The requests that cost a reader: without the cloud's metadata and its tokens."""
        return [seen for seen in self.requests if not seen.path.startswith("/metadata/") and not _is_login(seen)]

    @property
    def writes(self) -> list[SeenRequest]:
        """The requests that would have changed something; all of them were refused."""
        return [seen for seen in self.requests if seen.method not in ("GET", "HEAD") and not _is_reading(seen)]

    def fault(self, fault: Fault) -> Fault:
        """Adds a fault; the first one that takes a request hits it. Returns it, for its `hits`."""
        return self._wire.faults.add(fault)

    def clear(self) -> None:
        """Forgets all faults and all requests. Raises AmbiguousFault as `Faults.clear`."""
        self._wire.clear()

    def settings(self, kind: str, **more: Any) -> Any:
        """Settings of a source that reads this stand-in. kind: azure_ml, ai_foundry. more: further or other fields."""
        stated: dict[str, Any] = {
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
        return _SOURCES[kind].model_validate({**stated, **more})

    def prepare(self) -> None:
        """Starts what is otherwise started by the first request that needs it: the MLflow server."""
        self._mlflow.prepare()

    def start(self) -> None:
        self._wire.start()

    def stop(self) -> None:
        self._wire.stop()
        self._mlflow.close()


@contextmanager
def azure_emulator(
    estate: Path | list[Document] | None = None,
    port: int = 0,
    delay_seconds: float = 0,
    *,
    page_size: int | None = None,
    token_seconds: float = 3600,
) -> Iterator[AzureEmulator]:
    """A stand-in that runs within the `with` block.

    estate: a folder of JSON files, or documents made in memory; the demo's by default. port: 0 takes a free one.
    delay_seconds: how long every answer takes on top. page_size: items a page of every listing. token_seconds: how
    long a token holds. Raises SandboxError for an estate that cannot be read, OSError for a port that is taken,
    and at its end AmbiguousFault as `Faults.clear`.
    """
    documents = estate if isinstance(estate, list) else read_folder(estate or HERE)
    with tempfile.TemporaryDirectory(prefix="azure-stand-in-") as folder:
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


def _is_login(seen: SeenRequest) -> bool:
    return "/oauth2/v2.0/token" in seen.path or "/.well-known/" in seen.path


def _is_reading(seen: SeenRequest) -> bool:
    return _is_login(seen) or (seen.path.startswith("/mlflow/") and seen.path.split("?")[0].endswith("/search"))
