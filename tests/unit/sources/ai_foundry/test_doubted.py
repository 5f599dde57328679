"""What a further read of the same scope must not doubt, and what it asks for by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.staging.snapshot import Snapshot
from include.sandbox.azure.emulator import AzureEmulator
from include.sandbox.faults import Fault
from tests.support.samples import sampled

from .conftest import edges, read, rows

P1 = "acct/p1"


def without_first(body: Any) -> None:
    del (body.get("value") or body["data"])[0]


def emptied(body: Any) -> None:
    body |= {key: [] for key in ("value", "data") if key in body}


@pytest.mark.parametrize(
    ("listing", "path", "item"),
    [
        ("datasets", r"p1/datasets\?", r"p1/datasets/[^/]+/versions\?"),
        ("indexes", r"p1/indexes\?", r"p1/indexes/[^/]+/versions\?"),
        ("evaluation_rules", r"p1/evaluationrules\?", r"p1/evaluationrules/"),
        ("evaluations", r"p1/openai/v1/evals\?", r"p1/openai/v1/evals/"),
        ("agents", r"p1/agents\?", r"p1/agents/[^/]+\?"),
    ],
    ids=["datasets", "indexes", "rules", "evaluations", "agents"],
)
@pytest.mark.parametrize("refused", [True, False], ids=["refused", "there"])
def test_what_a_data_plane_lacks_is_asked_for_by_name(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path, listing: str, path: str, item: str, refused: bool
) -> None:
    azure.fault(Fault("rewrite", path=path, edit=without_first))
    if refused:
        azure.fault(Fault("status", path=item, status=403, times=None))
    after = read(azure, tmp_path, since=snapshot)
    told = after.collections()[f"{P1}/{listing}"]
    assert told.state == (ReadStatus.PARTIAL if refused else ReadStatus.DOUBTED), told.reason
    assert told.withheld == refused
    if refused:
        assert told.remedy.startswith("Grant it the role Azure AI User on /subscriptions/")
    for kind in AssetKind:
        assert set(rows(after, kind)) == set(rows(snapshot, kind)), kind


_UNLISTED = {
    "datasets": r"p1/datasets\?",
    "indexes": r"p1/indexes\?",
    "agents": r"p1/agents\?",
    "connections": r"projects/p1/connections\?",
}


@pytest.mark.parametrize("listing", sampled(_UNLISTED, "agents"))
def test_what_two_reads_find_by_name_only_is_kept(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path, listing: str
) -> None:
    azure.fault(Fault("rewrite", path=_UNLISTED[listing], edit=without_first, times=None))
    last = read(azure, tmp_path / "first", since=snapshot)
    told = last.collections()[f"{P1}/{listing}"]
    assert told.state == ReadStatus.DOUBTED
    assert "what the next read finds so again is kept" in told.reason
    for number in range(2):
        last = read(azure, tmp_path / str(number), since=last)
        told = last.collections()[f"{P1}/{listing}"]
        assert (told.state, told.carried) == (ReadStatus.COMPLETE, 1), told.reason
        assert "kept as last known" in told.reason
        assert last.complete
        for kind in AssetKind:
            assert set(rows(last, kind)) == set(rows(snapshot, kind)), kind
        assert edges(last, "agent_version_of_agent") == edges(snapshot, "agent_version_of_agent")
    azure.clear()
    azure.fault(Fault("status", path=_UNLISTED[listing], status=500, times=None))
    last = read(azure, tmp_path / "failed", since=last)
    assert last.collections()[f"{P1}/{listing}"].state == ReadStatus.FAILED
    azure.clear()
    azure.fault(Fault("rewrite", path=_UNLISTED[listing], edit=without_first, times=None))
    last = read(azure, tmp_path / "again", since=last)
    assert last.complete
    azure.clear()
    last = read(azure, tmp_path / "listed", since=last)
    assert (last.complete, last.unlisted(), last.collections()[f"{P1}/{listing}"].reason) == (True, [], "")


def test_what_is_found_by_name_only_and_then_gone_is_gone(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("rewrite", path=_UNLISTED["datasets"], edit=without_first, times=None))
    last = snapshot
    for number in range(2):
        last = read(azure, tmp_path / str(number), since=last)
    azure.fault(Fault("status", path=r"p1/datasets/", status=404, times=None))
    after = read(azure, tmp_path / "gone", since=last)
    assert after.complete
    assert len(rows(after, AssetKind.DATASET)) == len(rows(snapshot, AssetKind.DATASET)) - 1


def test_another_item_that_is_found_by_name_only_is_doubted_first(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    fault = azure.fault(Fault("rewrite", path=r"/accounts/acct/connections\?", edit=without_first, times=None))
    last = read(azure, tmp_path / "first", since=snapshot)
    fault.edit = lambda body: body["value"].clear()
    states = []
    for number in range(2):
        last = read(azure, tmp_path / str(number), since=last)
        states.append(last.collections()["acct/connections"].state)
    assert states == [ReadStatus.DOUBTED, ReadStatus.COMPLETE]


def test_an_index_that_is_listed_by_another_name_is_not_lost(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    """The service finds it by its former name too, and says how it is called."""

    def renamed(body: Any) -> None:
        body["value"][0]["name"] = "Documents (2)"

    azure.fault(Fault("rewrite", path=_UNLISTED["indexes"], edit=renamed, times=None))
    azure.fault(Fault("rewrite", path=r"p1/indexes/documents/versions\?", edit=renamed, times=None))
    after = read(azure, tmp_path / "renamed", since=snapshot)
    told = after.collections()[f"{P1}/indexes"]
    assert (told.state, told.carried) == (ReadStatus.COMPLETE, 0), told.reason
    listed = {name for name in rows(after, AssetKind.DATASET) if name.startswith("acct/projects/p1/indexes/")}
    assert len(listed) == len(
        [name for name in rows(snapshot, AssetKind.DATASET) if name.startswith("acct/projects/p1/indexes/")]
    )
    assert len(listed) == 1
    assert "acct/projects/p1/indexes/documents" not in listed


@pytest.mark.parametrize("listing", ["datasets", "indexes", "evaluationrules", "openai/v1/evals"])
def test_what_is_gone_by_name_is_gone(azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path, listing: str) -> None:
    azure.fault(Fault("rewrite", path=rf"p1/{listing}\?", edit=without_first))
    azure.fault(Fault("status", path=rf"p1/{listing}/", status=404, times=None))
    after = read(azure, tmp_path, since=snapshot)
    assert after.complete
    kinds = (AssetKind.DATASET, AssetKind.EVALUATION)
    assert sum(len(set(rows(snapshot, kind)) - set(rows(after, kind))) for kind in kinds) == 1


def test_versions_are_not_doubted_without_their_agents(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("status", path=r"p1/agents\?", status=403, times=None))
    after = read(azure, tmp_path, since=snapshot, fail_safe={"empty": 1})
    states = after.collections()
    assert states[f"{P1}/agent_versions"].state == ReadStatus.FAILED
    assert states[f"{P1}/agent_versions"].reason.startswith("agents could not all be listed")
    assert rows(after, AssetKind.AGENT_VERSION) == rows(snapshot, AssetKind.AGENT_VERSION)


def test_deployments_are_not_doubted_without_their_applications(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("status", path=r"p1/applications\?", status=403, times=None))
    after = read(azure, tmp_path, since=snapshot, fail_safe={"empty": 1})
    told = after.collections()[f"{P1}/application_deployments"]
    assert told.state == ReadStatus.FAILED
    assert told.reason.startswith("applications could not all be listed")


def test_an_account_that_may_not_be_read_stays_with_its_projects(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("rewrite", path=r"/accounts\?", edit=_without_account))
    azure.fault(Fault("status", path=r"/accounts/acct\?", status=403, times=None))
    after = read(azure, tmp_path, since=snapshot)
    told = after.collections()["accounts"]
    assert (told.state, told.withheld) == (ReadStatus.PARTIAL, 1), told.reason
    assert "neither listed nor readable by name" in after.collections()[f"{P1}/agents"].reason
    for kind in AssetKind:
        assert set(rows(after, kind)) == set(rows(snapshot, kind)), kind
    assert set(edges(after, "agent_version_of_agent")) == set(edges(snapshot, "agent_version_of_agent"))


def _without_account(body: Any) -> None:
    body["value"] = [item for item in body["value"] if item["name"] != "acct"]


def test_a_cursor_that_says_more_and_not_where_is_a_failure(azure: AzureEmulator, tmp_path: Path) -> None:
    def edit(body: Any) -> None:
        body |= {"has_more": True, "last_id": None}

    azure.fault(Fault("rewrite", path=r"p1/agents\?", edit=edit, times=None))
    told = read(azure, tmp_path).collections()[f"{P1}/agents"]
    assert told.state == ReadStatus.FAILED
    assert "not where it begins" in told.reason


def test_a_withheld_account_stays_when_patterns_change(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("rewrite", path=r"/accounts\?", edit=_without_account, times=None))
    azure.fault(Fault("status", path=r"/accounts/acct\?", status=403, times=None))
    last = read(azure, tmp_path / "withheld", since=snapshot)
    last = read(azure, tmp_path / "narrowed", since=last, projects={"deny": ["p1"]})
    told = last.collections()["accounts"]
    assert (told.state, told.withheld) == (ReadStatus.PARTIAL, 1), told.reason
    left_out = {name for name in rows(snapshot, AssetKind.AGENT) if name.startswith("acct/projects/p1/")}
    assert left_out
    assert set(rows(last, AssetKind.AGENT)) == set(rows(snapshot, AssetKind.AGENT)) - left_out
    assert set(rows(last, AssetKind.DEPLOYMENT)) >= {
        name for name in rows(snapshot, AssetKind.DEPLOYMENT) if not name.startswith("acct/projects/p1/")
    }
    assert f"{P1}/agents" not in last.collections()


def test_a_providers_dates_stay_where_its_models_are_not_listed(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("rewrite", path=r"accounts/acct/models\?", times=None, edit=emptied))
    after = read(azure, tmp_path / "after", since=snapshot)
    assert rows(after, AssetKind.DEPLOYMENT) == rows(snapshot, AssetKind.DEPLOYMENT)


def test_a_providers_dates_are_those_of_the_version_that_is_deployed(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    def upgraded(body: Any) -> None:
        for deployment in body["value"]:
            deployment["properties"]["model"]["version"] = "2099-01-01"

    azure.fault(Fault("rewrite", path=r"accounts/acct/deployments\?", times=None, edit=upgraded))
    after = read(azure, tmp_path / "after", since=snapshot)
    before, chat = (rows(each, AssetKind.DEPLOYMENT)["acct/deployments/chat"] for each in (snapshot, after))
    assert (before["retires_on"], chat["retires_on"]) == ("2027-02-01", None)
