"""Evidence: for every model version, what is known of its run, experiment, data, deployments, owner, use and state.

Joins on tables of all snapshots, not objects, so that it works at any size and across sources. Which asset said what is
kept beside each value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import unquote

import pandas as pd

from .. import jsontext
from ..config.models import Settings
from ..config.register import Register
from ..staged.curated import Curated
from ..staged.frames import rows as rows_of
from ..staged.schemas import EVIDENCE
from ..staged.snapshot import Snapshot
from ..vocabulary import names
from ..vocabulary.kinds import Kind
from .behind import datasets_of, run_of_version
from .completeness import Reading
from .deployed import deployed_versions
from .lifecycle import Traffic, decisive, signals_of
from .ownership import Statements
from .tables import Tables
from .traffic import traffic_of

_SECRETS = ("secrets_removed", "model_secrets_removed", "run_secrets_removed")
_VERSION = (
    *("source", "name", "model", "model_name", "version", "stage", "description", "tags_json", "aliases_json"),
    *("run_link", "source_uri", "logged_model_id", "secrets_removed", "container", "archived"),
)


def version_evidence(
    snapshots: Sequence[Snapshot],
    register: Register,
    settings: Settings,
    today: date,
    curated: Curated | None = None,
) -> pd.DataFrame:
    """One row per model version with the columns of EVIDENCE, ordered by qualified name."""
    tables = Tables(snapshots)
    versions = tables.assets(Kind.MODEL_VERSION, _VERSION)
    if versions.empty:
        return EVIDENCE.empty_table().to_pandas()
    frame = versions.merge(_models(tables), on="model", how="left")
    frame = frame.merge(run_of_version(tables), on="qualified_name", how="left")
    frame = frame.merge(_runs(tables, frame["run"]), on="run", how="left")
    frame = frame.merge(_experiments(tables, frame["experiment"]), on="experiment", how="left")
    frame = frame.merge(datasets_of(tables, frame["run"]), on="run", how="left")
    frame = frame.merge(_logged_models(tables, frame), on=["source", "logged_model_id"], how="left")
    frame = frame.merge(deployed_versions(tables), on="qualified_name", how="left")
    platforms = {snapshot.source: snapshot.document.get("platform") for snapshot in snapshots}
    frame["platform"] = frame["source"].map(platforms)
    rows = _Rows(Reading(*snapshots), Statements.from_settings(register, settings, today, curated), settings)
    serving = traffic_of(snapshots)
    found = [rows.row(row, serving.get(row["qualified_name"], ())) for row in rows_of(frame)]
    return pd.DataFrame(found, columns=EVIDENCE.names).sort_values("qualified_name", ignore_index=True)


class _Rows:
    """Rows of EVIDENCE from the joined columns of one version each."""

    def __init__(self, reading: Reading, statements: Statements, settings: Settings) -> None:
        self._reading, self._statements, self._settings = reading, statements, settings

    def row(self, row: Mapping[str, Any], traffic: Sequence[Traffic]) -> dict[str, Any]:
        stated, signal = self._stated(row), self._signal(row, traffic)
        return {
            **{name: row.get(name) for name in EVIDENCE.names},
            **stated,
            **self._lineage(row),
            "label": row["name"],
            "subject_kind": "version",
            "state": signal.state,
            "state_signal": signal.words,
            "state_from": signal.asset,
            "state_stated_at": signal.at,
            "in_production": signal.state == "production",
            "traffic": max((given.percent or 0 for given in traffic), default=None),
            "description": row["description"] or row["model_description"] or stated["description"],
            "secrets_removed": sum(int(row[column] or 0) for column in _SECRETS),
        }

    def _signal(self, row: Mapping[str, Any], traffic: Sequence[Traffic]) -> Any:
        lifecycle, aliases = self._settings.lifecycle_of(row["source"]), jsontext.load(row["aliases_json"]) or []
        tags = jsontext.load(row["tags_json"])
        return decisive(signals_of(row["stage"], aliases, tags, lifecycle, traffic=traffic, archived=row["archived"]))

    def _stated(self, row: Mapping[str, Any]) -> dict[str, Any]:
        tags = (jsontext.load(row[column]) for column in ("tags_json", "model_tags_json", "run_tags_json"))
        more = [("endpoint tag", jsontext.load(text)) for text in row["endpoint_tags"] or ()]
        source, model, assets = row["source"], row["model_name"], (row["qualified_name"], row["model"])
        stated = self._statements.of(source, model, *tags, more=more, assets=assets)
        if stated["record_rule"] != "registered model":
            return stated
        return stated | {"record_key": names.record_key(source, row["model"], model)}

    def _lineage(self, row: Mapping[str, Any]) -> dict[str, Any]:
        reading = self._reading
        run_state, run_reason = reading.run_state(dict(row))
        exists = run_state in ("active", "deleted")
        is_read = run_state != "not_read"
        count, metrics = int(row["training_dataset_count"] or 0), _metric_count(row)
        # what a listing that broke off does not show may be there
        is_whole = not row["run"] or not reading.is_partly(Kind.RUN, row["run"])
        return {
            "run_id": unquote((row["run"] or "").rsplit("/", 1)[-1]) or None,
            "run_state": run_state,
            "experiment_state": reading.experiment_state(dict(row)) if exists else None,
            "training_dataset_count": count if is_read and (count or is_whole) else None,
            "other_dataset_count": int(row["other_dataset_count"] or 0),
            "metric_count": metrics if is_read and (metrics or is_whole) else None,
            "incomplete_reason": run_reason or reading.incomplete_reason(row["qualified_name"], row["run"]),
        }


def _models(tables: Tables) -> pd.DataFrame:
    models = tables.assets(Kind.MODEL, ["description", "tags_json", "secrets_removed"])
    return models.rename(
        columns={
            "qualified_name": "model",
            "description": "model_description",
            "tags_json": "model_tags_json",
            "secrets_removed": "model_secrets_removed",
        }
    )


def _runs(tables: Tables, wanted: pd.Series) -> pd.DataFrame:
    columns = ["experiment", "lifecycle_stage", "metrics_json", "tags_json", "secrets_removed", "signature"]
    return tables.assets(Kind.RUN, columns, wanted).rename(
        columns={
            "qualified_name": "run",
            "lifecycle_stage": "run_lifecycle",
            "metrics_json": "run_metrics_json",
            "tags_json": "run_tags_json",
            "secrets_removed": "run_secrets_removed",
        }
    )


def _experiments(tables: Tables, wanted: pd.Series) -> pd.DataFrame:
    experiments = tables.assets(Kind.EXPERIMENT, ["name", "lifecycle_stage"], wanted)
    return experiments.rename(
        columns={
            "qualified_name": "experiment",
            "name": "experiment_name",
            "lifecycle_stage": "experiment_lifecycle",
        }
    )


def _logged_models(tables: Tables, versions: pd.DataFrame) -> pd.DataFrame:
    wanted = versions.dropna(subset="logged_model_id")
    pairs = zip(wanted["source"], wanted["logged_model_id"], strict=True)
    named = [names.logged_model(source, native_id) for source, native_id in pairs]
    models = tables.assets(Kind.LOGGED_MODEL, ["source", "native_id", "metrics_json"], pd.Series(named, dtype=object))
    renamed = {"native_id": "logged_model_id", "metrics_json": "logged_model_metrics_json"}
    return models.drop(columns="qualified_name").rename(columns=renamed)


def _metric_count(row: Mapping[str, Any]) -> int:
    return len({*jsontext.load(row["run_metrics_json"]), *jsontext.load(row["logged_model_metrics_json"])})
