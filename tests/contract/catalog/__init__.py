import pytest

pytest.register_assert_rewrite(
    "tests.contract.catalog.cases", "tests.contract.catalog.contract", "tests.contract.catalog.site"
)
