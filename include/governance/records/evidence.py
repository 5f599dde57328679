"""Evidence: for every model version, what is known of its run, experiment, data, owner, use and state.

Joins on tables, not objects, so that it works at any size. Which asset said what is kept beside each value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from .. import jsontext
from ..config.models import Settings
from ..config.register import Register
from ..staged.curated import Curated
from ..staged.frames import rows as rows_of
from ..staged.schemas import EVIDENCE
from ..staged.snapshot import Snapshot
from ..vocabulary.kinds import Kind, Relation
from .completeness import Reading
from .lifecycle import Traffic, decisive, signals_of
from .ownership import Statements
from .traffic import traffic_of

_NOT_TRAINING = {"validation", "evaluation", "eval", "test", "testing"}
_ANCESTORS = 4


def version_evidence(
    snapshots: Sequence[Snapshot],
    register: Register,
    settings: Settings,
    today: date,
    curated: Curated | None = None,
) -> pd.DataFrame:
    """One row per model version with the columns of EVIDENCE, ordered by qualified name."""
    statements = Statements.from_settings(register, settings, today, curated)
    serving = traffic_of(snapshots)
    frames = [_of_snapshot(snapshot, statements, settings, serving) for snapshot in snapshots]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return EVIDENCE.empty_table().to_pandas()
    evidence = pd.concat(frames, ignore_index=True)
    return evidence[EVIDENCE.names].sort_values("qualified_name", ignore_index=True)


def _of_snapshot(
    snapshot: Snapshot, statements: Statements, settings: Settings, serving: Mapping[str, Sequence[Traffic]]
) -> pd.DataFrame:
    versions = snapshot.assets(Kind.MODEL_VERSION).to_pandas()
    if versions.empty:
        return versions
    reading = Reading(snapshot)
    frame = versions.merge(_models(snapshot), on="model", how="left")
    frame = frame.merge(_run_of_version(snapshot), on="qualified_name", how="left")
    frame = frame.merge(_runs(snapshot, frame["run"]), on="run", how="left")
    frame = frame.merge(_experiments(snapshot), on="experiment", how="left")
    frame = frame.merge(_datasets(snapshot), on="run", how="left")
    frame = frame.merge(_logged_models(snapshot, frame["logged_model_id"]), on="logged_model_id", how="left")
    rows = [_row(row, reading, statements, settings, serving.get(row["qualified_name"], ())) for row in rows_of(frame)]
    return pd.DataFrame(rows, columns=EVIDENCE.names)


def _row(row: dict, reading: Reading, statements: Statements, settings: Settings, traffic: Sequence[Traffic]) -> dict:
    tags, model_tags = jsontext.load(row["tags_json"]), jsontext.load(row["model_tags_json"])
    lifecycle, aliases = settings.lifecycle_of(row["source"]), jsontext.load(row["aliases_json"]) or []
    signal = decisive(signals_of(row["stage"], aliases, tags, lifecycle, traffic=traffic, archived=row["archived"]))
    assets = (row["qualified_name"], row["model"])
    run_tags = jsontext.load(row["run_tags_json"])
    stated = statements.of(row["source"], row["model_name"], tags, model_tags, run_tags, assets=assets)
    run_state, run_reason = reading.run_state(row)
    experiment_state = reading.experiment_state(row) if run_state in ("active", "deleted") else None
    return {
        **{name: row.get(name) for name in EVIDENCE.names},
        **stated,
        "label": row["name"],
        "state": signal.state,
        "state_signal": signal.words,
        "state_from": signal.asset,
        "state_stated_at": signal.at,
        "in_production": signal.state == "production",
        "run_id": (row["run"] or "").rsplit("/", 1)[-1] or None,
        "run_state": run_state,
        "experiment_state": experiment_state,
        "training_dataset_count": int(row["training_dataset_count"] or 0) if run_state != "not_read" else None,
        "other_dataset_count": int(row["other_dataset_count"] or 0),
        "description": row["description"] or row["model_description"] or stated["description"],
        "metric_count": _metric_count(row) if run_state != "not_read" else None,
        "secrets_removed": sum(
            int(row[column] or 0) for column in ("secrets_removed", "model_secrets_removed", "run_secrets_removed")
        ),
        "incomplete_reason": run_reason or reading.incomplete_reason(),
    }


def _models(snapshot: Snapshot) -> pd.DataFrame:
    columns = ["qualified_name", "description", "tags_json", "secrets_removed"]
    models = snapshot.assets(Kind.MODEL, columns).to_pandas()
    return models.rename(
        columns={
            "qualified_name": "model",
            "description": "model_description",
            "tags_json": "model_tags_json",
            "secrets_removed": "model_secrets_removed",
        }
    )


def _run_of_version(snapshot: Snapshot) -> pd.DataFrame:
    """version -> run with the rule that found it; the surest rule where several did."""
    edges = _edges(snapshot, Relation.RUN_PRODUCED_VERSION, ["from_name", "to_name", "rule", "heuristic"])
    edges = edges.sort_values(["to_name", "heuristic", "from_name"]).drop_duplicates("to_name")
    return edges.rename(columns={"from_name": "run", "to_name": "qualified_name", "rule": "run_rule"}).drop(
        columns="heuristic"
    )


def _runs(snapshot: Snapshot, wanted: pd.Series) -> pd.DataFrame:
    columns = [
        "qualified_name",
        "experiment",
        "lifecycle_stage",
        "metrics_json",
        "tags_json",
        "secrets_removed",
        "signature",
    ]
    runs = _only(snapshot.assets(Kind.RUN, columns), "qualified_name", wanted)
    return runs.rename(
        columns={
            "qualified_name": "run",
            "lifecycle_stage": "run_lifecycle",
            "metrics_json": "run_metrics_json",
            "tags_json": "run_tags_json",
            "secrets_removed": "run_secrets_removed",
        }
    )


def _experiments(snapshot: Snapshot) -> pd.DataFrame:
    experiments = snapshot.assets(Kind.EXPERIMENT, ["qualified_name", "name", "lifecycle_stage"]).to_pandas()
    return experiments.rename(
        columns={
            "qualified_name": "experiment",
            "name": "experiment_name",
            "lifecycle_stage": "experiment_lifecycle",
        }
    )


def _logged_models(snapshot: Snapshot, wanted: pd.Series) -> pd.DataFrame:
    models = _only(snapshot.assets(Kind.LOGGED_MODEL, ["native_id", "metrics_json"]), "native_id", wanted)
    return models.rename(columns={"native_id": "logged_model_id", "metrics_json": "logged_model_metrics_json"})


def _datasets(snapshot: Snapshot) -> pd.DataFrame:
    """run -> its datasets, told apart by their context; a run that logged none has those of its nearest ancestor."""
    inputs = _edges(snapshot, Relation.DATASET_USED_BY_RUN, ["from_name", "to_name", "attributes_json"])
    datasets = snapshot.assets(Kind.DATASET, ["qualified_name", "name", "digest", "source_uri"]).to_pandas()
    inputs = inputs.merge(datasets, left_on="from_name", right_on="qualified_name", how="inner")
    contexts = inputs["attributes_json"].map(lambda text: str(jsontext.load(text).get("context", "")).lower())
    inputs["training"] = ~contexts.isin(_NOT_TRAINING)
    inputs["unresolved"] = inputs["source_uri"].isna()
    inputs = inputs.sort_values(["to_name", "from_name"]).drop_duplicates(["to_name", "from_name", "training"])
    own = _per_run(inputs)
    own["training_dataset_rule"] = "dataset input of the run"
    parents = _edges(snapshot, Relation.CHILD_OF_RUN, ["from_name", "to_name"]).drop_duplicates("from_name")
    return _with_inherited(own, parents)


def _per_run(inputs: pd.DataFrame) -> pd.DataFrame:
    training = inputs[inputs["training"]].groupby("to_name", sort=True)
    unresolved = inputs[inputs["training"] & inputs["unresolved"]].groupby("to_name", sort=True)
    frame = pd.DataFrame(
        {
            "training_datasets_json": training["from_name"].agg(lambda names: jsontext.dump(list(names))),
            "training_dataset_names": training["name"].agg(", ".join),
            "training_dataset_count": training.size(),
            "unresolved_datasets": unresolved["name"].agg(", ".join),
            "other_dataset_count": inputs[~inputs["training"]].groupby("to_name").size(),
        }
    )
    return frame.rename_axis("run").reset_index()


def _with_inherited(own: pd.DataFrame, parents: pd.DataFrame) -> pd.DataFrame:
    with_data = own[own["training_dataset_count"].fillna(0) > 0]
    found, missing = [own], parents[~parents["from_name"].isin(with_data["run"])]
    missing = missing.rename(columns={"from_name": "run", "to_name": "ancestor"})
    for _ in range(_ANCESTORS):
        inherited = missing.merge(with_data.rename(columns={"run": "ancestor"}), on="ancestor")
        inherited["training_dataset_rule"] = "dataset input of its parent run"
        found.append(inherited.drop(columns="ancestor"))
        missing = missing[~missing["run"].isin(inherited["run"])]
        missing = missing.merge(parents, left_on="ancestor", right_on="from_name")[["run", "to_name"]]
        missing = missing.rename(columns={"to_name": "ancestor"})
        if missing.empty:
            break
    return pd.concat(found, ignore_index=True).drop_duplicates("run", keep="last")


def _edges(snapshot: Snapshot, kind: Relation, columns: list[str]) -> pd.DataFrame:
    table = snapshot.relations(["kind", *columns])
    return table.filter(pc.equal(table["kind"], str(kind))).drop_columns("kind").to_pandas()


def _only(table: pa.Table, column: str, wanted: pd.Series) -> pd.DataFrame:
    values = pa.array(wanted.dropna().unique().tolist(), type=pa.string())
    return table.filter(pc.is_in(table[column], values)).to_pandas()


def _metric_count(row: dict) -> int:
    return len({*jsontext.load(row["run_metrics_json"]), *jsontext.load(row["logged_model_metrics_json"])})
