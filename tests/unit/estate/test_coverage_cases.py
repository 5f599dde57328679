"""What an absence means, case by case: the answer, why it is that, and where the former classes answered otherwise.

Before there was one `Coverage`, five classes answered these questions, each a little differently: `Reading` (records:
is it complete?), `Decided` (records: has the signal ended?), `Presence` (plan: is it gone?), `Snapshot.covering`, and
the carry-forward of the sources. `former` keeps their answers for the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from include.governance.estate import Coverage
from include.governance.model import qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadMode, ReadStatus
from include.governance.records.states.ended_signals import EndedSignals
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from tests.support.azure_estates import AzureMlSnapshotBuilder, FoundrySnapshotBuilder, closed

ML, FOUNDRY = AzureMlSnapshotBuilder(), FoundrySnapshotBuilder()
TWIN = "twin"  # another source of the same workspace
Change = Callable[[SnapshotWriter], object]


def status(collection: str, status: ReadStatus) -> Change:
    return lambda writer: setattr(writer.states[collection], "state", status)


def quarantine(collection: str, name: str | None) -> Change:
    return lambda writer: writer.quarantine(collection, "x", "odd", name)


def exclude(collection: str, name: str | None) -> Change:
    return lambda writer: writer.exclude(collection, "x", name)


def incremental(writer: SnapshotWriter) -> None:
    writer.states["ws-risk/model_versions"].mode = ReadMode.INCREMENTAL


def nothing(writer: SnapshotWriter) -> None:
    """All was read."""


@dataclass(frozen=True)
class Case:
    """The version `credit v3` (or `name`) is in no snapshot any more.

    complete, absent, ended: whether its listing is complete, whether it is absent, whether its signals have ended.
    twin: what happened to the second source of the workspace; without it there is only one source.
    """

    change: Change
    complete: bool
    absent: bool
    ended: bool
    reason: str
    former: Mapping[str, bool] = field(default_factory=dict)
    twin: Change | None = None


VERSIONS, MODELS, ENDPOINTS = "ws-risk/model_versions", "ws-risk/models", "ws-risk/online_endpoints"
CASES = {
    "all read": Case(nothing, True, True, True, "complete listings without it prove that it is gone"),
    "listing partial": Case(
        status(VERSIONS, ReadStatus.PARTIAL), False, False, False, "it may be among what was not read"
    ),
    "listing failed": Case(
        status(VERSIONS, ReadStatus.FAILED), False, False, False, "it may be among what was not read"
    ),
    "listing not offered": Case(
        status(VERSIONS, ReadStatus.UNSUPPORTED), False, False, False, "a listing that is not offered proves nothing"
    ),
    "listing incremental": Case(
        incremental, True, False, False,
        "what is known is carried over, so it is complete; a deletion shows at the next full read only",
        {"Reading.is_whole": True, "Presence.is_gone": False, "Decided": True},
    ),
    "itself quarantined": Case(
        quarantine(VERSIONS, ML.version), True, False, False,
        "it was listed, so it exists, and what it carries is unknown",
        {"Presence.is_gone": False, "Decided": True},
    ),
    "another quarantined": Case(
        quarantine(VERSIONS, f"{ML.version}0"), True, True, True, "every item of the listing is known by name"
    ),
    "something without an id quarantined": Case(
        quarantine(VERSIONS, None), False, False, False,
        "that item could be this asset: one unreadable row must end no production promotion",
        {"Reading.is_whole": True, "Presence.is_gone": False, "Decided": True},
    ),
    "its model quarantined": Case(
        quarantine(MODELS, ML.model), True, False, False,
        "versions are listed by model, and this model's were not asked for",
        {"Presence.is_gone": False, "Decided": True},
    ),
    "its model excluded": Case(
        exclude(MODELS, ML.model), True, False, False, "patterns exclude it: it may exist, unread"
    ),
    "its workspace excluded": Case(
        exclude("workspaces", ML.workspace), True, False, False, "patterns exclude it: it may exist, unread"
    ),
    "models partial": Case(
        status(MODELS, ReadStatus.PARTIAL), True, False, False,
        "versions are listed by model: those of a model that was not read were not asked for",
        {"Presence.is_gone": False, "Decided": False},
    ),
    "endpoints partial": Case(
        status(ENDPOINTS, ReadStatus.PARTIAL), True, True, False, "an endpoint that was not read may serve it"
    ),
    "an endpoint without an id quarantined": Case(
        quarantine(ENDPOINTS, None), True, True, False, "that endpoint may serve it",
        {"Decided": True},
    ),
    "elsewhere complete": Case(
        status(VERSIONS, ReadStatus.FAILED), True, False, True,
        "one source that read the listing is enough, but the ledger's own source decides what is marked missing",
        {"Reading.is_whole": True, "Presence.is_gone": False, "Decided": True}, twin=nothing,
    ),
    "elsewhere something without an id": Case(
        status(VERSIONS, ReadStatus.FAILED), False, False, False, "neither source has read all of it",
        {"Decided": True}, twin=quarantine(VERSIONS, None),
    ),
}  # fmt: skip


def without(builder: AzureMlSnapshotBuilder, folder: Path, change: Change) -> SnapshotWriter:
    builder.rows = [(kind, row) for kind, row in builder.rows if row["qualified_name"] != ML.version]
    writer = builder.writer(folder)
    change(writer)
    return writer


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    snapshots = [closed(without(AzureMlSnapshotBuilder(), tmp_path, case.change), "azure_ml")]
    if case.twin is not None:
        twin = AzureMlSnapshotBuilder(source=TWIN)
        snapshots.append(closed(without(twin, tmp_path, case.twin), "azure_ml"))
    for coverage in (Coverage(snapshots), Coverage(snapshots[::-1])):
        answers = (
            coverage.is_complete(AssetKind.MODEL_VERSION, ML.version),
            coverage.is_absent(AssetKind.MODEL_VERSION, ML.version, ML.source),
            EndedSignals(coverage).has_ended(ML.version),
        )
        assert answers == (case.complete, case.absent, case.ended), case.reason


def listed(folder: Path, collections: list[str], change: Change = nothing) -> Coverage:
    """Of Foundry's builder, only its account, and only those listings."""
    builder = FoundrySnapshotBuilder()
    builder.rows, builder.edges = builder.rows[:1], []
    builder.listings = {name: builder.listings[name] for name in collections}
    writer = builder.writer(folder)
    change(writer)
    return Coverage([closed(writer, "ai_foundry")])


