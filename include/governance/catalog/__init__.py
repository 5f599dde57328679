"""The catalog: what is published into it and read back from it, whatever its product."""

from .connection_check import probes
from .contract import Catalog, RequestFailure
from .curated import read_curated
from .plan_basis import plan_basis
from .publishing import PublishSession, publish
from .reconcile import Reconciliation, heal, reconcile
from .recovery import adopt_promotions, is_outdated, recover
from .registry import open_catalog, page_url_template

__all__ = [
    "Catalog",
    "PublishSession",
    "Reconciliation",
    "RequestFailure",
    "adopt_promotions",
    "heal",
    "is_outdated",
    "open_catalog",
    "page_url_template",
    "plan_basis",
    "probes",
    "publish",
    "read_curated",
    "reconcile",
    "recover",
]
