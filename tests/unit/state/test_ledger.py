"""The ledger remembers what was acknowledged, quickly enough for a first sync."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.governance.staging.plan import Entry, Key
from include.governance.state.database import open_database
from include.governance.state.ledger import Ledger


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'state.db'}")


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    ledger = Ledger(engine, "atlas")
    ledger.marker_id()
    return ledger


def entry(number: int, digest: str = "d") -> Entry:
    key = Key("ai_dataset", f"mlflow://lab/datasets/{number}")
    references = {"inputs": [["ai_dataset", "x"]]}
    return Entry(key, "lab", f"guid-{number}", {"name": "n", "digest": digest}, references, {"auditable": {}}, "h")


def test_what_goes_in_comes_out(ledger: Ledger) -> None:
    ledger.acknowledge([entry(1), entry(2)])
    assert ledger.entries() == {one.key: one for one in (entry(1), entry(2))}
    assert ledger.guids() == {entry(1).key: "guid-1", entry(2).key: "guid-2"}


def test_the_last_word_counts(ledger: Ledger) -> None:
    ledger.acknowledge([entry(1, "old")])
    ledger.acknowledge([entry(1, "older"), entry(1, "new")])
    assert list(ledger.entries().values()) == [entry(1, "new")]


def test_the_revision_moves_with_every_batch(ledger: Ledger) -> None:
    before = ledger.revision()
    ledger.acknowledge([entry(1)])
    ledger.acknowledge([entry(2)])
    assert ledger.revision() == before + 2


def test_catalogs_have_ledgers_of_their_own(engine: Engine, ledger: Ledger) -> None:
    other = Ledger(engine, "other")
    assert other.marker_id() != ledger.marker_id()
    other.acknowledge([entry(1)])
    ledger.acknowledge([entry(2)])
    ledger.replace([entry(3)], "found-mark")
    assert list(ledger.entries()) == [entry(3).key]
    assert ledger.marker_id() == "found-mark"
    assert list(other.entries()) == [entry(1).key]


def test_names_may_be_long(ledger: Ledger) -> None:
    long = Entry(Key("ai_dataset", "x" * 40_000), "lab", "guid", {}, {}, {}, "h")
    ledger.acknowledge([long])
    assert list(ledger.entries().values()) == [long]


def test_eight_thousand_entities_in_batches(ledger: Ledger) -> None:
    entries = [entry(number) for number in range(8_000)]
    started = time.process_time()
    for start in range(0, len(entries), 100):
        ledger.acknowledge(entries[start : start + 100])
    assert time.process_time() - started < 15  # 2 s when nothing else runs
    started = time.process_time()
    assert len(ledger.entries()) == 8_000
    assert time.process_time() - started < 5