ACCOUNT = ["accounts", "ai-risk/projects"]


def test_a_deleted_project_ends_what_its_agents_signal(tmp_path: Path) -> None:
    """`Presence` knew projects, `Decided` only workspaces and accounts: its promotions stayed open for ever."""
    coverage = listed(tmp_path, ACCOUNT)
    assert coverage.is_absent(AssetKind.AGENT, FOUNDRY.agent, FOUNDRY.source)
    assert EndedSignals(coverage).has_ended(FOUNDRY.agent)


def test_an_excluded_project_ends_nothing(tmp_path: Path) -> None:
    """`Decided` did not see that patterns exclude the project, and kept its agents as last known."""
    coverage = listed(tmp_path, ACCOUNT, exclude("ai-risk/projects", FOUNDRY.project))
    assert coverage.was_excluded(FOUNDRY.agent)
    assert not coverage.is_absent(AssetKind.AGENT, FOUNDRY.agent, FOUNDRY.source)
    assert not EndedSignals(coverage).has_ended(FOUNDRY.agent)


def test_another_excluded_project_says_nothing_of_this_one(tmp_path: Path) -> None:
    """To `Decided`, one filtered container hid the end of every other; now excluded ones are known by name."""
    coverage = listed(tmp_path, ACCOUNT, exclude("ai-risk/projects", f"{FOUNDRY.project}-2"))
    assert EndedSignals(coverage).has_ended(FOUNDRY.agent)


@pytest.mark.parametrize("name", [None, "azure://x/y"])
def test_a_run_is_not_purged_where_an_item_without_an_id_was_listed(tmp_path: Path, name: str | None) -> None:
    writer = SnapshotWriter(Folder(str(tmp_path)), "lab")
    writer.state("runs")
    writer.state("experiments")
    writer.quarantine("runs", "x", "odd", name)
    coverage = Coverage([writer.close({"platform": "mlflow"})])
    assert coverage.is_complete(AssetKind.RUN, qualified_names.run("lab", "r1")) == (name is not None)
