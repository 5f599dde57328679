"""What a source that is read over HTTP must hold to when the way there, or the server, is sick."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pytest

from include.governance.estate import Coverage
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.net import answer_limit
from include.governance.plan.absence import is_missing
from include.governance.plan.entities.entity_mapping import ENTITY_MAPPINGS
from include.governance.staging.plan import Entry, Key
from include.sandbox.faults import Fault, FaultKind
from tests.contract.sources.contract import ContractHooks, SourceContract
from tests.contract.sources.tables import edges, names
from tests.support.fault_proxy import FaultProxy
from tests.support.samples import sampled

LASTING = {
    "server error": Fault("status", status=500, times=None, content={"error_code": "BAD", "message": "sick"}),
    "unavailable": Fault("status", status=503, times=None),
    "throttled": Fault("status", status=429, times=None),
    "forbidden": Fault("status", status=403, times=None, content="no"),
    "timeout": Fault("timeout_before", times=None, seconds=30),
    "reset": Fault("reset_after", times=None),
    "truncated": Fault("truncate", times=None),
    "garbage": Fault("garbage", times=None),
    "half a document": Fault("garbage", times=None, content='{"runs": [{"info": {"run_id": "0a'),
    "a list": Fault("garbage", times=None, content="[]"),
}
PASSING = {
    "server error": Fault("status", status=500),
    "timeout": Fault("timeout_before", seconds=30),
    "reset": Fault("reset_before"),
    "truncated": Fault("truncate"),
    "garbage": Fault("garbage"),
}
NO_RECORD: list[Any] = ["not an object", None, 7, [], {}, {"info": None, "name": None}]


class Calls(NamedTuple):
    """How a collection's calls are known, and its answer.

    path: regular expression. key: where the records stand. spoiled: makes a record senseless but for its id, and gives
    that id. rests_on: the collection that must be known before this one can be asked for.
    brings: kinds of what only its records lead to. nth: which record of a page to spoil. several: whether it is listed
    in parts, one for each record of `rests_on`: a fault that counts hits whichever comes first.
    """

    path: str
    key: str
    spoiled: Any
    kind: AssetKind
    rests_on: str = ""
    brings: tuple[AssetKind, ...] = ()
    nth: int = 0
    several: bool = False

    def fault(self, kind: FaultKind, **more: Any) -> Fault:
        """A fault on these calls."""
        return Fault(kind, path=self.path, any_target=self.several, **more)


class WireHooks(ContractHooks):
    """How a source's requests are recognised, and flags for what not every kind of source has."""

    # An entry for every collection that has requests of its own.
    calls: ClassVar[dict[str, Calls]]
    # A collection with more than one page.
    paged: ClassVar[str]
    # The requests for one item, by collection; that of `paged` among them.
    item_paths: ClassVar[dict[str, str]]
    # Whether a server of this kind may lack a listing. Then that collection is unsupported, and not a failure.
    has_optional_listing: ClassVar[bool] = True
    # A collection that a server may lack.
    optional: ClassVar[str] = ""
    # The field of an answer that leads to the next page.
    token: ClassVar[str] = "next_page_token"
    # Collections that are derived from the items of another one, and that one.
    derived_from: ClassVar[dict[str, str]] = {}
    # Settings under which the requests of a read always come in the same order.
    ordered: ClassVar[dict[str, Any]] = {}
    # Other patterns than the contract's, that leave out nothing of what is there.
    narrowed: ClassVar[dict[str, Any]] = {"models": {"deny": ["no such model"]}}

    @property
    def item_path(self) -> str:
        """The requests for one item of the collection with more than one page."""
        return self.item_paths[self.paged]

    @pytest.fixture
    def optional_path(self) -> str:
        """The requests of a listing that a server may lack."""
        if not self.has_optional_listing:
            pytest.skip("every server of this kind has all listings")
        return self.calls[self.optional].path

    @pytest.fixture
    def proxy(self, where: str) -> Iterator[FaultProxy]:
        with FaultProxy(where) as proxy:
            yield proxy

    def another_token(self, token: str, number: int) -> str:
        """Another token that leads to the same page."""
        return f"{token}&again={number}"

    def others(self, collection: str) -> set[str]:
        """Collections that can be read without this one."""
        return {name for name in self.calls if collection not in self._chain(name)}

    def _chain(self, name: str) -> list[str]:
        chain = [name]
        while (call := self.calls.get(chain[-1])) and call.rests_on:
            chain.append(call.rests_on)
        return chain

    def undisturbed(self, *but: str) -> dict[str, ReadStatus]:
        """States of the collections that no fault in these was to touch."""
        return {
            name: state
            for name, state in self.whole().items()
            if name not in but and self.derived_from.get(name) not in but
        }


