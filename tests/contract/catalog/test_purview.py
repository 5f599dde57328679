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
    sample = (
        "test_the_capabilities_are_those_that_the_dialect_states",
        "test_everything_is_there_after_the_first_publish",
        "test_only_changed_attributes_are_sent",
        "test_a_reference_to_one_moves_to_another",
        "test_a_wrong_password_is_said",
        "test_an_answer_is_lost",
        "test_lost_state_of_an_unchanged_estate_writes_nothing",
        "test_what_people_wrote_on_a_duplicate_is_carried_over",
    )
