"""Upstream of a version: its run, also that of what it was copied from, and the data that the run used."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...estate import MergedSnapshots
from ...model import json_text
from ...model.assets import AssetKind
from ...model.relations import Relation
from ..identity import tokens_of
from .other_servers import runs_of_logged_models, with_runs_of_other_servers

_NOT_TRAINING = {"validation", "evaluation", "eval", "test", "testing"}
_SAME = {"logged model": "the same logged model", "digest": "the same artifact digest", "artifact": "the same artifact"}
_ANCESTORS = 4  # nested runs, and copies of copies, are followed this far


def run_of_version(
    merged: MergedSnapshots,
    versions: pd.DataFrame,
    runs_from: Mapping[str, str] | None = None,
    last_runs: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """qualified_name -> run, run_rule, copied_from; the surest rule where several found one.

    A run that the version's source does not have is looked for in the others: a registry may stand on another server
    than the runs. A version that names no run has that of its logged model, that in whose folder its artifact lies,
    that of a version with the same artifact, or, as a copy, that of its origin, in whatever source.

    Args:
        versions: columns qualified_name, source, name, source_uri, logged_model_id, digest.
        runs_from: by source, the one that has the runs of its versions.
        last_runs: by version, its run after the last sync.
    """
    edges = merged.edge_frame(Relation.RUN_PRODUCED_VERSION, "heuristic")
    edges = edges.sort_values(["to_name", "heuristic", "from_name"]).drop_duplicates("to_name")
    own = edges.rename(columns={"from_name": "run", "to_name": "qualified_name", "rule": "run_rule"})
    own = own[["qualified_name", "run", "run_rule"]]
    own = with_runs_of_other_servers(merged, own, versions, runs_from or {}, last_runs or {})
    own = pd.concat([own, _through_artifacts(merged, versions, own)], ignore_index=True)
    copies = merged.edge_frame(Relation.VERSION_COPIED_FROM).drop_duplicates("from_name")
    copies = copies.rename(columns={"from_name": "qualified_name", "to_name": "copied_from", "rule": "copy_rule"})
    found = pd.concat([own, _through_copies(own, copies)], ignore_index=True)
    return found.merge(copies.drop(columns="copy_rule"), on="qualified_name", how="outer")


def _through_artifacts(merged: MergedSnapshots, versions: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """qualified_name, run, run_rule of versions that name no run, by where their artifact lies and whose it is too."""
    known = versions.merge(own[["qualified_name", "run"]], on="qualified_name", how="left")
    known["run"] = known["run"].astype(object).where(known["run"].notna(), None)
    bare = known[known["run"].isna()]
    found = [runs_of_logged_models(merged, bare), _in_folder_of_run(merged, bare)]
    for kind, words in _SAME.items():
        tokens = known[["qualified_name", "name", "run"]].assign(token=tokens_of(known, kind)).dropna(subset="token")
        origins = tokens.dropna(subset="run").sort_values("qualified_name")
        origins = origins[origins.groupby("token")["run"].transform("nunique") == 1].drop_duplicates("token")
        bare = tokens.loc[tokens["run"].isna(), ["qualified_name", "token"]].merge(
            origins[["token", "run", "name"]], on="token"
        )
        rules = [f"run of {name}, which has {words}" for name in bare["name"]]
        found.append(bare.assign(run_rule=rules)[own.columns])
    return pd.concat(found, ignore_index=True).drop_duplicates("qualified_name")


def _in_folder_of_run(merged: MergedSnapshots, bare: pd.DataFrame) -> pd.DataFrame:
    wanted = bare[["qualified_name"]].assign(run_id=tokens_of(bare, "run").astype(object)).dropna(subset="run_id")
    none = pd.DataFrame(columns=["qualified_name", "run", "run_rule"], dtype=object)
    if wanted.empty:
        return none
    runs = merged.frame(AssetKind.RUN, [])["qualified_name"]
    ids = runs.astype("string").str.rsplit("/", n=1).str[-1].str.replace("-", "").str.lower().astype(object)
    listed = pd.DataFrame({"run_id": ids, "run": runs}).sort_values("run").drop_duplicates("run_id")
    found = wanted.merge(listed, on="run_id")
    return found.assign(run_rule="run in whose folder its artifact lies")[none.columns] if len(found) else none


def _through_copies(own: pd.DataFrame, copies: pd.DataFrame) -> pd.DataFrame:
    missing = copies[~copies["qualified_name"].isin(own["qualified_name"])]
    found = []
    for _ in range(_ANCESTORS):
        inherited = missing.merge(own.rename(columns={"qualified_name": "copied_from"}), on="copied_from")
        if len(inherited):
            inherited["run_rule"] += " of the version it was copied from (" + inherited["copy_rule"] + ")"
            found.append(inherited[["qualified_name", "run", "run_rule"]])
        missing = missing[~missing["copied_from"].isin(own["qualified_name"])]
        further = copies.rename(columns={"qualified_name": "copied_from", "copied_from": "further"})
        missing = missing.merge(further.drop(columns="copy_rule"), on="copied_from")
        missing = missing.drop(columns="copied_from").rename(columns={"further": "copied_from"})
        if missing.empty:
            break
    return pd.concat(found, ignore_index=True) if found else own.iloc[:0]


def datasets_of(merged: MergedSnapshots, runs: pd.Series) -> pd.DataFrame:
    """run -> its datasets, distinguished by their context; a run that names none has those of its nearest ancestor."""
    parents = _ancestry(merged, runs)
    wanted = pd.concat([runs.dropna(), parents["to_name"]])
    inputs = merged.edge_frame(Relation.DATASET_USED_BY_RUN, "attributes_json")
    inputs = inputs[inputs["to_name"].isin(wanted)]
    datasets = merged.frame(AssetKind.DATASET, ["name", "source_uri"], inputs["from_name"])
    inputs = inputs.merge(datasets, left_on="from_name", right_on="qualified_name", how="inner")
    contexts = inputs["attributes_json"].map(lambda text: str(json_text.load(text).get("context", "")).lower())
    inputs["training"] = ~contexts.isin(_NOT_TRAINING)
    inputs["unresolved"] = inputs["source_uri"].isna()
    inputs = inputs.sort_values(["to_name", "from_name"]).drop_duplicates(["to_name", "from_name", "training"])
    own = _per_run(inputs)
    return _with_inherited(own, parents)


def _ancestry(merged: MergedSnapshots, runs: pd.Series) -> pd.DataFrame:
    """from_name (run) -> to_name (its parent), of those runs and of their ancestors."""
    edges = merged.edge_frame(Relation.CHILD_OF_RUN)[["from_name", "to_name"]].drop_duplicates("from_name")
    wanted, level = set(runs.dropna()), set(runs.dropna())
    for _ in range(_ANCESTORS):
        level = set(edges.loc[edges["from_name"].isin(level), "to_name"]) - wanted
        wanted |= level
        if not level:
            break
    return edges[edges["from_name"].isin(wanted)]


def _per_run(inputs: pd.DataFrame) -> pd.DataFrame:
    training = inputs[inputs["training"]].groupby("to_name", sort=True)
    unresolved = inputs[inputs["training"] & inputs["unresolved"]].groupby("to_name", sort=True)
    frame = pd.DataFrame(
        {
            "training_datasets_json": training["from_name"].agg(lambda names: json_text.dump(list(names))),
            "training_dataset_names": training["name"].agg(", ".join),
            "training_dataset_count": training.size(),
            "unresolved_datasets": unresolved["name"].agg(", ".join),
            "other_dataset_count": inputs[~inputs["training"]].groupby("to_name").size(),
        }
    )
    frame = frame.rename_axis("run").reset_index()
    frame["training_dataset_rule"] = "dataset input of the run"
    return frame


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
