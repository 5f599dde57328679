"""Batches keep dependencies together: nothing goes out before what it refers to."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from include.governance.catalog.dependency_order import batches, in_dependency_order
from include.governance.model.vocabularies import Action
from include.governance.staging.plan import Change


def run(number: int, *parents: int) -> Change:
    references = {"inputs": [["ai_dataset", f"run{parent}"] for parent in parents]} if parents else {}
    return Change(Action.CREATE, "ai_dataset", f"run{number}", "source", add_references=references)


# number -> what it refers to, always smaller numbers: no circle
GRAPHS = st.integers(1, 40).flatmap(
    lambda size: st.tuples(*(st.sets(st.integers(0, max(0, number - 1)), max_size=3) for number in range(size)))
)


@given(GRAPHS, st.randoms(use_true_random=False))
def test_nothing_goes_out_before_what_it_refers_to(graph: tuple[set[int], ...], shuffler: random.Random) -> None:
    changes = [run(number, *(sorted(targets) if number else ())) for number, targets in enumerate(graph)]
    shuffler.shuffle(changes)
    ordered = in_dependency_order(changes)
    assert sorted(change.qualified_name for change in ordered) == sorted(change.qualified_name for change in changes)
    place = {change.key: index for index, change in enumerate(ordered)}
    for change in ordered:
        assert all(place[target] < place[change.key] for target in change.targets())


@settings(max_examples=20)
@given(st.integers(1, 1_000), st.integers())
def test_a_thousand_entities(size: int, seed: int) -> None:
    chance = random.Random(seed)
    changes = [run(number, *(chance.randrange(number) for _ in range(4) if number)) for number in range(size)]
    chance.shuffle(changes)
    ordered = in_dependency_order(changes)
    assert sorted(map(id, ordered)) == sorted(map(id, changes))
    place = {change.key: index for index, change in enumerate(ordered)}
    assert all(place[target] < place[change.key] for change in ordered for target in change.targets())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_circles_lose_nothing(edges: list[tuple[int, int]]) -> None:
    changes = [run(number, *(target for owner, target in edges if owner == number)) for number in range(10)]
    ordered = in_dependency_order(changes)
    assert len({change.key for change in ordered}) == len(ordered) == 10


def test_only_the_circle_is_cut() -> None:
    """0 and 1 name each other; 2 refers to 1 and 3 to 2: those two are in order all the same."""
    ordered = in_dependency_order([run(3, 2), run(2, 1), run(1, 0), run(0, 1)])
    names = [change.qualified_name for change in ordered]
    assert names.index("run1") < names.index("run2") < names.index("run3")


def test_long_chains_and_targets_elsewhere() -> None:
    chain = [run(number, number + 1) for number in range(20_000)]
    assert [change.qualified_name for change in in_dependency_order(chain)] == [
        f"run{n}" for n in range(19_999, -1, -1)
    ]


def test_batches_are_at_most_so_large() -> None:
    changes = [run(number) for number in range(25)]
    parts = list(batches(changes, 10))
    assert [len(part) for part in parts] == [10, 10, 5]
    assert [change for part in parts for change in part] == changes
