"""What every source must hold to. A new source joins with one subclass that knows a real server of its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.plan.presence import Presence
from include.governance.staged.folder import Folder
from include.governance.staged.plan import Entry, Key
from include.governance.staged.snapshot import Snapshot
from include.governance.vocabulary.kinds import Kind, State
from tests.contract.sources.estate import texts
from tests.support.fault_proxy import Fault, FaultProxy

# fault -> the state of a collection that it hits for good on its first page, and on its second
LASTING = {
    "server error": Fault("status", status=500, times=None, content={"error_code": "INTERNAL_ERROR"}),
    "unavailable": Fault("status", status=503, times=None),
    "forbidden": Fault("status", status=403, times=None, content="no"),
    "timeout": Fault("timeout_before", times=None, seconds=3),
    "reset": Fault("reset_before", times=None),
    "truncated": Fault("truncate", times=None),
    "garbage": Fault("garbage", times=None),
}
PASSING = {
    "throttled": Fault("status", status=429, headers={"Retry-After": "1"}, times=1),
    "server error once": Fault("status", status=500, times=1),
    "reset once": Fault("reset_before", times=1),
    "truncated once": Fault("truncate", times=1),
    "garbage once": Fault("garbage", times=1),
}


class SourceContract:
    """Hooks: `server` (a real, filled server), `source` (its settings), and the tables below."""

    # collection -> (regular expression of its calls, key of the records in the answer, id of a record)
    collections: ClassVar[dict[str, tuple[str, str, str]]]
    optional: ClassVar[str]
    paged: ClassVar[str]  # a collection of more than one page
    secrets: ClassVar[tuple[str, ...]]

    def source(self, url: str) -> Any:
        raise AssertionError("say how the source is configured")

    @pytest.fixture
    def proxy(self, server: Any) -> Iterator[FaultProxy]:
        with FaultProxy(server.url) as proxy:
            yield proxy

    def read(self, url: str, folder: Path, since: Snapshot | None = None) -> Snapshot:
        return sources.read(self.source(url), Folder(str(folder)), from_environment, since)

    def states(self, snapshot: Snapshot) -> dict[str, State]:
        return {name: state.state for name, state in snapshot.collections().items()}

    def test_a_whole_read_is_complete(self, proxy: FaultProxy, tmp_path: Path) -> None:
        snapshot = self.read(proxy.url, tmp_path)
        assert self.states(snapshot) == dict.fromkeys(self.collections, State.COMPLETE)
        assert all(state.seen for state in snapshot.collections().values())
        assert snapshot.quarantine() == []

    def test_nothing_is_written_at_the_source(self, proxy: FaultProxy, tmp_path: Path) -> None:
        self.read(proxy.url, tmp_path)
        assert proxy.requests
        assert proxy.written() == []

    def test_the_same_source_gives_the_same_tables(self, proxy: FaultProxy, tmp_path: Path) -> None:
        self.read(proxy.url, tmp_path / "one")
        self.read(proxy.url, tmp_path / "two")
        one, two = (dict(texts(tmp_path / name)) for name in ("one", "two"))
        del one["snapshot.json"], two["snapshot.json"]
        assert one == two
        assert one

    def test_no_secret_passes(self, proxy: FaultProxy, tmp_path: Path) -> None:
        snapshot = self.read(proxy.url, tmp_path)
        for file, text in texts(tmp_path):
            assert not [secret for secret in self.secrets if secret in text], file
        assert sum(snapshot.document["secrets_removed"].values()) >= len(self.secrets)

    @pytest.mark.parametrize("fault", PASSING)
    def test_a_passing_fault_leaves_the_read_complete(self, proxy: FaultProxy, tmp_path: Path, fault: str) -> None:
        path, _, _ = self.collections[self.paged]
        proxy.fault(_copy(PASSING[fault], path=path))
        snapshot = self.read(proxy.url, tmp_path)
        assert self.states(snapshot) == dict.fromkeys(self.collections, State.COMPLETE)
        assert snapshot.document["retries"] >= 1

    @pytest.mark.parametrize("fault", LASTING)
    @pytest.mark.parametrize(("pages_before", "expected"), [(0, State.FAILED), (1, State.PARTIAL)])
    def test_a_lasting_fault_is_told_and_stays_in_its_collection(
        self, proxy: FaultProxy, tmp_path: Path, fault: str, pages_before: int, expected: State
    ) -> None:
        path, _, _ = self.collections[self.paged]
        proxy.fault(_copy(LASTING[fault], path=path, after=pages_before))
        snapshot = self.read(proxy.url, tmp_path)
        states = self.states(snapshot)
        assert states.pop(self.paged) == expected
        assert set(states.values()) == {State.COMPLETE}
        hit = snapshot.collections()[self.paged]
        assert hit.reason
        assert hit.pages == pages_before

    def test_a_missing_optional_call_is_unsupported(self, proxy: FaultProxy, tmp_path: Path) -> None:
        path, _, _ = self.collections[self.optional]
        proxy.fault(Fault("status", path=path, status=404, times=None, content={"error_code": "ENDPOINT_NOT_FOUND"}))
        states = self.states(self.read(proxy.url, tmp_path))
        assert states.pop(self.optional) == State.UNSUPPORTED
        assert set(states.values()) == {State.COMPLETE}

    def test_half_a_page_is_not_taken_for_the_whole(self, proxy: FaultProxy, tmp_path: Path) -> None:
        path, key, _ = self.collections[self.paged]
        proxy.fault(Fault("rewrite", path=path, times=None, edit=lambda answer: {key: "half"}))
        assert self.states(self.read(proxy.url, tmp_path))[self.paged] == State.FAILED

    @pytest.mark.parametrize("poison", ["not an object", None, 7, {"info": None, "name": None}, {}])
    def test_one_bad_record_costs_one_record(self, proxy: FaultProxy, tmp_path: Path, poison: Any) -> None:
        for collection, (path, key, _) in self.collections.items():
            proxy.clear()
            whole = self.read(proxy.url, tmp_path / collection / "whole").collections()[collection]
            proxy.fault(Fault("rewrite", path=path, times=1, edit=lambda answer, key=key: _poison(answer, key, poison)))
            snapshot = self.read(proxy.url, tmp_path / collection / "poisoned")
            state = snapshot.collections()[collection]
            assert (state.state, state.quarantined) == (State.COMPLETE, 1), collection
            assert state.seen == whole.seen + 1
            assert [row["collection"] for row in snapshot.quarantine()] == [collection]

    def test_what_broke_off_stays_as_last_known(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        for collection, (path, _, _) in self.collections.items():
            proxy.clear()
            proxy.fault(Fault("status", path=path, status=503, times=None))
            after = self.read(proxy.url, tmp_path / collection, since=whole)
            for kind in Kind:
                known = set(whole.assets(kind, ["qualified_name"])["qualified_name"].to_pylist())
                still = set(after.assets(kind, ["qualified_name"])["qualified_name"].to_pylist())
                assert known == still, (collection, kind)
            assert _edges(whole) == _edges(after), collection
            assert after.collections()[collection].state == State.FAILED

    def test_what_was_set_aside_is_not_gone(self, proxy: FaultProxy, tmp_path: Path) -> None:
        whole = self.read(proxy.url, tmp_path / "whole")
        names = whole.assets(Kind.EXPERIMENT, ["qualified_name"])["qualified_name"].to_pylist()
        path, key, id_field = self.collections["experiments"]
        proxy.fault(Fault("rewrite", path=path, times=1, edit=lambda answer: _spoil(answer, key, id_field)))
        after = self.read(proxy.url, tmp_path / "after")
        assert after.collections()["experiments"].quarantined == 1
        presence = Presence([after])
        entries = [Entry(Key("ai_experiment", name), whole.source, "", {}, {}, {}, "") for name in names]
        assert not [entry.key for entry in entries if presence.is_gone(entry)]
        stranger = Entry(Key("ai_experiment", f"{names[0]}999999"), whole.source, "", {}, {}, {}, "")
        assert presence.is_gone(stranger)


def _copy(fault: Fault, **changes: Any) -> Fault:
    fields = ("kind", "times", "after", "status", "headers", "content", "seconds", "path")
    return Fault(**{**{name: getattr(fault, name) for name in fields}, **changes})


def _poison(answer: Any, key: str, poison: Any) -> Any:
    answer[key] = [poison, *answer.get(key, [])]
    return answer


def _spoil(answer: Any, key: str, id_field: str) -> Any:
    """The first record keeps its id and loses its sense."""
    record = answer[key][0]
    answer[key][0] = {id_field: record[id_field], "tags": "nonsense"}
    return answer


def _edges(snapshot: Snapshot) -> set[tuple[str, str, str]]:
    table = snapshot.relations(["kind", "from_name", "to_name"])
    return {tuple(row.values()) for row in table.to_pylist()}  # type: ignore[misc]


def matches(path: str, pattern: str) -> bool:
    return re.search(pattern, path) is not None
