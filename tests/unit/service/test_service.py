"""The service: who may ask, what is refused before it is judged, and that it goes with the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from include.governance.config import load
from include.governance.service import create_app
from include.governance.sources.mlflow import connector
from include.governance.workspace import Workspace
from tests.support.judging import SHIPPED
from tests.support.mlflow_facts import MlflowFacts
from tests.support.shell import shell
from tests.unit.gate.test_gate import TRACEABLE

QUESTION = {"source": "s", "model": "a", "version": "1", "to": "champion", "asked_by": "ana"}
_USE_CASE = {"id": "UC-1", "name": "One", "approved_by": "x", "approved_on": "2026-01-01"}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(connector, "open_client", lambda *_: MlflowFacts(deepcopy(TRACEABLE)))
    file = tmp_path / "governance.yaml"
    monkeypatch.setenv("GOVERNANCE_CONFIG", str(file))
    source = {"name": "s", "kind": "mlflow", "uri": "http://x"}
    file.write_text(yaml.safe_dump({"sources": [source], "catalog": {"url": "x"}, "suites": [str(SHIPPED[0].parent)]}))
    (tmp_path / "register.yaml").write_text(yaml.safe_dump({"use_cases": [_USE_CASE]}))
    return file


@pytest.fixture
def client(config: Path) -> Iterator[TestClient]:
    with TestClient(create_app(lambda: Workspace(load(config)))) as client:
        yield client


@pytest.fixture
def token(config: Path) -> dict[str, str]:
    made = Workspace(load(config)).tokens.create("mlflow", "ana", datetime.now(UTC))
    return {"Authorization": f"Bearer {made}"}


def test_a_machine_with_a_token_gets_the_judgement(client: TestClient, token: dict[str, str], config: Path) -> None:
    answer = client.post("/gate", json=QUESTION, headers=token).json()
    assert (answer["answer"], answer["to"], answer["asked_by"]) == ("promote", "production", "ana (mlflow)")
    assert Workspace(load(config)).gate_judgements.of_record([answer["record"]])[0]["id"] == answer["id"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer gov_x"}, {"Authorization": "Basic eDp4"}])
def test_others_get_nothing(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/gate", json=QUESTION, headers=headers).status_code == 401
    assert client.get("/healthz").json() == {"ok": True}


def test_tokens_are_made_listed_and_withdrawn_by_a_shell(client: TestClient) -> None:
    made = shell("token", "create", "ci").stdout.strip()
    headers = {"Authorization": f"Bearer {made}"}
    unknown = {**QUESTION, "source": "nowhere"}
    assert client.post("/gate", json=unknown, headers=headers).status_code == 422
    assert shell("token", "create", "ci").returncode == 2
    assert shell("token", "revoke", "ci").returncode == 0
    assert client.post("/gate", json=unknown, headers=headers).status_code == 401
    listed = shell("token", "list").stdout
    assert "ci" in listed and made not in listed
    assert shell("token", "revoke", "ci").returncode == 2


@pytest.mark.parametrize("body", [b"{" * 70_000, b"x", b"{}"])
def test_odd_bodies_are_refused(client: TestClient, token: dict[str, str], body: bytes) -> None:
    assert client.post("/gate", content=body, headers=token).status_code == (413 if len(body) > 64_000 else 422)


def test_an_edit_of_the_register_counts_at_the_next_request(
    client: TestClient, token: dict[str, str], config: Path
) -> None:
    assert client.post("/gate", json=QUESTION, headers=token).json()["answer"] == "promote"
    config.with_name("register.yaml").write_text("use_cases: []\n")
    assert client.post("/gate", json=QUESTION, headers=token).json()["answer"] == "refused"
    config.with_name("register.yaml").write_text("use_cases: 7\n")
    answer = client.post("/gate", json=QUESTION, headers=token)
    assert (answer.status_code, answer.json()["error"]) == (422, "ConfigurationError")


@pytest.mark.heavy
def test_twenty_callers_at_once_get_their_own_answers(client: TestClient, token: dict[str, str]) -> None:
    def ask(number: int) -> Any:
        question = {**QUESTION, "asked_by": f"caller {number}", "version": "1" if number % 2 else "7"}
        return client.post("/gate", json=question, headers=token).json()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    for number, answer in enumerate(answers):
        assert answer["asked_by"] == f"caller {number} (mlflow)"
        assert answer["answer"] == ("promote" if number % 2 else "cannot tell")
