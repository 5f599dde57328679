"""The dialects under test: how each is configured and how its catalog is asked directly."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from include.governance.config.catalogs import AtlasCatalog, CatalogSettings, PurviewCatalog
from include.governance.config.connections import Connection, Endpoint
from include.sandbox.azure.names import TENANT_ID
from include.sandbox.purview.face import COLLECTION
from tests.contract.catalog.atlas import AtlasInspector
from tests.contract.catalog.inspector import Inspector
from tests.contract.catalog.purview import PurviewInspector


class Dialect(NamedTuple):
    kind: str
    settings: Callable[..., CatalogSettings]
    inspector: Callable[[str, str, str], Inspector]
    endpoint: Callable[[str, str, str], Endpoint]


def _purview_settings(**fields: Any) -> PurviewCatalog:
    collection = os.environ.get("CATALOG_COLLECTION", COLLECTION)
    return PurviewCatalog(**{"collection": collection, "operations_per_second": 100_000, **fields})


def _purview_endpoint(url: str, user: str, password: str) -> Endpoint:
    """user, password: of a service principal in the tenant AZURE_TENANT_ID."""
    tenant = {"tenantId": os.environ.get("AZURE_TENANT_ID", TENANT_ID)}
    return Endpoint(url, connection=Connection("azure", login=user, password=password, extra=tenant))


ATLAS = Dialect("atlas", AtlasCatalog, AtlasInspector, Endpoint)
PURVIEW = Dialect("purview", _purview_settings, PurviewInspector, _purview_endpoint)
DIALECTS = {dialect.kind: dialect for dialect in (ATLAS, PURVIEW)}
