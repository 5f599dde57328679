"""What an answer says decides what on-call is told to do, not its status alone."""

from __future__ import annotations

from typing import Any

import pytest

from include.governance.errors import SourceError, SourceUnavailable, Unsupported
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.net.http import HttpFailure
from include.governance.sources.mlflow.client import TooManyIds
from include.governance.sources.mlflow.refusals import Asked, to_source_error
from include.governance.sources.mlflow.services import SERVICES, service_of
from include.sandbox.faults import Fault
from tests.support.fault_proxy import FaultProxy
from tests.unit.sources.mlflow.conftest import Read, ids

HTML = "<!DOCTYPE html><html><body>Access to this site is blocked by policy.</body></html>"


def told(status: int, body: Any, service: str = "mlflow", collection: str = "runs", **more: Any) -> SourceError:
    failure = HttpFailure(f"https://host: HTTP {status}: {body}"[:300], status=status, body=body)
    failure.challenge, failure.location = more.pop("challenge", ""), more.pop("location", "")
    url = more.pop("url", "https://mlflow.example.com")
    return to_source_error(failure, Asked(collection, url, SERVICES[service], **more))


def azure(message: str) -> dict[str, Any]:
    return {"error": {"code": "Forbidden", "message": message}}


# name -> (status, body, words of the remedy)
BY_ITS_WORDS: dict[str, tuple[int, Any, str]] = {
    "public access": (
        403,
        azure("Public access is disabled. Please configure private endpoint."),
        "inside that network",
    ),
    "virtual network": (403, azure("Access denied due to Virtual Network/Firewall rules."), "inside that network"),
    "databricks ip": (
        403,
        {"message": "Source IP address: 1.2.3.4 is blocked by Databricks IP ACL"},
        "inside that network",
    ),
    "host": (403, "Invalid Host header - possible DNS rebinding attack detected", "--allowed-hosts"),
    "workspace": (400, azure("Workspace context is required for this request."), "`workspace`"),
    "no workspaces": (
        400,
        {"error_code": "FEATURE_DISABLED", "message": "workspaces are not enabled on this server"},
        "Leave `workspace`",
    ),
    "expired": (401, {"message": "The access token expired"}, "new token"),
}


@pytest.mark.parametrize("service", ["mlflow", "azure_ml", "databricks"])
@pytest.mark.parametrize("case", BY_ITS_WORDS)
def test_the_words_of_an_answer_decide(case: str, service: str) -> None:
    status, body, words = BY_ITS_WORDS[case]
    error = told(status, body, service)
    assert words in error.remedy
    assert "password, token" not in error.remedy
    assert "Check username" not in error.remedy
    assert error.data["status"] == status


@pytest.mark.parametrize("status", [401, 403])
def test_an_azure_workspace_is_never_about_passwords(status: int) -> None:
    error = told(status, azure("no"), "azure_ml")
    assert "AzureML Data Scientist" in error.remedy
    assert "password" not in error.remedy


@pytest.mark.parametrize("status", [403, 407, 502])
def test_the_page_of_a_proxy_names_the_proxy(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ana:pw-of-proxy@proxy.corp:3128")
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8")
    error = told(status, HTML)
    assert "proxy.corp:3128" in error.message
    assert "mlflow.example.com in NO_PROXY" in error.remedy
    assert "pw-of-proxy" not in str(error)
    assert "proxy.corp" not in str(told(status, HTML, url="https://10.1.2.3"))


def test_a_page_of_something_in_front_without_a_proxy_asks_for_headers() -> None:
    error = told(403, HTML)
    assert "`headers`" in error.remedy
    assert "password" not in error.remedy


def test_kerberos_and_single_sign_on_are_named() -> None:
    assert "Kerberos" in told(401, "", challenge="Negotiate").message
    error = told(302, "", location="https://sso.example.com/login")
    assert "sso.example.com/login" in error.message
    assert "login page" in error.remedy


def test_a_listing_that_a_server_lacks_is_unsupported_once_it_has_answered() -> None:
    for collection in ("registered_models", "model_versions"):
        assert isinstance(told(404, {}, collection=collection, answered=True), Unsupported)
        assert not isinstance(told(404, {}, collection=collection), Unsupported)
    assert not isinstance(told(404, {}, collection="runs", answered=True), Unsupported)
    assert isinstance(told(503, "busy"), SourceUnavailable)


def test_too_many_ids_say_how_many_are_allowed() -> None:
    message = (
        "Too many experiment_ids specified in SearchRuns request. Maximum number of experiment_ids is 100. Found 185"
    )
    error = told(400, {"error_code": "INVALID_PARAMETER_VALUE", "message": message})
    assert isinstance(error, TooManyIds)
    assert error.most == 100


def test_a_server_without_a_registry_is_whole(read: Read, proxy: FaultProxy, client: Any) -> None:
    run = client.create_run(client.create_experiment("tracking only")).info.run_id
    absent = {"error_code": "ENDPOINT_NOT_FOUND", "message": "no such endpoint"}
    whole = read(full_read_hours=0)
    proxy.fault(
        Fault("status", path="(registered-models|model-versions)/search", status=404, times=None, content=absent)
    )
    snapshot = read(full_read_hours=0)
    states = {name: state.state for name, state in snapshot.collections().items()}
    assert {name for name, state in states.items() if state == ReadStatus.UNSUPPORTED} == {
        "registered_models",
        "model_versions",
    }
    assert snapshot.complete
    assert run in ids(snapshot, AssetKind.RUN)
    again = read(since=snapshot, full_read_hours=0)
    assert again.complete
    lost = read(since=whole, full_read_hours=0).collections()["registered_models"]
    assert lost.state == ReadStatus.FAILED  # it was there before


def test_a_refusal_in_the_middle_says_that_something_changed(read: Read, proxy: FaultProxy, client: Any) -> None:
    experiment = client.create_experiment("refused in the middle")
    for _ in range(3):
        client.create_run(experiment)
    proxy.fault(Fault("status", path="/runs/search", status=403, after=1, times=None, content={"message": "no"}))
    state = read(page_size=2).collections()["runs"]
    assert (state.state, state.pages) == (ReadStatus.PARTIAL, 1)
    assert "page 2 was refused, those before were not" in state.reason
    assert "changed while it was read" in state.remedy


def test_the_mlflow_of_an_azure_workspace_is_known_by_its_address() -> None:
    url = "https://westeurope.api.azureml.ms/mlflow/v2.0/subscriptions/s/workspaces/w"
    service = service_of(url)
    error = to_source_error(HttpFailure("HTTP 403", status=403, body=""), Asked("runs", url, service))
    assert "password" not in error.remedy
