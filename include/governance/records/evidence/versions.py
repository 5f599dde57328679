"""Versions: for every model version, what is known of its run, experiment, data, deployments, owner, use and state.

Joins on tables of all snapshots, not objects, so that it works at any size and across sources. Beside each value is
kept which asset states it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import pandas as pd

from ...config.models import Settings
from ...estate import Estate, MergedSnapshots
from ...lifecycle.obligations import obligations_of
from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.tables import EVIDENCE
from ...model.vocabularies import Platform, SubjectKind
from ...staging.rows import rows as rows_of
from ...staging.snapshot import Snapshot
from ..states.signals import Signal, Traffic, conflict_with_traffic, decisive, signals_of
from .announced_ends import AnnouncedEnds
from .declarations import RUN_TAG, Asset, Claim, Declarations, Tagged
from .deployments import deployed_versions
from .other_servers import logged_model_names
from .run_states import experiment_state, run_state
from .shared_columns import identity_columns, state_columns, subject_columns
from .traffic import traffic_of
from .upstream import datasets_of, run_of_version

_WORKSPACE = re.compile(r"/subscriptions/[^/?]+/.+?/workspaces/[^/?]+", re.IGNORECASE)
# mlflow-export-import: of a version that was copied, of a run that was imported; Unity Catalog allows no dots in tags
_IMPORT_TAGS = (
    "mlflow_exim.src_version.run_id",
    "mlflow_exim_src_version_run_id",
    "mlflow_exim.run_info.run_id",
    "mlflow_export_import.run_info.run_id",
)
# Whose secrets count for a version, by what the columns begin with
_SECRETS = {"": "", "model_": "its model's ", "run_": "its run's "}
_VERSION = (
    *("source", "name", "model", "model_name", "version", "stage", "description", "tags_json", "aliases_json"),
    *("run_link", "source_uri", "logged_model_id", "signature", "secrets_removed", "secrets_where", "container"),
    *("archived", "created_at", "anonymous"),
)


class Versions:
    """All versions of all snapshots: first what joins them into records, then, by their keys, their evidence."""

    def __init__(
        self,
        estate: Estate,
        declarations: Declarations,
        settings: Settings,
        ends: AnnouncedEnds,
        before: pd.DataFrame | None = None,
        assumed: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._coverage, self._declarations, self._settings = estate.coverage, declarations, settings
        self._ends, self._assumed = ends, assumed
        self._last_runs, self._runs_that_were = _runs_before(before)
        self._traffic = traffic_of(estate.merged)
        self._workspaces = {snapshot.source: _mlflow_workspace(snapshot) for snapshot in estate.snapshots}
        self._rows = rows_of(_joined(estate.merged, settings, self._last_runs))
        self._runs_that_were |= _runs_of_logged_models(estate.merged, self._rows)

    def subjects(self) -> Iterator[dict[str, Any]]:
        """One row with the columns SUBJECTS per version."""
        for row in self._rows:
            claim = self._claim(row)
            subject = subject_columns(
                row, SubjectKind.VERSION, claim, row["model"] or row["qualified_name"], row["model_name"]
            )
            yield {**subject, "number": row["version"], "run": self._run(row)}

    def evidence(self, identities: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """One row with the columns of EVIDENCE per version. identities: what `identify` found, by qualified name."""
        for row in self._rows:
            yield self._row(row, self._traffic.get(row["qualified_name"], ()), identities[row["qualified_name"]])

    def _row(self, row: Mapping[str, Any], traffic: Sequence[Traffic], identity: Mapping[str, Any]) -> dict[str, Any]:
        declared = self._declarations.for_asset(_asset(row), _tags(row), identity["record_key"])
        signals = self._signals(row, traffic)
        signal, percent = decisive(signals), max((given.percent or 0 for given in traffic), default=None)
        found = {
            **{name: row.get(name) for name in EVIDENCE.names},
            **declared,
            **self._lineage(row),
            **identity_columns(identity),
            "label": row["name"],
            "subject_kind": SubjectKind.VERSION,
            **state_columns(signal),
            "traffic": percent,
            "traffic_conflict": conflict_with_traffic(signals, percent),
            "description": row["description"] or row["model_description"] or declared["description"],
            "secrets_removed": sum(int(row[f"{prefix}secrets_removed"] or 0) for prefix in _SECRETS),
            "secrets_where": _secrets_where(row),
        }
        due = self._ends.of(json_text.load(row["deployments_json"]) or ())
        return {
            **found,
            **obligations_of(found, self._settings, self._declarations.today, row["created_at"], due),
            "paths": _paths(found),
            "fingerprint": _fingerprint(found, row["run_metrics_json"]),
        }

    def _signals(self, row: Mapping[str, Any], traffic: Sequence[Traffic]) -> list[Signal]:
        lifecycle, aliases = self._settings.lifecycle_of(row["source"]), json_text.load(row["aliases_json"]) or []
        tags = json_text.load(row["tags_json"])
        assumed = self._assumed.get(row["qualified_name"])
        return signals_of(
            row["stage"], aliases, tags, lifecycle, traffic=traffic, archived=row["archived"], assumed=assumed
        )

    def _claim(self, row: Mapping[str, Any]) -> Claim:
        return self._declarations.claim(_asset(row), _tags(row))

    def _run(self, row: Mapping[str, Any]) -> str | None:
        """Its run; through a workspace's MLflow endpoint, the job of that name in the workspace."""
        workspace = self._workspaces.get(row["source"])
        if not (row["run"] and workspace):
            return str(row["run"]) if row["run"] else None
        return qualified_names.azure(workspace, "jobs", qualified_names.last_segment(row["run"]))

    def _lineage(self, row: Mapping[str, Any]) -> dict[str, Any]:
        coverage = self._coverage
        state, reason = run_state(row, coverage, row["run"] in self._runs_that_were)
        exists, is_read = state in ("active", "deleted"), state not in ("not_read", "elsewhere")
        count, metrics = int(row["training_dataset_count"] or 0), _metric_count(row)
        # what a listing that broke off does not show may be there
        is_complete = not row["run"] or not coverage.broke_off(AssetKind.RUN, row["run"])
        return {
            "run_id": unquote((row["run"] or "").rsplit("/", 1)[-1]) or None,
            "run_state": state,
            "run_was_read": exists or state == "purged" or None,
            "experiment_state": experiment_state(row, coverage) if exists else None,
            "training_dataset_count": count if is_read and (count or is_complete) else None,
            "other_dataset_count": int(row["other_dataset_count"] or 0),
            "metric_count": metrics if is_read and (metrics or is_complete) else None,
            "incomplete_reason": reason or coverage.why_incomplete(row["qualified_name"], row["run"]),
        }


