"""Suites of rules for tests, and what was reached with them."""

from __future__ import annotations

from pathlib import Path

import yaml

from include.governance.config.loader import PROJECT
from include.governance.staging.judgement import Judgement
from include.governance.staging.rows import rows

SHIPPED = sorted((PROJECT / "include" / "config" / "suites").glob("*.yaml"))


def suite(folder: Path, **rule: object) -> list[Path]:
    """A suite of one rule."""
    written = {
        "id": "team.rule",
        "severity": "warning",
        "expect": "expect_column_values_to_not_be_null",
        "with": {"column": "risk_tier"},
        "says": "{label} has no risk tier.",
        "remedy": "Say it.",
        **rule,
    }
    file = folder / "team.yaml"
    document = {"suite": "team", "version": 1, "subject": "version", "rules": [written]}
    file.write_text(yaml.safe_dump(document))
    return [file]


def verdicts(judgement: Judgement, kind: str = "version") -> dict[str, str]:
    return {row["subject"]: row["verdict"] for row in rows(judgement.verdicts) if row["subject_kind"] == kind}
