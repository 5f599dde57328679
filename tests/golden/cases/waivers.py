"""Findings that a person has excused: visible, not counted; after the last day they count again, and say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.golden.chain import Chain
from tests.golden.foundry import Assistant
from tests.golden.world import NOW, Case, EstateBuilder, Label, labels

_MLFLOW, _FOUNDRY = frozenset({"mlflow"}), frozenset({"ai_foundry"})
METRICS, DATA, DESCRIPTION = (
    "evaluation.metrics.missing",
    "lineage.dataset.missing",
    "documentation.description.missing",
)
TODAY, YESTERDAY = NOW.date(), date(2026, 2, 28)


def _model(name: str, **chain: Any) -> Any:
    return lambda world: world.mlflow().governed(name, Chain(**chain))


def _waiver(rule: str, name: str, until: date, **stated: str) -> dict[str, Any]:
    where = stated or {"record": f"mlflow/{name}"}
    return {"rule": rule, "by": "Model Risk Committee", "reason": "a pilot", "until": until, **where}


def _agent(world: EstateBuilder) -> None:
    world.foundry().desk("waived-agent-ai").governed("waived-agent", Assistant(credential="static key", owner=None))


def cases() -> Iterator[Case]:
    """Each: until when which rules are excused, which there are, and the verdict."""
    table: dict[str, tuple[dict[str, Any], set[str], list[tuple[str, date]], set[str], set[str], str]] = {
        "waived": ({"metrics": False}, {METRICS}, [(METRICS, TODAY)], {METRICS}, set(), "auditable"),
        "waiver-over": ({"metrics": False}, {METRICS}, [(METRICS, YESTERDAY)], set(), {METRICS}, "incomplete"),
        "waived-in-part": (
            {"metrics": False, "data": ()}, {METRICS, DATA}, [("evaluation.*", TODAY)], {METRICS}, set(), "unauditable",
        ),
        "waived-and-over": (
            {"metrics": False, "described": False}, {METRICS, DESCRIPTION},
            [(METRICS, YESTERDAY), (DESCRIPTION, TODAY)], {DESCRIPTION}, {METRICS}, "incomplete",
        ),
        "waived-for-nothing": ({}, set(), [(METRICS, TODAY)], set(), set(), "auditable"),
        "waived-critical": ({"data": ()}, {DATA}, [(DATA, TODAY)], {DATA}, set(), "auditable"),
    }  # fmt: skip
    for name, (chain, rules, waivers, waived, expired, verdict) in table.items():
        version = f"{name} v1"
        yield Case(
            name,
            _MLFLOW,
            _model(name, **chain),
            labels({version: rules}),
            {version: verdict, f"{name} (mlflow/{name})": verdict},
            register={"waivers": [_waiver(rule, name, until) for rule, until in waivers]},
            waived=frozenset(Label(rule, version) for rule in waived),
            expired=frozenset(Label(rule, version) for rule in expired),
        )
    record = "foundry/rg/waived-agent-ai/waived-agent-ai-desk/waived-agent"
    yield Case(
        "waived-agent",
        _FOUNDRY,
        _agent,
        labels({"waived-agent": {"access.static_key"}, "agent waived-agent": {"ownership.owner.missing"}}),
        {"agent waived-agent": "incomplete"},
        register={"waivers": [_waiver("ownership.owner.missing", "", TODAY, record=record)]},
        waived=frozenset({Label("ownership.owner.missing", "agent waived-agent")}),
    )
