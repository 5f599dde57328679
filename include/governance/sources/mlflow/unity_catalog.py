"""A Databricks workspace: its own model registry and, after that, the models of Unity Catalog, as one registry.

Unity Catalog has other paths (/api/2.0/mlflow/unity-catalog/...) and habits: models are named catalog.schema.model, a
search takes no filter and no order, versions are searched model by model (`name='...'`), and neither search gives
aliases or tags. So each model costs two calls, and each version with an alias one more. As mlflow 3.17's own client and
docs.databricks.com/api have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ...errors import SourceError, Unsupported
from ...net.http import HttpFailure, Traffic
from .client import Page, Query, Record
from .rest import MlflowRestClient, as_page
from .services import CALLS, is_in_unity_catalog

_PATH = "2.0/mlflow/unity-catalog"
_IN_CATALOG = "unity-catalog "  # what the tokens begin with that lead on in Unity Catalog
# A workspace without Unity Catalog, or whose own registry is switched off
_OFF_CODES = {"FEATURE_DISABLED", "ENDPOINT_NOT_FOUND", "METASTORE_DOES_NOT_EXIST"}
_OFF_WORDS = (
    "no metastore assigned",
    "legacy workspace model registry is disabled",
    "workspace model registry is disabled",
)


class DatabricksClient:
    """A ListingClient for one workspace.

    Args:
        rest: the workspace.
        unity_catalog: whether to read that too.
        allows: whether a model of that name is to be read.
    """

    def __init__(self, rest: MlflowRestClient, unity_catalog: bool, allows: Callable[[str], bool]) -> None:
        self._rest, self._reads_catalog, self._allows = rest, unity_catalog, allows
        self.ids_per_search, self.filters_runs, self.service_name = rest.ids_per_search, True, rest.service_name
        self.traffic: Traffic = rest.traffic
        self._models: dict[str, None] = {}
        self._models_are_whole = self._is_off = False
        self._aliased: dict[str, set[str]] = defaultdict(set)
        self._offered: dict[str, bool] = {}  # by collection, whether the workspace's own registry gave it

    def page(self, query: Query, token: str | None) -> Page:
        """One page of the workspace, those of its registry first."""
        if query.collection not in ("registered_models", "model_versions") or not self._reads_catalog:
            return self._rest.page(query, token)
        if token is None or not token.startswith(_IN_CATALOG):
            return self._workspace_page(query, token)
        try:
            if query.collection == "registered_models":
                return self._models_page(token.removeprefix(_IN_CATALOG))
            if self._is_off:
                return self._nothing(query)
            return self._versions_page(token.removeprefix(_IN_CATALOG))
        except HttpFailure as failure:
            if _is_off(failure):
                self._is_off = self._models_are_whole = True
                return self._nothing(query)
            raise self._rest.refusal(failure, f"unity catalog {query.collection}") from None

    def item(self, collection: str, native_id: str) -> Record | None:
        """One item by its id: of the workspace's registry, else of Unity Catalog."""
        name = native_id.rpartition("/")[0] if collection == "model_versions" else native_id
        if collection in ("registered_models", "model_versions") and self._reads_catalog and is_in_unity_catalog(name):
            parts = native_id.rsplit("/", 1) if collection == "model_versions" else [native_id]
            try:
                found = self._model(name) if len(parts) == 1 else self._version(name, parts[1])
            except HttpFailure as failure:
                if failure.status not in (400, 404):
                    raise self._rest.refusal(failure, collection) from None
                found = None
            if found is not None:
                return found
        return self._rest.item(collection, native_id)

    def model_file(self, _native_id: str, /) -> str | None:
        """The files of a version are not given by these APIs."""
        return None

    def workspaces(self) -> tuple[list[str], SourceError | None]:
        """There are none."""
        return [], None

    def close(self) -> None:
        """Closes the connections."""
        self._rest.close()

    def _workspace_page(self, query: Query, token: str | None) -> Page:
        try:
            page = self._rest.page(query, token)
        except Unsupported:
            self._offered[query.collection] = False
            return self.page(query, _IN_CATALOG)
        except SourceError as error:
            if not any(word in error.message.lower() for word in _OFF_WORDS):
                raise
            self._offered[query.collection] = False
            return self.page(query, _IN_CATALOG)
        self._offered[query.collection] = True
        return Page(page.records, page.token or _IN_CATALOG)

    def _nothing(self, query: Query) -> Page:
        """The end of the listing, which Unity Catalog does not offer."""
        if self._offered.get(query.collection):
            return Page([], None)
        what = query.collection.replace("_", " ")
        raise Unsupported(f"neither the workspace's registry nor Unity Catalog offers {what}.", absent=True)

    def _models_page(self, token: str) -> Page:
        page = self._search("registered-models", token, "registered_models", {})
        records = []
        for listed in page.records:
            name = str(listed.get("name") or "") if isinstance(listed, dict) else ""
            is_read = bool(name) and self._allows(name)
            model = (self._model(name) if is_read else None) or listed
            if is_read:
                self._models[name] = None
                self._aliased[name] = _versions_with_alias(model)
            records.append(model)
        self._models_are_whole = page.token is None
        return Page(records, _IN_CATALOG + page.token if page.token else None)

    def _versions_page(self, token: str) -> Page:
        """One page of one model. The token: position of the model, then that of the page."""
        if not self._models_are_whole:
            raise SourceError("the models of Unity Catalog were not all listed, so neither were their versions.")
        names = list(self._models)
        position, _, inner = token.partition(" ")
        index = int(position or 0)
        if index >= len(names):
            return Page([], None)
        name = names[index]
        page = self._search("model-versions", inner, "model_versions", {"filter": f"name='{name}'"})
        records = [self._with_tags(name, record) for record in page.records]
        if page.token:
            return Page(records, f"{_IN_CATALOG}{index} {page.token}")
        return Page(records, f"{_IN_CATALOG}{index + 1} " if index + 1 < len(names) else None)

    def _search(self, path: str, token: str, collection: str, params: dict[str, Any]) -> Page:
        params = {"max_results": self._rest.sizes.of(collection), **params}
        if token:
            params["page_token"] = token
        call = CALLS[collection]._replace(path=f"unity-catalog/{path}/search")
        return as_page(self._rest.ask(f"{_PATH}/{path}/search", params), call)

    def _with_tags(self, name: str, record: Any) -> Any:
        version = str(record.get("version")) if isinstance(record, dict) else ""
        return (self._version(name, version) or record) if version in self._aliased[name] else record

    def _model(self, name: str) -> Record | None:
        return _under("registered_model", self._rest.ask(f"{_PATH}/registered-models/get", {"name": name}))

    def _version(self, name: str, version: str) -> Record | None:
        params = {"name": name, "version": version}
        return _under("model_version", self._rest.ask(f"{_PATH}/model-versions/get", params))


def _under(key: str, answer: Any) -> Record | None:
    found = answer.get(key) if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else None


def _versions_with_alias(model: Any) -> set[str]:
    aliases = model.get("aliases") if isinstance(model, dict) else None
    listed = aliases if isinstance(aliases, list) else []
    return {str(alias.get("version")) for alias in listed if isinstance(alias, dict)}


def _is_off(failure: HttpFailure) -> bool:
    code = failure.body.get("error_code") if isinstance(failure.body, dict) else ""
    words = str(failure.body).lower()
    return failure.status in (404, 405, 501) or code in _OFF_CODES or any(word in words for word in _OFF_WORDS)
