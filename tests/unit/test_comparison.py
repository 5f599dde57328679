"""What differs between what should be and what is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.governance.model import comparison, json_text

VALUES = st.sampled_from([None, 0, False, "", [], 1, True, "a", ["a"]])
ATTRIBUTES = st.dictionaries(st.sampled_from("abc"), VALUES)
TARGETS = st.lists(st.sampled_from("xyz"), unique=True).map(lambda names: [["t", name] for name in names])
REFERENCES = st.dictionaries(st.sampled_from(["model", "inputs"]), TARGETS)


@pytest.mark.parametrize(
    ("expected", "held", "same"),
    [(None, 0, True), (None, False, True), (0, None, True), ("a", None, False), (1, 2, False), (None, "a", False)],
)
def test_what_was_never_stated_reads_back_as_nothing(expected: Any, held: Any, same: bool) -> None:
    assert comparison.is_same(expected, held) == same


@given(ATTRIBUTES, ATTRIBUTES)
def test_once_the_differing_attributes_are_set_none_differs(expected: dict[str, Any], held: dict[str, Any]) -> None:
    names = comparison.differing(expected, held)
    assert names == sorted(names)
    assert comparison.differing(expected, {**held, **{name: expected.get(name) for name in names}}) == []
    assert comparison.differing(held, expected) == names


def test_what_counts_as_the_same_may_depend_on_the_name() -> None:
    assert comparison.differing({"a": 1, "b": 1}, {"a": 2, "b": 2}, lambda name, *_: name == "a") == ["b"]


@given(REFERENCES, REFERENCES)
def test_references_added_and_removed_make_one_of_the_other(expected: Any, held: Any) -> None:
    added, removed = comparison.references_added(expected, held), comparison.references_added(held, expected)
    assert all(added.values())
    assert all(removed.values())
    for name in {*expected, *held}:
        left = [one for one in held.get(name, []) if one not in removed.get(name, [])]
        assert sorted([*left, *added.get(name, [])]) == sorted(expected.get(name, []))


def test_classifications_added() -> None:
    assert comparison.classifications_added({"b": {}, "a": {"x": 1}, "c": {}}, {"c": {}}) == {"a": {"x": 1}, "b": {}}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("a", "a"), (["a", 1], '["a",1]'), ({}, "{}"), ("a" * 301, "a" * 300 + " ..."), ("", "")],
    ids=["none", "text", "list", "nothing in it", "long", "empty"],
)
def test_a_value_is_shown_as_a_text_of_bounded_length(value: Any, text: str) -> None:
    assert json_text.display(value) == text
