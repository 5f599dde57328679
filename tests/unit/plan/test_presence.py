"""Only what a whole listing did not have any more is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.governance.estate import Coverage
from include.governance.model import qualified_names
from include.governance.model.assets import COLLECTION_OF, AssetKind
from include.governance.model.read_status import ReadMode, ReadStatus
from include.governance.plan.absence import is_missing, unpublished
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.plan import Entry, Key

SOURCE = "lab"
GONE = {
    AssetKind.EXPERIMENT: Key("ai_experiment", qualified_names.experiment(SOURCE, "7")),
    AssetKind.RUN: Key("ai_training_run", qualified_names.run(SOURCE, "r7")),
    AssetKind.MODEL: Key("ai_model", qualified_names.model(SOURCE, "fraud")),
    AssetKind.MODEL_VERSION: Key("ai_model_version", qualified_names.model_version(SOURCE, "fraud", "7")),
}
NATIVE = {AssetKind.EXPERIMENT: "7", AssetKind.RUN: "r7", AssetKind.MODEL: "fraud", AssetKind.MODEL_VERSION: "fraud/7"}
KINDS = pytest.mark.parametrize("kind", GONE)
Change = Callable[[SnapshotWriter], None]


def entry(key: Key, source: str = SOURCE) -> Entry:
    return Entry(key, source, "guid", {"name": "x"}, {}, {}, "hash")


@pytest.fixture
def presence(tmp_path: Path) -> Callable[..., Coverage]:
    """Of one snapshot: all four collections complete and empty, but for what `change` makes of them."""

    def made(change: Change = lambda writer: None) -> Coverage:
        writer = SnapshotWriter(Folder(str(tmp_path / "snapshot")), SOURCE)
        for kind in GONE:
            writer.state(COLLECTION_OF[kind])
        change(writer)
        return Coverage([writer.close({"platform": "mlflow"})])

    return made


@KINDS
def test_gone_after_a_complete_listing(presence: Callable[..., Coverage], kind: AssetKind) -> None:
    assert is_missing(entry(GONE[kind]), presence())


@KINDS
def test_not_gone_while_it_is_listed(presence: Callable[..., Coverage], kind: AssetKind) -> None:
    row = {"qualified_name": GONE[kind].qualified_name, "native_id": NATIVE[kind], "name": "x"}
    assert not is_missing(entry(GONE[kind]), presence(lambda writer: writer.add(kind, row)))


@KINDS
@pytest.mark.parametrize("state", [ReadStatus.PARTIAL, ReadStatus.FAILED, ReadStatus.UNSUPPORTED])
def test_unknown_is_not_gone(presence: Callable[..., Coverage], kind: AssetKind, state: ReadStatus) -> None:
    def break_off(writer: SnapshotWriter) -> None:
        writer.states[COLLECTION_OF[kind]].state = state

    assert not is_missing(entry(GONE[kind]), presence(break_off))


@KINDS
def test_not_gone_in_an_incremental_listing(presence: Callable[..., Coverage], kind: AssetKind) -> None:
    def increment(writer: SnapshotWriter) -> None:
        writer.states[COLLECTION_OF[kind]].mode = ReadMode.INCREMENTAL

    assert not is_missing(entry(GONE[kind]), presence(increment))


@KINDS
def test_not_gone_when_it_was_left_out(presence: Callable[..., Coverage], kind: AssetKind) -> None:
    found = presence(lambda writer: writer.exclude(COLLECTION_OF[kind], NATIVE[kind], GONE[kind].qualified_name))
    assert not is_missing(entry(GONE[kind]), found)


@KINDS
def test_not_gone_when_it_was_not_understood(presence: Callable[..., Coverage], kind: AssetKind) -> None:
    name = GONE[kind].qualified_name
    found = presence(lambda writer: writer.quarantine(COLLECTION_OF[kind], NATIVE[kind], "no name", name))
    assert not is_missing(entry(GONE[kind]), found)


@KINDS
@pytest.mark.parametrize("native_id", ["None", "", "x" * 600], ids=["None", "empty", "long"])
def test_not_gone_when_something_unknown_was_listed(
    presence: Callable[..., Coverage], kind: AssetKind, native_id: str
) -> None:
    found = presence(lambda writer: writer.quarantine(COLLECTION_OF[kind], native_id, "no id"))
    assert not is_missing(entry(GONE[kind]), found)


@KINDS
def test_another_thing_set_aside_does_not_save_it(presence: Callable[..., Coverage], kind: AssetKind) -> None:
    if kind in (AssetKind.EXPERIMENT, AssetKind.MODEL, AssetKind.MODEL_VERSION):
        name = f"{GONE[kind].qualified_name}-other"
        found = presence(lambda writer: writer.quarantine(COLLECTION_OF[kind], "other/1", "no name", name))
        assert is_missing(entry(GONE[kind]), found)


@pytest.mark.parametrize("what", ["partial", "incremental", "filtered", "quarantined", "not read"])
def test_runs_are_not_gone_while_experiments_are_not_all_known(presence: Callable[..., Coverage], what: str) -> None:
    def spoil(writer: SnapshotWriter) -> None:
        state = writer.states["experiments"]
        if what == "partial":
            state.state = ReadStatus.PARTIAL
        elif what == "incremental":
            state.mode = ReadMode.INCREMENTAL
        elif what == "filtered":
            writer.exclude("experiments", "9")
        elif what == "quarantined":
            writer.quarantine("experiments", "9", "no name")
        else:
            del writer.states["experiments"]

    assert not is_missing(entry(GONE[AssetKind.RUN]), presence(spoil))


def test_other_sources_and_governance_itself_are_never_gone(presence: Callable[..., Coverage]) -> None:
    found = presence()
    assert not is_missing(entry(GONE[AssetKind.RUN], source="another"), found)
    assert not is_missing(entry(Key("ai_governed_model", qualified_names.record("k")), source="governance"), found)
    assert not is_missing(entry(Key("ai_dataset", qualified_names.dataset(SOURCE, "d", "1", "u"))), found)


@pytest.mark.parametrize("mode", ReadMode)
def test_runs_without_evidence_are_counted(presence: Callable[..., Coverage], mode: ReadMode) -> None:
    def listed(writer: SnapshotWriter) -> None:
        writer.states["runs"].mode = mode
        for number in range(3):
            row = {"qualified_name": qualified_names.run(SOURCE, str(number)), "native_id": str(number), "name": "x"}
            writer.add(AssetKind.RUN, row)

    desired = {Key("ai_training_run", qualified_names.run(SOURCE, "1"))}
    assert unpublished(AssetKind.RUN, desired, presence(listed)) == {SOURCE: 2}
