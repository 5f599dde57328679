"""What a server that refuses, breaks off or is not there is told as, with the remedy that mends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.config.models import MlflowSource
from include.governance.errors import SourceError, SourceUnavailable, Unsupported
from include.governance.model.read_status import ReadStatus
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import CollectionState, Snapshot
from include.sandbox.faults import Fault
from tests.contract.sources.tables import texts
from tests.support.checked import answers_of
from tests.support.fault_proxy import FaultProxy
from tests.support.mlflow_server import MlflowServer
from tests.unit.sources.mlflow.conftest import Read

LISTINGS = {"experiments", "registered_models", "model_versions", "logged_models", "runs"}


def all_failed(snapshot: Snapshot) -> CollectionState:
    """The state of the experiments, when every listing failed."""
    states = snapshot.collections()
    assert {name: state.state for name, state in states.items()} == dict.fromkeys(LISTINGS, ReadStatus.FAILED)
    assert all(state.reason for state in states.values())
    assert not snapshot.complete
    return states["experiments"]


def test_a_server_that_is_not_there(read: Read) -> None:
    told = all_failed(read(uri="http://127.0.0.1:9", attempts=3))
    assert "cannot connect" in told.reason
    assert "up and reachable" in told.remedy


def test_a_dead_server_is_not_waited_for_listing_after_listing(read: Read, proxy: FaultProxy) -> None:
    proxy.fault(Fault("timeout_before", times=None, seconds=30))
    all_failed(read(attempts=2, timeout_seconds=0.5))
    assert len(proxy.requests) <= 4  # two tries of the first listing, one of each that needs no other


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login(read: Read, proxy: FaultProxy, status: int) -> None:
    answer = {"error_code": "PERMISSION_DENIED", "message": "not you"}
    proxy.fault(Fault("status", status=status, times=None, content=answer))
    told = all_failed(read())
    assert "not you" in told.reason
    assert "password or token" in told.remedy
    assert "permission" in told.remedy


def test_a_host_name_that_the_server_does_not_allow(read: Read, proxy: FaultProxy, server: MlflowServer) -> None:
    real = httpx.post(
        f"{server.url}/api/2.0/mlflow/experiments/search",
        json={"max_results": 1},
        headers={"Host": "mlflow.example.com"},
        trust_env=False,
    )
    assert real.status_code == 403  # the words are the server's own
    proxy.fault(Fault("status", status=403, times=None, content=real.text))
    told = all_failed(read())
    assert "--allowed-hosts" in told.remedy
    assert "MLFLOW_SERVER_ALLOWED_HOSTS" in told.remedy
    assert "permission" not in told.remedy


@pytest.mark.parametrize(
    "body",
    [
        "<html><form>log in</form></html>",
        "[]",
        "7",
        '"text"',
        '{"experiments": {"not": "a list"}, "runs": 1, "registered_models": "x", "model_versions": true, "models": 2}',
    ],
)
def test_an_address_where_something_else_answers(read: Read, proxy: FaultProxy, body: str) -> None:
    proxy.fault(Fault("garbage", times=None, content=body))
    assert "address" in all_failed(read()).remedy


def test_a_login_page_in_front(read: Read, proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", status=302, headers={"Location": "/login"}, content="<html>", times=None))
    assert "302" in all_failed(read()).reason


def test_a_refused_order_is_left_out(read: Read, proxy: FaultProxy) -> None:
    refused = {"error_code": "INVALID_PARAMETER_VALUE", "message": "Argument(s) 'order_by' not supported"}
    proxy.fault(
        Fault(
            "status", path="registered-models/search.*order_by", method="GET", status=400, times=None, content=refused
        )
    )
    proxy.fault(
        Fault(
            "status", path="runs/search", body=lambda body: b"order_by" in body, status=400, times=None, content=refused
        )
    )
    assert read().complete
    models = [seen for seen in proxy.requests if "registered-models/search" in seen.path]
    assert ["order_by" in seen.path for seen in models] == [True, False]


@pytest.mark.parametrize("path", ["experiments", "runs", "registered-models", "model-versions"])
def test_an_error_with_status_200_is_no_empty_page(read: Read, proxy: FaultProxy, client: Any, path: str) -> None:
    client.create_run(client.create_experiment(f"error object for {path}"))
    error = {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "the store is being moved"}
    proxy.fault(Fault("status", path=f"{path}/search", status=200, times=None, content=error))
    state = read().collections()[path.replace("-", "_")]
    assert state.state == ReadStatus.FAILED
    assert "TEMPORARILY_UNAVAILABLE: the store is being moved" in state.reason


def test_any_other_refusal_is_not_repeated(read: Read, proxy: FaultProxy) -> None:
    refused = {"error_code": "INVALID_PARAMETER_VALUE", "message": "max_results is too large"}
    proxy.fault(Fault("status", path="registered-models/search", status=400, times=None, content=refused))
    state = read().collections()["registered_models"]
    assert (state.state, "too large" in state.reason) == (ReadStatus.FAILED, True)
    assert sum("registered-models" in seen.path for seen in proxy.requests) == 1


def test_an_internal_error_of_the_optional_listing_is_accepted_only_at_first(
    read: Read, proxy: FaultProxy, client: Any
) -> None:
    experiment = client.create_experiment("internal error")
    client.create_logged_model(experiment, "kept")
    whole = read(full_read_hours=0)
    fault = {"error_code": "INTERNAL_ERROR", "message": "sick"}
    proxy.fault(Fault("status", path="logged-models/search", status=500, times=None, content=fault))
    assert read(full_read_hours=0).collections()["logged_models"].state == ReadStatus.UNSUPPORTED
    after = read(since=whole, full_read_hours=0).collections()["logged_models"]
    assert (after.state, after.carried >= 1) == (ReadStatus.FAILED, True)


def test_a_server_that_turns_in_a_circle_is_left(read: Read, proxy: FaultProxy) -> None:
    def circle(answer: Any) -> None:
        answer["next_page_token"] = "again"

    proxy.fault(Fault("rewrite", path="registered-models/search", times=None, edit=circle))
    proxy.fault(Fault("rewrite", path="experiments/search", times=None, edit=lambda answer: None))
    state = read().collections()["registered_models"]
    assert state.state in (ReadStatus.PARTIAL, ReadStatus.FAILED)
    assert sum("registered-models" in seen.path for seen in proxy.requests) <= 4


@pytest.mark.parametrize(
    "uri",
    ["sqlite:///{}/nowhere/mlflow.db", "{}/nowhere", "postgresql://ana:pw-of-ana@127.0.0.1:9/mlflow", "ftp://x/y"],
)
def test_a_store_that_is_not_there_is_not_made(read: Read, tmp_path: Path, uri: str) -> None:
    address = uri.format(tmp_path / "stores")
    snapshot = read(uri=address)
    all_failed(snapshot)
    assert not (tmp_path / "stores").exists()
    assert "pw-of-ana" not in str(snapshot.collections()) + str(snapshot.document)


def test_a_database_that_is_no_mlflow_store(read: Read, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"this is no database at all, but a text that is long enough to be read as one" * 20)
    before = other.read_bytes()
    all_failed(read(uri=f"sqlite:///{other}"))
    assert other.read_bytes() == before


def probe(uri: str) -> str:
    return sources.test_connection(MlflowSource(name="unit", uri=uri, timeout_seconds=2), from_environment)


def test_probing_a_server(proxy: FaultProxy) -> None:
    assert probe(proxy.url).startswith(f"MLflow at {proxy.url}: ")
    assert len(proxy.requests) == 2
    assert proxy.writes() == 0


def test_probing_says_what_is_wrong(proxy: FaultProxy) -> None:
    with pytest.raises(SourceUnavailable):
        probe("http://127.0.0.1:9")
    proxy.fault(Fault("status", status=401, times=None))
    with pytest.raises(SourceError, match="password or token"):
        probe(proxy.url)


def test_a_password_in_the_address_is_never_staged_or_told(proxy: FaultProxy, tmp_path: Path) -> None:
    address = proxy.url.replace("://", "://ana:pw-of-ana@")
    source = MlflowSource(name="unit", uri=address, attempts=1, timeout_seconds=5)
    snapshot = sources.read(source, Folder(str(tmp_path)), from_environment)
    assert snapshot.complete
    assert not [file for file, content in texts(tmp_path) if "pw-of-ana" in content]
    assert "pw-of-ana" not in probe(address)


def asked(uri: str, **more: Any) -> dict[str, str]:
    """What `check` asks for, and what it is told; a refusal with its remedy."""
    source = MlflowSource(name="unit", uri=uri, timeout_seconds=2, **more)
    return answers_of(source)


def test_everything_that_a_read_needs_is_asked_for_and_nothing_is_written(proxy: FaultProxy) -> None:
    told = asked(proxy.url, prompts=True)
    assert list(told) == ["experiments", "runs", "registered models", "model versions", "logged models", "prompts"]
    assert all(says.startswith("can be listed") for says in told.values()), told
    paths = [seen.path.split("?")[0].removeprefix("/api/2.0/mlflow/") for seen in proxy.requests]
    assert paths == [
        *("experiments/search", "runs/search", "registered-models/search", "model-versions/search"),
        *("logged-models/search", "registered-models/search"),
    ]
    assert proxy.writes() == 0


@pytest.mark.parametrize(
    ("path", "what"), [("model-versions/search", "model versions"), ("runs/search", "runs")], ids=["versions", "runs"]
)
def test_one_refused_listing_is_told_beside_the_others(proxy: FaultProxy, path: str, what: str) -> None:
    proxy.fault(Fault("status", path=path, status=403, times=None))
    told = asked(proxy.url)
    refused = {name for name, says in told.items() if not says.startswith("can be listed")}
    assert refused == {what}
    assert "read permission" in told[what]


def test_a_listing_that_the_server_lacks_is_no_refusal(proxy: FaultProxy) -> None:
    proxy.fault(Fault("status", path="logged-models/search", status=404, times=None))
    source, lacking = MlflowSource(name="unit", uri=proxy.url, timeout_seconds=2), []
    for what, ask in sources.probes(source, from_environment):
        try:
            ask()
        except Unsupported:
            lacking.append(what)
    assert lacking == ["logged models"]
