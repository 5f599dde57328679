"""What is gone from an Azure estate: only where the listing that covers it was whole, or its container has gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.governance.estate import Coverage
from include.governance.model import qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadMode, ReadStatus
from include.governance.plan.absence import is_missing
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
def without(tmp_path: Path) -> Callable[..., Coverage]:
    """The estate without one asset, changed as a test wants it."""

    def made(
        estate: SnapshotBuilder, name: str, change: Change = lambda writer: None, *others: SnapshotBuilder
    ) -> Coverage:
        less = SnapshotBuilder(estate.source, estate.platform, list(estate.rows), estate.edges, dict(estate.listings))
        less.rows = [(kind, row) for kind, row in estate.rows if row["qualified_name"] != name]
        writer = less.writer(tmp_path)
        change(writer)
        return Coverage([closed(writer, estate.platform), *(other.snapshot(tmp_path) for other in others)])

    return made


@EVERY_THING
def test_gone_after_a_whole_listing(
    without: Callable[..., Coverage], type_name: str, name: str, estate: SnapshotBuilder, listing: str
) -> None:
    assert is_missing(entry(type_name, name, estate.source), without(estate, name))
    assert not is_missing(entry(type_name, name, estate.source), without(estate, "nothing"))


@EVERY_THING
@pytest.mark.parametrize(
    "how", [ReadStatus.PARTIAL, ReadStatus.FAILED, ReadStatus.UNSUPPORTED, ReadMode.INCREMENTAL, "not listed"]
)
def test_unknown_is_not_gone(
    without: Callable[..., Coverage],
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

    assert not is_missing(entry(type_name, name, estate.source), without(estate, name, spoil))


@EVERY_THING
@pytest.mark.parametrize("aside", ["quarantine", "leave_out", "unknown"])
def test_what_was_set_aside_is_not_gone(
    without: Callable[..., Coverage], type_name: str, name: str, estate: SnapshotBuilder, listing: str, aside: str
) -> None:
    arm_id = name.removeprefix("azure:/").removesuffix("/endpoint")

    def quarantined_ids(writer: SnapshotWriter) -> None:
        if aside == "leave_out":
            writer.exclude(listing, arm_id, qualified_names.azure(arm_id))
        else:
            known = qualified_names.azure(arm_id) if aside == "quarantine" else None
            writer.quarantine(listing, arm_id if aside == "quarantine" else "odd-one", "odd", known)

    assert not is_missing(entry(type_name, name, estate.source), without(estate, name, quarantined_ids))


@pytest.mark.parametrize("what", ["quarantine", "partial", "unknown"])
def test_versions_are_not_gone_where_their_model_was_not_asked_for_them(
    without: Callable[..., Coverage], what: str
) -> None:
    def spoil(writer: SnapshotWriter) -> None:
        if what == "partial":
            writer.states["ws-risk/models"].state = ReadStatus.PARTIAL
        else:
            writer.quarantine("ws-risk/models", "?", "odd", ML.model if what == "quarantine" else None)

    assert not is_missing(entry("ai_model_version", ML.version, ML.source), without(ML, ML.version, spoil))


def nothing_but(estate: SnapshotBuilder, collection: str) -> SnapshotBuilder:
    """All of its container is gone: only the listing of containers is left."""
    return SnapshotBuilder(estate.source, estate.platform, listings={collection: estate.listings[collection]})


@EVERY_THING
def test_gone_with_its_container(
    without: Callable[..., Coverage], type_name: str, name: str, estate: SnapshotBuilder, listing: str
) -> None:
    top = "workspaces" if estate is ML else "accounts"
    left = nothing_but(estate, top)
    assert is_missing(entry(type_name, name, estate.source), without(left, ""))

    def fail(writer: SnapshotWriter) -> None:
        writer.states[top].state = ReadStatus.PARTIAL

    def exclude(writer: SnapshotWriter) -> None:
        writer.exclude(top, "?", ML.workspace if estate is ML else FOUNDRY.account)

    for change in (fail, exclude):
        assert not is_missing(entry(type_name, name, estate.source), without(left, "", change))


def test_an_agent_is_gone_with_its_project(without: Callable[..., Coverage]) -> None:
    left = SnapshotBuilder(FOUNDRY.source, FOUNDRY.platform, FOUNDRY.rows[:1], listings={})
    left.listings = {name: FOUNDRY.listings[name] for name in ("accounts", "ai-risk/projects")}
    assert is_missing(entry("ai_agent", FOUNDRY.agent, FOUNDRY.source), without(left, ""))
    assert not is_missing(entry("ai_deployment", FOUNDRY.deployment, FOUNDRY.source), without(left, ""))


def test_what_another_source_still_sees_is_not_gone(without: Callable[..., Coverage]) -> None:
    other = AzureMlSnapshotBuilder(source="second")
    assert not is_missing(entry("ai_model", ML.model, ML.source), without(ML, ML.model, lambda writer: None, other))


def test_the_word_of_the_ledgers_source_counts(without: Callable[..., Coverage]) -> None:
    """The other source could not see it; the ledger's own has not listed it whole."""
    other = AzureMlSnapshotBuilder(source="second")
    other.rows = [(kind, row) for kind, row in other.rows if row["qualified_name"] != ML.model]

    def fail(writer: SnapshotWriter) -> None:
        writer.states["ws-risk/models"].state = ReadStatus.FAILED

    assert not is_missing(entry("ai_model", ML.model, ML.source), without(ML, ML.model, fail, other))
    assert is_missing(entry("ai_model", ML.model, "second"), without(ML, ML.model, fail, other))