class FaultContract(WireHooks):
    """Holds when the way to a source, or its server, is sick."""

    def test_nothing_is_written_at_the_source(self, proxy: FaultProxy, tmp_path: Path) -> None:
        self.read(proxy.url, tmp_path)
        assert len(proxy.requests) > len(self.calls)
        assert proxy.written() == []

    @pytest.mark.parametrize("pages_before", sampled([0, 1], 1))
    @pytest.mark.parametrize("fault", sampled(PASSING, "server error", "timeout", "truncated"))
    def test_a_passing_fault_costs_nothing(
        self, proxy: FaultProxy, tmp_path: Path, fault: str, pages_before: int
    ) -> None:
        hit = proxy.fault(replace(PASSING[fault], path=self.calls[self.paged].path, after=pages_before))
        snapshot = self.read(proxy.url, tmp_path, timeout_seconds=_timeout(fault))
        assert hit.hits == 1
        assert self.states(snapshot) == self.whole()
        assert snapshot.document["retries"] == 1

    @pytest.mark.parametrize("pages_before", sampled([0, 1], 1))
    def test_being_throttled_is_waited_for(self, proxy: FaultProxy, tmp_path: Path, pages_before: int) -> None:
        throttled = Fault("status", status=429, headers={"Retry-After": "1"}, path=self.calls[self.paged].path)
        proxy.fault(replace(throttled, after=pages_before))
        began = time.monotonic()
        snapshot = self.read(proxy.url, tmp_path)
        assert time.monotonic() - began >= 1
        assert self.states(snapshot) == self.whole()
        assert snapshot.document["retries"] == 1

    @pytest.mark.parametrize(
        ("pages_before", "expected"),
        sampled([(0, ReadStatus.FAILED), (1, ReadStatus.PARTIAL)], (1, ReadStatus.PARTIAL)),
        ids=["0", "1"],
    )
    @pytest.mark.parametrize("fault", sampled(LASTING, "server error", "forbidden", "reset", "a list"))
    def test_a_lasting_fault_costs_one_listing(
        self, proxy: FaultProxy, tmp_path: Path, fault: str, pages_before: int, expected: ReadStatus
    ) -> None:
        proxy.fault(replace(LASTING[fault], path=self.calls[self.paged].path, after=pages_before))
        snapshot = self.read(proxy.url, tmp_path, timeout_seconds=_timeout(fault))
        states = self.states(snapshot)
        assert states.pop(self.paged) == expected
        assert self.undisturbed(self.paged).items() <= states.items()
        told = snapshot.collections()[self.paged]
        assert told.reason
        assert told.remedy
        assert told.pages == pages_before
        assert not snapshot.complete

    @pytest.mark.parametrize("content", ['"none"', "7", '{"a": 1}'])
    def test_a_listing_that_is_no_list_is_a_failure(self, proxy: FaultProxy, tmp_path: Path, content: str) -> None:
        call = self.calls[self.paged]
        proxy.fault(Fault("garbage", path=call.path, times=None, content=f'{{"{call.key}": {content}}}'))
        assert self.states(self.read(proxy.url, tmp_path))[self.paged] == ReadStatus.FAILED

    @pytest.mark.parametrize(("pages_before", "expected"), [(0, ReadStatus.FAILED), (1, ReadStatus.PARTIAL)])
    def test_each_collection_breaks_off_alone(
        self, proxy: FaultProxy, tmp_path: Path, pages_before: int, expected: ReadStatus
    ) -> None:
        for collection, call in self.calls.items():
            proxy.clear()
            proxy.fault(call.fault("status", status=403, times=None, after=pages_before))
            states = self.states(self.read(proxy.url, tmp_path / collection))
            assert states[collection] == expected
            assert {states[name] for name in self.others(collection)} == {ReadStatus.COMPLETE}, collection
            for name in set(self.calls) - self.others(collection):  # what lies in the missing ones is not known
                assert states[name] in (ReadStatus.PARTIAL, ReadStatus.FAILED)

    @pytest.mark.parametrize("status", sampled([404, 405, 501], 404))
    def test_a_missing_optional_call_is_unsupported(
        self, proxy: FaultProxy, optional_path: str, tmp_path: Path, status: int
    ) -> None:
        content = {"error_code": "ENDPOINT_NOT_FOUND", "message": "no such call"}
        proxy.fault(Fault("status", path=optional_path, status=status, times=None, content=content))
        snapshot = self.read(proxy.url, tmp_path)
        states = self.states(snapshot)
        assert states.pop(self.optional) == ReadStatus.UNSUPPORTED
        assert self.undisturbed(self.optional).items() <= states.items()
        assert snapshot.complete

    def test_a_missing_needed_call_is_a_failure(self, proxy: FaultProxy, tmp_path: Path) -> None:
        proxy.fault(Fault("status", path=self.calls[self.paged].path, status=404, times=None, content="not found"))
        assert self.states(self.read(proxy.url, tmp_path))[self.paged] == ReadStatus.FAILED

    def test_an_optional_call_that_worked_before_is_supported(
        self, proxy: FaultProxy, optional_path: str, tmp_path: Path
    ) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        fault = proxy.fault(Fault("status", path=optional_path, status=404, times=None, content="not found", after=1))
        assert self.states(self.read(proxy.url, tmp_path / "pages"))[self.optional] == ReadStatus.PARTIAL
        fault.after = 0
        first = self.read(proxy.url, tmp_path / "first", since=whole)
        assert self.states(first)[self.optional] == ReadStatus.FAILED
        assert names(first, self.calls[self.optional].kind) == names(whole, self.calls[self.optional].kind)
        again = self.read(proxy.url, tmp_path / "again", since=first)
        assert self.states(again)[self.optional] == ReadStatus.UNSUPPORTED  # accepted on the second occurrence

    def test_a_server_that_turns_in_a_circle_is_left(self, proxy: FaultProxy, tmp_path: Path) -> None:
        tokens: list[str] = []

        def circle(answer: Any) -> None:
            tokens.append(answer[self.token])
            answer[self.token] = tokens[0]

        call = self.calls[self.paged]
        end = proxy.fault(Fault("status", path=call.path, times=None, after=5, status=400))  # should it not be left
        proxy.fault(Fault("rewrite", path=call.path, times=None, edit=circle))
        assert self.states(self.read(proxy.url, tmp_path))[self.paged] == ReadStatus.PARTIAL
        assert end.hits == 0

    @pytest.mark.parametrize("empty", [False, True], ids=["same items", "no items"])
    def test_pages_that_never_end_are_left(self, proxy: FaultProxy, tmp_path: Path, empty: bool) -> None:
        """Each page leads to a further one by a token that was not there before."""
        call, tokens = self.calls[self.paged], list[str]()

        def endless(answer: Any) -> None:
            tokens.append(self.another_token(tokens[0] if tokens else answer[self.token], len(tokens)))
            answer |= {call.key: [] if empty else answer[call.key], self.token: tokens[-1]}
            if "has_more" in answer:
                answer["has_more"] = True

        end = proxy.fault(Fault("status", path=call.path, times=None, after=60, status=400))  # should it not be left
        proxy.fault(Fault("rewrite", path=call.path, times=None, edit=endless))
        snapshot = self.read(proxy.url, tmp_path)
        told = snapshot.collections()[self.paged]
        assert told.broke_off
        assert told.reason
        assert end.hits == 0

    @pytest.mark.parametrize("kind", ["drip", "drip_head"])
    def test_an_answer_that_drips_is_left(
        self, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: FaultKind
    ) -> None:
        """It is never silent for long, and would take minutes."""
        monkeypatch.setattr(answer_limit, "ANSWER_TIMEOUTS", 0.05)
        drip = Fault(kind, path=self.calls[self.paged].path, times=None, seconds=0.1)
        proxy.fault(drip)
        snapshot = self.read(proxy.url, tmp_path, attempts=1)
        told = snapshot.collections()[self.paged]
        assert told.state == ReadStatus.FAILED
        assert "not complete after" in told.reason
        assert drip.hits == 1
        assert self.undisturbed(self.paged).items() <= self.states(snapshot).items()

    def test_what_is_no_record_costs_nothing_else(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        for call in self.calls.values():
            proxy.fault(call.fault("rewrite", edit=partial(_strew, key=call.key)))
        strewn = self.read(proxy.url, tmp_path / "strewn")
        for collection in self.calls:
            state = strewn.collections()[collection]
            assert state.quarantined == len(NO_RECORD)
            assert state.seen == whole.collections()[collection].seen + len(NO_RECORD)
        for kind in AssetKind:
            assert names(strewn, kind) == names(whole, kind)
        assert edges(strewn) == edges(whole)

    def test_one_bad_record_costs_one_record(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        for collection, call in self.calls.items():
            proxy.clear()
            spoilt: list[str] = []
            proxy.fault(_spoiling(call, spoilt))
            after = self.read(proxy.url, tmp_path / collection)
            assert [(row["collection"], row["native_id"]) for row in after.quarantine()] == [(collection, *spoilt)]
            assert after.quarantine()[0]["reason"]
            assert self.states(after) == self.whole()
            for kind in AssetKind:
                missing = names(whole, kind) - names(after, kind)
                assert kind in call.brings or len(missing) == (kind == call.kind), (collection, kind, missing)
                assert not names(after, kind) - names(whole, kind)
            assert after.collections()[collection].quarantined == 1
            for kind in (call.kind, *call.brings):
                self.not_gone(after, kind, names(whole, kind))

    def not_gone(self, snapshot: Any, kind: AssetKind, expected: set[str]) -> None:
        """None of these counts as gone, though a stranger does. The catalog knows some kinds only."""
        if kind not in ENTITY_MAPPINGS:
            return
        type_name, coverage = ENTITY_MAPPINGS[kind].type_name, Coverage([snapshot])
        entries = [Entry(Key(type_name, name), snapshot.source, "", {}, {}, {}, "") for name in expected]
        assert not [entry.key for entry in entries if is_missing(entry, coverage)]
        # beside the last of them: what stood in the record that was spoilt may be there still
        stranger = Entry(Key(type_name, f"{max(expected)}0"), snapshot.source, "", {}, {}, {}, "")
        assert is_missing(stranger, coverage)

    def test_a_bad_record_stays_as_last_known(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        for collection, call in self.calls.items():
            proxy.clear()
            proxy.fault(_spoiling(call, []))
            after = self.read(proxy.url, tmp_path / collection, since=whole)
            state = after.collections()[collection]
            assert (state.quarantined, state.carried) == (1, 1)
            assert edges(after) == edges(whole), collection
            for kind in AssetKind:
                assert names(after, kind) == names(whole, kind)

    @pytest.mark.parametrize("pages_before", sampled([0, 1], 1))
    def test_what_broke_off_stays_as_last_known(self, proxy: FaultProxy, tmp_path: Path, pages_before: int) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        for collection, call in self.calls.items():
            fault = call.fault("status", status=403, times=None, after=pages_before)
            proxy.clear()
            proxy.fault(replace(fault))
            after = self.read(proxy.url, tmp_path / collection, since=whole, **self.ordered)
            state = after.collections()[collection]
            proxy.clear()
            proxy.fault(replace(fault))
            alone = self.read(proxy.url, tmp_path / "alone" / collection, **self.ordered)
            missing = names(whole, call.kind) - names(alone, call.kind)
            assert state.carried == len([name for name in missing if name.startswith(state.covers)])
            assert state.carried
            assert edges(after) == edges(whole), collection
            for kind in AssetKind:
                assert names(after, kind) == names(whole, kind), (collection, kind)


class WireContract(SourceContract, FaultContract):
    """All that holds for a source that is read over HTTP."""


def _timeout(fault: str) -> float:
    """Seconds: short only where it is waited for, as the answers that nothing disturbs must come within it too."""
    return 3 if fault == "timeout" else 60


def _strew(answer: Any, key: str) -> None:
    first, *rest = answer[key]
    answer[key] = [*NO_RECORD[:3], first, *NO_RECORD[3:], *rest]


def _spoiling(call: Calls, ids: list[str]) -> Fault:
    """Spoils one record of the first page, and notes its id."""

    def edit(answer: Any) -> None:
        answer[call.key][call.nth], native_id = call.spoiled(answer[call.key][call.nth])
        ids.append(native_id)

    return call.fault("rewrite", edit=edit)
