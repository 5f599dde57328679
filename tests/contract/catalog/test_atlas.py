"""Apache Atlas: the server of CATALOG_URL where it is set, else an embedded one."""

from __future__ import annotations

import pytest

from tests.contract.catalog.contract import CatalogContract
from tests.contract.catalog.dialects import ATLAS


@pytest.mark.atlas
class TestAtlas(CatalogContract):
    dialect = ATLAS
    check = "/admin/status"
    check_requests = 2  # the status is open, the version needs the login
    refused_requests = 2
