"""Microsoft Purview: the account of CATALOG_URL where CATALOG_KIND is purview, else its face on an embedded Atlas."""

from __future__ import annotations

import pytest

from tests.contract.catalog.contract import CatalogContract
from tests.contract.catalog.dialects import PURVIEW


@pytest.mark.atlas
class TestPurview(CatalogContract):
    dialect = PURVIEW
    lacking = {
        "purge": "Purview documents no purge.",
        "soft delete": "What is deleted in Purview counts as gone.",
    }
    check = "/types/entitydef/name/Process"
    check_requests = 1
    refused_requests = 0  # the authority gives no token
    login = "secret"
    sample = ()
