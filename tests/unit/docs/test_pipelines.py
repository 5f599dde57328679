"""The steps for pipelines: their services' schemas accept them, and they let through only what the gate promotes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml

from include.governance.config import load
from include.governance.sources.mlflow import connector
from include.governance.workspace import Workspace
from include.sandbox.promotion import gate_service
from tests.support import mlflow_facts
from tests.support.judging import SHIPPED
from tests.support.mlflow_facts import MlflowFacts
from tests.support.waiting import wait_for
from tests.unit.gate.test_gate import TRACEABLE

PAGE = Path(__file__).resolve().parents[3] / "include" / "docs" / "pipelines.md"
SCHEMAS = {
    "GitHub Actions": ["vendor.github-workflows"],
    "GitLab CI": ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    "Azure DevOps": ["vendor.azure-pipelines", "--data-transform", "azure-pipelines"],
}


def pipelines() -> dict[str, str]:
    """By service, its file."""
    return dict(re.findall(r"^## ([^\n]+)\n.*?```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL | re.MULTILINE))


def script_of(service: str) -> str:
    """The script that asks the gate."""
    document = yaml.safe_load(pipelines()[service])
    found: str = {
        "GitHub Actions": lambda: document["jobs"]["promote"]["steps"][0]["run"],
        "GitLab CI": lambda: document["ask-the-gate"]["script"][0],
        "Azure DevOps": lambda: document["steps"][0]["bash"],
    }[service]()
    return found


@pytest.mark.parametrize("service", SCHEMAS)
def test_its_services_schema_accepts_it(service: str, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yml"
    file.write_text(pipelines()[service])
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *SCHEMAS[service], str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The service, for a server with a traceable version 1 and a version 2 without data. Yields a step's variables."""
    facts = deepcopy(TRACEABLE)
    facts["model_versions"].append(mlflow_facts.version("a", 2, run_id="2" * 32))
    facts["runs"].append(mlflow_facts.run("2" * 32, datasets=()))
    monkeypatch.setattr(connector, "open_client", lambda *_: MlflowFacts(facts))
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
    file, source = tmp_path / "governance.yaml", {"name": "s", "kind": "mlflow", "uri": "http://x"}
    file.write_text(yaml.safe_dump({"sources": [source], "catalog": {"url": "x"}, "suites": [str(SHIPPED[0].parent)]}))
    approved = {"id": "UC-1", "name": "One", "approved_by": "x", "approved_on": "2026-01-01"}
    (tmp_path / "register.yaml").write_text(yaml.safe_dump({"use_cases": [approved]}))
    token = Workspace(load(file)).tokens.create("pipeline", "test", datetime.now(UTC))
    with gate_service(lambda: Workspace(load(file))) as url:
        wait_for(lambda: is_up(url))
        yield {"GATE_URL": url, "GATE_SOURCE": "s", "GATE_TOKEN": token, "MODEL": "a", "VERSION": "1"}


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False


def run(script: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """As the services' shells do: it ends at the first command that fails."""
    environment = {"PATH": os.environ["PATH"], "NO_PROXY": "*", **variables}
    command = ["bash", "-e", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_only_what_is_promoted_goes_on(gate: dict[str, str], tmp_path: Path) -> None:
    script = script_of("GitHub Actions")
    for changed, goes_on, said in (
        ({}, True, '"answer": "promote"'),
        ({"VERSION": "2"}, False, "lineage.dataset.missing"),
        ({"MODEL": 'no "such" model'}, False, '"answer": "cannot tell"'),
        ({"GATE_TOKEN": "gov_other"}, False, "unknown or withdrawn"),
        ({"GATE_URL": "http://127.0.0.1:9"}, False, ""),
    ):
        done = run(script, tmp_path, gate | changed)
        assert (done.returncode == 0, said in done.stdout) == (goes_on, True), (changed, done.stdout, done.stderr)
        assert gate["GATE_TOKEN"] not in done.stdout + done.stderr


def test_all_services_run_the_same_commands() -> None:
    scripts = {script_of(service).removeprefix("set -e\n") for service in SCHEMAS}
    assert len(scripts) == 1
