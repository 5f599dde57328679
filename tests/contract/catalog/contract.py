"""What every catalog must hold to. A new dialect joins with one subclass that knows a real server of its kind."""

from __future__ import annotations

from collections.abc import Callable

from include.governance.catalog import Catalog
from tests.contract.catalog.cases.azure_estate import AzureEstateContract
from tests.contract.catalog.cases.curated import CuratedContract
from tests.contract.catalog.cases.deleted import DeletedContract
from tests.contract.catalog.cases.duplicates import DuplicatesContract
from tests.contract.catalog.cases.faults import FaultsContract
from tests.contract.catalog.cases.hard_cases import HardCasesContract
from tests.contract.catalog.cases.installations import InstallationsContract
from tests.contract.catalog.cases.killed import KilledContract
from tests.contract.catalog.cases.marker import MarkerContract
from tests.contract.catalog.cases.missing import MissingContract
from tests.contract.catalog.cases.publish import PublishContract
from tests.contract.catalog.cases.rebuilt import RebuiltContract
from tests.contract.catalog.cases.reconcile import ReconcileContract
from tests.contract.catalog.cases.refusals import RefusalsContract
from tests.contract.catalog.cases.types import TypesContract
from tests.contract.catalog.cases.updates import UpdatesContract
from tests.contract.catalog.cases.writers import WritersContract
from tests.contract.catalog.site import Site


class CatalogContract(
    PublishContract,
    UpdatesContract,
    MissingContract,
    DeletedContract,
    RebuiltContract,
    ReconcileContract,
    DuplicatesContract,
    MarkerContract,
    TypesContract,
    CuratedContract,
    RefusalsContract,
    FaultsContract,
    HardCasesContract,
    KilledContract,
    WritersContract,
    InstallationsContract,
    AzureEstateContract,
):
    """All parts of the contract; the hooks are those of CatalogCase."""

    def test_the_capabilities_are_those_that_the_dialect_states(
        self, site: Site, opened: Callable[[str], Catalog]
    ) -> None:
        capabilities = opened(site.url).capabilities
        assert capabilities.purge == ("purge" not in self.lacking)
        assert capabilities.soft_delete == ("soft delete" not in self.lacking)
        assert capabilities.business_metadata == ("business metadata" not in self.lacking)
        assert site.dialect.settings(url=site.url).batch_size <= capabilities.largest_batch
