"""The gate in front of a real MLflow server: what it answers, what it asks for, and what faults at the wire do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
import yaml

from include.sandbox.faults import Fault
from tests.support.fault_proxy import FaultProxy
from tests.support.samples import sampled
from tests.support.shell import Done, shell

SHIPPED = Path(__file__).resolve().parents[4] / "include" / "config"
_NUMBERS = count(1)
_RUN = "/mlflow/runs/get"
Ask = Callable[..., Done]


@pytest.fixture
def ask(proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The shell verb, on a configuration whose source is the server behind the proxy."""
    settings = {
        "sources": [{"name": "lab", "kind": "mlflow", "uri": proxy.url}],
        "catalog": {"url": "http://127.0.0.1:1"},
        "suites": [str(SHIPPED / "suites")],
        "gate": {"seconds": 5, "attempts": 1},
    }
    approved = {"id": "UC-1", "name": "One", "approved_by": "x", "approved_on": "2026-01-01"}
    (tmp_path / "register.yaml").write_text(yaml.safe_dump({"use_cases": [approved]}))
    (tmp_path / "governance.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GOVERNANCE_CONFIG", str(tmp_path / "governance.yaml"))

    def run(model: str, *options: str, version: str = "1") -> Done:
        return shell("gate", "--source", "lab", "--model", model, "--version", version, "--by", "ci", *options)

    return run


@pytest.fixture
def registered(client: Any) -> Callable[..., str]:
    """Registers a version with all that is asked for, but for training data where that is not recorded."""

    def make(*, data: bool = True, tags: dict[str, str] | None = None) -> str:
        from mlflow.entities import Dataset, DatasetInput

        name = f"gate-{next(_NUMBERS)}"
        run_id = client.create_run(client.create_experiment(name)).info.run_id
        if data:
            client.log_inputs(run_id, [DatasetInput(Dataset("sales", "d1", "s3", '{"uri": "s3://lake/sales"}'))])
        client.log_metric(run_id, "auc", 0.9)
        stated = {"governance.owner": "ana", "governance.use_case": "UC-1"} if tags is None else tags
        client.create_registered_model(name, stated, "what it is for")
        client.create_model_version(name, f"s3://bucket/{run_id}/artifacts/model", run_id)
        return name

    return make


def test_a_traceable_version_may_be_promoted(ask: Ask, registered: Callable[..., str], proxy: FaultProxy) -> None:
    done = ask(registered(), "--json")
    judgement = orjson.loads(done.stdout)
    assert (done.returncode, judgement["answer"], judgement["unread"]) == (0, "promote", [])
    assert "lineage.dataset.missing" in {rule["rule"] for rule in judgement["rules"]}
    assert len(proxy.requests) <= 10 and not any("/search" in seen.path for seen in proxy.requests)
    assert proxy.writes() == 0


def test_one_without_training_data_is_refused(ask: Ask, registered: Callable[..., str], tmp_path: Path) -> None:
    model, report = registered(data=False), tmp_path / "junit.xml"
    done = ask(model, "--junit", str(report))
    assert done.returncode == 5
    assert done.stdout.startswith(f"refused: {model} v1 may not enter production: lineage.dataset.missing.")
    assert "Remedy: Log the training data in the run" in " ".join(done.stdout.split())
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None and (suite.get("failures"), suite.get("errors")) == ("1", "0")
    assert [case.get("name") for case in suite.findall("testcase[failure]")] == ["lineage.dataset.missing"]
    assert int(suite.get("tests") or 0) > 10


@pytest.mark.heavy
def test_text_of_the_source_cannot_move_the_cursor(ask: Ask, registered: Callable[..., str], client: Any) -> None:
    model = registered(tags={"governance.owner": "\x1b[2Jnobody", "governance.use_case": "UC-1"})
    client.set_registered_model_tag(model, "governance.use_case", "<b>\x1b[31mUC")
    assert "\x1b" not in ask(model).stdout


FAULTS = {
    "refuses the run": (Fault("status", path=_RUN, status=403), "run "),
    "fails on the run": (Fault("status", path=_RUN, status=500), "run "),
    "fails on the experiment": (Fault("status", path="experiments/get", status=500), "experiment "),
    "fails on the model": (Fault("status", path="registered-models/get", status=500), "model "),
    "hangs": (Fault("timeout_before", path=_RUN, seconds=60), ""),
    "drips": (Fault("drip", path="model-versions/get", seconds=1, times=None), ""),
}


@pytest.mark.parametrize("fault", sampled(FAULTS, "refuses the run"))
def test_what_was_not_answered_is_never_a_yes(
    fault: str, ask: Ask, registered: Callable[..., str], proxy: FaultProxy
) -> None:
    kind, unread = FAULTS[fault]
    model = registered()
    proxy.fault(replace(kind))
    done = ask(model, "--json")
    judgement = orjson.loads(done.stdout)
    assert (done.returncode, judgement["answer"]) == (6, "cannot tell")
    assert any(one["what"].startswith(unread) for one in judgement["unread"])
    assert judgement["seconds"] < 30


@pytest.mark.heavy
def test_a_server_that_is_down_cannot_tell(ask: Ask, proxy: FaultProxy) -> None:
    proxy.fault(Fault("reset_before", times=None))
    assert ask("any").returncode == 6


@pytest.mark.heavy
def test_a_version_that_is_not_there_cannot_be_promoted(ask: Ask, registered: Callable[..., str]) -> None:
    done = ask(registered(), version="7")
    assert (done.returncode, "lab has no such version." in " ".join(done.stdout.split())) == (6, True)


def test_a_state_that_nothing_means_is_refused_by_name(ask: Ask) -> None:
    done = ask("any", "--to", "prod")
    assert done.returncode == 2 and "production" in done.stderr
