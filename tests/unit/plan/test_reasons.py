"""Every decision of the plan has its reason, also that to leave an entity as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.governance.estate import Coverage
from include.governance.model.assets import COLLECTION_OF, AssetKind
from include.governance.model.catalog_types import MANAGED_BY
from include.governance.model.read_status import ReadStatus
from include.governance.plan.diff import plan
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.plan import MISSING, READ_BACK, Entry, Key, Plan
from tests.support.catalog_estate import CatalogEstate
from tests.support.ledgers import applied

Change = Callable[[SnapshotWriter], None]
KINDS = (AssetKind.EXPERIMENT, AssetKind.RUN, AssetKind.MODEL, AssetKind.MODEL_VERSION)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Coverage]:
    """Coverage of one snapshot: all collections complete and empty, but for what `change` makes of them."""

    def made(change: Change = lambda writer: None, source: str = "mine") -> Coverage:
        writer = SnapshotWriter(Folder(str(tmp_path / "snapshot")), source)
        for kind in KINDS:
            writer.state(COLLECTION_OF[kind])
        change(writer)
        return Coverage([writer.close({"platform": "mlflow"})])

    return made


def one_run() -> CatalogEstate:
    estate = CatalogEstate("mine")
    estate.add("ai_training_run", estate.run(1).qualified_name, "run 1")
    return estate


def published(estate: CatalogEstate) -> dict[Key, Entry]:
    return applied(plan(estate.table(), {}, Coverage([])), {})


def reasons(made: Plan) -> list[tuple[str, str]]:
    return [(str(one.action), one.reason) for one in made.changes] + [
        (str(one.kind), one.reason) for one in made.omitted
    ]


def without_runs(coverage: Coverage) -> Plan:
    return plan(CatalogEstate("mine").table(), published(one_run()), coverage)


def test_new_and_updated_and_restored_entities_say_why() -> None:
    estate = one_run()
    assert reasons(plan(estate.table(), {}, Coverage([]))) == [("create", "the catalog does not have it yet")]
    ledger = published(estate)
    estate[estate.run(1)].attributes["status"] = "FAILED"
    made = plan(estate.table(), ledger, Coverage([]))
    assert reasons(made) == [("update", "it is otherwise than the catalog acknowledged last")]
    ledger[estate.run(1)].content_hash = READ_BACK
    made = plan(estate.table(), ledger, Coverage([]))
    assert reasons(made)[0][1].endswith("when the ledger was rebuilt from it")
    ledger[estate.run(1)].classifications[MISSING] = {}
    assert reasons(plan(estate.table(), ledger, Coverage([]))) == [("restore", "its source has it again")]


def test_what_a_whole_listing_lacks_is_missing(read: Callable[..., Coverage]) -> None:
    assert reasons(without_runs(read())) == [("missing", "its source does not list it any more")]


def test_what_its_source_still_has_is_held_back(read: Callable[..., Coverage]) -> None:
    name = one_run().run(1).qualified_name
    row = {"qualified_name": name, "native_id": "run1", "name": "run 1"}
    [(kind, reason)] = reasons(without_runs(read(lambda writer: writer.add(AssetKind.RUN, row))))
    assert (kind, reason) == (
        "held back",
        "its source still has it, and nothing that is published needs it any more",
    )


def test_what_a_listing_that_broke_off_may_have_is_held_back_with_its_reason(read: Callable[..., Coverage]) -> None:
    def break_off(writer: SnapshotWriter) -> None:
        state = writer.states[COLLECTION_OF[AssetKind.RUN]]
        state.state, state.reason = ReadStatus.PARTIAL, "page 7 answered 500"

    [(kind, reason)] = reasons(without_runs(read(break_off)))
    assert kind == "held back"
    assert reason.startswith("its listing was not read to its end: ") and reason.endswith("page 7 answered 500")


def test_what_patterns_leave_out_is_held_back(read: Callable[..., Coverage]) -> None:
    name = one_run().run(1).qualified_name
    [(kind, reason)] = reasons(
        without_runs(read(lambda writer: writer.exclude(COLLECTION_OF[AssetKind.RUN], "run1", name)))
    )
    assert (kind, reason) == ("held back", "the patterns of its source leave it out now")


def test_what_no_source_was_asked_for_is_held_back(read: Callable[..., Coverage]) -> None:
    assert reasons(without_runs(read(source="other"))) == [("held back", "its source mine was not read in this run")]


def test_a_use_case_that_nobody_states_any_more_is_held_back(read: Callable[..., Coverage]) -> None:
    estate = CatalogEstate("mine")
    estate.add("ai_use_case", estate.use_case.qualified_name, "payments")
    made = plan(CatalogEstate("mine").table(), published(estate), read())
    assert reasons(made) == [("held back", "no listing can prove that it is gone, and nothing states it any more")]


def test_what_another_installation_manages_is_refused_where_it_would_change() -> None:
    estate = CatalogEstate("mine")
    key = estate.add("ai_use_case", estate.use_case.qualified_name, "payments", {MANAGED_BY: "there"})
    ledger = published(estate)
    estate[key].attributes[MANAGED_BY] = "here"
    same = plan(estate.table(), ledger, Coverage([]), deployment="here")
    assert (reasons(same), same.unchanged) == ([], 1)
    estate[key].attributes["description"] = "ours"
    made = plan(estate.table(), ledger, Coverage([]), deployment="here")
    assert reasons(made) == [("refused", "there manages it; this installation only refers to it")]
    assert made.omitted_counts() == {"refused": 1}


def test_it_is_staged_with_the_plan(read: Callable[..., Coverage], tmp_path: Path) -> None:
    made = without_runs(read(source="other"))
    made.changes = plan(one_run().table(), {}, Coverage([])).changes
    made.save(Folder(str(tmp_path / "staged")))
    assert Plan.load(Folder(str(tmp_path / "staged"))) == made
