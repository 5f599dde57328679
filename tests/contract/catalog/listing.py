"""Snapshots that list what an estate has."""

from __future__ import annotations

from pathlib import Path

from include.governance.model.assets import COLLECTION_OF, AssetKind
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from tests.support.catalog_estate import CatalogEstate

_KINDS = {
    "ai_experiment": AssetKind.EXPERIMENT,
    "ai_training_run": AssetKind.RUN,
    "ai_model": AssetKind.MODEL,
    "ai_model_version": AssetKind.MODEL_VERSION,
}


def listing_of(estate: CatalogEstate, folder: Path) -> Snapshot:
    """The snapshot of a complete listing that has the estate's entities."""
    writer = SnapshotWriter(Folder(str(folder)), estate.source)
    for kind in _KINDS.values():
        writer.state(COLLECTION_OF[kind])
    for key in estate.entities:
        if key.type_name in _KINDS:
            writer.add(_KINDS[key.type_name], {"qualified_name": key.qualified_name, "native_id": "x", "name": "x"})
    return writer.close({"platform": "mlflow"})
