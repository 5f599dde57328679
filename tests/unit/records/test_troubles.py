"""Any sequence of failed and good reads ends in the records and the history of the good reads alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.governance.config.register import Register
from include.governance.estate import Estate
from include.governance.model.read_status import ReadStatus
from include.governance.model.tables import PROMOTIONS, STATES
from include.governance.records import Past, resolve
from include.governance.staging.records import Records
from include.governance.staging.rows import rows
from include.governance.staging.snapshot import Snapshot
from tests.support.estates import MlflowSnapshotBuilder
from tests.support.resolving import NOW, SETTINGS
from tests.support.samples import examples

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]
_COLLECTIONS = ("experiments", "registered_models", "model_versions", "runs")
_STATES = (ReadStatus.FAILED, ReadStatus.PARTIAL, ReadStatus.DOUBTED)
_numbers = itertools.count()


class Read(NamedTuple):
    """One sync. day: which day's estate the source has. unread: what could not be read, and so was not."""

    day: int
    unread: tuple[tuple[str, ReadStatus], ...] = ()


def estate(folder: Path, read: Read) -> Snapshot:
    """A champion moves from one version to the next; a model is deleted; a run is deleted, one is purged."""
    made = MlflowSnapshotBuilder(folder / str(next(_numbers)))
    unread = dict(read.unread)
    if "experiments" not in unread:
        made.experiment()
    if "runs" not in unread:
        made.run("r1", stage="deleted" if read.day > 1 else "active")
        made.run("r2", datasets=())
        if read.day < 2:
            made.run("r3")
    if "model_versions" not in unread:
        made.version("a", 1, run="r1", aliases=["champion"] if read.day < 1 else [], created_at=NOW)
        if read.day >= 1:
            made.version("a", 2, run="r2", aliases=["champion"], created_at=NOW)
        made.version("b", 1, run="r3", created_at=NOW, model_tags={})
        if read.day < 2:
            made.version("c", 1, run="r1", created_at=NOW)
    for collection, state in unread.items():
        made.unread(collection, state)
    return made.snapshot()


def synced(folder: Path, reads: Sequence[Read]) -> tuple[list[Any], list[Any], list[Any]]:
    """Promotions, evidence and records after the last of them. The time of a good read is that of its day."""
    promotions, states = PROMOTIONS.empty_table().to_pandas(), STATES.empty_table().to_pandas()
    last: Records | None = None
    for number, read in enumerate(reads):
        now = NOW + timedelta(days=read.day, minutes=number if read.unread else 0)
        past = Past(promotions, states, last)
        last, changes = resolve(Estate.of([estate(folder, read)]), Register(), SETTINGS, past, now)
        promotions, states = last.promotions, changes.states
    assert last is not None
    return rows(last.promotions), rows(last.evidence), rows(last.records)


troubles = st.lists(
    st.lists(
        st.tuples(st.sampled_from(_COLLECTIONS), st.sampled_from(_STATES)),
        min_size=1,
        max_size=4,
        unique_by=lambda pair: pair[0],
    ).map(tuple),
    max_size=3,
)


@examples(5, 25)
@given(between=st.tuples(troubles, troubles))
def test_troubles_between_good_reads_leave_no_trace(tmp_path: Path, between: tuple[list[Any], list[Any]]) -> None:
    first, second = ([Read(day, unread) for unread in found] for day, found in enumerate(between))
    reads = [Read(0), *first, Read(1), *second, Read(2)]
    assert synced(tmp_path, reads) == synced(tmp_path, [Read(0), Read(1), Read(2)])


@examples(5, 25)
@given(found=troubles.filter(bool))
def test_a_trouble_changes_nothing_but_the_mark(tmp_path: Path, found: list[Any]) -> None:
    """While nothing changes at the source, what is known stays as it is."""
    before = synced(tmp_path, [Read(0)])
    after = synced(tmp_path, [Read(0), *(Read(0, unread) for unread in found)])
    assert after[0] == before[0]
    assert [_unmarked(row) for row in after[1]] == [_unmarked(row) for row in before[1]]
    assert after[2] == before[2]


def _unmarked(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("unread_reason", "last_read")}
