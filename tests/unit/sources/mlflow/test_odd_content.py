"""Odd content that is legal in MLflow, or that a server may still send: kept whole, or set aside alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.sandbox.faults import Fault
from tests.support.fault_proxy import FaultProxy
from tests.support.samples import sampled
from tests.unit.sources.mlflow.conftest import Read, edges, ids, row

LONG = "x" * 100_000
_ODD_IDS: list[Any] = ["a\0b", 10**30, [], "\ud800", -1, True, {}, "x" * 2_000, "\ud83e\udd8a"]
HTML = "<script>alert('ü')</script> & \"quotes\""


@pytest.fixture(scope="module")
def home(client: Any) -> str:
    """An experiment for the runs of these tests."""
    return str(client.create_experiment("odd content"))


def a_run(client: Any, home: str, *datasets: dict[str, Any]) -> str:
    """A run with those datasets; the first context is training."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    run_id = str(client.create_run(home).info.run_id)
    tag = InputTag("mlflow.data.context", "training")
    if datasets:
        client.log_inputs(run_id, [DatasetInput(Dataset(**dataset), [tag]) for dataset in datasets])
    return run_id


def datasets_of(snapshot: Any, run_id: str) -> list[dict[str, Any]]:
    run = row(snapshot, AssetKind.RUN, run_id)
    names = {edge["from_name"] for edge in edges(snapshot, "dataset_used_by_run", to_name=run["qualified_name"])}
    return [one for one in snapshot.assets(AssetKind.DATASET).to_pylist() if one["qualified_name"] in names]


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien",
        'double "quoted"',
        " blank  ends ",
        "50%",
        "naïve 模型",
        "🦊",
        HTML.replace("/", "\\"),
        "a.b@c+d=e,f~g",
    ],
)
def test_any_legal_name_of_a_model(read: Read, client: Any, name: str) -> None:
    client.create_registered_model(name)
    client.create_model_version(name, "s3://bucket/model")
    client.set_registered_model_alias(name, "champion", "1")
    snapshot = read()
    model, version = row(snapshot, AssetKind.MODEL, name), row(snapshot, AssetKind.MODEL_VERSION, f"{name}/1")
    assert (model["name"], version["model_name"]) == (name, name)
    assert version["model"] == model["qualified_name"]
    assert json.loads(version["aliases_json"]) == ["champion"]
    assert model["qualified_name"].isascii()
    assert snapshot.quarantine() == []


@pytest.mark.parametrize("name", ["it's", "with/slash", "per%2Fcent", "ünïcode 🦊", HTML])
def test_any_legal_name_of_an_experiment(read: Read, client: Any, name: str) -> None:
    experiment = client.create_experiment(name)
    run_id = client.create_run(experiment, run_name=name).info.run_id
    snapshot = read()
    assert row(snapshot, AssetKind.EXPERIMENT, experiment)["name"] == name
    run = row(snapshot, AssetKind.RUN, run_id)
    assert run["name"] == name
    assert run["experiment"] == row(snapshot, AssetKind.EXPERIMENT, experiment)["qualified_name"]


def test_tags_and_params_are_kept_as_they_are(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home)
    client.set_tag(run_id, "with/slash.and-dash", HTML)
    client.set_tag(run_id, "mlflow.note.content", LONG[:5_000])
    client.log_param(run_id, "num_memory_tokens", "128")
    client.log_param(run_id, "emoji", "🦊" * 100)
    found = row(read(), AssetKind.RUN, run_id)
    assert json.loads(found["tags_json"])["with/slash.and-dash"] == HTML
    assert found["description"] == LONG[:5_000]
    assert json.loads(found["params_json"]) == {"num_memory_tokens": "128", "emoji": "🦊" * 100}


def test_a_very_long_value(read: Read, client: Any) -> None:
    client.create_registered_model("long", description=LONG, tags={"long": LONG})
    found = row(read(), AssetKind.MODEL, "long")
    assert (found["description"], json.loads(found["tags_json"])["long"]) == (LONG, LONG)


