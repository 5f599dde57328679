"""The ledger's entry after a change."""

from __future__ import annotations

from include.governance.catalog.publisher import entry_after
from include.governance.model.vocabularies import Action
from include.governance.staging.plan import Change, Entry, Key

KEY = Key("ai_dataset", "d")
ENTRY = Entry(
    KEY,
    "source",
    "guid",
    attributes={"name": "d", "digest": "1", "owner": "ana"},
    references={"inputs": [["ai_dataset", "a"], ["ai_dataset", "b"]]},
    classifications={"incomplete": {}},
    content_hash="before",
)


def test_of_a_new_entity() -> None:
    change = Change(
        Action.CREATE, *KEY, "source", {"name": "d", "owner": None}, add_references={"x": []}, content_hash="h"
    )
    assert entry_after(change, "new", None) == Entry(KEY, "source", "new", {"name": "d"}, {}, {}, "h")


def test_attributes_are_set_cleared_and_released() -> None:
    change = Change(
        Action.UPDATE, *KEY, "source", {"digest": "2", "name": None}, before={"owner": "ana", "digest": "1"}
    )
    assert entry_after(change, "guid", ENTRY).attributes == {"digest": "2"}


def test_references_are_added_sorted_and_removed() -> None:
    change = Change(
        Action.UPDATE,
        *KEY,
        "source",
        add_references={"inputs": [["ai_dataset", "0"]], "outputs": [["ai_model", "m"]]},
        remove_references={"inputs": [["ai_dataset", "a"]]},
    )
    assert entry_after(change, "guid", ENTRY).references == {
        "inputs": [["ai_dataset", "0"], ["ai_dataset", "b"]],
        "outputs": [["ai_model", "m"]],
    }
    without = Change(Action.UPDATE, *KEY, "source", remove_references={"inputs": ENTRY.references["inputs"]})
    assert entry_after(without, "guid", ENTRY).references == {}


def test_classifications_are_added_and_removed() -> None:
    change = Change(
        Action.UPDATE,
        *KEY,
        "source",
        add_classifications={"auditable": {}},
        remove_classifications=["incomplete", "other"],
    )
    assert entry_after(change, "guid", ENTRY).classifications == {"auditable": {}}


def test_marking_as_missing_keeps_the_content_hash() -> None:
    change = Change(Action.MISSING, *KEY, "source", add_classifications={"missing from source": {}})
    after = entry_after(change, "guid", ENTRY)
    assert (after.content_hash, after.attributes) == ("before", ENTRY.attributes)
    assert after.classifications.keys() == {"incomplete", "missing from source"}


def test_the_entry_before_stays_as_it_was() -> None:
    entry_after(Change(Action.UPDATE, *KEY, "s", add_references={"inputs": [["ai_dataset", "z"]]}), "guid", ENTRY)
    assert ENTRY.references == {"inputs": [["ai_dataset", "a"], ["ai_dataset", "b"]]}
