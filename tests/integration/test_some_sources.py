"""`sync --source`: what is not read stays as it was last known, in every stage."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from include.governance import pipeline
from include.governance.config import load
from include.governance.model.assets import AssetKind
from include.governance.model.vocabularies import SyncMode
from include.governance.queries import explain
from include.governance.staging.plan import Key, Plan
from include.governance.sync import Sync
from include.governance.workspace import Workspace
from tests.support.demo import OWN_STORE
from tests.support.ledgers import applied
from tests.support.shell import shell


def begun(config: Path, sync_id: str, mode: SyncMode = SyncMode.PUBLISH, *only: str) -> Sync:
    """A sync that has run all stages."""
    sync = Sync(Workspace(load(config)), sync_id, mode, only=frozenset(only))
    sync = replace(sync, started=sync.started + timedelta(minutes=sync_id != "first"))
    pipeline.run_stages(sync)
    return sync


@pytest.mark.heavy
def test_the_others_stay_as_last_read_and_nothing_of_them_goes_missing(both: Path) -> None:
    first = begun(both, "first")
    workspace, plan = first.workspace, Plan.load(first.folder)
    workspace.ledger.replace(list(applied(plan, {}).values()), workspace.ledger.marker_id())
    seen = _last_seen(workspace)
    kept = workspace.history.last_snapshot("other")
    assert kept is not None
    (both.parent.parent / "other" / OWN_STORE).unlink()

    again = begun(both, "again", SyncMode.PUBLISH, "demo")
    assert Plan.load(again.folder).counts() == {}
    assert Plan.load(again.folder).unchanged == len(plan.changes)
    snapshot = again.snapshot("other")
    assert snapshot.kept and not again.snapshot("demo").kept
    assert snapshot.assets(AssetKind.MODEL_VERSION).num_rows == kept.assets(AssetKind.MODEL_VERSION).num_rows > 0

    # the next read starts from the same snapshot, which is deleted with no run meanwhile
    last = workspace.history.last_snapshot("other")
    assert last is not None and last.folder.path == kept.folder.path
    assert workspace.history.runs_in_use() == {"first", "again"}
    # and nobody claims to have seen it today
    confirmed = [name for name, when in _last_seen(workspace).items() if when > seen[name]]
    assert confirmed and all(name.startswith("mlflow://demo/") for name in confirmed)


def _last_seen(workspace: Workspace) -> dict[str, datetime]:
    """When each version's state was last confirmed."""
    states = workspace.lifecycle_history.states()
    versions = states[states["subject_kind"] == "version"]
    return dict(zip(versions["subject"], versions["last_seen"], strict=True))


@pytest.mark.heavy
def test_a_loss_is_published_only_by_a_sync_that_looks(both: Path) -> None:
    """The last snapshot lacks what the catalog has: only a sync that reads the source says that it is gone."""
    first = begun(both, "first")
    workspace, plan = first.workspace, Plan.load(first.folder)
    entries = applied(plan, {})
    lost = next(
        entry for key, entry in sorted(entries.items()) if key.qualified_name.startswith("mlflow://other/models/")
    )
    ghost = lost.key._replace(qualified_name="mlflow://other/models/ghost")
    more = [*entries.values(), replace(lost, key=ghost, guid="ghost")]
    workspace.ledger.replace(more, workspace.ledger.marker_id())
    assert Plan.load(begun(both, "some", SyncMode.PLAN, "demo").folder).counts() == {}
    assert Plan.load(begun(both, "all", SyncMode.PLAN).folder).counts() == {"missing": {ghost.type_name: 1}}


def test_a_source_that_was_never_read_is_said_to_be_unread_and_is_no_fault(both: Path) -> None:
    done = shell("plan", "--source", "demo", "--json")
    assert done.returncode == 0
    assert "other: not asked for, and never read before" in done.stderr
    assert [one["state"] for one in json.loads(done.stdout)["sources"]] == ["complete", "not read"]


def test_an_unknown_source_is_refused_with_those_there_are(both: Path) -> None:
    done = shell("sync", "--source", "demo", "--source", "none")
    assert done.returncode == 2
    assert "no source is named none. Choose one of: demo, other." in done.stderr
    assert not list((both.parent.parent).rglob("report.html"))  # the configuration itself could be read


