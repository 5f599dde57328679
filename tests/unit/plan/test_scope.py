"""A narrowed run changes what belongs to its sources or its record, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from include.governance.errors import ConfigurationError
from include.governance.estate import Coverage
from include.governance.model.assets import COLLECTION_OF, AssetKind
from include.governance.plan import Narrowing, record_key, scope_of
from include.governance.plan.diff import plan
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.plan import Entry, Key, Plan
from tests.support.catalog_estate import CatalogEstate, small_estate
from tests.support.ledgers import applied

SOURCES = ("lab", "shop")
LAB = Narrowing(sources=frozenset({"lab"}))
LAB_RECORD = Narrowing(record="lab-fraud")


class Estates:
    """Two sources, each with its record, and one more version at each that no record rests on."""

    def __init__(self) -> None:
        self.lab, self.shop = (small_estate(name) for name in SOURCES)

    @property
    def both(self) -> tuple[CatalogEstate, CatalogEstate]:
        return self.lab, self.shop

    def table(self) -> pa.Table:
        return pa.concat_tables(estate.table() for estate in self.both)

    def published(self) -> dict[Key, Entry]:
        return applied(plan(self.table(), {}, Coverage([])), {})

    def edit_all(self) -> None:
        for estate in self.both:
            for entity in estate.entities.values():
                entity.attributes["owner"] = "somebody else"


def narrowed(
    estates: Estates, ledger: dict[Key, Entry], narrowing: Narrowing, coverage: Coverage | None = None
) -> Plan:
    table = estates.table()
    return plan(table, ledger, coverage or Coverage([]), scope=scope_of(narrowing, table, ledger))


def changed(made: Plan) -> set[Key]:
    return {change.key for change in made.changes}


@pytest.fixture
def estates() -> Estates:
    return Estates()


@pytest.fixture
def lists_nothing(tmp_path: Path) -> Coverage:
    """Both sources were read to their ends, and have nothing any more."""
    snapshots = []
    for source in SOURCES:
        writer = SnapshotWriter(Folder(str(tmp_path / source)), source)
        for kind in (AssetKind.EXPERIMENT, AssetKind.RUN, AssetKind.MODEL, AssetKind.MODEL_VERSION):
            writer.state(COLLECTION_OF[kind])
        snapshots.append(writer.close({"platform": "mlflow"}))
    return Coverage(snapshots)


def test_a_run_that_is_not_narrowed_has_no_scope(estates: Estates) -> None:
    assert scope_of(Narrowing(), estates.table(), {}) is None


def test_a_source_brings_all_that_it_states_and_the_records_that_rest_on_it(estates: Estates) -> None:
    ledger = estates.published()
    estates.edit_all()
    made = narrowed(estates, ledger, LAB)
    assert changed(made) == set(estates.lab.entities)
    assert {Key(one.type_name, one.qualified_name) for one in made.omitted} == set(estates.shop.entities)
    assert {one.reason for one in made.omitted} == {"outside --source lab: a run over all would update it"}


def test_a_record_brings_its_promotions_and_what_it_refers_to_and_nothing_more(estates: Estates) -> None:
    ledger, lab = estates.published(), estates.lab
    estates.edit_all()
    made = narrowed(estates, ledger, LAB_RECORD)
    own = {
        lab.record,
        lab.promotion,
        lab.model,
        lab.version(1),
        lab.run(1),
        lab.experiment,
        lab.dataset(1),
        lab.use_case,
    }
    assert changed(made) == own
    assert len(made.omitted) == len(ledger) - len(own)


def test_of_a_new_catalog_it_creates_also_what_those_refer_to(estates: Estates) -> None:
    lab = estates.lab
    made = narrowed(estates, {}, LAB_RECORD)
    assert {lab.server, lab.run(0)} <= changed(made) <= set(lab.entities)
    assert lab.version(2) not in changed(made)
    targets = {target for change in made.changes for target in change.targets()}
    assert targets <= changed(made)


def test_both_together_are_what_belongs_to_both(estates: Estates) -> None:
    ledger = estates.published()
    estates.lab[estates.lab.record].references["datasets"] = [estates.shop.dataset(1)]
    estates.edit_all()
    of_record = changed(narrowed(estates, ledger, LAB_RECORD))
    of_both = changed(narrowed(estates, ledger, Narrowing(frozenset({"lab"}), "lab-fraud")))
    assert of_record - of_both == {estates.shop.dataset(1)}


@pytest.mark.parametrize("narrowing", [LAB, LAB_RECORD], ids=["source", "record"])
def test_nothing_outside_is_marked_as_missing(estates: Estates, lists_nothing: Coverage, narrowing: Narrowing) -> None:
    ledger = estates.published()
    for estate in estates.both:
        for key in (estate.version(1), estate.version(2), estate.run(1), estate.run(2)):
            del estate.entities[key]
    made = narrowed(estates, ledger, narrowing, lists_nothing)
    missing = {change.key for change in made.changes if change.action == "missing"}
    lab = estates.lab
    of_lab = {lab.version(1), lab.version(2), lab.run(1), lab.run(2)}
    assert missing == (of_lab if narrowing is LAB else {lab.version(1), lab.run(1)})
    assert all(one.reason.startswith(f"outside {narrowing}: ") for one in made.omitted if "missing" in one.reason)


def test_what_was_published_of_a_record_is_its_also_where_it_is_not_any_more(estates: Estates) -> None:
    ledger, lab = estates.published(), estates.lab
    lab[lab.record].references["datasets"] = []
    lab[lab.dataset(1)].attributes["owner"] = "bo"
    assert changed(narrowed(estates, ledger, LAB_RECORD)) == {lab.record, lab.dataset(1)}


KEYS = {"credit/limits": "Limits", "credit/default": "Scorer", "fraud": "Scorer"}


@pytest.mark.parametrize(
    "asked",
    ["credit/limits", "old", "Limits", "governance://records/credit%2Flimits"],
    ids=["key", "former key", "name", "qualified name"],
)
def test_a_record_is_meant_by_any_of_its_names(asked: str) -> None:
    assert record_key(asked, KEYS, {"old": "credit/limits"}) == "credit/limits"


def test_a_name_that_two_records_have_is_refused_with_their_keys() -> None:
    with pytest.raises(ConfigurationError, match=r"2 records are named 'Scorer'.*credit/default, fraud"):
        record_key("Scorer", KEYS, {})


def test_an_unknown_record_is_refused_with_those_alike() -> None:
    with pytest.raises(ConfigurationError, match=r"--record: no record is called 'credit/limit'.*credit/limits"):
        record_key("credit/limit", KEYS, {})
    with pytest.raises(ConfigurationError, match="A plan without --record shows all"):
        record_key("zzz", KEYS, {})
