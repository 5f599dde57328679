"""Hundreds of collections, and what a person sees of them first."""

from __future__ import annotations

import pytest

from include.governance.reports.run.collections import collection_label, grouped, incomplete_collections, totals
from include.governance.reports.run.sources import Collection
from tests.unit.reports import shapes


def collection(name: str, state: str = "complete", **more: int) -> Collection:
    return Collection(**shapes.collection(name, state, **more))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("model_versions", "model versions"),
        ("ws-fraud/model_versions", "model versions of ws-fraud"),
        ("rg-a/ws_x/jobs", "jobs of rg-a/ws_x"),
    ],
)
def test_a_collection_has_a_label(name: str, label: str) -> None:
    assert collection_label(collection(name)) == label


def test_what_was_not_read_whole_comes_first() -> None:
    groups = grouped(
        [
            collection("a/jobs"),
            collection("a/models", "unsupported"),
            collection("b/jobs"),
            collection("b/models", "partial", seen=5, carried=2),
            collection("c/jobs", "failed"),
            collection("workspaces"),
        ]
    )
    assert [(group.name, group.state, group.complete) for group in groups] == [
        ("c", "failed", False),
        ("b", "partial", False),
        ("", "complete", True),
        ("a", "complete", True),
    ]
    (broken,) = [group for group in groups if group.name == "b"]
    assert [item.listing for item in broken.collections] == ["models", "jobs"]
    assert (broken.seen, broken.carried) == (17, 2)


def test_a_source_without_containers_is_one_group_in_its_own_order() -> None:
    (group,) = grouped([collection("runs"), collection("experiments")])
    assert (group.name, [item.listing for item in group.collections]) == ("", ["runs", "experiments"])
    assert grouped([]) == []


def test_totals_say_where_something_is_missing() -> None:
    found = totals(
        [
            collection("a/jobs", seen=1_000),
            collection("b/jobs", "failed", seen=0, carried=5),
            collection("a/models"),
            collection("prompts", "unsupported", seen=0),
        ]
    )
    assert found == ["1,005 jobs (failed in 1 of 2)", "12 models", "0 prompts (unsupported)"]


def test_a_container_of_which_nothing_was_read_is_named_once() -> None:
    found = incomplete_collections(
        [
            *(collection(f"a/{name}", "failed") for name in ("jobs", "models", "data")),
            collection("b/jobs", "failed"),
            collection("b/models"),
            collection("runs", "partial"),
            collection("c/prompts", "unsupported"),
        ]
    )
    assert found == ["all of a (failed)", "runs (partial)", "jobs of b (failed)"]
