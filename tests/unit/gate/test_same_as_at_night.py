"""On the same facts the gate finds of a version what the nightly sync finds once it is in production."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from include.governance.estate import Estate
from include.governance.model import qualified_names
from include.governance.records import Past, resolve
from include.governance.sources import Subject
from include.governance.sources.mlflow.client import Record
from tests.support import mlflow_facts as facts
from tests.support.mlflow_facts import MlflowFacts
from tests.support.resolving import REGISTER
from tests.support.samples import examples
from tests.unit.gate.judged import NOW, SETTINGS, asked, at_night, by_gate, listed

RUNS = [digit * 32 for digit in "123"]
MODELS = ("a", "b")
SUBJECT = Subject("a", "1")
NAME = qualified_names.model_version("s", "a", "1")
_DATA = st.lists(st.tuples(st.sampled_from(["sales", "shops"]), st.sampled_from(["training", "test"])), max_size=2)
_TAGS = st.dictionaries(
    st.sampled_from(["governance.owner", "governance.use_case", "governance.record", "lifecycle"]),
    st.sampled_from(["ana", "UC-1", "UC-2", "staging"]),
)
_SOURCES = ["s3://bucket/model", f"runs:/{RUNS[0]}/m", "models:/m-1", "models:/b/1", f"s3://b/{RUNS[1]}/artifacts"]


@st.composite
def a_run(draw: st.DrawFn, run_id: str) -> Record | None:
    """A run; None where it is purged."""
    if draw(st.integers(0, 5)) == 0:
        return None
    return facts.run(
        run_id,
        draw(st.sampled_from(["1", "2"])),
        stage=draw(st.sampled_from(["active", "active", "deleted"])),
        datasets=draw(_DATA),
        parent=draw(st.sampled_from([None, None, *RUNS])),
        metrics=draw(st.booleans()),
    )


@st.composite
def estates(draw: st.DrawFn) -> dict[str, list[Record]]:
    """Two models with up to two versions each, their runs, logged model and experiments; any of it may be missing."""
    versions = [
        facts.version(
            name, number, run_id=draw(st.sampled_from(["", *RUNS, "9" * 32])), source=draw(st.sampled_from(_SOURCES))
        )
        for name in MODELS
        for number in range(1, draw(st.integers(1, 2)) + 1)
    ]
    aliased = draw(st.sampled_from([{}, {"champion": "2"}, {"challenger": "1"}]))
    logged = draw(st.sampled_from([None, "", RUNS[2]]))
    return {
        "experiments": [facts.experiment("1"), facts.experiment("2", draw(st.sampled_from(["active", "deleted"])))],
        "registered_models": [facts.model("a", aliases=aliased, tags=draw(_TAGS)), facts.model("b")],
        "model_versions": versions,
        "logged_models": [] if logged is None else [facts.logged_model("m-1", logged)],
        "runs": [run for run_id in RUNS if (run := draw(a_run(run_id))) is not None],
    }


@st.composite
def later(draw: st.DrawFn, before: dict[str, list[Record]]) -> dict[str, list[Record]]:
    """The same, where since the last sync the subject's tags and description and all of its runs have changed."""
    after = deepcopy(before)
    after["registered_models"][0]["tags"] = facts.pairs(draw(_TAGS))
    after["model_versions"][0]["description"] = draw(st.sampled_from(["", "it scores"]))
    subject = after["model_versions"][0]
    stated = subject["run_id"] or (RUNS[0] if subject["source"].startswith("runs:/") else "")
    if stated in RUNS:
        changed = draw(a_run(stated))
        kept = [run for run in after["runs"] if run["info"]["run_id"] != stated]
        after["runs"] = kept if changed is None else [*kept, changed]
    return after


@given(st.data())
@examples(3, 30)
def test_gate_and_sync_find_the_same(tmp_path: Path, data: Any) -> None:
    before = data.draw(estates())
    now = data.draw(later(before))
    known = data.draw(st.booleans())
    last = listed(MlflowFacts(before), tmp_path)
    past = Past()
    if known:
        past = Past(records=resolve(Estate.of([last]), REGISTER, SETTINGS, Past(), NOW).records)
    read = asked(MlflowFacts(now), tmp_path, data.draw(st.sampled_from([last, last, None])), SUBJECT)
    promoted = deepcopy(now)
    promoted["registered_models"][0]["aliases"] = [{"alias": "champion", "version": "1"}]
    expected = at_night(listed(MlflowFacts(promoted), tmp_path), NAME, past)
    found = by_gate(read.snapshot, NAME, past=past).findings
    assert read.unread == ()
    assert _compared(found) == {(row["rule"], row["severity"], row["sentence"], row["ask"]) for row in expected}


def _compared(findings: Any) -> set[tuple[str, str, str, str]]:
    return {(one.rule, one.severity, one.sentence, one.ask) for one in findings if one.subject == NAME}
