"""Subjects by hand: only what a test is about is stated."""

from __future__ import annotations

from typing import Any

import pandas as pd

from include.governance.config.register import Register
from include.governance.records.identity import SUBJECTS, identify
from include.governance.staging.rows import rows

RUN = "0123456789abcdef0123456789abcdef"
OTHER_RUN = "fedcba9876543210fedcba9876543210"
MLFLOW, AZURE = "mlflow://s", "azure://ws"


def version(holder: str, number: int = 1, **stated: Any) -> dict[str, Any]:
    """One version of the model `place/name`: "s/m" of MLflow, "ws/m" of a workspace."""
    place, name = holder.split("/")
    qualified = f"{place}://{name}"
    run = stated.pop("run", None)
    return {
        **dict.fromkeys(SUBJECTS),
        "qualified_name": f"{qualified}/{number}",
        "kind": "version",
        "source": place,
        "container": place,
        "parent_model": qualified,
        "parent_name": name,
        "number": number,
        "label": f"{name} v{number} of {place}",
        "created_ms": 1_000 + number,
        "is_stale": False,
        "run": f"{place}://runs/{run}" if run else None,
        **stated,
    }


def tagged(key: str, level: str = "model") -> dict[str, Any]:
    return {"claim_key": key, "claim_rule": f"{level} tag governance.record", "claim_level": level}


def identified(
    subjects: list[dict[str, Any]],
    register: dict[str, Any] | None = None,
    known: dict[str, tuple[str, int]] | None = None,
) -> dict[str, dict[str, Any]]:
    frame = pd.DataFrame(subjects, columns=list(SUBJECTS))
    found = identify(frame, Register.model_validate(register or {}), known or {})
    return {row["qualified_name"]: row for row in rows(found)}


def keys(*args: Any, **options: Any) -> dict[str, str]:
    return {name: row["record_key"] for name, row in identified(*args, **options).items()}
