"""Counts by action: their keys become keys of JSON documents, which only plain texts can be."""

from __future__ import annotations

from pathlib import Path

import orjson

from include.governance.model.vocabularies import Action
from include.governance.staging.folder import Folder
from include.governance.staging.outcome import Outcome
from include.governance.staging.plan import Change, Plan


def test_planned_changes_are_counted_by_a_plain_text() -> None:
    plan = Plan([Change(Action.CREATE, "ai_model", f"mlflow://s/models/{name}", "s") for name in "ab"])
    assert orjson.loads(orjson.dumps(plan.counts())) == {"create": {"ai_model": 2}}


def test_an_outcome_with_acknowledged_entities_is_staged_and_loaded(tmp_path: Path) -> None:
    outcome = Outcome("atlas")
    outcome.count(Action.UPDATE, "ai_model")
    outcome.save(Folder(str(tmp_path)))
    assert Outcome.load(Folder(str(tmp_path))).acknowledged == {"update": {"ai_model": 1}}