def test_metrics_that_are_no_numbers(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home)
    for key, value in {"nan": "nan", "up": "inf", "down": "-inf", "zero": "0", "small": "1e-300"}.items():
        client.log_metric(run_id, key, float(value))
    metrics = json.loads(row(read(), AssetKind.RUN, run_id)["metrics_json"])
    # SQL stores keep an infinity as the largest number
    assert metrics["nan"] == "NaN"
    assert metrics["up"] in ("Infinity", 1.7976931348623157e308)
    assert metrics["down"] in ("-Infinity", -1.7976931348623157e308)
    assert (metrics["zero"], metrics["small"]) == (0.0, 1e-300)


def test_a_dataset_without_schema_and_profile(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home, {"name": "bare", "digest": "d1", "source_type": "local", "source": "{}"})
    (found,) = datasets_of(read(), run_id)
    assert (found["schema_json"], found["profile_json"], found["source_uri"]) == (None, None, None)
    assert (found["name"], found["digest"]) == ("bare", "d1")


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("not json at all", "not json at all"),
        ('{"uri": "s3://bucket/x"}', "s3://bucket/x"),
        ('{"path": "/data/x.csv"', '{"path": "/data/x.csv"'),
        ('{"delta_table_name": "main.sales"}', "main.sales"),
        ('{"tags": {"a": "b"}}', None),
        ("[1, 2]", "[1, 2]"),
    ],
)
def test_the_uri_of_a_dataset(read: Read, client: Any, home: str, source: str, uri: str | None) -> None:
    # the store keeps one row per name and digest in an experiment, so each source needs a digest of its own
    dataset = {"name": "addressed", "digest": f"d{len(source)}", "source_type": "any", "source": source}
    run_id = a_run(client, home, dataset)
    (found,) = datasets_of(read(), run_id)
    assert found["source_uri"] == uri


def test_equal_names_with_other_digests_are_other_datasets(read: Read, client: Any, home: str) -> None:
    base = {"name": "twin", "source_type": "s3", "source": '{"uri": "s3://bucket/twin"}'}
    run_id = a_run(client, home, {**base, "digest": "d1"}, {**base, "digest": "d2"})
    found = datasets_of(read(), run_id)
    assert sorted(one["digest"] for one in found) == ["d1", "d2"]
    assert len({one["qualified_name"] for one in found}) == 2


def test_one_dataset_of_two_runs_is_one(read: Read, client: Any, home: str) -> None:
    other = client.create_experiment("odd content, second home")
    base = {"name": "shared", "digest": "d", "source_type": "s3", "source": '{"uri": "s3://bucket/shared"}'}
    runs = [a_run(client, home, base), a_run(client, other, base)]
    snapshot = read()
    assert len({one["qualified_name"] for run_id in runs for one in datasets_of(snapshot, run_id)}) == 1


def test_contexts_are_told(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home, {"name": "told", "digest": "d", "source_type": "s3", "source": "{}"})
    snapshot = read()
    (edge,) = edges(snapshot, "dataset_used_by_run", to_name=row(snapshot, AssetKind.RUN, run_id)["qualified_name"])
    assert json.loads(edge["attributes_json"]) == {"context": "training"}


def test_an_empty_server(proxy: FaultProxy, read: Read) -> None:
    proxy.fault(Fault("garbage", times=None, content="{}"))
    snapshot = read()
    assert {state.state for state in snapshot.collections().values()} == {ReadStatus.COMPLETE}
    assert [snapshot.assets(kind).num_rows for kind in AssetKind if kind != AssetKind.SOURCE] == [0] * (
        len(AssetKind) - 1
    )
    assert snapshot.relations().num_rows == 0


# What no MLflow store holds, but a server or a proxy in front of it may send


def rewritten(proxy: FaultProxy, path: str, key: str, change: Any) -> None:
    """Changes the first record of an answer."""

    def edit(answer: dict[str, Any]) -> None:
        change(answer[key][0])

    proxy.fault(Fault("rewrite", path=path, times=None, edit=edit))


@pytest.mark.parametrize("value", ["a\0b", "\ud800 lone", "\udc00", "\x1b[31m", "\u202e", "\ufeff"])
def test_characters_that_are_no_text(read: Read, proxy: FaultProxy, client: Any, home: str, value: str) -> None:
    a_run(client, home)
    rewritten(proxy, "runs/search", "runs", lambda run: run["info"].update(run_name=value, user_id=value))
    whole, snapshot = read(), read()
    assert snapshot.collections()["runs"].state == ReadStatus.COMPLETE
    assert ids(snapshot, AssetKind.RUN) == ids(whole, AssetKind.RUN)
    assert not any("\0" in (one["name"] or "") for one in snapshot.assets(AssetKind.RUN).to_pylist())


