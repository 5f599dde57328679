"""One Apache Atlas over its v2 REST API (`/api/atlas/v2`)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ...config.catalogs import CatalogSettings
from ...config.connections import Endpoint
from ...config.register.people import Person
from ...errors import CatalogError, CatalogUnavailable
from ...model.catalog_types import MANAGED_BY
from ...staging.plan import Key
from ..atlas_api import AtlasApi, AtlasHttp
from ..atlas_api.errors import UNKNOWN_TYPE
from ..contract import Capabilities, Catalog, Listed, RequestFailure

API = "/api/atlas/v2"
_FOUND_PER_PAGE = 1_000
_CAPABILITIES = Capabilities(
    soft_delete=True,
    purge=True,
    business_metadata=True,
    largest_batch=1_000,
    longest_url=15_500,  # Jetty's header buffer holds 16 kB; a URL beyond it is answered 414
    erasure_setting="atlas.rest.enable.delete.type.override=true in atlas-application.properties",
)


class AtlasClient(AtlasApi):
    """Reads and writes of one Atlas, as the contract has them."""

    def __init__(self, endpoint: Endpoint, settings: CatalogSettings) -> None:
        http = AtlasHttp(
            endpoint,
            API,
            timeout=settings.timeout_seconds,
            attempts=settings.attempts,
            max_wait=settings.max_wait_seconds,
        )
        super().__init__(http, settings)

    @property
    def capabilities(self) -> Capabilities:
        """What Atlas 2 can do."""
        return _CAPABILITIES

    def check(self) -> str:
        """GET /api/atlas/admin/status (open) and /api/atlas/admin/version (needs the login)."""
        try:
            status = self._http.call("GET", "/api/atlas/admin/status")
            if status.get("Status") != "ACTIVE":
                raise CatalogUnavailable(
                    f"Atlas at {self.url} is {status.get('Status', 'in an unknown state')}, not ACTIVE.",
                    "Wait until it is active, or address the active instance.",
                )
            version = str(self._http.call("GET", "/api/atlas/admin/version").get("Version"))
            return f"Atlas {version} at {self.url}"
        except RequestFailure as failure:
            if failure.status != 404:
                raise failure.to_catalog_error() from None
        except AttributeError:
            pass
        raise CatalogError(f"{self.url} does not answer like an Atlas.", "Check the catalog's url.")

    def listed(self, type_name: str, managed_by: str | None) -> Iterator[Listed]:
        """POST /search/basic, by pages."""
        criterion = {"attributeName": MANAGED_BY, "operator": "eq", "attributeValue": managed_by}
        filters = {"condition": "AND", "criterion": [criterion]} if managed_by is not None else None
        for offset in itertools.count(0, _FOUND_PER_PAGE):
            query = {
                "typeName": type_name,
                "excludeDeletedEntities": True,
                "includeSubTypes": False,
                "entityFilters": filters,
                "attributes": ["qualifiedName", MANAGED_BY],
                "sortBy": "qualifiedName",
                "limit": _FOUND_PER_PAGE,
                "offset": offset,
            }
            try:
                answer = self._http.call("POST", f"{self.api}/search/basic", json=query)
            except RequestFailure as failure:
                if failure.code not in UNKNOWN_TYPE:
                    raise
                return
            found = (answer or {}).get("entities") or []
            for header in found:
                held = header["attributes"]
                yield Listed(Key(type_name, held["qualifiedName"]), header["guid"], held.get(MANAGED_BY) or None)
            if len(found) < _FOUND_PER_PAGE:
                return


def open_catalog(endpoint: Endpoint, settings: CatalogSettings, _people: Sequence[Person]) -> Catalog:
    """The catalog's client; nothing is sent yet. Atlas has no contacts."""
    return AtlasClient(endpoint, settings)
