"""Raw records in MLflow's REST shape, whole and as hypothesis strategies of broken ones."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

ID = "0123456789abcdef" * 2
TAGS = [{"key": "team", "value": "risk"}]
MEASURED = {
    "params": [{"key": "depth", "value": "8"}],
    "metrics": [{"key": "auc", "value": 0.9, "timestamp": 1, "step": 0}],
}

RECORDS: dict[str, dict[str, Any]] = {
    "experiment": {"experiment_id": "7", "name": "Credit", "creation_time": 1, "tags": TAGS},
    "run": {
        "info": {"run_id": ID, "run_name": "train", "experiment_id": "7", "status": "FINISHED", "start_time": 5},
        "data": {**MEASURED, "tags": TAGS},
        "inputs": {"dataset_inputs": [{"tags": TAGS, "dataset": {"name": "sales", "digest": "d1", "source": "{}"}}]},
        "outputs": {"model_outputs": [{"model_id": f"m-{ID}"}]},
    },
    "dataset": {"name": "sales", "digest": "d1", "source": '{"uri": "s3://b/sales"}', "source_type": "s3"},
    "logged_model": {"info": {"model_id": f"m-{ID}", "experiment_id": "7", "tags": TAGS}, "data": MEASURED},
    "model": {"name": "scorer", "tags": TAGS, "aliases": [{"alias": "champion", "version": "3"}]},
    "prompt": {"name": "greeting", "tags": TAGS},
    "version": {"name": "scorer", "version": "3", "run_id": ID, "source": f"models:/m-{ID}", "tags": TAGS},
}

_CHARACTERS = st.characters() | st.sampled_from("\0\ud800\udfff\u2028🦊'\"%/<")
TEXTS = st.text(_CHARACTERS, max_size=20)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**18, 10**400)
    | st.floats()
    | TEXTS
    | st.sampled_from(["NaN", "-Infinity", "{", "[1]", '{"uri": 7}', "9" * 25, "²"])
)
VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for step, inner in steps for found in _paths(inner, (*path, step)))]


@st.composite
def broken(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """A record in which up to three places hold something else."""
    record = copy.deepcopy(RECORDS[kind])
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([path for path in _paths(record) if path]))
        place: Any = record
        for step in way:
            place = place[step]
        place[last] = draw(VALUES)
    return record
