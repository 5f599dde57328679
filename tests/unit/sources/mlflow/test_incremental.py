"""Reading since the last snapshot: only what moved is asked for, and nothing that matters is missed."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadMode, ReadStatus
from include.sandbox.faults import Fault
from tests.support.fault_proxy import FaultProxy
from tests.unit.sources.mlflow.conftest import Read, edges, ids, row

OLD = 1_600_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def home(client: Any) -> str:
    """An experiment with many old finished runs, and one of now: the watermark."""
    experiment = str(client.create_experiment("incremental"))
    for number in range(8):
        client.set_terminated(client.create_run(experiment, start_time=OLD + number).info.run_id)
    client.set_terminated(client.create_run(experiment).info.run_id)
    client.create_registered_model("incremental")
    return experiment


def finished(client: Any, home: str, start: int = OLD) -> str:
    run_id = str(client.create_run(home, start_time=start).info.run_id)
    client.set_terminated(run_id)
    return run_id


def tags(snapshot: Any, run_id: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(row(snapshot, AssetKind.RUN, run_id)["tags_json"])
    return found


def test_what_did_not_move_is_carried_over(read: Read, client: Any, home: str) -> None:
    from mlflow.entities import Dataset, DatasetInput

    run_id = finished(client, home)
    client.log_inputs(run_id, [DatasetInput(Dataset("carried", "d", "s3", "{}", "schema"))])
    client.create_logged_model(home, "carried", source_run_id=run_id)
    last = read()
    snapshot = read(since=last)
    state = snapshot.collections()["runs"]
    assert (state.state, state.mode) == (ReadStatus.COMPLETE, ReadMode.INCREMENTAL)
    assert state.carried >= 9
    assert state.seen + state.carried == last.assets(AssetKind.RUN).num_rows
    for kind in AssetKind:
        assert ids(snapshot, kind) == ids(last, kind), kind
    assert sorted(map(str, snapshot.relations().to_pylist())) == sorted(map(str, last.relations().to_pylist()))
    assert [len(set(ids(snapshot, kind))) for kind in AssetKind] == [
        snapshot.assets(kind).num_rows for kind in AssetKind
    ]


def test_a_chain_of_reads_keeps_everything(read: Read, home: str) -> None:
    first = last = read()
    for _ in range(3):
        last = read(since=last)
    assert sorted(map(str, last.relations().to_pylist())) == sorted(map(str, first.relations().to_pylist()))
    assert ids(last, AssetKind.RUN) == ids(first, AssetKind.RUN)
    assert last.document["full_read_at_ms"] == first.document["full_read_at_ms"]


def test_runs_are_asked_for_by_watermark(read: Read, proxy: FaultProxy, home: str) -> None:
    last = read()
    proxy.clear()
    snapshot = read(since=last)
    asked = [json.loads(seen.body) for seen in proxy.requests if "runs/search" in seen.path]
    assert asked[0]["filter"].startswith("attributes.start_time > ")
    watermark = int(asked[0]["filter"].split("> ")[1])
    assert last.document["latest_start_ms"] - HOUR_MS < watermark <= last.document["latest_start_ms"]
    assert snapshot.collections()["runs"].seen < last.collections()["runs"].seen


def test_a_new_run_is_seen(read: Read, client: Any, home: str) -> None:
    last = read()
    run_id = client.create_run(home).info.run_id
    snapshot = read(since=last)
    assert ids(snapshot, AssetKind.RUN) - ids(last, AssetKind.RUN) == {run_id}


def test_a_run_that_was_not_finished_is_read_again(read: Read, client: Any, home: str) -> None:
    run_id = client.create_run(home, start_time=OLD).info.run_id
    last = read()
    client.log_metric(run_id, "auc", 0.5)
    client.set_terminated(run_id, "FAILED")
    found = row(read(since=last), AssetKind.RUN, run_id)
    assert (found["status"], json.loads(found["metrics_json"])) == ("FAILED", {"auc": 0.5})


def test_edits_of_aliases_and_tags_are_seen(read: Read, client: Any, home: str) -> None:
    number = client.create_model_version("incremental", "s3://bucket/aliased").version
    last = read()
    client.set_registered_model_alias("incremental", "champion", number)
    client.set_model_version_tag("incremental", number, "approved", "yes")
    client.set_registered_model_tag("incremental", "owner", "ana")
    client.set_experiment_tag(home, "team", "risk")
    snapshot = read(since=last)
    version = row(snapshot, AssetKind.MODEL_VERSION, f"incremental/{number}")
    assert json.loads(version["aliases_json"]) == ["champion"]
    assert json.loads(version["tags_json"])["approved"] == "yes"
    assert json.loads(row(snapshot, AssetKind.MODEL, "incremental")["tags_json"])["owner"] == "ana"
    assert json.loads(row(snapshot, AssetKind.EXPERIMENT, home)["tags_json"])["team"] == "risk"


@pytest.mark.parametrize("way", ["run id", "source", "logged model"])
def test_the_run_behind_a_version_in_use_is_read_again(
    read: Read, client: Any, registry: Any, home: str, way: str
) -> None:
    run_id = finished(client, home)
    logged = client.create_logged_model(home, "in-use", source_run_id=run_id)
    source = {"run id": "s3://bucket/x", "source": f"runs:/{run_id}/m", "logged model": f"models:/{logged.model_id}"}
    version = registry.create_model_version("incremental", source[way], run_id if way == "run id" else None).version
    client.set_registered_model_alias("incremental", way.replace(" ", "-"), version)
    last = read()
    client.set_tag(run_id, "edited", "later")
    assert tags(read(since=last), run_id)["edited"] == "later"


def test_an_alias_that_moved_reads_the_run_it_left_and_the_run_it_came_to(read: Read, client: Any, home: str) -> None:
    runs = [finished(client, home) for _ in range(2)]
    left, came_to = [client.create_model_version("incremental", f"runs:/{run}/m", run).version for run in runs]
    client.set_registered_model_alias("incremental", "moved", left)
    last = read()
    client.set_registered_model_alias("incremental", "moved", came_to)
    for run_id in runs:
        client.set_tag(run_id, "edited", "later")
    snapshot = read(since=last)
    assert [tags(snapshot, run_id).get("edited") for run_id in runs] == ["later", "later"]


def test_no_run_is_asked_for_twice(read: Read, proxy: FaultProxy, client: Any, home: str) -> None:
    young = client.create_run(home).info.run_id  # not finished, and above the watermark
    old = finished(client, home)
    version = client.create_model_version("incremental", f"runs:/{old}/m", old).version
    client.set_registered_model_alias("incremental", "asked-once", version)
    last = read()
    proxy.clear()
    snapshot = read(since=last)
    client.set_terminated(young)
    asked = [json.loads(seen.body)["filter"] for seen in proxy.requests if "runs/search" in seen.path]
    by_id = [run_id for text in asked for run_id in re.findall("'(.+?)'", text)]
    assert old in by_id and young not in by_id
    assert len(by_id) == len(set(by_id))
    state = snapshot.collections()["runs"]
    assert state.seen + state.carried == snapshot.assets(AssetKind.RUN).num_rows


def test_an_edit_of_any_other_old_run_is_seen_at_the_next_full_read(read: Read, client: Any, home: str) -> None:
    run_id = finished(client, home)
    last = read()
    client.set_tag(run_id, "edited", "later")
    assert "edited" not in tags(read(since=last), run_id)
    assert tags(read(since=last, full_read_hours=0), run_id)["edited"] == "later"


def test_a_deleted_run_is_seen_at_the_next_full_read(read: Read, client: Any, home: str) -> None:
    run_id = finished(client, home)
    last = read()
    client.delete_run(run_id)
    carried = read(since=last)
    assert row(carried, AssetKind.RUN, run_id)["lifecycle_stage"] == "active"
    assert row(read(since=carried, full_read_hours=0), AssetKind.RUN, run_id)["lifecycle_stage"] == "deleted"


def test_the_run_of_a_new_version_is_read_although_it_started_long_ago(read: Read, client: Any, home: str) -> None:
    last = read()
    run_id = finished(client, home)  # came with a start of long ago, below the watermark
    client.create_model_version("incremental", f"runs:/{run_id}/model", run_id)
    snapshot = read(since=last)
    assert run_id in ids(snapshot, AssetKind.RUN)
    name = row(snapshot, AssetKind.RUN, run_id)["qualified_name"]
    assert edges(snapshot, "run_produced_version", from_name=name)


def test_a_clock_that_is_ahead_hides_nothing(read: Read, client: Any, home: str) -> None:
    ahead = client.create_run(home, start_time=int(time.time() * 1000) + 1_000 * HOUR_MS).info.run_id
    last = read()
    run_id = client.create_run(home).info.run_id
    assert {ahead, run_id} <= ids(read(since=last), AssetKind.RUN)
    client.set_terminated(ahead)


def test_logged_models_are_asked_for_by_watermark(read: Read, proxy: FaultProxy, client: Any, home: str) -> None:
    last = read()
    made = client.create_logged_model(home, "made-later").model_id
    proxy.clear()
    snapshot = read(since=last)
    (asked,) = [json.loads(seen.body) for seen in proxy.requests if "logged-models/search" in seen.path]
    assert asked["filter"].startswith("last_updated_timestamp > ")
    assert ids(snapshot, AssetKind.LOGGED_MODEL) - ids(last, AssetKind.LOGGED_MODEL) == {made}
    assert snapshot.collections()["logged_models"].mode == ReadMode.INCREMENTAL


@pytest.mark.parametrize(
    "settings",
    [
        {"full_read_hours": 0},
        {"experiments": {"allow": ["*"], "deny": ["nothing"]}},
        {"models": {"allow": ["*", "more"]}},
    ],
)
def test_other_settings_read_in_full(read: Read, home: str, settings: dict[str, Any]) -> None:
    snapshot = read(since=read(), **settings)
    assert {state.mode for state in snapshot.collections().values()} == {ReadMode.FULL}
    assert sum(state.carried for state in snapshot.collections().values()) == 0


def test_a_last_full_read_of_long_ago_reads_in_full(read: Read, home: str) -> None:
    last = read()
    last.document["full_read_at_ms"] -= 25 * HOUR_MS
    assert read(since=last).collections()["runs"].mode == ReadMode.FULL


def test_after_a_broken_read_all_is_read_in_full(read: Read, proxy: FaultProxy, home: str) -> None:
    last = read()
    fault = proxy.fault(Fault("status", path="registered-models/search", status=503, times=1))
    broken = read(since=last)
    assert fault.hits == 1
    assert broken.collections()["registered_models"].state == ReadStatus.FAILED
    assert ids(broken, AssetKind.MODEL) == ids(last, AssetKind.MODEL)
    assert read(since=broken).collections()["runs"].mode == ReadMode.FULL


def test_a_watermark_read_that_breaks_off_keeps_what_was_known(read: Read, proxy: FaultProxy, home: str) -> None:
    last = read()
    proxy.fault(Fault("status", path="runs/search", status=503, times=None))
    broken = read(since=last)
    state = broken.collections()["runs"]
    assert (state.state, state.carried) == (ReadStatus.FAILED, last.assets(AssetKind.RUN).num_rows)
    assert sorted(map(str, broken.relations().to_pylist())) == sorted(map(str, last.relations().to_pylist()))


def test_aliases_as_last_known_where_the_models_cannot_be_listed(
    read: Read, proxy: FaultProxy, client: Any, home: str
) -> None:
    number = client.create_model_version("incremental", "s3://bucket/kept").version
    client.set_registered_model_alias("incremental", "kept", number)
    last = read()
    proxy.fault(Fault("status", path="registered-models/search", status=503, times=None))
    version = row(read(since=last), AssetKind.MODEL_VERSION, f"incremental/{number}")
    assert json.loads(version["aliases_json"]) == ["kept"]


def test_a_quarantined_run_behind_a_version_is_asked_for_again(
    read: Read, proxy: FaultProxy, client: Any, home: str
) -> None:
    run_id = finished(client, home)
    client.create_model_version("incremental", f"runs:/{run_id}/model", run_id)

    def spoil(answer: Any) -> None:
        for run in answer.get("runs", []):
            if run["info"]["run_id"] == run_id:
                run["data"] = "nonsense"

    proxy.fault(Fault("rewrite", path="runs/search", times=None, edit=spoil))
    last = read()
    assert [one["native_id"] for one in last.quarantine()] == [run_id]
    assert [one["native_id"] for one in read(since=last).quarantine()] == [run_id]
    proxy.clear()
    assert run_id in ids(read(since=last), AssetKind.RUN)
