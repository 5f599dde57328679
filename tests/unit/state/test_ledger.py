"""The ledger gives back what it took, per catalog, also at the size of a real estate."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.governance.staged.plan import Entry, Key
from include.governance.state.database import open_database
from include.governance.state.ledger import Ledger


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'state.db'}")


def entry(name: str = "a", **changes: object) -> Entry:
    values: dict = {
        "key": Key("ai_model", f"mlflow://s/models/{name}"),
        "source": "s",
        "guid": f"guid-{name}",
        "attributes": {"name": name, "tags": {"k": "v"}, "n": 1, "flag": False, "when": 1_700_000_000_123},
        "references": {"source": [["ai_source", "mlflow://s"]]},
        "classifications": {"auditable": {}},
        "content_hash": "h",
    }
    return Entry(**(values | changes))


def test_entries_come_back_as_they_were(engine: Engine) -> None:
    ledger = Ledger(engine, "atlas")
    odd = entry("ünï 🙂 '\"%00", attributes={"name": "x\x00y", "text": "\U0001f642" * 1000})
    long = entry("x" * 6_000)
    ledger.acknowledge([entry(), odd, long])
    assert ledger.entries() == {one.key: one for one in (entry(), odd, long)}
    assert ledger.guids() == {one.key: one.guid for one in (entry(), odd, long)}


def test_a_later_entry_replaces_the_earlier_one(engine: Engine) -> None:
    ledger = Ledger(engine, "atlas")
    ledger.acknowledge([entry(), entry("b")])
    ledger.acknowledge([entry(guid="new", classifications={})])
    assert ledger.entries()[entry().key] == entry(guid="new", classifications={})
    assert ledger.entries()[entry("b").key] == entry("b")


def test_the_same_entity_twice_in_one_batch_counts_once(engine: Engine) -> None:
    ledger = Ledger(engine, "atlas")
    ledger.acknowledge([entry(), entry(guid="new")])
    assert ledger.entries() == {entry().key: entry(guid="new")}


def test_names_that_differ_late_or_by_type_are_two(engine: Engine) -> None:
    ledger = Ledger(engine, "atlas")
    same_name = entry(key=Key("ai_dataset", entry().key.qualified_name))
    ledger.acknowledge([entry("x" * 5_000 + "1"), entry("x" * 5_000 + "2"), entry(), same_name])
    assert len(ledger.entries()) == 4


def test_catalogs_do_not_see_each_other(engine: Engine) -> None:
    one, two = Ledger(engine, "one"), Ledger(engine, "two")
    assert one.marker_id() != two.marker_id()
    one.acknowledge([entry()])
    assert two.entries() == {}
    two.replace([], "their-mark")
    assert one.entries() != {}
    assert (two.marker_id(), one.marker_id()) == ("their-mark", Ledger(engine, "one").marker_id())


def test_the_revision_moves_with_every_acknowledgement(engine: Engine) -> None:
    ledger = Ledger(engine, "atlas")
    assert ledger.revision() == 0
    ledger.marker_id()
    assert ledger.revision() == 0
    ledger.acknowledge([entry()])
    first = ledger.revision()
    ledger.replace([entry()], ledger.marker_id())
    assert 0 < first < ledger.revision()


def test_replacing_leaves_only_what_is_given(engine: Engine) -> None:
    ledger = Ledger(engine, "atlas")
    ledger.marker_id()
    ledger.acknowledge([entry(), entry("b")])
    ledger.replace([entry("c")], "mark")
    assert set(ledger.entries()) == {entry("c").key}
    assert ledger.marker_id() == "mark"


def test_a_failed_acknowledgement_leaves_the_ledger_as_it_was(engine: Engine) -> None:
    ledger = Ledger(engine, "atlas")
    ledger.marker_id()
    ledger.acknowledge([entry()])
    revision = ledger.revision()
    broken = entry("b", source=None)
    with pytest.raises(Exception, match="NOT NULL"):
        ledger.acknowledge([entry(guid="new"), broken])
    assert ledger.entries() == {entry().key: entry()}
    assert ledger.revision() == revision


def test_eight_thousand_entities_in_batches_take_seconds_at_most(engine: Engine) -> None:
    """Beside 60 seconds of catalog writes for as many entities; each is acknowledged once anew and once again."""
    ledger = Ledger(engine, "atlas")
    ledger.marker_id()
    entries = [entry(f"{number:05}") for number in range(8_000)]
    began = time.perf_counter()
    for _ in range(2):
        for start in range(0, len(entries), 100):
            ledger.acknowledge(entries[start : start + 100])
    written = time.perf_counter() - began
    assert len(ledger.entries()) == 8_000
    assert written < 12, f"{written:.1f} s"
