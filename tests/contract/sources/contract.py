"""What every source must pass. A new source adds one subclass that knows a real server of its kind."""

from __future__ import annotations

import tracemalloc
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.staging import folder as staging
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from tests.contract.sources.tables import contents, names, texts

# The most by which the peak may grow, besides the sets of names: this part of what the further rows of a source of four
# times the size take as Python objects. A reader that holds its rows grows by all of it; pages in flight and caches
# were measured at 0.02 to 0.35
_KEPT = 0.6


class ContractHooks(ABC):
    """What a contract must know of a source, however it is read.

    A subclass adds a fixture: `where`, the address of a real, filled source.
    """

    # The names of all collections.
    collections: ClassVar[tuple[str, ...]]
    # What was planted in the source and must not pass.
    secrets: ClassVar[tuple[str, ...]]
    # The collections that are too short for a second page.
    single_page: ClassVar[tuple[str, ...]] = ()
    # The collections that have no items.
    empty: ClassVar[tuple[str, ...]] = ()
    # The collections that this source lacks.
    unsupported: ClassVar[tuple[str, ...]] = ()

    def whole(self) -> dict[str, ReadStatus]:
        """The states of a read that nothing disturbed."""
        lacking = dict.fromkeys(self.unsupported, ReadStatus.UNSUPPORTED)
        return dict.fromkeys(self.collections, ReadStatus.COMPLETE) | lacking

    def calls_besides_pages(self, snapshot: Snapshot) -> int:
        """Requests that are no page of a collection."""
        return 0

    @abstractmethod
    def source(self, url: str, **settings: Any) -> Any:
        """The settings of a source at that address, with these in place of the contract's own."""

    def read(self, url: str, folder: Path, since: Snapshot | None = None, **settings: Any) -> Snapshot:
        return sources.read(self.source(url, **settings), Folder(str(folder)), from_environment, since)

    def states(self, snapshot: Snapshot) -> dict[str, ReadStatus]:
        return {name: state.state for name, state in snapshot.collections().items()}


class SourceContract(ContractHooks):
    """Holds for every source. A further fixture: `sizes`, the settings of two sources of which the second has four
    times the items of the first.
    """

    def test_a_whole_read_is_complete(self, where: str, tmp_path: Path) -> None:
        snapshot = self.read(where, tmp_path)
        assert self.states(snapshot) == self.whole()
        states = [state for name, state in snapshot.collections().items() if name not in self.unsupported]
        assert all(state.seen or state.collection in self.empty for state in states)
        assert all(state.pages > 1 or state.collection in (*self.single_page, *self.empty) for state in states)
        assert snapshot.quarantine() == []
        pages = sum(state.pages for state in snapshot.collections().values())
        assert snapshot.document["calls"] == pages + self.calls_besides_pages(snapshot)

    def test_two_reads_give_the_same_bytes(self, where: str, tmp_path: Path) -> None:
        self.read(where, tmp_path / "one")
        self.read(where, tmp_path / "two")
        one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
        assert "relations.parquet" in one
        assert one == two

    def test_ids_do_not_depend_on_how_it_is_read(self, where: str, tmp_path: Path) -> None:
        one = self.read(where, tmp_path / "one")
        two = self.read(where, tmp_path / "two", page_size=1_000)
        for kind in AssetKind:
            assert names(one, kind) == names(two, kind)
            assert len(names(one, kind)) == one.assets(kind).num_rows

    def test_no_secret_passes_and_each_is_counted(self, where: str, tmp_path: Path) -> None:
        snapshot = self.read(where, tmp_path)
        for file, text in texts(tmp_path):
            assert not [secret for secret in self.secrets if secret in text], file
        assert sum(snapshot.document["secrets_removed"].values()) >= len(self.secrets)
        rows = [row for kind in AssetKind for row in snapshot.assets(kind, ["secrets_removed"]).to_pylist()]
        assert sum(row["secrets_removed"] for row in rows) >= len(self.secrets)

    @pytest.mark.heavy
    def test_memory_does_not_grow_with_the_source(
        self, sizes: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(staging, "_FLUSH_ROWS", 50)
        sources.read(sizes[0], Folder(str(tmp_path / "first")), from_environment)  # what is made once, at first use
        peaks, rows = [], []
        for number, settings in enumerate(sizes):
            snapshot, peak = _weighed(settings, tmp_path / str(number))
            peaks.append(peak - _size(partial(names, snapshot)))
            rows.append(_size(partial(_rows, snapshot)))
        assert rows[1] >= 3.5 * rows[0]
        assert peaks[1] - peaks[0] < _KEPT * (rows[1] - rows[0]), (peaks, rows)


def _rows(snapshot: Snapshot, kind: AssetKind) -> list[Any]:
    rows: list[Any] = snapshot.assets(kind).to_pylist()
    return rows


def _size(of: Callable[[AssetKind], Any]) -> int:
    """Bytes of what this gives of every kind of asset."""
    tracemalloc.start()
    try:
        kept = [of(kind) for kind in AssetKind]
        assert any(kept)
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def _weighed(settings: Any, folder: Path) -> tuple[Snapshot, int]:
    """A read, and the most bytes that Python held during it."""
    tracemalloc.start()
    try:
        snapshot = sources.read(settings, Folder(str(folder)), from_environment)
        return snapshot, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
