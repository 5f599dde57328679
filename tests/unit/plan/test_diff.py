"""The plan is what differs between the desired table and the ledger, and nothing else."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from include.governance.catalog.publisher import entry_after
from include.governance.estate import Coverage
from include.governance.plan.diff import plan
from include.governance.staging.plan import READ_BACK, Entry, Key
from tests.support.catalog_estate import CatalogEstate
from tests.support.ledgers import applied

TEXTS = st.sampled_from(["", "a", "Grüße", "🎉"])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "digest": TEXTS,
        "schema": TEXTS,
        "description": TEXTS,
        "owner": TEXTS,
        "source_uri": st.none() | TEXTS,
    },
)
MARKS = st.lists(st.sampled_from(["auditable", "incomplete", "owner missing", "secret removed"]), unique=True)
# number -> attributes, references, classifications
ESTATES = st.dictionaries(st.integers(0, 5), st.tuples(ATTRIBUTES, st.sets(st.integers(0, 5), max_size=3), MARKS))

UNREAD = Coverage([])


def table_of(content: dict[int, Any]) -> pa.Table:
    estate = CatalogEstate("mine")
    for number, (attributes, targets, marks) in content.items():
        references = {"inputs": [estate.dataset(target) for target in targets]}
        estate.add("ai_dataset", estate.dataset(number).qualified_name, f"d{number}", attributes, references, marks)
    return estate.table()


@given(ESTATES, ESTATES)
def test_nothing_is_left_to_do_after_a_plan_was_applied(before: dict[int, Any], after: dict[int, Any]) -> None:
    ledger = applied(plan(table_of(before), {}, UNREAD), {})
    assert plan(table_of(before), ledger, UNREAD).changes == []
    moved = plan(table_of(after), ledger, UNREAD)
    assert {change.key for change in moved.changes} <= {Key("ai_dataset", name) for name in _names(after)}
    ledger = applied(moved, ledger)
    again = plan(table_of(after), ledger, UNREAD)
    assert (again.changes, again.unchanged) == ([], len(after))


@given(ESTATES, st.randoms(use_true_random=False))
def test_the_order_of_the_table_does_not_matter(content: dict[int, Any], shuffler: Any) -> None:
    table = table_of(content)
    order = list(range(table.num_rows))
    shuffler.shuffle(order)
    found = plan(table.take(pa.array(order, type=pa.int64())), {}, UNREAD)
    key = lambda change: change.key  # noqa: E731
    assert sorted(found.changes, key=key) == sorted(plan(table, {}, UNREAD).changes, key=key)


def test_an_update_names_only_what_moved() -> None:
    ledger = applied(plan(table_of({1: ({"digest": "a", "schema": "s"}, {2}, ["auditable"])}), {}, UNREAD), {})
    [change] = plan(table_of({1: ({"digest": "b", "schema": "s"}, {3}, ["incomplete"])}), ledger, UNREAD).changes
    estate = CatalogEstate("mine")
    assert (change.action, change.attributes, change.before) == ("update", {"digest": "b"}, {"digest": "a"})
    assert change.add_references == {"inputs": [[*estate.dataset(3)]]}
    assert change.remove_references == {"inputs": [[*estate.dataset(2)]]}
    assert (change.add_classifications, change.remove_classifications) == ({"incomplete": {}}, ["auditable"])


def read_back(key: Key, **attributes: Any) -> dict[Key, Entry]:
    named = {"name": "x", "qualifiedName": key.qualified_name, **attributes}
    return {key: Entry(key, "mine", "guid", named, {}, {}, READ_BACK)}


def test_what_was_read_back_shows_nought_where_nothing_was_stated() -> None:
    estate = CatalogEstate("mine")
    key = estate.add(
        "ai_model_version", estate.version(1).qualified_name, "x", {"version": 0, "verdict_provisional": False}
    )
    held = read_back(key, critical_findings=0, created_at=0, verdict_provisional=False)
    assert plan(estate.table(), held, UNREAD).changes == []
    estate[key].attributes["critical_findings"] = 2
    assert plan(estate.table(), held, UNREAD).changes[0].attributes == {"critical_findings": 2}


def test_a_curators_text_that_was_read_back_is_let_go() -> None:
    estate = CatalogEstate("mine")
    key = estate.add("ai_dataset", estate.dataset(1).qualified_name, "x", {"digest": "new"})
    [change] = plan(estate.table(), read_back(key, digest="old", description="curated"), UNREAD).changes
    assert change.attributes == {"digest": "new"}
    assert "description" not in entry_after(change, "guid", read_back(key, description="curated")[key]).attributes


def test_our_own_text_is_cleared() -> None:
    ledger = applied(plan(table_of({1: ({"description": "ours"}, set(), [])}), {}, UNREAD), {})
    [change] = plan(table_of({1: ({}, set(), [])}), ledger, UNREAD).changes
    assert change.attributes == {"description": None}


def test_a_signature_that_is_not_asked_for_any_more_is_not_cleared() -> None:
    made = CatalogEstate("mlflow")
    version = made.add("ai_model_version", "mlflow://m/models/fraud/versions/2", "fraud v2", {"signature": "present"})
    ledger = applied(plan(made.table(), {}, Coverage([])), {})
    made[version].attributes |= {"signature": None, "stage": "Archived"}
    (change,) = plan(made.table(), ledger, Coverage([])).changes
    assert change.attributes == {"stage": "Archived"}
    ledger = applied(plan(made.table(), ledger, Coverage([])), ledger)
    assert ledger[version].attributes["signature"] == "present"
    assert plan(made.table(), ledger, Coverage([])).changes == []


def _names(content: dict[int, Any]) -> set[str]:
    return {CatalogEstate("mine").dataset(number).qualified_name for number in content}
