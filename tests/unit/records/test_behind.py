"""The run behind a version that names none: where its artifact lies, whose artifact it is too, what it is a copy of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from include.governance.estate import MergedSnapshots
from include.governance.model import qualified_names
from include.governance.model.relations import Relation
from include.governance.model.tables import RELATIONS
from include.governance.staging.rows import rows
from tests.support.estates import MlflowSnapshotBuilder
from tests.support.resolving import resolved

RUN = "0123456789abcdef0123456789abcdef"
MODEL_ID = f"m-{RUN}"
DIGEST = {"governance.artifact_digest": "sha256:ab"}

# what the trained version states, what the uploaded one states -> how the rule that finds its run begins
FOUND: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "in the run's folder": ({}, {"source_uri": f"s3://b/1/{RUN}/artifacts/model"}, "run in whose folder"),
    "its source is the run": ({}, {"source_uri": f"runs:/{RUN}/model"}, "run in whose folder"),
    "same digest": ({"tags": DIGEST}, {"tags": DIGEST}, "run of m v1, which has the same artifact digest"),
    "same logged model": (
        {"logged_model_id": MODEL_ID},
        {"source_uri": f"models:/{MODEL_ID}"},
        "run of m v1, which has the same logged model",
    ),
    "same artifact": (
        {"source_uri": "s3://b/models/1"},
        {"source_uri": "s3://b/models/1/"},
        "run of m v1, which has the same artifact",
    ),
}
NOT_FOUND: dict[str, dict[str, Any]] = {
    "nothing in common": {},
    "a run that no source lists": {"source_uri": f"runs:/{RUN[::-1]}/model"},
    "a hash in the path that is no run": {"source_uri": f"s3://b/LocalUpload/{RUN}/model"},
    "another digest": {"tags": {"governance.artifact_digest": "sha256:cd"}},
}


def trained_and_uploaded(
    folder: Path, trained: dict[str, Any], uploaded: dict[str, Any]
) -> tuple[MlflowSnapshotBuilder, MlflowSnapshotBuilder]:
    one, other = MlflowSnapshotBuilder(folder, "train"), MlflowSnapshotBuilder(folder, "serve")
    one.experiment()
    one.run(RUN)
    one.version("m", run=RUN, **trained)
    other.version("upload", run=None, **uploaded)
    return one, other


def uploaded_row(estates: tuple[MlflowSnapshotBuilder, ...]) -> dict[str, Any]:
    (row,) = [row for row in rows(resolved(*estates).evidence) if row["model_name"] == "upload"]
    return row


@pytest.mark.parametrize("case", FOUND)
def test_an_upload_has_the_run_and_the_data_behind_its_artifact(tmp_path: Path, case: str) -> None:
    trained, uploaded, rule = FOUND[case]
    estates = trained_and_uploaded(tmp_path, trained, uploaded)
    row = uploaded_row(estates)
    assert row["run"] == qualified_names.run("train", RUN)
    assert row["run_rule"].startswith(rule)
    assert (row["run_state"], row["training_dataset_names"]) == ("active", "sales")
    assert set(resolved(*estates).evidence["record_key"]) == {row["record_key"]}


@pytest.mark.parametrize("case", NOT_FOUND)
def test_what_has_nothing_in_common_has_no_run(tmp_path: Path, case: str) -> None:
    row = uploaded_row(trained_and_uploaded(tmp_path, {"tags": DIGEST}, NOT_FOUND[case]))
    assert (row["run"], row["record_key"]) == (None, "serve/upload")


def test_where_two_runs_made_the_same_artifact_none_is_chosen(tmp_path: Path) -> None:
    one, other = trained_and_uploaded(tmp_path, {"tags": DIGEST}, {"tags": DIGEST})
    one.run(RUN[::-1])
    one.version("m", 2, run=RUN[::-1], tags=DIGEST, aliases=())
    assert uploaded_row((one, other))["run"] is None


def test_the_catalog_shows_the_run_that_was_found(tmp_path: Path) -> None:
    one, other = trained_and_uploaded(tmp_path, {"tags": DIGEST}, {"tags": DIGEST})
    found = pa.Table.from_pandas(resolved(one, other).relations, schema=RELATIONS)
    published = MergedSnapshots([], found)
    outputs = published.ends(Relation.RUN_PRODUCED_VERSION, False)[qualified_names.run("train", RUN)]
    assert outputs == {
        qualified_names.model_version("train", "m", "1"),
        qualified_names.model_version("serve", "upload", "1"),
    }
