"""The dialects under test: how each is configured and how its catalog is asked directly."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from include.governance.config.catalogs import AtlasCatalog, CatalogSettings
from tests.contract.catalog.atlas import AtlasInspector
from tests.contract.catalog.inspector import Inspector


class Dialect(NamedTuple):
    kind: str
    settings: Callable[..., CatalogSettings]
    inspector: Callable[[str, str, str], Inspector]


ATLAS = Dialect("atlas", AtlasCatalog, AtlasInspector)
DIALECTS = {dialect.kind: dialect for dialect in (ATLAS,)}
