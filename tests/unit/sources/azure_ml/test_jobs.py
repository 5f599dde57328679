"""Rows of jobs, of every type and of types that nobody knows, and what a job says it used."""

from __future__ import annotations

from typing import Any

import pytest

from include.governance.model import json_text
from include.governance.model.rows import Row
from include.governance.scrub import Scrubber
from include.governance.sources.azure.fields import ArmFields
from include.governance.sources.azure_ml import jobs
from include.governance.sources.azure_ml.containers import Container
from include.governance.sources.fields import Malformed
from tests.unit.sources.azure_ml.canned import item, workspace_id

WS = workspace_id()


def place() -> Container:
    return Container(
        WS, "ws-fraud", "workspace", "westeurope", {"qualified_name": "azure://ws"}, "https://ml.azure.com"
    )


def row(name: str = "j1", **properties: Any) -> Row:
    return jobs.job_row(item(f"{WS}/jobs/{name}", properties), place(), ArmFields(Scrubber()))


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("Command", "command"), ("Pipeline", "pipeline"), ("FineTuning", "finetuning"), ("Quantum", "quantum")],
)
def test_a_job_of_any_type_is_a_run(stated: str, expected: str) -> None:
    made = row(jobType=stated, displayName="train", status="Completed", experimentName="fraud")
    assert (made["job_type"], made["native_id"], made["name"], made["status"]) == (expected, "j1", "train", "Completed")
    assert made["qualified_name"].endswith("/workspaces/ws-fraud/jobs/j1")
    assert made["experiment"].endswith("/experiments/fraud")


def test_a_job_that_says_next_to_nothing() -> None:
    made = row()
    assert (made["job_type"], made["name"], made["compute"], made["parent_run_id"]) == ("unknown", "j1", None, None)
    assert made["link"] == (
        "https://ml.azure.com/runs/j1?wsid=/subscriptions/5a0c7d1e-0000-4000-8000-000000000001/resourcegroups/rg-ml"
        "/workspaces/ws-fraud"
    )


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (f"{WS}/computes/gpu", "gpu"),
        (f"{WS}/computes/", None),
        (None, None),
        (
            "/subscriptions/S/resourceGroups/r/providers/X/virtualclusters/vc",
            "/subscriptions/S/resourceGroups/r/providers/X/virtualclusters/vc",
        ),
    ],
)
def test_compute(compute: str | None, expected: str | None) -> None:
    assert row(computeId=compute)["compute"] == expected


def test_git_parameters_and_studio_link() -> None:
    made = row(
        properties={"mlflow.source.git.commit": "abc", "azureml.git.repository_uri": "https://git.example/x"},
        inputs={"lr": {"jobInputType": "literal", "value": "0.1"}, "key": {"jobInputType": "literal", "value": None}},
        services={"Studio": {"endpoint": "https://ml.azure.com/runs/j1?wsid=/x"}},
        tags={"mlflow.parentRunId": "p1"},
    )
    assert (made["git_commit"], made["git_repository"]) == ("abc", "https://git.example/x")
    assert json_text.load(made["params_json"]) == {"lr": "0.1"}
    assert (made["link"], made["parent_run_id"]) == ("https://ml.azure.com/runs/j1?wsid=/x", "p1")


def test_secrets_stay_out() -> None:
    made = row(
        tags={"api_key": "sk-1234567890abcdefghij"},
        properties={"note": "AccountKey=abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ=="},
        inputs={"password": {"jobInputType": "literal", "value": "hunter2hunter2"}},
    )
    text = str(made)
    assert "sk-1234567890" not in text and "abcdefghijklmnop" not in text and "hunter2" not in text
    assert made["secrets_removed"] == 3


def test_where_the_data_of_each_type_stands() -> None:
    reference = "azureml://datastores/d/paths/"
    stated = {
        "inputs": {
            "train": {"jobInputType": "uri_folder", "uri": f"{reference}a"},
            "valid_data": {"jobInputType": "mltable", "uri": f"{reference}b"},
            "latest_data": {"jobInputType": "uri_file", "uri": f"{reference}l"},
            "base": {"jobInputType": "mlflow_model", "uri": "azureml:m:1"},
            "bound": {"jobInputType": "uri_file", "uri": "${{parent.inputs.x}}"},
            "lr": {"jobInputType": "literal", "value": "0.1"},
        },
        "taskDetails": {"trainingData": {"uri": f"{reference}c"}, "validationData": {"uri": f"{reference}d"}},
        "fineTuningDetails": {
            "trainingData": {"uri": f"{reference}e"},
            "model": {"uri": "azureml://registries/azureml-meta/models/Llama/versions/1"},
        },
    }
    found = [(use.name, use.reference, use.is_model, use.context) for use in jobs.uses(stated)]
    assert found == [
        ("base", "azureml:m:1", True, "training"),
        ("latest_data", f"{reference}l", False, "training"),
        ("train", f"{reference}a", False, "training"),
        ("valid_data", f"{reference}b", False, "validation"),
        ("trainingData", f"{reference}c", False, "training"),
        ("validationData", f"{reference}d", False, "validation"),
        ("trainingData", f"{reference}e", False, "training"),
    ]
    assert jobs.parent_model(stated) == "azureml://registries/azureml-meta/models/Llama/versions/1"


def test_environment_of_a_sweep_and_nodes_of_a_pipeline() -> None:
    assert jobs.environment_of({"trial": {"environmentId": "azureml:e:1"}}) == "azureml:e:1"
    assert jobs.environment_of({"environmentId": None}) is None
    nodes = {"b": {"componentId": "azureml:c:1"}, "a": {"type": "command"}, "odd": "text"}
    assert list(jobs.nodes({"jobs": nodes})) == [("a", None), ("b", "azureml:c:1")]


@pytest.mark.parametrize("odd", [{"id": None}, {"name": None}, {"properties": "text"}, {"properties": {"inputs": []}}])
def test_what_makes_no_sense_is_malformed(odd: dict[str, Any]) -> None:
    broken = {**item(f"{WS}/jobs/j1", {}), **odd}
    with pytest.raises(Malformed):
        jobs.job_row(broken, place(), ArmFields(Scrubber()))
