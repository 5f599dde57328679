"""What a sync asks of a catalog, one thing at a time; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import CatalogError
from ..model import qualified_names
from ..model.probe import Probe
from ..staging.plan import Key
from .contract import Catalog, RequestFailure
from .marker import MARKER_TYPE

_RECORD_TYPE = "ai_governed_model"


def probes(catalog: Catalog, deployment: str) -> Iterator[Probe]:
    """Address and login first: where those fail, nothing else can be asked.

    Args:
        deployment: names this installation, whose entities are looked for.
    """
    yield Probe("", lambda: _raising(catalog.check))
    yield Probe("types", lambda: _raising(lambda: _types(catalog)))
    yield Probe("reading entities", lambda: _raising(lambda: _entities(catalog, deployment)))
    yield Probe("writing entities", lambda: _raising(lambda: _writing(catalog)))


def _types(catalog: Catalog) -> str:
    known = catalog.entity_types()
    if "Process" not in known:
        raise CatalogError("it has no base types (Process, DataSet).", "Start it with its stock models folder.")
    return "knows our types" if _RECORD_TYPE in known else "is new to our types: the first sync makes them"


def _entities(catalog: Catalog, deployment: str) -> str:
    marker = Key(MARKER_TYPE, qualified_names.marker(deployment))
    if next(catalog.find([marker], relationships=False), None) is None:
        return f"nothing of the installation {deployment} yet"
    records = sum(1 for _ in catalog.listed(_RECORD_TYPE, deployment))
    return f"{records} governed records of the installation {deployment}"


def _writing(catalog: Catalog) -> str:
    catalog.check_write()
    return "this login may create entities (asked by a request that the catalog refuses; nothing was written)"


def _raising(ask: Callable[[], str]) -> str:
    """Its answer. Raises CatalogError in place of RequestFailure."""
    try:
        return ask()
    except RequestFailure as failure:
        raise failure.to_catalog_error() from None
