"""What of a duplicate is taken over, what contradicts, and what goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.governance.catalog.contract import Addition, Content, Entity, Link, other_name, own_name
from include.governance.catalog.duplicates import Conflict, Merging, in_words, known, merging, survivor_of
from include.governance.model.attribute_owners import ALL_THE_SOURCES, AttributeOwners
from include.governance.model.vocabularies import AttributeOwner
from include.governance.staging.plan import Entry, Key

VERSION = Key("ai_model_version", "mlflow://m/models/a/versions/1")
MODEL = Key("ai_model", "mlflow://m/models/a")
RECORD = Key("ai_governed_model", "governance://records/a")


def content(guid: str, key: Key = VERSION, **more: Any) -> Content:
    return Content(Entity(key, guid, {}), **more)


def entry(key: Key = VERSION, guid: str = "one", **more: Any) -> Entry:
    return replace(Entry(key, "m", guid, {"name": "a v1"}, {}, {}, "h"), **more)


def merged(
    one: Content, other: Content, *entries: Entry, owners: AttributeOwners = ALL_THE_SOURCES, key: Key = VERSION
) -> Merging:
    return merging(key, one, other, known({held.key: held for held in entries}, owners))


def test_the_acknowledged_one_stays_else_the_oldest() -> None:
    old, young = content("b", created_ms=1), content("a", created_ms=2)
    assert survivor_of([young, old], "a") is young
    assert survivor_of([young, old], None) is old
    assert survivor_of([young, old], "gone") is old
    assert survivor_of([old, replace(young, created_ms=1)], None).guid == "a"


@pytest.mark.parametrize(
    ("attribute", "owner", "stated", "held", "value", "becomes"),
    [
        ("userDescription", None, None, None, "b", "added"),
        ("userDescription", None, None, "a", "b", "conflict"),
        ("description", None, None, None, "b", "added"),
        ("description", None, "b", "a", "b", "nothing"),  # the source's text is on the duplicate
        ("description", None, "a", "a", "b", "conflict"),  # a steward's, or the source's former one
        ("stage", None, "a", "a", "b", "nothing"),  # the source states it
        ("stage", None, None, None, "b", "nothing"),
        ("stage", AttributeOwner.CURATOR, None, None, "b", "added"),
        ("stage", AttributeOwner.CURATOR, None, "a", "b", "conflict"),
        ("stage", AttributeOwner.FIRST, "a", "a", "b", "conflict"),
        ("name", None, "a", "a", "b", "nothing"),
        ("managed_by", None, None, None, "b", "nothing"),
        ("description", None, "a", "b", "b", "nothing"),
    ],
)
def test_what_becomes_of_an_attribute(
    attribute: str, owner: AttributeOwner | None, stated: str | None, held: str | None, value: str, becomes: str
) -> None:
    owners = AttributeOwners({f"*.{attribute}": owner} if owner else {})
    ledger = entry(attributes={attribute: stated} if stated else {})
    merge = merged(
        content("one", attributes={attribute: held} if held else {}),
        content("other", attributes={attribute: value}),
        ledger,
        owners=owners,
    )
    assert merge.addition.attributes == ({attribute: value} if becomes == "added" else {})
    assert merge.conflicts == ([Conflict(attribute, held, value)] if becomes == "conflict" else [])


def test_what_the_ledger_does_not_know_is_taken_over_where_it_is_lacking() -> None:
    one, other = content("one", attributes={"stage": "a"}), content("other", attributes={"stage": "b", "version": 3})
    merge = merged(one, other)
    assert (merge.addition.attributes, merge.conflicts) == ({"version": 3}, [])


def test_what_only_people_write() -> None:
    one = content(
        "one",
        labels=frozenset({"a"}),
        business_metadata={"g": {"same": 1, "other": 2}},
        custom_attributes={"k": "v"},
        classifications={"pii": {"typeName": "pii", "attributes": {"level": 1}}, "auditable": {}},
        contacts={"Owner": [{"id": "1"}]},
    )
    other = content(
        "other",
        labels=frozenset({"a", "b"}),
        business_metadata={"g": {"same": 1, "other": 3, "further": 4}, "h": {"x": 1}},
        custom_attributes={"k": "w", "l": "x"},
        classifications={"pii": {"typeName": "pii"}, "theirs": {"typeName": "theirs"}, "unauditable": {}},
        contacts={"Owner": [{"id": "1"}, {"id": "2"}], "Expert": [{"id": "1"}]},
    )
    merge = merged(one, other, entry())
    assert merge.addition == Addition(
        labels=frozenset({"b"}),
        business_metadata={"g": {"further": 4}, "h": {"x": 1}},
        custom_attributes={"l": "x"},
        classifications={"theirs": {"typeName": "theirs"}},
        contacts={"Owner": [{"id": "2"}], "Expert": [{"id": "1"}]},
        links=[],
    )
    assert [one.what for one in merge.conflicts] == ["g.other", "k", "pii"]
    assert in_words(merge.addition) == (
        "g.further, h.x, l, label b, classification theirs, 1 contacts Owner, 1 contacts Expert"
    )


def link(attribute: str, relationship: str, target: str, *, single: bool = False) -> Link:
    return Link(f"r-{attribute}-{target}", relationship, attribute, single, target, target)


def test_relationships_of_others_are_taken_over() -> None:
    term = link("meanings", "AtlasGlossarySemanticAssignment", "term")
    process = link("inputToProcesses", "dataset_process_inputs", "theirs")
    held = replace(process, guid="another relationship of the same two")
    assert merged(content("one", links=[held]), content("other", links=[term, process])).addition.links == [term]
    to_itself = link("copies", "ai_model_version_copies", "one")
    assert not merged(content("one"), content("other", links=[to_itself])).addition


def test_of_our_relationships_the_ledger_decides() -> None:
    model = entry(MODEL, "model")
    edge = link("model", "ai_model_versions", "model", single=True)
    stated = entry(references={"model": [[*MODEL]]})
    for held, added, left in ((stated, [edge], []), (entry(), [], [edge])):
        merge = merged(content("one"), content("other", links=[edge]), held, model)
        assert (merge.addition.links, merge.left) == (added, left)
    # seen from the model, it is the version that states it
    back = link("versions", "ai_model_versions", "one")
    for held, added in ((stated, [back]), (entry(), [])):
        merge = merged(content("model", MODEL), content("m2", MODEL, links=[back]), held, model, key=MODEL)
        assert merge.addition.links == added
    # a process states its inputs; of what it read, the model has no name for that
    promotion = Key("ai_promotion", "p")
    read = link("inputToProcesses", "dataset_process_inputs", "p")
    for references, added in (({"inputs": [[*VERSION]]}, [read]), ({}, [])):
        known_process = entry(promotion, "p", references=references)
        merge = merged(content("one"), content("other", links=[read]), entry(), known_process)
        assert merge.addition.links == added


def test_of_what_there_can_be_only_one_a_person_decides() -> None:
    mine, theirs = (link("parent", "theirs", target, single=True) for target in ("a", "b"))
    merge = merged(content("one", links=[mine]), content("other", links=[theirs]))
    assert merge.conflicts == [Conflict("parent", "a", "b")]
    stated = entry(references={"model": [[*MODEL]]})
    another = link("model", "ai_model_versions", "x", single=True)
    edge = link("model", "ai_model_versions", "model", single=True)
    merge = merged(content("one", links=[another]), content("other", links=[edge]), stated, entry(MODEL, "model"))
    assert (merge.conflicts, merge.addition.links) == ([], [])  # reconciling sees to it


def test_a_name_that_is_being_restored_is_known_by_its_end() -> None:
    assert own_name(Key("t", other_name("q"))) == Key("t", "q")
    assert own_name(Key("t", "q")) == Key("t", "q")


TEXTS = st.dictionaries(st.sampled_from(["userDescription", "description", "owner"]), st.sampled_from(["a", "b"]))
CONTENTS = st.builds(
    lambda attributes, custom, labels, fields: {
        "attributes": attributes,
        "custom_attributes": custom,
        "labels": frozenset(labels),
        "business_metadata": {"g": fields} if fields else {},
    },
    TEXTS,
    TEXTS,
    st.sets(st.sampled_from("xyz")),
    TEXTS,
)


@given(CONTENTS, CONTENTS)
def test_once_it_is_taken_over_nothing_is_left_but_conflicts(one: dict[str, Any], other: dict[str, Any]) -> None:
    stays, duplicate = content("one", **one), content("other", **other)
    added = merged(stays, duplicate).addition
    fields = {**added.business_metadata.get("g", {}), **one["business_metadata"].get("g", {})}
    given_to = replace(
        stays,
        attributes={**added.attributes, **stays.attributes},
        custom_attributes={**added.custom_attributes, **stays.custom_attributes},
        labels=stays.labels | added.labels,
        business_metadata={"g": fields} if fields else {},
    )
    again = merged(given_to, duplicate)
    assert not again.addition
    assert again.conflicts == merged(stays, duplicate).conflicts
    if not again.conflicts:
        assert given_to.attributes.items() >= duplicate.attributes.items()
        assert given_to.labels >= duplicate.labels
