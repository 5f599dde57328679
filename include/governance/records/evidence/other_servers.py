"""Runs that a registry's versions name and its own server does not have: they are in another source, or in none.

A registry may stand apart from the tracking server (MLFLOW_REGISTRY_URI). Its versions then carry the ids of runs, and
of logged models, of the other server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...estate import MergedSnapshots
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.vocabularies import Platform
from ..identity import tokens_of

_MADE_BY_SERVER = re.compile(r"[0-9a-f]{32}")  # such an id is one run, wherever it stands
_COLUMNS = ["qualified_name", "run", "run_rule"]


def with_runs_of_other_servers(
    merged: MergedSnapshots,
    own: pd.DataFrame,
    versions: pd.DataFrame,
    runs_from: Mapping[str, str],
    last_runs: Mapping[str, str],
) -> pd.DataFrame:
    """The runs of versions, those that their own server lacks replaced by the same runs of other sources.

    Args:
        own: columns qualified_name, run, run_rule: what the versions' own sources state.
        versions: columns qualified_name, source.
        runs_from: by source, the one that has the runs of its versions. A run that is not there either keeps its name
            there, so that it is judged by what was read of that source.
        last_runs: by version, its run after the last sync; one that is in no source any more keeps its place.
    """
    is_away = own["run"].astype("string").str.startswith("mlflow://") & ~own["run"].isin(merged.names(AssetKind.RUN))
    if not is_away.any():
        return own
    sources = dict(zip(versions["qualified_name"], versions["source"], strict=True))
    ids = {run: qualified_names.last_segment(run) for run in own.loc[is_away, "run"]}
    elsewhere = _runs_by_id(merged, set(ids.values()))
    found = own.copy()
    for index, version, run, rule in own.loc[is_away, _COLUMNS].itertuples(name=None):
        run_id, stated = ids[run], runs_from.get(sources.get(version, ""))
        at = elsewhere.get(run_id, {})
        if stated:
            place, words = at.get(stated) or qualified_names.run(stated, run_id), f"at source {stated}, by runs_from"
        elif at and _MADE_BY_SERVER.fullmatch(run_id):
            source = min(at)
            place, words = at[source], f"a run of that id is at source {source}"
        elif _id_of(last_runs.get(version)) == run_id and last_runs[version] != run:
            place, words = last_runs[version], "where it was when last read"
        else:
            continue
        found.loc[index, ["run", "run_rule"]] = [place, f"{rule}; {words}"]
    return found


def runs_of_logged_models(merged: MergedSnapshots, bare: pd.DataFrame) -> pd.DataFrame:
    """qualified_name, run, run_rule of versions whose logged model another server has.

    bare: columns qualified_name, source_uri, logged_model_id of versions without a run.
    """
    none = pd.DataFrame(columns=_COLUMNS, dtype=object)
    wanted = bare[["qualified_name"]].assign(native_id=tokens_of(bare, "logged model").astype(object))
    wanted = wanted.dropna(subset="native_id")
    if wanted.empty:
        return none
    names = logged_model_names(merged, wanted["native_id"])
    models = merged.frame(AssetKind.LOGGED_MODEL, ["source", "native_id", "source_run_id"], names)
    models = models.dropna(subset="source_run_id").sort_values("qualified_name").drop_duplicates("native_id")
    found = wanted.merge(models[["native_id", "source", "source_run_id"]], on="native_id")
    if found.empty:
        return none
    pairs = list(zip(found["source"], found["source_run_id"], strict=True))
    found["run"] = [qualified_names.run(source, run_id) for source, run_id in pairs]
    found["run_rule"] = [f"source run of its logged model, at source {source}" for source, _ in pairs]
    return found[_COLUMNS]


def logged_model_names(merged: MergedSnapshots, native_ids: pd.Series) -> pd.Series:
    """The names that logged models of these ids would have, in every MLflow source."""
    sources = [snapshot.source for snapshot in merged.snapshots if snapshot.platform == Platform.MLFLOW]
    ids = sorted(set(native_ids.dropna()))
    return pd.Series([qualified_names.logged_model(source, one) for source in sources for one in ids], dtype=object)


def _runs_by_id(merged: MergedSnapshots, ids: set[str]) -> dict[str, dict[str, str]]:
    """run id -> source -> qualified name, of those ids. A job's name is its run id."""
    wanted, found = pa.array(sorted(ids), type=pa.string()), dict[str, dict[str, str]]()
    for snapshot in merged.snapshots:
        for batch in snapshot.asset_batches(AssetKind.RUN):
            rows = batch.filter(pc.is_in(batch.column("native_id"), wanted))
            names, native = rows.column("qualified_name").to_pylist(), rows.column("native_id").to_pylist()
            for name, run_id in zip(names, native, strict=True):
                found.setdefault(run_id, {})[snapshot.source] = name
    return found


def _id_of(run: str | None) -> str | None:
    return qualified_names.last_segment(run) if run else None