@pytest.mark.parametrize("value", sampled(_ODD_IDS, *_ODD_IDS[:3]))
def test_an_odd_id_never_stops_the_read(read: Read, proxy: FaultProxy, client: Any, home: str, value: Any) -> None:
    a_run(client, home)
    whole = read()
    rewritten(proxy, "runs/search", "runs", lambda run: run["info"].update(run_id=value, run_uuid=value))
    snapshot = read()
    states = snapshot.collections()
    assert {state.state for state in states.values()} == {ReadStatus.COMPLETE}
    assert states["runs"].quarantined <= 1
    assert len(ids(snapshot, AssetKind.RUN) & ids(whole, AssetKind.RUN)) == whole.assets(AssetKind.RUN).num_rows - 1


@pytest.mark.parametrize(
    "fields",
    [
        {"version": "1.5"},
        {"version": "²"},
        {"version": "9" * 30},
        {"version": None},
        {"name": None},
        {"tags": {"a": "b"}},
        {"tags": [None]},
    ],
)
def test_an_odd_version_is_set_aside_alone(read: Read, proxy: FaultProxy, client: Any, fields: dict[str, Any]) -> None:
    if "odd-version" not in {model.name for model in client.search_registered_models()}:
        client.create_registered_model("odd-version")
        client.create_model_version("odd-version", "s3://bucket/x")
    whole = read()
    rewritten(proxy, "model-versions/search", "model_versions", lambda version: version.update(fields))
    snapshot = read()
    state = snapshot.collections()["model_versions"]
    assert (state.state, state.quarantined) == (ReadStatus.COMPLETE, 1)
    (aside,) = snapshot.quarantine()
    assert aside["reason"]
    assert len(ids(whole, AssetKind.MODEL_VERSION) - ids(snapshot, AssetKind.MODEL_VERSION)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"creation_timestamp": 10**18},
        {"creation_timestamp": "soon"},
        {"creation_timestamp": [1]},
        {"creation_timestamp": -5},
        {"last_updated_timestamp": 1e300},
        {"description": {"not": "a text"}},
        {"latest_versions": "nonsense"},
        {"unknown_field": {"a": 1}},
    ],
)
def test_an_odd_value_costs_the_value_only(read: Read, proxy: FaultProxy, client: Any, fields: dict[str, Any]) -> None:
    if "odd-value" not in {model.name for model in client.search_registered_models()}:
        client.create_registered_model("odd-value")
    whole = read()
    rewritten(proxy, "registered-models/search", "registered_models", lambda model: model.update(fields))
    snapshot = read()
    assert snapshot.quarantine() == []
    assert ids(snapshot, AssetKind.MODEL) == ids(whole, AssetKind.MODEL)


def test_an_item_that_two_pages_repeat_is_taken_once(read: Read, proxy: FaultProxy, client: Any) -> None:
    client.create_registered_model("repeated")

    def twice(answer: dict[str, Any]) -> None:
        answer["registered_models"] *= 2

    whole = read()
    proxy.fault(Fault("rewrite", path="registered-models/search", times=None, edit=twice))
    snapshot = read()
    listed = snapshot.assets(AssetKind.MODEL, ["qualified_name"])["qualified_name"].to_pylist()
    assert len(listed) == len(set(listed)) == whole.assets(AssetKind.MODEL).num_rows


def test_a_page_may_be_empty_and_not_the_last(read: Read, proxy: FaultProxy, client: Any) -> None:
    client.create_registered_model("after-an-empty-page")
    whole = read(page_size=2)
    emptied: list[Any] = []

    def empty(answer: dict[str, Any]) -> None:
        emptied.extend(answer.pop("registered_models"))

    proxy.fault(Fault("rewrite", path="registered-models/search", times=1, edit=empty))
    snapshot = read(page_size=2)
    assert ids(whole, AssetKind.MODEL) - ids(snapshot, AssetKind.MODEL) == {model["name"] for model in emptied}
    assert ids(snapshot, AssetKind.MODEL)
