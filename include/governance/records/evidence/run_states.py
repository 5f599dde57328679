"""The state of a version's run and experiment: active, deleted, purged, elsewhere or not read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ...estate import Coverage
from ...model import qualified_names
from ...model.assets import AssetKind


def run_state(row: Mapping[str, Any], coverage: Coverage, was_there: bool) -> tuple[str | None, str | None]:
    """(active, deleted, purged, elsewhere, not_read or None without a run; why it was not read).

    A run that MLflow's server was never seen to have is elsewhere, not purged: a registry may stand apart from it.

    Args:
        row: the columns run, run_link and run_lifecycle of a version.
        was_there: whether something says that the run once was in the source that its name names.
    """
    run = row["run"]
    if not run:
        return None, None
    if row["run_lifecycle"]:
        return ("deleted" if row["run_lifecycle"] == "deleted" else "active"), None
    if not coverage.was_quarantined(run) and coverage.is_elsewhere(run, row["run_link"]):
        return "elsewhere", None
    reason = _why_not_read(run, coverage)
    if reason:
        return "not_read", reason
    return ("purged" if was_there or qualified_names.is_azure(run) else "elsewhere"), None


def _why_not_read(run: str, coverage: Coverage) -> str | None:
    run_id = unquote(run.rsplit("/", 1)[-1])
    if coverage.was_quarantined(run):
        return f"its run {run_id} was listed but could not be understood"
    if not coverage.is_listed(AssetKind.RUN, run):
        return f"its run {run_id} stands where no source reads"
    if coverage.is_filtered(AssetKind.EXPERIMENT, run):
        return f"its run {run_id} may lie in an experiment that the configuration leaves out"
    if not coverage.is_complete(AssetKind.RUN, run):
        return f"its run {run_id} was not found, and the runs were not all read"
    return None


def experiment_state(row: Mapping[str, Any], coverage: Coverage) -> str:
    """active, deleted, missing or not_read.

    Args:
        row: the columns experiment and experiment_lifecycle of a version whose run exists.
    """
    if row["experiment_lifecycle"]:
        return "deleted" if row["experiment_lifecycle"] == "deleted" else "active"
    experiment, kind = str(row["experiment"]), AssetKind.EXPERIMENT
    is_read = coverage.is_complete(kind, experiment) and not coverage.is_filtered(kind, experiment)
    return "missing" if is_read and not coverage.was_quarantined(experiment) else "not_read"
