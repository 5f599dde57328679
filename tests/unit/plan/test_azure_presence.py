"""What is gone from an Azure estate: only where the listing that covers it was whole, or its container has gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.governance.model import qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadMode, ReadStatus
from include.governance.plan.absence import Presence
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.plan import Entry, Key
from tests.support.azure_estates import AzureMlSnapshotBuilder, FoundrySnapshotBuilder, SnapshotBuilder, closed

ML, FOUNDRY = AzureMlSnapshotBuilder(), FoundrySnapshotBuilder()
Change = Callable[[SnapshotWriter], object]

# type, qualified name, the source of it, the listing that would have it
THINGS = [
    ("ai_model", ML.model, ML, "ws-risk/models"),
    ("ai_model_version", ML.version, ML, "ws-risk/model_versions"),
    ("ai_training_run", ML.job, ML, "ws-risk/jobs"),
    ("ai_dataset", ML.data, ML, "ws-risk/data"),
    ("ai_endpoint", ML.endpoint, ML, "ws-risk/online_endpoints"),
    ("ai_deployment", ML.blue, ML, "ws-risk/online_deployments"),
    ("ai_deployment", FOUNDRY.deployment, FOUNDRY, "ai-risk/deployments"),
    ("ai_endpoint", FOUNDRY.endpoint, FOUNDRY, "ai-risk/deployments"),
    ("ai_agent", FOUNDRY.agent, FOUNDRY, "desk-risk/agents"),
    ("ai_agent_version", FOUNDRY.versions[0], FOUNDRY, "desk-risk/agent_versions"),
    ("ai_project", FOUNDRY.project, FOUNDRY, "ai-risk/projects"),
    ("ai_source", ML.workspace, ML, "workspaces"),
]
EVERY_THING = pytest.mark.parametrize(
    ("type_name", "name", "estate", "listing"), THINGS, ids=[thing[3].split("/")[-1] for thing in THINGS]
)


def entry(type_name: str, name: str, source: str) -> Entry:
    return Entry(Key(type_name, name), source, "guid", {"name": "x"}, {}, {}, "hash")


@pytest.fixture
def without(tmp_path: Path) -> Callable[..., Presence]:
    """The estate without one asset, changed as a test wants it."""

    def made(
        estate: SnapshotBuilder, name: str, change: Change = lambda writer: None, *others: SnapshotBuilder
    ) -> Presence:
        less = SnapshotBuilder(estate.source, estate.platform, list(estate.rows), estate.edges, dict(estate.listings))
        less.rows = [(kind, row) for kind, row in estate.rows if row["qualified_name"] != name]
        writer = less.writer(tmp_path)
        change(writer)
        return Presence([closed(writer, estate.platform), *(other.snapshot(tmp_path) for other in others)])

    return made


@EVERY_THING
def test_gone_after_a_whole_listing(
    without: Callable[..., Presence], type_name: str, name: str, estate: SnapshotBuilder, listing: str
) -> None:
    assert without(estate, name).is_gone(entry(type_name, name, estate.source))
    assert not without(estate, "nothing").is_gone(entry(type_name, name, estate.source))


@EVERY_THING
@pytest.mark.parametrize(
    "how", [ReadStatus.PARTIAL, ReadStatus.FAILED, ReadStatus.UNSUPPORTED, ReadMode.INCREMENTAL, "not listed"]
)
def test_unknown_is_not_gone(
    without: Callable[..., Presence],
    type_name: str,
    name: str,
    estate: SnapshotBuilder,
    listing: str,
    how: ReadStatus | ReadMode | str,
) -> None:
    def spoil(writer: SnapshotWriter) -> None:
        if isinstance(how, ReadStatus):
            writer.states[listing].state = how
        elif isinstance(how, ReadMode):
            writer.states[listing].mode = how
        else:
            del writer.states[listing]

    assert not without(estate, name, spoil).is_gone(entry(type_name, name, estate.source))


@EVERY_THING
@pytest.mark.parametrize("aside", ["quarantine", "leave_out", "unknown"])
def test_what_was_set_aside_is_not_gone(
    without: Callable[..., Presence], type_name: str, name: str, estate: SnapshotBuilder, listing: str, aside: str
) -> None:
    arm_id = name.removeprefix("azure:/").removesuffix("/endpoint")

    def quarantined_ids(writer: SnapshotWriter) -> None:
        if aside == "leave_out":
            writer.exclude(listing, arm_id, qualified_names.azure(arm_id))
        else:
            known = qualified_names.azure(arm_id) if aside == "quarantine" else None
            writer.quarantine(listing, arm_id if aside == "quarantine" else "odd-one", "odd", known)

    assert not without(estate, name, quarantined_ids).is_gone(entry(type_name, name, estate.source))


@pytest.mark.parametrize("what", ["quarantine", "partial", "unknown"])
def test_versions_are_not_gone_where_their_model_was_not_asked_for_them(
    without: Callable[..., Presence], what: str
) -> None:
    def spoil(writer: SnapshotWriter) -> None:
        if what == "partial":
            writer.states["ws-risk/models"].state = ReadStatus.PARTIAL
        else:
            writer.quarantine("ws-risk/models", "?", "odd", ML.model if what == "quarantine" else None)

    assert not without(ML, ML.version, spoil).is_gone(entry("ai_model_version", ML.version, ML.source))


def nothing_but(estate: SnapshotBuilder, collection: str) -> SnapshotBuilder:
    """All of its container is gone: only the listing of containers is left."""
    return SnapshotBuilder(estate.source, estate.platform, listings={collection: estate.listings[collection]})


@EVERY_THING
def test_gone_with_its_container(
    without: Callable[..., Presence], type_name: str, name: str, estate: SnapshotBuilder, listing: str
) -> None:
    top = "workspaces" if estate is ML else "accounts"
    left = nothing_but(estate, top)
    assert without(left, "").is_gone(entry(type_name, name, estate.source))

    def fail(writer: SnapshotWriter) -> None:
        writer.states[top].state = ReadStatus.PARTIAL

    def exclude(writer: SnapshotWriter) -> None:
        writer.exclude(top, "?", ML.workspace if estate is ML else FOUNDRY.account)

    for change in (fail, exclude):
        assert not without(left, "", change).is_gone(entry(type_name, name, estate.source))


def test_an_agent_is_gone_with_its_project(without: Callable[..., Presence]) -> None:
    left = SnapshotBuilder(FOUNDRY.source, FOUNDRY.platform, FOUNDRY.rows[:1], listings={})
    left.listings = {name: FOUNDRY.listings[name] for name in ("accounts", "ai-risk/projects")}
    assert without(left, "").is_gone(entry("ai_agent", FOUNDRY.agent, FOUNDRY.source))
    assert not without(left, "").is_gone(entry("ai_deployment", FOUNDRY.deployment, FOUNDRY.source))


def test_what_another_source_still_sees_is_not_gone(without: Callable[..., Presence]) -> None:
    other = AzureMlSnapshotBuilder(source="second")
    assert not without(ML, ML.model, lambda writer: None, other).is_gone(entry("ai_model", ML.model, ML.source))


def test_the_word_of_the_ledgers_source_counts(without: Callable[..., Presence]) -> None:
    """The other source could not see it; the ledger's own has not listed it whole."""
    other = AzureMlSnapshotBuilder(source="second")
    other.rows = [(kind, row) for kind, row in other.rows if row["qualified_name"] != ML.model]

    def fail(writer: SnapshotWriter) -> None:
        writer.states["ws-risk/models"].state = ReadStatus.FAILED

    assert not without(ML, ML.model, fail, other).is_gone(entry("ai_model", ML.model, ML.source))
    assert without(ML, ML.model, fail, other).is_gone(entry("ai_model", ML.model, "second"))


