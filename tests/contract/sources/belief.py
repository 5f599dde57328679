"""What a source must hold to when a listing ends without an error and lacks what exists."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from include.governance.estate import Coverage
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.staging.snapshot import Snapshot
from include.sandbox.faults import Fault
from tests.contract.sources.tables import edges, names
from tests.contract.sources.wire import Calls, WireHooks
from tests.support.fault_proxy import FaultProxy
from tests.support.samples import sampled


class BeliefContract(WireHooks):
    """Holds when a server tells less than it has."""

    def test_an_unchanged_source_is_believed(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        again = self.read(proxy.url, tmp_path / "again", since=whole)
        assert self.states(again) == self.states(whole)
        assert edges(again) == edges(whole)

    def test_an_emptied_listing_loses_nothing(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        for collection, call in self.calls.items():
            proxy.clear()
            proxy.fault(self._telling(call, 0))
            after = self.read(proxy.url, tmp_path / collection, since=whole, **self.ordered)
            self._has_lost_nothing(whole, after, collection)

    def test_a_page_token_that_is_dropped_loses_nothing(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        proxy.fault(self._telling(self.calls[self.paged], None))
        after = self.read(proxy.url, tmp_path / "after", since=whole, **self.ordered)
        self._has_lost_nothing(whole, after, self.paged)

    def test_an_item_that_the_pages_skip_stays(self, proxy: FaultProxy, tmp_path: Path) -> None:
        """Of one page: somebody changed an item in front of it while the pages were walked."""
        whole = self.read(proxy.url, tmp_path / "whole")
        proxy.fault(self._skipping(self.calls[self.paged], 1))
        after = self.read(proxy.url, tmp_path / "after", since=whole, **self.ordered)
        self._has_lost_nothing(whole, after, self.paged)

    def test_a_login_that_sees_less_loses_nothing(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        proxy.fault(self._telling(self.calls[self.paged], 0))
        proxy.fault(Fault("status", path=self.item_path, status=403, times=None, content="not yours"))
        after = self.read(proxy.url, tmp_path / "after", since=whole, **self.ordered)
        self._has_lost_nothing(whole, after, self.paged)
        told = after.collections()[self.paged]
        assert told.state == ReadStatus.DOUBTED
        assert f"{len(self._of(whole, told)):,}" in told.reason
        assert f"accept odd '{self.paged}'" in told.remedy.replace(whole.source, "odd")
        assert not after.complete

    def test_what_a_person_accepts_is_believed_once(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        proxy.fault(self._telling(self.calls[self.paged], 0))
        proxy.fault(Fault("status", path=self.item_path, status=404, times=None, content="not here"))
        doubted = self.read(proxy.url, tmp_path / "doubted", since=whole, **self.ordered)
        assert doubted.collections()[self.paged].state == ReadStatus.DOUBTED
        self._has_lost_nothing(whole, doubted, self.paged)
        last = Snapshot(doubted.folder.path, {self.paged: 0})
        believed = self.read(proxy.url, tmp_path / "believed", since=last, **self.ordered)
        told = believed.collections()[self.paged]
        assert told.state == ReadStatus.COMPLETE
        assert not self._of(believed, told)

    def test_a_small_loss_that_is_gone_by_name_is_believed(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        proxy.fault(self._skipping(self.calls[self.paged], 1))
        proxy.fault(Fault("status", path=self.item_path, status=404, times=None, content="not here"))
        after = self.read(proxy.url, tmp_path / "after", since=whole, **self.ordered)
        told = after.collections()[self.paged]
        assert told.state == ReadStatus.COMPLETE
        assert len(self._of(after, told)) == len(self._of(whole, told)) - 1

    def test_one_that_may_not_be_read_costs_itself(self, proxy: FaultProxy, tmp_path: Path) -> None:
        """It stays as last known with what is in it; its collection is partial, and not doubted."""
        whole = self.read(proxy.url, tmp_path / "whole")
        for collection, path in self.item_paths.items():
            proxy.clear()
            proxy.fault(self._skipping(self.calls[collection], 1))
            proxy.fault(Fault("status", path=path, status=403, times=None, content="not yours"))
            after = self.read(proxy.url, tmp_path / collection, since=whole, **self.ordered)
            self._has_lost_nothing(whole, after, collection)
            told = after.collections()[collection]
            assert (told.state, told.withheld, told.carried) == (ReadStatus.PARTIAL, 1, 1), (collection, told.reason)
            assert "kept as last known" in told.reason
            assert not after.complete
            again = self.read(proxy.url, tmp_path / f"{collection} again", since=after, **self.ordered)
            assert self.states(again) == self.states(whole)
            assert edges(again) == edges(whole)

    def test_one_that_may_not_be_read_stays_when_patterns_change(self, proxy: FaultProxy, tmp_path: Path) -> None:
        self._stays_withheld(proxy, tmp_path, lambda _: None, **self.narrowed)

    def test_one_that_may_not_be_read_stays_after_an_upgrade(self, proxy: FaultProxy, tmp_path: Path) -> None:
        self._stays_withheld(proxy, tmp_path, _as_of_earlier_release)

    def _stays_withheld(
        self, proxy: FaultProxy, folder: Path, changed: Callable[[Snapshot], None], **narrowed: Any
    ) -> None:
        whole = self.read(proxy.url, folder / "whole")
        proxy.fault(Fault("status", path=self.item_path, status=403, times=None, content="not yours"))
        last = whole
        for name in ("first", "second", "third"):
            proxy.fault(self._skipping(self.calls[self.paged], 1))
            after = self.read(
                proxy.url, folder / name, since=last, **self.ordered, **(narrowed if last is not whole else {})
            )
            self._has_lost_nothing(whole, after, self.paged)
            told = after.collections()[self.paged]
            assert (told.state, told.withheld, told.carried) == (ReadStatus.PARTIAL, 1, 1), (name, told.reason)
            (withheld,) = (row["qualified_name"] for row in after.withheld())
            assert not Coverage([after]).is_absent(AssetKind(told.kind), withheld, after.source)
            changed(last := after)

    def test_what_is_gone_beside_one_that_may_not_be_read_is_gone(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        proxy.fault(self._skipping(self.calls[self.paged], 2))
        proxy.fault(Fault("status", path=self.item_path, status=404, content="not here", any_target=True))
        proxy.fault(Fault("status", path=self.item_path, status=403, times=None, content="not yours"))
        after = self.read(proxy.url, tmp_path / "after", since=whole, **self.ordered)
        told = after.collections()[self.paged]
        assert (told.state, told.withheld) == (ReadStatus.PARTIAL, 1), told.reason
        kind, coverage = AssetKind(told.kind), Coverage([after])
        (gone,) = self._of(whole, told) - self._of(after, told)
        (withheld,) = (row["qualified_name"] for row in after.withheld())
        assert withheld in self._of(after, told)
        assert coverage.is_absent(kind, gone, after.source)
        assert coverage.is_absent(kind, f"{withheld}-never-there", after.source)
        assert not coverage.is_absent(kind, withheld, after.source)
        assert coverage.why_incomplete(withheld)
        others = self._of(after, told) - {withheld}
        assert not coverage.why_incomplete(max(others))

    @pytest.mark.parametrize("denied", sampled(["by name", "listing"], "by name"))
    def test_one_deleted_while_denied_is_gone_later(self, proxy: FaultProxy, tmp_path: Path, denied: str) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        for collection, path in self.item_paths.items():
            call, folder = self.calls[collection], tmp_path / collection
            proxy.clear()
            if denied == "listing":
                proxy.fault(call.fault("status", status=403, times=None))
            else:
                proxy.fault(self._skipping(call, 1))
                proxy.fault(Fault("status", path=path, status=403, times=None, content="not yours"))
            while_denied = self.read(proxy.url, folder / "denied", since=whole, **self.ordered)
            self._has_lost_nothing(whole, while_denied, collection)
            proxy.clear()
            proxy.fault(self._skipping(call, 1))
            proxy.fault(Fault("status", path=path, status=404, times=None, content="not here"))
            after = self.read(proxy.url, folder / "after", since=while_denied, **self.ordered)
            told = after.collections()[collection]
            assert told.state == ReadStatus.COMPLETE, (collection, told.reason)
            (gone,) = self._of(whole, told) - self._of(after, told)
            assert Coverage([after]).is_absent(AssetKind(told.kind), gone, after.source), collection

    def _skipping(self, call: Calls, count: int) -> Fault:
        """The first page lacks so many items that nothing else brings."""
        return call.fault("rewrite", edit=partial(_without, key=call.key, start=call.nth, count=count))

    def _telling(self, call: Calls, most: int | None) -> Fault:
        """Answers end with their first page, and that with so many items."""
        return call.fault("rewrite", times=None, edit=partial(_cut, key=call.key, token=self.token, most=most))

    def _of(self, snapshot: Snapshot, state: Any) -> set[str]:
        return {name for name in names(snapshot, AssetKind(state.kind)) if name.startswith(state.covers)}

    def _has_lost_nothing(self, whole: Snapshot, after: Snapshot, collection: str) -> None:
        told = after.collections()[collection]
        for kind in AssetKind:
            assert names(after, kind) == names(whole, kind), (collection, kind, told.state, told.reason)
        assert edges(after) == edges(whole), collection
        assert told.reason


def _cut(answer: Any, key: str, token: str, most: int | None) -> None:
    answer[key] = answer[key][:most]
    for name in (token, "nextLink", "has_more"):
        answer.pop(name, None)


def _as_of_earlier_release(snapshot: Snapshot) -> None:
    """Its tables lack the last column, which the present release has added."""
    for kind in AssetKind:
        table = snapshot.assets(kind)
        if table.num_rows:
            snapshot.folder.write_table(f"assets/{kind}.parquet", table.drop_columns(table.column_names[-1:]))
    snapshot.document["fingerprint"] = "of an earlier release"


def _without(answer: Any, key: str, start: int, count: int) -> None:
    del answer[key][start : start + count]
