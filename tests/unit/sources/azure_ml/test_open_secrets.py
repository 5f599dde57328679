"""What lies open in a workspace in fields of which nothing is kept: counted with place and kind, and never staged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scrub_corpus import Draw
from include.governance.model.assets import AssetKind
from include.governance.staging.snapshot import Snapshot

from .canned import Arm, workspace_id
from .conftest import rows
from .test_jobs import row

DRAW = Draw(6)
STORAGE_KEY = DRAW.alnum(76) + "+A" + "St" + DRAW.alnum(6) + "=="
HEX, SIGNATURE, PASSWORD = DRAW.hex(32), DRAW.alnum(43), DRAW.password()
SAS = f"https://a.blob.core.windows.net/c/train.csv?sv=2022-11-02&sig={SIGNATURE}"
TOKEN = "gh" + "p_" + DRAW.alnum(36)


@pytest.mark.parametrize(
    ("properties", "where"),
    [
        ({"environmentVariables": {"STORE": STORAGE_KEY}}, "environment variable STORE: Azure Service Key"),
        ({"environmentVariables": {"AZURE_KEY": HEX, "A": "1"}}, "environment variable AZURE_KEY: named key"),
        ({"environmentVariables": {"DB_PASSWORD": PASSWORD}}, "environment variable DB_PASSWORD: named password"),
        ({"command": f"python a.py --api-key {PASSWORD}"}, "command : named apikey"),
        ({"inputs": {"train": {"jobInputType": "uri_file", "uri": SAS}}}, "input train.uri: named sig"),
        ({"outputs": {"out": {"uri": SAS}}}, "output out.uri: named sig"),
        ({"trial": {"environmentVariables": {"HF_TOKEN": HEX}}}, "sweep environmentVariables.HF_TOKEN: named token"),
        ({"jobs": {"prep": {"command": f"git clone {TOKEN}"}}}, "pipeline step prep.command: GitHub Token"),
        ({"environmentVariables": {TOKEN: HEX, "A": TOKEN}}, "environment variable A: GitHub Token"),
        (
            {"inputs": {"password": {"jobInputType": "literal", "value": PASSWORD}}},
            "parameter password: named password",
        ),
    ],
)
def test_a_job_says_where(properties: dict[str, Any], where: str) -> None:
    made = row(**properties)
    assert (made["secrets_where"], made["secrets_removed"]) == (where.replace(" :", ":"), 1)
    assert not [secret for secret in (STORAGE_KEY, HEX, SIGNATURE, PASSWORD, TOKEN) if secret in str(made)]


@pytest.mark.parametrize(
    "properties",
    [
        {"environmentVariables": {"AZURE_KEY": "${{secrets.KEY}}", "KEY": "customer_id_2024_of_the_table"[:19]}},
        {"environmentVariables": {"CACHE_KEY": DRAW.hex(64), "AZURE_CLIENT_ID": DRAW.uuid(), "SORT_KEY": "name"}},
        {"environmentVariables": None, "command": None, "inputs": None},
        {"environmentVariables": [1, {"a": [None]}], "services": "odd"},
        {"command": "python train.py --tokenizer bert --max-tokens 5"},
    ],
)
def test_a_job_without_secrets(properties: dict[str, Any]) -> None:
    made = row(**properties)
    assert (made["secrets_where"], made["secrets_removed"]) == (None, 0)


def test_the_name_of_a_variable_is_not_shown_where_it_holds_a_secret() -> None:
    made = row(environmentVariables={f"PASSWORD_{TOKEN}_PASSWORD": PASSWORD})
    assert made["secrets_where"] == "environment variable with a secret in its name: named password"


def test_many_places_are_cut_short() -> None:
    made = row(environmentVariables={f"DB{at}_PASSWORD": f"{PASSWORD}{at}" for at in range(15)})
    assert made["secrets_removed"] == 15 and made["secrets_where"].endswith("; and 5 more")


def test_a_deployment_says_where(arm: Arm, reading: Callable[..., Snapshot]) -> None:
    deployment = f"{workspace_id()}/onlineEndpoints/fraud-api/deployments/open"
    arm.add(deployment, {"environmentVariables": {"AZURE_STORAGE": STORAGE_KEY, "LOG": "info"}})
    snapshot = reading()
    found = rows(snapshot, AssetKind.DEPLOYMENT)
    opened = found["onlineendpoints/fraud-api/deployments/open"]
    assert (opened["secrets_removed"], opened["secrets_where"]) == (
        1,
        "environment variable AZURE_STORAGE: Azure Service Key",
    )
    assert {row["secrets_removed"] for name, row in found.items() if name != opened["qualified_name"]} >= {0}
    for file in Path(snapshot.folder.path).rglob("*"):
        assert not file.is_file() or STORAGE_KEY.encode() not in file.read_bytes(), file
