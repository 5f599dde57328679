"""Raw pages: where they end, where the token may go, and answers that are no answers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.paging import ItemPaged

from include.governance.config.connections import from_environment
from include.governance.config.models import AiFoundrySource
from include.governance.errors import SourceError, SourceUnavailable
from include.governance.net import answer_limit
from include.governance.sources.azure.rest_client import RestClient
from include.governance.sources.azure.sdk_pages import PageCapture, pages_via_sdk
from include.governance.sources.azure.session import AzureSession, open_session
from include.sandbox.azure.emulator import AzureEmulator, azure_emulator
from include.sandbox.faults import Fault, FaultKind
from tests.unit.sources.ai_foundry.estate import write
from tests.unit.sources.azure_ml.canned import SCOPE, Arm, session

PATH = f"{SCOPE}/providers/Microsoft.X/things"
QUERY = {"api-version": "1"}


@pytest.fixture
def arm() -> Arm:
    return Arm(page=2)


@pytest.fixture
def raw(arm: Arm) -> Iterator[RestClient]:
    settings = AiFoundrySource.model_validate({"kind": "ai_foundry", "name": "f", "attempts": 2})
    opened = session(settings, arm)  # type: ignore[arg-type]
    yield opened.arm
    opened.close()


def items(raw: RestClient) -> list[Any]:
    return [item for page in raw.pages(PATH, QUERY) for item in page.items]


def test_all_pages_in_their_order(arm: Arm, raw: RestClient) -> None:
    arm.put(PATH, *range(5))
    assert items(raw) == [0, 1, 2, 3, 4]
    assert len(arm.requests) == 3
    assert all("api-version=1" in request for request in arm.requests)


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example.com/steal",
        "http://management.azure.com/x",
        "//evil.example.com/x",
        "https://management.azure.com.evil.example/x",
    ],
)
def test_a_next_link_to_another_host_is_refused(arm: Arm, raw: RestClient, following: str) -> None:
    arm.answers[PATH.lower()] = lambda _: (200, {"value": [1], "nextLink": following})
    with pytest.raises(SourceError, match="refused, the token stays here"):
        items(raw)
    assert len(arm.requests) == 1


def test_a_next_link_may_be_relative(arm: Arm, raw: RestClient) -> None:
    arm.answers[PATH.lower()] = lambda page: (
        200,
        {"value": [page], **({} if page else {"nextLink": f"{PATH}?$skipToken=1"})},
    )
    assert items(raw) == [0, 1]


def test_a_circle_is_left(arm: Arm, raw: RestClient) -> None:
    arm.answers[PATH.lower()] = lambda _: (
        200,
        {"value": [1], "nextLink": f"https://management.azure.com{PATH}?$skipToken=1"},
    )
    with pytest.raises(SourceError, match="the same page token again"):
        items(raw)
    assert len(arm.requests) == 2


@pytest.mark.parametrize("body", [[], {"value": {}}, {"items": []}, {"value": [], "nextLink": 3}, "text"])
def test_what_is_no_listing_is_named(arm: Arm, raw: RestClient, body: Any) -> None:
    arm.answers[PATH.lower()] = lambda _: (200, body)
    with pytest.raises(SourceError, match="did not answer with a list"):
        items(raw)


def test_a_body_that_is_no_json_is_asked_for_again(arm: Arm, raw: RestClient) -> None:
    answers = iter([(200, b"<html>"), (200, {"value": [1]})])
    arm.answers[PATH.lower()] = lambda _: next(answers)
    assert items(raw) == [1]


def test_garbage_that_stays_is_told_after_the_last_try(arm: Arm, raw: RestClient) -> None:
    arm.answers[PATH.lower()] = lambda _: (200, b"<html>")
    with pytest.raises(SourceUnavailable, match="not JSON"):
        items(raw)
    assert len(arm.requests) == 2


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureEmulator]:
    with azure_emulator(write(tmp_path_factory.mktemp("estate"))) as running:
        yield running


@pytest.fixture
def live(azure: AzureEmulator) -> Iterator[AzureSession]:
    azure.clear()
    opened = open_session(azure.settings("ai_foundry", attempts=3), from_environment)
    yield opened
    opened.close()


ACCOUNTS = "/providers/Microsoft.CognitiveServices/accounts"


@pytest.mark.parametrize("kind", ["truncate", "reset_before", "reset_after"])
def test_answers_that_break_off_are_asked_for_again(azure: AzureEmulator, live: AzureSession, kind: Any) -> None:
    fault = azure.fault(Fault(kind, path="/accounts", times=2))
    path = f"/subscriptions/{live.subscription}{ACCOUNTS}"
    found = [item["name"] for page in live.arm.pages(path, {"api-version": "2025-09-01"}) for item in page.items]
    assert sorted(found) == ["acct", "second", "speech"]
    assert fault.hits == 2
    assert live.traffic.retries == 2


def test_an_answer_that_breaks_off_for_ever_is_told(azure: AzureEmulator, live: AzureSession) -> None:
    azure.fault(Fault("truncate", path="/accounts", times=None))
    with pytest.raises(SourceUnavailable, match="/accounts"):
        live.arm.get(f"/subscriptions/{live.subscription}{ACCOUNTS}", {"api-version": "2025-09-01"})


def test_an_address_elsewhere_is_not_asked(live: AzureSession) -> None:
    with pytest.raises(SourceError, match="the token stays here"):
        live.arm.get("https://evil.example.com/x")


def test_a_wrong_secret_is_told_without_it(azure: AzureEmulator, tmp_path: Path) -> None:
    stated = {"kind": "client_secret", "tenant_id": "t", "client_id": "c", "client_secret": "made-up-and-wrong"}
    opened = open_session(azure.settings("ai_foundry", credential=stated), from_environment)
    try:
        with pytest.raises(SourceError, match="no token") as told:
            opened.arm.get(f"/subscriptions/{opened.subscription}{ACCOUNTS}")
    finally:
        opened.close()
    assert "made-up-and-wrong" not in str(told.value)
    assert "secret" in told.value.remedy


@pytest.mark.parametrize("kind", ["drip", "drip_head"])
def test_an_answer_that_drips_is_left(
    azure: AzureEmulator, live: AzureSession, monkeypatch: pytest.MonkeyPatch, kind: FaultKind
) -> None:
    """Its server is never silent for long, and would take minutes; a token's answer has the same limit."""
    monkeypatch.setattr(answer_limit, "ANSWER_TIMEOUTS", 0.01)
    fault = azure.fault(Fault(kind, path="/accounts", seconds=0.1))
    with pytest.raises(SourceUnavailable, match="not complete after"):
        open_session(azure.settings("ai_foundry", attempts=1), from_environment).arm.get(
            f"/subscriptions/{live.subscription}{ACCOUNTS}", {"api-version": "2025-09-01"}
        )
    assert fault.hits == 1