@pytest.mark.heavy
def test_explain_says_that_the_others_were_not_asked_for(both: Path) -> None:
    begun(both, "first")
    workspace = begun(both, "again", SyncMode.PUBLISH, "demo").workspace
    states = workspace.lifecycle_history.states()
    key = next(iter(states[states["subject"].str.startswith("mlflow://other/")]["record_key"]))
    ages = {row["what"]: row["why"] for row in explain(workspace, key)["last_known"]}
    assert ages["source other"] == "the last run was told not to read it"
    unconfirmed = [why for what, why in ages.items() if what.startswith("state of ")]
    assert unconfirmed and all(why.startswith("the last run was told not to read other") for why in unconfirmed)


@pytest.mark.heavy
def test_the_report_says_how_old_the_others_are(both: Path) -> None:
    begun(both, "first")
    done = shell("plan", "--source", "demo", "--json")
    demo, other = json.loads(done.stdout)["sources"]
    assert {one["mode"] for one in other["collections"]} == {"kept"}
    assert "kept" not in {one["mode"] for one in demo["collections"]}
    assert (demo["kept"], other["kept"]) == (False, True)
    assert demo["calls"] > 0 and (other["calls"], other["retries"], other["seconds"]) == (0, 0, 0)
    assert demo["secrets_removed"] and not other["secrets_removed"]
    assert f"other: not asked for; as read on {other['read_at']}" in done.stderr


@pytest.mark.heavy
def test_a_run_over_one_record_plans_and_keeps_only_what_is_of_it(both: Path) -> None:
    first = begun(both, "first")
    workspace, plan = first.workspace, Plan.load(first.folder)
    workspace.ledger.replace(list(applied(plan, {}).values()), workspace.ledger.marker_id())
    seen, snapshots = _last_seen(workspace), workspace.history.snapshot_paths()
    both.write_text(both.read_text().replace("publish: {enabled: true}", "publish: {enabled: true, max_text: 100}"))
    records = {entry.attributes["record_key"]: entry for entry in workspace.ledger.of_type("ai_governed_model")}
    chosen = records["credit-default"]
    of_record = {chosen.key, *(Key(*target) for targets in chosen.references.values() for target in targets)}

    sync = Sync(Workspace(load(both)), "again", record="credit-default")
    sync = replace(sync, started=sync.started + timedelta(minutes=1))
    pipeline.run_stages(sync)
    made = Plan.load(sync.folder)
    assert made.changes and made.omitted
    assert {change.key for change in made.changes if change.type_name != "ai_promotion"} <= of_record
    assert {one.reason for one in made.omitted} == {"outside --record credit-default: a run over all would update it"}

    # what was seen of the others waits for a run that looks at them
    assert workspace.history.snapshot_paths() == snapshots
    states = workspace.lifecycle_history.states()
    of_key = set(states[states["record_key"] == "credit-default"]["subject"])
    confirmed = {name for name, when in _last_seen(workspace).items() if when > seen[name]}
    assert confirmed and confirmed <= of_key


@pytest.mark.heavy
def test_a_record_that_nobody_knows_is_2_and_says_which_are_alike(both: Path) -> None:
    done = shell("plan", "--record", "credit-defualt")
    assert done.returncode == 2
    assert "--record: no record is called 'credit-defualt'" in done.stderr and "credit-default" in done.stderr
    assert shell("sync", "--adopt", "--record", "credit-default").returncode == 2


def test_a_source_that_cannot_be_read_at_all_ends_only_its_own_stage(
    both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a custom cloud, the endpoint that describes it is asked before anything can be read."""
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"AZURE_{name}", "made-up")
    nowhere = {"metadata_url": "http://127.0.0.1:1/metadata/endpoints?api-version=2019-05-01"}
    lost = {"name": "azure", "kind": "azure_ml", "subscription": "s", "cloud": nowhere}
    both.write_text(both.read_text().replace("sources: [", f"sources: [{json.dumps(lost)}, "))
    done = shell("plan", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 3
    assert [one["state"] for one in document["sources"]] == ["not read", "complete", "complete"]
    assert document["changes"]["total"] > 0
    assert document["headline"]["sentence"].startswith("The stage read azure failed: ")
    assert "metadata endpoint" in document["headline"]["sentence"]
