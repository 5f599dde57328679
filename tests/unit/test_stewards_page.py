"""What the page for stewards says of fields, keys, rules, states and classifications is so."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from include.governance.config.register import Register
from include.governance.config.register.entries import Entry
from include.governance.model.catalog_types import CLASSIFICATIONS
from include.governance.model.curated_fields import CURATED_DESCRIPTION, CURATED_FIELDS
from include.governance.model.vocabularies import LifecycleState, Verdict
from include.governance.rules.suites import load_suites
from include.governance.staging.lifecycle import GONE

ROOT = Path(__file__).resolve().parents[2]
PLACE = "include/docs/stewards.md"
PAGE = (ROOT / PLACE).read_text()
CODE = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))
RULES = ("ownership.owner.unresolved", "review.overdue", "retirement.due", "evaluation.metrics.missing")


def test_has_every_field_classification_verdict_and_state() -> None:
    assert {*CURATED_FIELDS, *CLASSIFICATIONS, *Verdict, *LifecycleState, GONE} <= CODE


def test_its_examples_are_a_register() -> None:
    examples = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    assert [list(example) for example in examples] == [["models"], ["waivers"]]
    for example in examples:
        Register.model_validate(example)


def test_an_entry_has_the_fields_that_it_names() -> None:
    named = {"owner", "use_case", "risk_tier", "description", "next_review", "policies", "retire_on"}
    assert named | {"links", "splits", "dismissed"} <= CODE & Entry.model_fields.keys()


def test_its_rules_are_there() -> None:
    suites = load_suites(sorted((ROOT / "include/config/suites").glob("*.yaml")))
    known = {rule.id for suite in suites for rule in suite.rules}
    assert set(RULES) <= known
    assert all(rule in PAGE for rule in RULES)


def test_readme_and_catalog_lead_to_it() -> None:
    assert f"]({PLACE})" in (ROOT / "README.md").read_text()
    assert PLACE in CURATED_DESCRIPTION
