"""Entities of a catalog as ledger entries, and what is left to change about them."""

from __future__ import annotations

from typing import Any

from include.governance.catalog.contract import Edge, Entity
from include.governance.catalog.read_back import active_edges, entry_of, remaining_change
from include.governance.model.vocabularies import Action
from include.governance.staging.plan import READ_BACK, Change, Key

RUN = Key("ai_training_run", "mlflow://mine/runs/r")
DATASET, OTHER = Key("ai_dataset", "mlflow://mine/datasets/d"), Key("ai_dataset", "mlflow://mine/datasets/o")
KEYS = {"g-d": DATASET, "g-o": OTHER}


def edge(guid: str, is_active: bool = True, is_target_active: bool = True) -> Edge:
    return Edge(f"edge to {guid}", guid, is_active, is_target_active)


def entity(attributes: dict[str, Any] | None = None, **parts: Any) -> Entity:
    return Entity(RUN, "g-r", attributes or {}, **parts)


def test_attributes_of_the_model_that_have_a_value() -> None:
    held = entity({"name": "r", "status": "FINISHED", "git_commit": None, "tags": {}, "userDescription": "theirs"})
    assert entry_of(held, {}).attributes == {"name": "r", "status": "FINISHED"}


def test_active_edges_to_known_entities() -> None:
    edges = [edge("g-o"), edge("g-d"), edge("g-x"), edge("g-d", is_active=False), edge("g-d", is_target_active=False)]
    held = entity(edges={"inputs": edges})
    assert active_edges(held, "inputs") == edges[:3]
    assert entry_of(held, KEYS).references == {"inputs": [[*DATASET], [*OTHER]]}


def test_edges_that_only_the_other_end_declares_are_left_out() -> None:
    held = Entity(Key("ai_experiment", "mlflow://mine/experiments/1"), "g", {}, edges={"runs": [edge("g-d")]})
    assert entry_of(held, KEYS).references == {}


def test_only_classifications_of_the_model() -> None:
    held = entity(classifications=["incomplete", "foreign"])
    assert entry_of(held, {}).classifications == {"incomplete": {}}
    assert entry_of(held, {}).content_hash == READ_BACK


def test_the_source_is_in_the_qualified_name() -> None:
    names = {"mlflow://my%20one/runs/r": "my one", "governance://x/y": "governance", "azure://s/rg": ""}
    for name, source in names.items():
        assert entry_of(Entity(Key("ai_dataset", name), "g", {}), {}).source == source


def test_what_is_left_of_a_change() -> None:
    current = entry_of(
        entity(
            {"name": "r", "git_commit": "abc", "owner": "a curator", "duration_ms": 0},
            edges={"inputs": [edge("g-d")]},
            classifications=["incomplete"],
        ),
        KEYS,
    )
    change = Change(
        Action.CREATE,
        *RUN,
        "mine",
        attributes={"name": "r"},
        add_references={"inputs": [[*OTHER]]},
        add_classifications={"auditable": {}},
        name="r",
    )
    remaining = remaining_change(change, current)
    assert remaining.attributes == {"git_commit": None}
    assert remaining.add_references == {"inputs": [[*OTHER]]}
    assert remaining.remove_references == {"inputs": [[*DATASET]]}
    assert (remaining.add_classifications, remaining.remove_classifications) == ({"auditable": {}}, ["incomplete"])
