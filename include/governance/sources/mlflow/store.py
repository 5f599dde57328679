"""A store (sqlite, postgresql, a folder ...) read through MLflow's own client library, in this process.

MLflow creates what does not exist: a mistyped path would become an empty store. So the store's existence is checked
first, which also keeps MLflow from retrying a database that is down for minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from ...errors import GovernanceError, SourceError, SourceUnavailable, Unsupported
from ...net.http import Traffic
from .client import IDS_PER_SEARCH, OPTIONAL, PAGE_CAP, Page, Query, Record

_TRANSIENT = {"TEMPORARILY_UNAVAILABLE", "INTERNAL_ERROR", "REQUEST_LIMIT_EXCEEDED"}
_NOT_THERE = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
_FILE_STORE = (
    "Set MLFLOW_ALLOW_FILE_STORE=true for this process to have it read all the same, or move it into a database: "
    "mlflow migrate-filestore."
)
_REMEDY = "Check the store's address, and that its schema fits this mlflow version (mlflow db upgrade)."


class MlflowStoreClient:
    """A ListingClient for one store. Nothing is opened before the first page is requested."""

    def __init__(self, uri: str, page_size: int) -> None:
        self.traffic = Traffic()
        self.ids_per_search, self.filters_runs = IDS_PER_SEARCH, True
        self.service_name: str | None = None
        self._uri, self._page_size = uri, page_size

    def page(self, query: Query, token: str | None) -> Page:
        """One page, through MlflowClient."""
        items = self._asked(query.collection, lambda: self._searches[query.collection](query, token))
        return Page([_as_rest(item) for item in items], items.token or None)

    def item(self, collection: str, native_id: str) -> Record | None:
        """One item, through MlflowClient."""
        try:
            found = _as_rest(self._asked(collection, lambda: self._gets[collection](native_id)))
        except SourceError as error:
            if error.data.get("code") in _NOT_THERE:
                return None
            raise
        return found if isinstance(found, dict) else None

    def model_file(self, native_id: str) -> str | None:
        """Where the version's files lie on this machine."""
        try:
            address = self._client.get_model_version_download_uri(*native_id.rsplit("/", 1))
            parts = urlsplit(str(address))
            path = Path(unquote(parts.path)) / "MLmodel"
            return path.read_text("utf-8") if parts.scheme in ("", "file") else None
        except Exception:  # noqa: BLE001 - MLflow's own, its driver's, OSError: it is not to be had
            return None

    def _asked(self, collection: str, call: Callable[[], Any]) -> Any:
        self.traffic.calls += 1
        started = time.perf_counter()
        try:
            return call()
        except GovernanceError:
            raise
        except Exception as error:  # noqa: BLE001 - MLflow's own, and those of the store's driver (SQLAlchemy, OSError ...)
            raise to_source_error(error, collection) from None
        finally:
            self.traffic.seconds += time.perf_counter() - started

    def workspaces(self) -> tuple[list[str], SourceError | None]:
        """There are none."""
        return [], None

    def close(self) -> None:
        """Nothing to close: the store's engine belongs to MLflow."""

    @cached_property
    def _client(self) -> Any:
        _require_store(self._uri)
        from mlflow.tracking import MlflowClient  # seconds to import: only where a store is read directly

        return MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)

    @cached_property
    def _gets(self) -> dict[str, Callable[[str], Any]]:
        client = self._client
        return {
            "experiments": client.get_experiment,
            "runs": client.get_run,
            "registered_models": client.get_registered_model,
            "prompts": client.get_registered_model,
            "model_versions": lambda native_id: client.get_model_version(*native_id.rsplit("/", 1)),
            "logged_models": client.get_logged_model,
        }

    @cached_property
    def _searches(self) -> dict[str, Callable[[Query, str | None], Any]]:
        client, size = self._client, self._page_size
        from mlflow.entities import ViewType

        def models(query: Query, token: str | None) -> Any:
            size_here = min(size, PAGE_CAP[query.collection])
            return client.search_registered_models(query.filter or None, size_here, ["name ASC"], token)

        return {
            "experiments": lambda _, token: client.search_experiments(
                view_type=ViewType.ALL, max_results=size, page_token=token
            ),
            "runs": lambda query, token: client.search_runs(
                list(query.experiment_ids),
                filter_string=query.filter,
                run_view_type=ViewType.ALL,
                max_results=size,
                order_by=["attributes.start_time ASC"],
                page_token=token,
            ),
            "registered_models": models,
            "prompts": models,
            "model_versions": lambda _, token: client.search_model_versions(
                max_results=size, order_by=["name ASC", "version_number ASC"], page_token=token
            ),
            "logged_models": lambda query, token: client.search_logged_models(
                list(query.experiment_ids), filter_string=query.filter or None, max_results=size, page_token=token
            ),
        }


def _require_store(uri: str) -> None:
    """Raises SourceError when there is no store at that address, SourceUnavailable when its database is down."""
    parts = urlsplit(uri)
    if parts.scheme in ("", "file"):
        _require_path(Path(unquote(parts.path)))
    elif parts.scheme.startswith("sqlite"):
        _require_path(Path(uri.split(":///", 1)[-1].split("?", 1)[0]))
    else:
        _require_connection(uri)


def _require_path(path: Path) -> None:
    if not path.exists():
        raise SourceError(f"there is no MLflow store at {path}.", "Check the source's `uri`.")


def _require_connection(uri: str) -> None:
    import sqlalchemy

    try:
        engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool)
        engine.connect().close()
    except (sqlalchemy.exc.ArgumentError, ImportError) as error:  # no such scheme, or no driver for it
        raise SourceError(f"the MLflow store's address cannot be used ({type(error).__name__}).", _REMEDY) from None
    except Exception as error:  # noqa: BLE001 - the driver's own types
        raise SourceUnavailable(f"the MLflow store does not answer ({type(error).__name__}).", _REMEDY) from None


def to_source_error(error: Exception, requested: str) -> SourceError:
    """What a failed search in a store means, and how to fix it. requested: the collection."""
    from mlflow.exceptions import MlflowException

    # MLflow raises it for a kind of store that has no such listing
    if isinstance(error, NotImplementedError) and requested in OPTIONAL:
        return Unsupported(f"this store does not offer {requested.replace('_', ' ')}.", absent=True)
    if isinstance(error, MlflowException) and "MLFLOW_ALLOW_FILE_STORE" in error.message:
        return SourceError("MLflow reads no store in a folder any more (since 3.13).", _FILE_STORE)
    if isinstance(error, MlflowException) and error.error_code not in _TRANSIENT:
        return SourceError(
            f"the MLflow store refused {requested}: {error.message[:300]}", _REMEDY, code=error.error_code
        )
    return SourceUnavailable(f"the MLflow store cannot be read ({type(error).__name__}).", _REMEDY)


def _as_rest(entity: Any) -> Record | str:
    """MLflow's own JSON form of an entity: the same the server would send. A text where it has none."""
    from mlflow.utils.proto_json_utils import message_to_json

    try:
        record: Record = orjson.loads(message_to_json(entity.to_proto(), pretty=False))
    except Exception as error:  # noqa: BLE001 - a value that the store holds and MLflow's own message does not allow
        return f"{type(error).__name__}"
    return record
