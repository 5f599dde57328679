"""The server or store itself, as an asset."""

from __future__ import annotations

from ...config.models import MlflowSource
from ...model import qualified_names
from ...model.assets import AssetKind
from ..writer import SnapshotWriter


def add_source(writer: SnapshotWriter, settings: MlflowSource, address: str) -> None:
    """Writes its row. address: without secrets."""
    name = settings.name
    writer.add(
        AssetKind.SOURCE,
        {
            "qualified_name": qualified_names.source("mlflow", name),
            "native_id": name,
            "name": name,
            "platform": "mlflow",
            "address": address,
            "workspace": settings.workspace,
            **writer.scrubber.take_columns(),
        },
    )