@pytest.mark.heavy
def test_a_token_that_drips_is_left(azure: AzureEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_limit, "ANSWER_TIMEOUTS", 0.001)
    azure.clear()
    azure.fault(Fault("drip", path="/oauth2/v2.0/token", times=None, seconds=0.1))
    stated = {"kind": "client_secret", "tenant_id": "t", "client_id": "dripping", "client_secret": "made-up"}
    opened = open_session(azure.settings("ai_foundry", credential=stated, attempts=1), from_environment)
    try:
        with pytest.raises(SourceError, match="not complete after"):
            opened.token(opened.cloud.arm_scope)
    finally:
        opened.close()


@pytest.mark.parametrize("token", ["the same", "another"])
def test_an_sdk_that_pages_by_tokens_of_its_own_is_left(arm: Arm, raw: RestClient, token: str) -> None:
    """No nextLink shows that a page follows; the SDK's pager goes on all the same."""
    capture, count = PageCapture(), itertools.count()
    body: dict[str, Any] = {"value": [1] if token == "the same" else []}

    def fetch(_: Any) -> Any:
        assert next(count) < 100, "it was not left"
        request = SimpleNamespace(url=f"https://management.azure.com{PATH}", method="GET")
        answer = SimpleNamespace(status_code=200, json=lambda: body)
        capture(SimpleNamespace(http_response=answer, http_request=request))
        return body

    def page(answer: Any) -> tuple[str, Any]:
        return (token if token == "the same" else f"t{next(count)}"), iter(answer["value"])

    with pytest.raises(SourceError, match=r"same page token again|no end after"):
        list(pages_via_sdk(lambda: ItemPaged(fetch, page), PATH, QUERY, capture, raw))
    assert arm.requests == []