@pytest.mark.parametrize("source", ["", "one that was taken out of the configuration"], ids=["none", "removed"])
def test_without_the_ledgers_source_any_that_lists_it_may_say_so(without: Callable[..., Presence], source: str) -> None:
    assert without(ML, ML.model).is_gone(entry("ai_model", ML.model, source))


@pytest.mark.parametrize(
    ("type_name", "name"),
    [
        ("ai_base_model", FOUNDRY.base_model),
        ("ai_dataset", qualified_names.external_dataset("https://store.example/x")),
        ("ai_model", qualified_names.azure("/subscriptions/S-2/x/workspaces/other/models/m")),
        ("ai_governed_model", qualified_names.record("k")),
    ],
    ids=["ai_base_model", "ai_dataset", "ai_model", "ai_governed_model"],
)
def test_what_no_listing_covers_is_never_gone(without: Callable[..., Presence], type_name: str, name: str) -> None:
    assert not without(FOUNDRY, name).is_gone(entry(type_name, name, FOUNDRY.source))


def test_a_workspace_that_became_a_project_is_not_gone(without: Callable[..., Presence]) -> None:
    turned = SnapshotBuilder(ML.source, ML.platform, [(AssetKind.PROJECT, ML.rows[0][1])], listings=ML.listings)
    assert not without(turned, "").is_gone(entry("ai_source", ML.workspace, ML.source))


REGISTRY = qualified_names.azure("/subscriptions/S-1/x/registries/shared")


@pytest.mark.parametrize("broken", ["workspaces", "registries", None])
def test_two_listings_of_the_same_scope_must_both_be_whole(
    without: Callable[..., Presence], broken: str | None
) -> None:
    """Workspaces and registries are listed apart, and nothing in a name's beginning says by which."""

    def listed(writer: SnapshotWriter) -> None:
        writer.state("registries", kind=AssetKind.SOURCE, covers=qualified_names.azure("/subscriptions/S-1") + "/")
        if broken:
            writer.states[broken].state = ReadStatus.FAILED

    found = without(ML, "", listed).is_gone(entry("ai_source", REGISTRY, ML.source))
    assert found == (broken is None)


@pytest.mark.parametrize(
    ("state", "mode", "experiments", "gone"),
    [
        (ReadStatus.COMPLETE, ReadMode.FULL, ReadStatus.COMPLETE, True),
        (ReadStatus.COMPLETE, ReadMode.INCREMENTAL, ReadStatus.COMPLETE, False),
        (ReadStatus.PARTIAL, ReadMode.FULL, ReadStatus.COMPLETE, False),
        (ReadStatus.COMPLETE, ReadMode.FULL, ReadStatus.FAILED, False),
        (ReadStatus.UNSUPPORTED, ReadMode.FULL, ReadStatus.UNSUPPORTED, True),
    ],
)
def test_a_run_may_stand_behind_mlflow_only(
    without: Callable[..., Presence], state: ReadStatus, mode: ReadMode, experiments: ReadStatus, gone: bool
) -> None:
    def listed(writer: SnapshotWriter) -> None:
        covers = ML.listings["ws-risk/jobs"][1]
        writer.state("ws-risk/mlflow runs", mode, kind=AssetKind.RUN, covers=covers).state = state
        writer.state("ws-risk/mlflow experiments", kind=AssetKind.EXPERIMENT, covers="azure://x/").state = experiments

    assert without(ML, ML.job, listed).is_gone(entry("ai_training_run", ML.job, ML.source)) == gone
