"""Resolving: evidence, records and promotions from small snapshots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.governance.config.models import Lifecycle, Settings
from include.governance.config.register import Register
from include.governance.estate import Estate
from include.governance.model import qualified_names
from include.governance.model.read_status import ReadStatus
from include.governance.model.relations import Relation
from include.governance.records import Past, resolve
from include.governance.records.states.signals import decisive, signals_of
from include.governance.staging.records import Records
from include.governance.staging.rows import rows
from tests.support.estates import MlflowSnapshotBuilder
from tests.support.resolving import NOTHING_KNOWN, NOW, REGISTER, SETTINGS, resolved
from tests.support.samples import examples
from tests.support.workspaces import WorkspacesSnapshotBuilder, workspace_id

RUN = qualified_names.run("s", "r1")


def only(records: Records) -> dict[str, Any]:
    (row,) = rows(records.evidence)
    return row


@pytest.fixture
def estate(tmp_path: Path) -> MlflowSnapshotBuilder:
    return MlflowSnapshotBuilder(tmp_path)


def test_a_governed_version_has_its_whole_chain(estate: MlflowSnapshotBuilder) -> None:
    estate.experiment()
    estate.run("r1")
    estate.version("m")
    row = only(resolved(estate))
    wanted = {
        "record_key": "s/m",
        "state": "production",
        "state_signal": "alias champion",
        "run_state": "active",
        "experiment_state": "active",
        "training_dataset_count": 1,
        "training_dataset_names": "sales",
        "owner": "ana@example.com",
        "owner_from": "model tag",
        "use_case_state": "approved",
        "metric_count": 1,
        "incomplete_reason": None,
    }
    assert {name: row[name] for name in wanted} == wanted


Arrange = Callable[[MlflowSnapshotBuilder], object]
RUN_STATES: dict[str, tuple[Arrange, str]] = {
    "deleted": (lambda estate: estate.run("r1", stage="deleted"), "deleted"),
    "never there": (lambda estate: None, "elsewhere"),
    "traced": (
        lambda estate: estate.relate(
            Relation.RUN_PRODUCED_LOGGED_MODEL, RUN, "mlflow://s/logged-models/m-1", stated_by="x"
        ),
        "purged",
    ),
    "runs not all read": (lambda estate: estate.unread("runs", ReadStatus.PARTIAL), "not_read"),
    "run quarantined": (
        lambda estate: estate.writer.quarantine("runs", "r1", "odd", qualified_names.run("s", "r1")),
        "not_read",
    ),
    "experiments filtered": (lambda estate: estate.writer.exclude("experiments", "9"), "not_read"),
}


@pytest.mark.parametrize("case", RUN_STATES)
def test_a_missing_run_is_purged_only_when_it_was_there(estate: MlflowSnapshotBuilder, case: str) -> None:
    arrange, expected = RUN_STATES[case]
    arrange(estate)
    estate.version("m")
    row = only(resolved(estate))
    assert row["run_state"] == expected
    assert bool(row["incomplete_reason"]) == (expected == "not_read")
    assert (row["training_dataset_count"] is None) == (expected in ("not_read", "elsewhere"))


def test_a_run_on_another_server_is_not_purged(estate: MlflowSnapshotBuilder) -> None:
    estate.version("m", run_link="https://elsewhere.example.com/#/runs/r1")
    row = only(resolved(estate))
    assert (row["run_state"], row["incomplete_reason"]) == ("elsewhere", None)


def test_a_run_that_was_read_once_stays_purged(tmp_path: Path) -> None:
    states, past = [], Past()
    for day in range(3):
        estate = MlflowSnapshotBuilder(tmp_path / str(day))
        if day == 0:
            estate.run("r1")
        estate.version("m")
        records = resolve(Estate.of([estate.snapshot()]), REGISTER, SETTINGS, past, NOW).records
        past = Past(records=records)
        states.append(only(records)["run_state"])
    assert states == ["active", "purged", "purged"]


def test_a_setting_names_the_source_of_the_runs(tmp_path: Path) -> None:
    sources = [{"name": "registry", "uri": "x", "runs_from": "runs"}, {"name": "runs", "uri": "x"}]
    settings = Settings.model_validate({"sources": sources, "catalog": {"url": "x"}})
    registry = MlflowSnapshotBuilder(tmp_path, "registry")
    registry.version("m", run="nightly")
    servers = [MlflowSnapshotBuilder(tmp_path, source) for source in ("another", "runs")]
    for server in servers:
        server.experiment()
        server.run("nightly")
    snapshots = [server.snapshot() for server in (registry, *servers)]
    found = resolve(Estate.of(snapshots), REGISTER, settings, Past(), NOW).records
    row = only(found)
    assert (row["run"], row["run_state"]) == (qualified_names.run("runs", "nightly"), "active")
    assert row["run_rule"] == "said so; at source runs, by runs_from"
    assert row["training_dataset_count"] == 1
    (edge,) = rows(found.relations)
    assert (edge["from_name"], edge["to_name"]) == (row["run"], row["qualified_name"])


@pytest.mark.parametrize("other", ["nowhere", "registry"])
def test_the_source_of_the_runs_is_another_source(other: str) -> None:
    sources = [{"name": "registry", "uri": "x", "runs_from": other}]
    with pytest.raises(ValueError, match=f"runs_from: {other}.*of source registry names no other source"):
        Settings.model_validate({"sources": sources, "catalog": {"url": "x"}})


@pytest.mark.parametrize(("stage", "expected"), [("active", "active"), ("deleted", "deleted"), (None, "missing")])
def test_the_experiments_state(estate: MlflowSnapshotBuilder, stage: str | None, expected: str) -> None:
    if stage:
        estate.experiment(stage=stage)
    estate.run("r1")
    estate.version("m")
    assert only(resolved(estate))["experiment_state"] == expected


def test_an_experiment_that_was_set_aside_is_not_missing(estate: MlflowSnapshotBuilder) -> None:
    estate.writer.quarantine("experiments", "1", "odd", qualified_names.experiment("s", "1"))
    estate.run("r1")
    estate.version("m")
    assert only(resolved(estate))["experiment_state"] == "not_read"


def test_validation_data_is_no_training_data(estate: MlflowSnapshotBuilder) -> None:
    estate.run("r1", datasets=[("holdout", "Validation")])
    estate.version("m")
    row = only(resolved(estate))
    assert (row["training_dataset_count"], row["other_dataset_count"]) == (0, 1)


def test_a_nested_run_has_the_data_of_its_ancestor(estate: MlflowSnapshotBuilder) -> None:
    estate.run("top")
    estate.run("middle", datasets=[], parent="top")
    estate.run("r1", datasets=[("holdout", "test")], parent="middle")
    estate.version("m")
    row = only(resolved(estate))
    assert row["training_dataset_names"] == "sales"
    assert row["training_dataset_rule"] == "dataset input of its parent run"


def test_its_own_data_wins_over_its_parents(estate: MlflowSnapshotBuilder) -> None:
    estate.run("top", datasets=[("other", None)])
    estate.run("r1", parent="top")
    estate.version("m")
    assert only(resolved(estate))["training_dataset_names"] == "sales"


def test_a_dataset_without_source_is_unresolved(estate: MlflowSnapshotBuilder) -> None:
    estate.run("r1", uri=None)
    estate.version("m")
    assert only(resolved(estate))["unresolved_datasets"] == "sales"


OWNERS = {
    "register wins": ({"governance.owner": "v"}, {"governance.owner": "m"}, "boss", ("boss", "register")),
    "version tag before model tag": ({"governance.owner": "v"}, {"governance.owner": "m"}, "", ("v", "version tag")),
    "model tag": ({}, {"governance.owner": " m "}, "", ("m", "model tag")),
    "run tag": ({}, {}, "", ("run-owner", "run tag")),
    "blank is nothing": ({"governance.owner": "  "}, {}, "", ("run-owner", "run tag")),
}


@pytest.mark.parametrize("case", OWNERS)
def test_where_the_owner_comes_from(estate: MlflowSnapshotBuilder, case: str) -> None:
    tags, model_tags, registered, expected = OWNERS[case]
    estate.run("r1", tags={"governance.owner": "run-owner"})
    estate.version("m", tags=tags, model_tags=model_tags)
    entry = {"source": "s", "model": "m", "owner": registered}
    row = only(resolved(estate, register=Register.model_validate({"models": [entry]})))
    assert (row["owner_stated"], row["owner_from"]) == expected
    assert row["owner"] is None


@pytest.mark.parametrize(("stated", "person"), [("ANA@example.com", "Ana"), ("ana-7", "Ana"), ("bob", None)])
def test_owners_are_looked_up_without_regard_to_case(
    estate: MlflowSnapshotBuilder, stated: str, person: str | None
) -> None:
    estate.version("m", model_tags={"governance.owner": stated})
    assert only(resolved(estate))["owner_name"] == person


@pytest.mark.parametrize(
    ("use_case", "today", "state"),
    [
        ("UC-1", date(2026, 6, 30), "approved"),
        ("UC-1", date(2026, 7, 1), "its approval expired on 2026-06-30"),
        ("UC-1", date(2025, 12, 31), "approved only from 2026-01-01"),
        ("UC-2", date(2026, 3, 1), "proposed, not approved"),
        ("UC-9", date(2026, 3, 1), "not in the register"),
    ],
)
def test_a_use_case_is_approved_on_a_day(estate: MlflowSnapshotBuilder, use_case: str, today: date, state: str) -> None:
    estate.version("m", model_tags={"governance.use_case": use_case})
    now = datetime.combine(today, datetime.min.time(), UTC)
    assert only(resolved(estate, now=now))["use_case_state"] == state


@pytest.mark.parametrize(
    ("stage", "aliases", "tags", "state"),
    [
        (None, ["Champion"], {}, "production"),
        ("Production", [], {}, "production"),
        ("Archived", ["production"], {}, "production"),
        ("Archived", [], {}, "retired"),
        ("Staging", ["challenger"], {}, "staging"),
        (None, ["challenger"], {}, "candidate"),
        (None, ["blue"], {"lifecycle": "PRODUCTION"}, "production"),
        (None, ["blue"], {"lifecycle": "nonsense"}, "development"),
        (None, [], {}, "development"),
    ],
)
def test_lifecycle_states(stage: str | None, aliases: list[str], tags: dict[str, str], state: str) -> None:
    assert decisive(signals_of(stage, aliases, tags, Lifecycle())).state == state


def test_models_with_one_key_make_one_record(tmp_path: Path) -> None:
    one, two = MlflowSnapshotBuilder(tmp_path, "s"), MlflowSnapshotBuilder(tmp_path, "t")
    one.version("m", model_tags={"governance.record": "shared"})
    two.version("other", model_tags={"governance.record": "shared"})
    two.version("m")
    records = resolved(one, two)
    assert [row["key"] for row in rows(records.records)] == ["shared", "t/m"]
    assert rows(records.records)[0]["sources"] == "s, t"


def test_names_that_differ_in_case_are_two_records(estate: MlflowSnapshotBuilder) -> None:
    estate.version("Model")
    estate.version("model")
    assert [row["key"] for row in rows(resolved(estate).records)] == ["s/Model", "s/model"]


def test_a_version_out_of_production_makes_no_record(estate: MlflowSnapshotBuilder) -> None:
    estate.version("m", aliases=["challenger"])
    records = resolved(estate)
    assert records.records.empty
    assert records.links.empty


def test_an_empty_estate_resolves_to_nothing(estate: MlflowSnapshotBuilder) -> None:
    records = resolved(estate)
    assert (len(records.evidence), len(records.records), len(records.promotions)) == (0, 0, 0)


def test_a_promotion_begins_stands_and_ends(tmp_path: Path) -> None:
    def sync(number: int, champion: int, known: pd.DataFrame) -> Records:
        estate = MlflowSnapshotBuilder(tmp_path / str(number))
        for version in (1, 2):
            estate.version("m", version, aliases=["champion"] if version == champion else [])
        return resolved(estate, known=known, now=NOW + timedelta(days=number))

    first = sync(0, 1, NOTHING_KNOWN)
    second = sync(1, 1, first.promotions)
    assert second.promotions.equals(first.promotions)
    third = sync(2, 2, second.promotions)
    ended, begun = rows(third.promotions)
    assert (ended["version_label"], ended["until"]) == ("m v1", pd.Timestamp(NOW + timedelta(days=2)))
    assert (begun["version_label"], begun["until"]) == ("m v2", None)
    again = sync(3, 1, third.promotions)
    assert [row["version_label"] for row in rows(again.promotions) if row["until"] is None] == ["m v1"]
    assert len(again.promotions) == 3


def test_what_could_not_be_read_is_not_over(tmp_path: Path) -> None:
    before = MlflowSnapshotBuilder(tmp_path / "before")
    before.version("m")
    known = resolved(before).promotions
    unread = MlflowSnapshotBuilder(tmp_path / "after")
    unread.unread("model_versions")
    after = resolved(unread, known=known, now=NOW + timedelta(days=1))
    assert after.promotions["until"].isna().all()
    assert after.records.empty  # unknown: it stays as last published


def test_a_model_that_is_gone_is_retired(tmp_path: Path) -> None:
    before = MlflowSnapshotBuilder(tmp_path / "before")
    before.version("m")
    known = resolved(before).promotions
    after = resolved(MlflowSnapshotBuilder(tmp_path / "after"), known=known, now=NOW + timedelta(days=1))
    assert [row["state"] for row in rows(after.records)] == ["retired"]
    assert after.promotions["until"].notna().all()


@examples(4, 40)
@given(order=st.permutations(range(6)))
def test_the_order_of_the_input_does_not_matter(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    def build(places: list[int]) -> Records:
        estate = MlflowSnapshotBuilder(tmp_path_factory.mktemp("shuffled"))
        estate.experiment()
        for place in places:
            estate.run(f"r{place}", datasets=[(f"d{place % 2}", "training"), ("all", "test")])
            tags = {"governance.record": "key"} if place % 3 == 0 else {}
            aliases = ["champion"] if place % 2 else []
            estate.version(f"m{place % 4}", place + 1, run=f"r{place}", aliases=aliases, tags=tags)
        return resolved(estate)

    straight, shuffled = build(list(range(6))), build(order)
    for table in ("evidence", "records", "promotions", "links"):
        assert rows(getattr(straight, table)) == rows(getattr(shuffled, table)), table


def test_a_workspaces_own_mlflow_shows_the_jobs_of_the_workspace(tmp_path: Path) -> None:
    """A job's chosen name is the run's id there, and says nothing anywhere else."""
    inside = f"https://westeurope.api.azureml.ms/mlflow/v1.0{workspace_id('W1')}?"
    workspaces = WorkspacesSnapshotBuilder(tmp_path, listed=["w1"])
    version = workspaces.version("w1", "m", tags={"lifecycle": "production", "governance.record": ""})
    job = qualified_names.azure(workspace_id("w1"), "jobs", "train-7")
    workspaces.writer.relate(Relation.RUN_PRODUCED_VERSION, job, version, rule="job name", stated_by=version)
    read = [workspaces.snapshot()]
    for source, address in (("through", inside), ("elsewhere", "https://mlflow.example.com")):
        estate = MlflowSnapshotBuilder(tmp_path, source, address)
        estate.run("train-7")
        estate.version("m", run="train-7", model_tags={})
        read.append(estate.snapshot())
    records = resolve(Estate.of(read), REGISTER, SETTINGS, Past(), NOW).records
    keys = records.evidence.set_index("source")["record_key"]
    assert keys["through"] == keys["azureml"] != keys["elsewhere"]
