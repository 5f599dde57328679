"""What differs between ledger and catalog, and that its plan puts it right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from include.governance.catalog import Catalog, reconcile
from include.governance.catalog.publisher import entry_after
from include.governance.catalog.reconcile import compare
from include.governance.model.attribute_owners import AttributeOwners
from include.governance.model.catalog_types import MANAGED_BY
from include.governance.model.vocabularies import Action, AttributeOwner, DifferenceKind
from include.governance.staging.outcome import Outcome
from include.governance.staging.plan import MISSING, READ_BACK, Entry, Key
from include.governance.state.ledger import Ledger
from tests.support.catalog_estate import small_estate
from tests.unit.catalog.fake_server import FakeServer

OURS = "here"
VERSION = Key("ai_model_version", "mlflow://m/models/a/versions/1")
MODEL = Key("ai_model", "mlflow://m/models/a")


def entry(key: Key = VERSION, **more: Any) -> Entry:
    made = Entry(key, "m", "g1", {"name": "a v1", MANAGED_BY: OURS}, {}, {}, "h")
    return replace(made, **more)


def differences(held: Entry, live: Entry | None) -> list[tuple[str, str, bool]]:
    found = compare({held.key: held}, {live.key: live} if live else {}, OURS)
    return [(one.kind, one.attribute, one.is_healed) for one in found.differences]


def test_what_was_never_stated_and_reads_back_as_nothing_is_no_difference() -> None:
    live = entry(attributes={**entry().attributes, "critical_findings": 0, "verdict_provisional": False})
    assert differences(entry(), live) == []


def test_what_its_source_lost_too_may_stay_away() -> None:
    held = entry(classifications={MISSING: {}})
    assert differences(held, None) == [(DifferenceKind.DELETED, "", False)]
    found = compare({VERSION: held}, {}, OURS)
    assert (found.plan.changes, found.plan.unchanged) == ([], 1)


def test_what_another_installation_manages_is_neither_compared_nor_unknown() -> None:
    shared = Key("ai_base_model", "azure://models/OpenAI/gpt/1")
    theirs = entry(shared, attributes={"name": "gpt", MANAGED_BY: "another"})
    assert compare({shared: theirs}, {}, OURS).compared == 0
    assert compare({}, {shared: theirs}, OURS).differences == []


def test_what_only_the_catalog_has_is_unknown() -> None:
    found = compare({}, {VERSION: entry(content_hash=READ_BACK)}, OURS)
    assert [(one.kind, one.qualified_name) for one in found.differences] == [
        (DifferenceKind.UNKNOWN, VERSION.qualified_name)
    ]
    assert [one.key for one in found.unknown] == [VERSION]
    assert found.plan.changes == []


def test_whose_an_attribute_is_decides_what_becomes_of_it() -> None:
    held = entry(attributes={**entry().attributes, "stage": "Production"})
    edited = entry(attributes={**entry().attributes, "stage": "Archived"})
    for owner, is_healed in ((AttributeOwner.SOURCE, True), (AttributeOwner.FIRST, False)):
        owners = AttributeOwners({"*.stage": owner})
        (one,) = compare({VERSION: held}, {VERSION: edited}, OURS, owners=owners).differences
        assert (one.attribute, one.is_healed) == ("stage", is_healed)
    cleared = {
        owner: compare({VERSION: held}, {VERSION: entry()}, OURS, owners=AttributeOwners({"*.stage": owner}))
        for owner in AttributeOwner
    }
    assert {owner: len(found.plan.changes) for owner, found in cleared.items()} == {
        AttributeOwner.SOURCE: 1,
        AttributeOwner.FIRST: 1,
        AttributeOwner.CURATOR: 0,
    }


def test_a_relation_that_somebody_added_stays() -> None:
    live = entry(references={"model": [[*MODEL]]})
    assert differences(entry(), live) == [(DifferenceKind.ADDED_RELATION, "model", False)]


def test_several_entities_of_one_name_are_named_and_left(
    server: FakeServer, sync: Callable[..., Outcome], catalog: Catalog, ledger: Ledger
) -> None:
    estate = small_estate("mine")
    sync(estate)
    held = server.named(estate.use_case.qualified_name)
    assert held is not None
    server.entities["copy"] = {**held, "guid": "copy"}
    found = reconcile(catalog, ledger, "here")
    (one,) = (one for one in found.differences if one.kind == DifferenceKind.DUPLICATED)
    assert (one.qualified_name, one.is_healed) == (estate.use_case.qualified_name, False)
    assert one.held.startswith("copy, created ")
    assert one.reason == "no installation manages it: it is only named"
    assert found.several == []


TEXTS = st.sampled_from(["", "a", "b"])
ATTRIBUTES = st.dictionaries(st.sampled_from(["stage", "verdict", "description", "owner"]), TEXTS)
REFERENCES = st.dictionaries(
    st.sampled_from(["model", "outputs"]), st.sets(st.sampled_from("xyz"), min_size=1).map(sorted)
)
MARKS = st.sets(st.sampled_from(["auditable", "unauditable"]))
STATES = st.tuples(ATTRIBUTES, REFERENCES, MARKS)


@given(STATES, st.none() | STATES)
def test_applying_the_plan_leaves_only_what_people_decided(known: Any, there: Any) -> None:
    held, live = _entry(*known), _entry(*there, content_hash=READ_BACK) if there else None
    found = compare({VERSION: held}, {VERSION: live} if live else {}, OURS)
    for change in found.plan.changes:
        assert change.action == (Action.UPDATE if live else Action.CREATE)
        live = entry_after(change, "g1", live)
    after = compare({VERSION: held}, {VERSION: live} if live else {}, OURS)
    assert after.plan.changes == []
    assert [one for one in after.differences if one.is_healed] == []
    if live and there:
        steward = {name: text for name, text in there[0].items() if name in ("description", "owner") and text}
        assert {name: live.attributes.get(name) for name in steward} == steward


def _entry(attributes: Any, references: Any, marks: Any, **more: Any) -> Entry:
    targets = {name: [["ai_model", one] for one in named] for name, named in references.items()}
    return entry(
        attributes={**entry().attributes, **attributes},
        references=targets,
        classifications={name: {} for name in marks},
        **more,
    )
