"""What a state obliges to: policies, review, retirement. On models by register and tags, on agents likewise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.golden.chain import Chain
from tests.golden.foundry import Assistant
from tests.golden.world import Case, EstateBuilder, labels

POLICY, REVIEW, RETIREMENT = "policy.missing", "review.overdue", "retirement.due"
_POLICIES = ["Model risk policy", "fair lending"]


class Obliged(NamedTuple):
    """What the register says, the rules that must fire, and the verdict."""

    entry: Mapping[str, Any]
    rules: set[str]
    verdict: str = "incomplete"


OBLIGED: dict[str, Obliged] = {
    "without-policies": Obliged({"risk_tier": "high"}, {POLICY}),
    "with-one-policy": Obliged({"risk_tier": "high", "policies": _POLICIES[:1]}, {POLICY}),
    "unreviewed": Obliged({"next_review": "2026-02-28"}, {REVIEW}),
    "past-its-day": Obliged({"retire_on": "2026-03-01"}, {RETIREMENT}),
    "all-three": Obliged(
        {"risk_tier": "HIGH", "next_review": "2025-01-01", "retire_on": "2025-06-30"}, {POLICY, REVIEW, RETIREMENT}
    ),
    # look-alikes
    "with-policies": Obliged({"risk_tier": "high", "policies": _POLICIES}, set(), "auditable"),
    "low-risk": Obliged({"risk_tier": "low"}, set(), "auditable"),
    "review-today": Obliged({"next_review": "2026-03-01"}, set(), "auditable"),
    "day-to-come": Obliged({"retire_on": "2026-03-02"}, set(), "auditable"),
}

Build = Callable[[EstateBuilder, str], Any]


def _model(world: EstateBuilder, title: str) -> None:
    world.mlflow().governed(title, Chain())


def _asset(world: EstateBuilder, title: str) -> None:
    world.azure_ml().workspace(f"{title}-ws").governed(title, Chain())


def _agent(world: EstateBuilder, title: str) -> None:
    world.foundry().desk(f"{title}-ai").governed(title, Assistant())


# platform -> section of the register, what a finding calls it, how it is made
PLATFORMS: dict[str, tuple[str, str, Build]] = {
    "mlflow": ("models", "{} v1", _model),
    "azure_ml": ("models", "{} v1", _asset),
    "ai_foundry": ("agents", "agent {}", _agent),
}
_SOURCES = {"mlflow": "mlflow", "azure_ml": "azureml", "ai_foundry": "foundry"}


def cases() -> Iterator[Case]:
    for name, obliged in OBLIGED.items():
        for platform, (section, label, build) in PLATFORMS.items():
            title = f"{platform.replace('_', '-')}-{name}"
            entry = {"source": _SOURCES[platform], section.removesuffix("s"): title, **obliged.entry}
            subject = label.format(title)
            yield Case(
                title,
                frozenset({platform}),
                lambda world, title=title, build=build: build(world, title),
                labels({subject: obliged.rules}),
                {subject: obliged.verdict},
                register={section: [entry]},
            )
