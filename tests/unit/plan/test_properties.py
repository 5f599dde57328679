"""For any two estates: a change names exactly what differs, and a ledger that was read back asks for nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from include.governance.estate import Coverage
from include.governance.model.catalog_types import BOOLEAN, DATE, ENTITY_TYPES, INT
from include.governance.plan.diff import plan
from include.governance.staging.plan import READ_BACK, Entry, Key
from tests.support.catalog_estate import CatalogEstate
from tests.support.ledgers import applied

_VALUES = st.none() | st.text(max_size=3)
_ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "description": _VALUES,
        "owner": _VALUES,
        "version": st.integers(0, 2),
        "created_at": st.integers(0, 2),
        "verdict_provisional": st.booleans(),
        "tags": st.dictionaries(st.text(max_size=2), st.text(max_size=2), min_size=1, max_size=2),
        "aliases": st.lists(st.text(max_size=2), min_size=1, max_size=2),
    },
)
_REFERENCES = st.dictionaries(st.sampled_from(["model", "inputs"]), st.sets(st.integers(0, 5), min_size=1))
_MARKS = st.lists(st.sampled_from(["auditable", "unauditable", "owner missing"]), unique=True)
_CONTENT = st.dictionaries(st.integers(0, 5), st.tuples(_ATTRIBUTES, _REFERENCES, _MARKS))

UNREAD = Coverage([])


def estate_of(content: dict[int, Any]) -> CatalogEstate:
    estate = CatalogEstate("mine")
    for number, (attributes, references, marks) in content.items():
        targets = {name: [estate.version(one) for one in sorted(ends)] for name, ends in references.items()}
        name = f"v{number}"
        estate.add("ai_model_version", estate.version(number).qualified_name, name, dict(attributes), targets, marks)
    return estate


def ledger_of(estate: CatalogEstate) -> dict[Key, Entry]:
    return applied(plan(estate.table(), {}, UNREAD), {})


def read_back(entry: Entry) -> Entry:
    """The entry as the catalog shows it: 0 and false also where nothing was stated."""
    types = ENTITY_TYPES[entry.key.type_name].attributes
    noughts: dict[str, Any] = {name: 0 for name, kind in types.items() if kind in (INT, DATE)}
    noughts |= {name: False for name, kind in types.items() if kind == BOOLEAN}
    return replace(entry, attributes=noughts | entry.attributes, content_hash=READ_BACK)


@given(_CONTENT)
def test_a_ledger_that_was_read_back_asks_for_nothing(content: dict[int, Any]) -> None:
    estate = estate_of(content)
    ledger = {key: read_back(entry) for key, entry in ledger_of(estate).items()}
    assert plan(estate.table(), ledger, UNREAD).changes == []


@given(_CONTENT, _CONTENT)
def test_a_change_names_exactly_what_differs(before: dict[int, Any], after: dict[int, Any]) -> None:
    old, new = estate_of(before), estate_of(after)
    made = plan(new.table(), ledger_of(old), UNREAD)
    assert {change.key for change in made.changes} <= set(new.entities)  # nothing is gone without a listing
    for change in made.changes:
        wanted, held = new[change.key], old.entities.get(change.key)
        assert change.action == ("update" if held else "create")
        stated = {name: value for name, value in wanted.attributes.items() if value is not None}
        known = {name: value for name, value in held.attributes.items() if value is not None} if held else {}
        assert change.attributes == {
            name: stated.get(name) for name in stated.keys() | known.keys() if stated.get(name) != known.get(name)
        }
        assert change.before == ({name: known.get(name) for name in change.attributes} if held else {})
        for name in wanted.references.keys() | (held.references.keys() if held else set()):
            now, then = set(wanted.references.get(name, [])), set(held.references.get(name, []) if held else [])
            assert {Key(*target) for target in change.add_references.get(name, [])} == now - then
            assert {Key(*target) for target in change.remove_references.get(name, [])} == then - now
        marks = set(held.classifications) if held else set()
        assert set(change.add_classifications) == set(wanted.classifications) - marks
        assert set(change.remove_classifications) == marks - set(wanted.classifications)