@pytest.mark.parametrize("source", ["", "one that was taken out of the configuration"], ids=["none", "removed"])
def test_without_the_ledgers_source_any_that_lists_it_may_say_so(without: Callable[..., Coverage], source: str) -> None:
    assert is_missing(entry("ai_model", ML.model, source), without(ML, ML.model))


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
def test_what_no_listing_covers_is_never_gone(without: Callable[..., Coverage], type_name: str, name: str) -> None:
    assert not is_missing(entry(type_name, name, FOUNDRY.source), without(FOUNDRY, name))


def test_a_workspace_that_became_a_project_is_not_gone(without: Callable[..., Coverage]) -> None:
    turned = SnapshotBuilder(ML.source, ML.platform, [(AssetKind.PROJECT, ML.rows[0][1])], listings=ML.listings)
    assert not is_missing(entry("ai_source", ML.workspace, ML.source), without(turned, ""))


REGISTRY = qualified_names.azure("/subscriptions/S-1/x/registries/shared")


@pytest.mark.parametrize("broken", ["workspaces", "registries", None])
def test_two_listings_of_the_same_scope_must_both_be_whole(
    without: Callable[..., Coverage], broken: str | None
) -> None:
    """Workspaces and registries are listed apart, and nothing in a name's beginning says by which."""

    def listed(writer: SnapshotWriter) -> None:
        writer.state("registries", kind=AssetKind.SOURCE, covers=qualified_names.azure("/subscriptions/S-1") + "/")
        if broken:
            writer.states[broken].state = ReadStatus.FAILED

    found = is_missing(entry("ai_source", REGISTRY, ML.source), without(ML, "", listed))
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
    without: Callable[..., Coverage], state: ReadStatus, mode: ReadMode, experiments: ReadStatus, gone: bool
) -> None:
    def listed(writer: SnapshotWriter) -> None:
        covers = ML.listings["ws-risk/jobs"][1]
        writer.state("ws-risk/mlflow runs", mode, kind=AssetKind.RUN, covers=covers).state = state
        writer.state("ws-risk/mlflow experiments", kind=AssetKind.EXPERIMENT, covers="azure://x/").state = experiments

    assert is_missing(entry("ai_training_run", ML.job, ML.source), without(ML, ML.job, listed)) == gone
