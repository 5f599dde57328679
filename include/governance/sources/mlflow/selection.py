"""What the settings of an MLflow source select, and when a read may go on from the last one."""

from __future__ import annotations

from ...config.models import MlflowSource
from ...model import qualified_names
from ...model.assets import AssetKind
from ...scrub import Scrubber
from ...staging.snapshot import Snapshot
from ..carry_forward import CarryForward, table_layout
from ..former_rows import Selection
from .services import is_in_unity_catalog


def carry_forward(settings: MlflowSource, address: str, service: str | None, since: Snapshot | None) -> CarryForward:
    """What this read may take over from the last one, if that read the same workspace of the same server."""
    same_workspace = since is not None and since.document.get("workspace") == settings.workspace
    return CarryForward(
        since if same_workspace else None,
        _fingerprint(settings, address),
        Scrubber().text(address),
        selected=_selected(settings, service),
    )


def _fingerprint(settings: MlflowSource, address: str) -> str:
    """Equal for two reads of which one may go on from the other: same address, same filters, same table layout."""
    filters: tuple[str, ...]
    filters = (settings.experiments.model_dump_json(), settings.models.model_dump_json(), settings.workspace or "")
    if settings.service or not settings.unity_catalog:
        filters = (*filters, settings.service or "", str(settings.unity_catalog))
    return qualified_names.short_hash(address, *filters, *table_layout())


def _selected(settings: MlflowSource, service: str | None) -> dict[AssetKind, Selection]:
    """Which experiments, models and versions these settings read."""
    without_catalog = service == "databricks" and not settings.unity_catalog

    def allows(model: str) -> bool:
        return settings.models.allows(model) and not (without_catalog and is_in_unity_catalog(model))

    return {
        AssetKind.EXPERIMENT: Selection(("name",), settings.experiments.allows),
        AssetKind.MODEL: Selection(("native_id",), allows),
        AssetKind.MODEL_VERSION: Selection(("model_name",), allows),
    }
