"""GitLab's MLflow API (/api/v4/projects/ID/ml/mlflow, GitLab 16.8 and later) as pages of MLflow's listings.

By its documentation, "MLflow client compatibility", and its API's description: a search of runs reads the first
experiment id only and knows no filter; versions have no listing and come with their models; versions are semantic ones;
times of models and versions are in seconds; a model has no aliases, and every version the stage "development".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import SourceError, Unsupported
from ...net.http import Traffic
from .client import Page, Query, Record
from .rest import MlflowRestClient

_SEMANTIC = re.compile(r"\d+\.\d+\.\d+[0-9A-Za-z.+-]*")
_IN_SECONDS = ("creation_timestamp", "last_updated_timestamp")
_FIRST_MILLISECONDS = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973
_NO_STAGE = "development"  # of every version, so it says nothing


class GitLabClient:
    """A ListingClient for one project."""

    def __init__(self, rest: MlflowRestClient) -> None:
        self._rest = rest
        self.ids_per_search, self.filters_runs, self.service_name = rest.ids_per_search, False, rest.service_name
        self.traffic: Traffic = rest.traffic

    def page(self, query: Query, token: str | None) -> Page:
        """One page; that of versions is made of a page of models."""
        if query.collection == "logged_models":
            raise Unsupported("GitLab does not offer logged models.", absent=True)
        if query.collection == "model_versions":
            page = self._rest.page(Query("registered_models"), token)
            versions = [version for model in page.records for version in _versions_of(model)]
            return Page(versions, page.token)
        page = self._rest.page(query, token)
        if query.collection == "registered_models":
            return Page([_in_milliseconds(record) for record in page.records], page.token)
        return page

    def item(self, collection: str, native_id: str) -> Record | None:
        """One item by its id."""
        found = self._rest.item(collection, native_id)
        if found is None or collection not in ("registered_models", "model_versions"):
            return found
        made: Record = _version(found) if collection == "model_versions" else _in_milliseconds(found)
        return made

    def model_file(self, _native_id: str, /) -> str | None:
        """GitLab keeps a version's files in packages, which are not read."""
        return None

    def workspaces(self) -> tuple[list[str], SourceError | None]:
        """There are none."""
        return [], None

    def close(self) -> None:
        """Closes the connections."""
        self._rest.close()


def _versions_of(model: Any) -> list[Any]:
    listed = model.get("latest_versions") if isinstance(model, dict) else None
    return [_version(version) for version in listed] if isinstance(listed, list) else []


def _version(record: Any) -> Any:
    """A version under its semantic number, which some releases give as an alias beside an internal id."""
    if not isinstance(record, dict):
        return record
    made = _in_milliseconds(record)
    aliases = record.get("aliases")
    stated = [alias for alias in aliases if _SEMANTIC.fullmatch(str(alias))] if isinstance(aliases, list) else []
    if stated and not _SEMANTIC.fullmatch(str(record.get("version"))):
        made["version"] = stated[0]
    if record.get("current_stage") == _NO_STAGE:
        made["current_stage"] = None
    return made


def _in_milliseconds(record: Any) -> Any:
    if not isinstance(record, Mapping):
        return record
    made = dict(record)
    for name in _IN_SECONDS:
        stated = made.get(name)
        if isinstance(stated, int) and 0 < stated < _FIRST_MILLISECONDS:
            made[name] = stated * 1_000
    return made
