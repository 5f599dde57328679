"""The table of stages: each has its function; files of a sync that is staged keep their names."""

from __future__ import annotations

import importlib

import pytest

from include.governance.stages import RECONCILE, REPORT, STAGES, Stage, safe_name


@pytest.mark.parametrize("stage", [*STAGES, RECONCILE, REPORT], ids=lambda stage: stage.name)
def test_every_stage_has_its_function(stage: Stage) -> None:
    assert callable(getattr(importlib.import_module(f"include.governance.{stage.module}"), stage.function))


def test_stage_files_keep_their_names() -> None:
    assert [stage.file("azure-ml" if stage.per_source else "") for stage in STAGES] == [
        "stages/read_azure-ml.json",
        "stages/read_curated_fields.json",
        "stages/resolve.json",
        "stages/judge.json",
        "stages/plan.json",
        "stages/publish.json",
    ]


def test_ids_of_airflow_become_file_names() -> None:
    assert safe_name("scheduled__2026-03-02T02:17:00+00:00") == "scheduled__2026-03-02T02_17_00_00_00"