def _runs_before(before: pd.DataFrame | None) -> tuple[dict[str, str], set[str]]:
    """By version its run after the last sync; and the runs that have been read at some time."""
    rows = [row for row in rows_of(before) if row["run"]] if before is not None else []
    there = {row["run"] for row in rows if row["run_state"] in ("active", "deleted") or row.get("run_was_read")}
    return {row["qualified_name"]: row["run"] for row in rows}, there


def _runs_of_logged_models(merged: MergedSnapshots, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Of the runs that were not read, those that a logged model of the same server names as its source."""
    missing = {row["run"] for row in rows if row["run"] and not row["run_lifecycle"]}
    if not missing:
        return missing
    return missing & merged.ends(Relation.RUN_PRODUCED_LOGGED_MODEL, False).keys()


def _joined(merged: MergedSnapshots, settings: Settings, last_runs: Mapping[str, str]) -> pd.DataFrame:
    """One row per registered version with the columns of all that it was made from, ordered by qualified name."""
    versions = merged.frame(AssetKind.MODEL_VERSION, _VERSION)
    versions = versions[~versions["anonymous"].eq(True)].reset_index(drop=True)
    versions["digest"] = pd.Series(
        [json_text.load(text).get(settings.tags.digest) for text in versions["tags_json"]],
        index=versions.index,
        dtype=object,
    )
    runs = run_of_version(merged, versions, settings.runs_from(), last_runs)
    frame = versions.merge(_models(merged), on="model", how="left")
    frame = frame.merge(runs, on="qualified_name", how="left")
    frame = frame.merge(_runs(merged, frame["run"]), on="run", how="left")
    frame["signature"] = frame["signature"].astype(object).where(frame["signature"].notna(), frame["run_signature"])
    frame["imported_run"] = [
        _imported_run(*tags) for tags in zip(frame["tags_json"], frame["run_tags_json"], strict=True)
    ]
    frame = frame.merge(_experiments(merged, frame["experiment"]), on="experiment", how="left")
    frame = frame.merge(datasets_of(merged, frame["run"]), on="run", how="left")
    frame = frame.merge(_logged_models(merged, frame), on="logged_model_id", how="left")
    frame = frame.merge(deployed_versions(merged), on="qualified_name", how="left")
    platforms = {snapshot.source: snapshot.platform for snapshot in merged.snapshots}
    frame["platform"] = frame["source"].map(platforms)
    return frame.sort_values("qualified_name", ignore_index=True)


def _imported_run(version_tags: str | None, run_tags: str | None) -> str | None:
    """The run on the server that the version, or its run, was copied from: as mlflow-export-import's tags state it."""
    stated = {**_loaded(run_tags), **_loaded(version_tags)}
    return next((str(stated[tag]) for tag in _IMPORT_TAGS if stated.get(tag)), None)


def _loaded(tags: str | None) -> Mapping[str, Any]:
    return json_text.load(tags) or {} if isinstance(tags, str) else {}


def _mlflow_workspace(snapshot: Snapshot) -> str | None:
    """The ARM id of the workspace whose MLflow endpoint a source reads."""
    match = _WORKSPACE.search(snapshot.address) if snapshot.platform == Platform.MLFLOW else None
    return match.group(0) if match else None


def _asset(row: Mapping[str, Any]) -> Asset:
    return Asset(row["source"], row["model_name"], (row["qualified_name"], row["model"]))


def _tags(row: Mapping[str, Any]) -> list[Tagged]:
    """The tags that declare something of a version, those that count first in front."""
    columns = {"version tag": "tags_json", "model tag": "model_tags_json", RUN_TAG: "run_tags_json"}
    own = [(origin, json_text.load(row[column])) for origin, column in columns.items()]
    return own + [("endpoint tag", json_text.load(text)) for text in row["endpoint_tags"] or ()]


def _secrets_where(row: Mapping[str, Any]) -> str | None:
    """`its run's parameter db_password: named password`."""
    stated = {prefix: row[f"{prefix}secrets_where"] for prefix in _SECRETS}
    return (
        "; ".join(
            f"{_SECRETS[prefix]}{found}" for prefix, where in stated.items() if where for found in where.split("; ")
        )
        or None
    )


def _paths(row: Mapping[str, Any]) -> str:
    """The paths of kinds that its lineage leads over, one a line."""
    run = row["run_state"] in ("active", "deleted")
    paths = {
        "run": run,
        "run/experiment": run and row["experiment_state"] in ("active", "deleted"),
        "run/dataset": run and bool(row["training_dataset_count"]),
        "model_version": bool(row["copied_from"]),
        "deployment": bool(row["deployments_json"]) and row["deployments_json"] != "[]",
        "deployment/endpoint": bool(row["endpoints_json"]) and row["endpoints_json"] != "[]",
        "use_case": bool(row["use_case"]),
    }
    return "\n".join(path for path, exists in paths.items() if exists)


def _fingerprint(row: Mapping[str, Any], metrics: str | None) -> str | None:
    """Of its training data and its metrics, in whatever source; None where one of both is not recorded."""
    datasets = json_text.load(row["training_datasets_json"]) or []
    if not datasets or not json_text.load(metrics):
        return None
    return qualified_names.short_hash(*sorted(name.rsplit("/datasets/", 1)[-1] for name in datasets), str(metrics))


def _models(merged: MergedSnapshots) -> pd.DataFrame:
    models = merged.frame(AssetKind.MODEL, ["description", "tags_json", "secrets_removed", "secrets_where"])
    return models.rename(
        columns={
            "qualified_name": "model",
            "description": "model_description",
            "tags_json": "model_tags_json",
            "secrets_removed": "model_secrets_removed",
            "secrets_where": "model_secrets_where",
        }
    )


def _runs(merged: MergedSnapshots, expected: pd.Series) -> pd.DataFrame:
    columns = ["experiment", "lifecycle_stage", "metrics_json", "tags_json", "signature"]
    columns += ["secrets_removed", "secrets_where"]
    return merged.frame(AssetKind.RUN, columns, expected).rename(
        columns={
            "qualified_name": "run",
            "lifecycle_stage": "run_lifecycle",
            "metrics_json": "run_metrics_json",
            "tags_json": "run_tags_json",
            "signature": "run_signature",
            "secrets_removed": "run_secrets_removed",
            "secrets_where": "run_secrets_where",
        }
    )


def _experiments(merged: MergedSnapshots, expected: pd.Series) -> pd.DataFrame:
    experiments = merged.frame(AssetKind.EXPERIMENT, ["name", "lifecycle_stage"], expected)
    return experiments.rename(
        columns={
            "qualified_name": "experiment",
            "name": "experiment_name",
            "lifecycle_stage": "experiment_lifecycle",
        }
    )


def _logged_models(merged: MergedSnapshots, versions: pd.DataFrame) -> pd.DataFrame:
    """By id: a logged model's id is one, wherever it stands."""
    names = logged_model_names(merged, versions["logged_model_id"])
    models = merged.frame(AssetKind.LOGGED_MODEL, ["native_id", "metrics_json"], names)
    models = models.sort_values("qualified_name").drop_duplicates("native_id")
    renamed = {"native_id": "logged_model_id", "metrics_json": "logged_model_metrics_json"}
    return models.drop(columns="qualified_name").rename(columns=renamed)


def _metric_count(row: Mapping[str, Any]) -> int:
    return len({*json_text.load(row["run_metrics_json"]), *json_text.load(row["logged_model_metrics_json"])})
