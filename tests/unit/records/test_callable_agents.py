"""The life of an agent's record: called without being published, then published, in an older version, disabled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.governance.config.register import Register
from include.governance.estate import Estate
from include.governance.model import qualified_names
from include.governance.model.relations import Relation
from include.governance.records import Past, resolve
from include.governance.records.resolve import Resolved
from include.governance.staging.rows import rows
from tests.golden.foundry import Assistant
from tests.golden.world import NOW, SETTINGS, EstateBuilder

Build = Callable[[EstateBuilder], Any]


def days(folder: Path, *builds: Build, settings: Any = SETTINGS) -> list[Resolved]:
    """A sync a day."""
    past, found = Past(), []
    for day, build in enumerate(builds):
        world = EstateBuilder()
        build(world)
        estate = Estate.of(world.snapshots(folder / str(day)))
        found.append(resolve(estate, Register(), settings, past, NOW + timedelta(days=day)))
        last = found[-1]
        past = Past(last.records.promotions, last.lifecycle.states, last.records)
    return found


def desk(served: bool = False, state: str = "enabled") -> Build:
    return lambda world: world.foundry().desk("ai").governed("desk", Assistant(served=served, state=state))


def promotions(one: Resolved) -> list[tuple[str, bool]]:
    """(state, whether it stands) of the agent's, in order."""
    agents = [row for row in rows(one.records.promotions) if "/agents/" in row["version"]]
    return [(row["state"], row["until"] is None) for row in sorted(agents, key=lambda row: row["since"])]


def record(one: Resolved) -> dict[str, Any]:
    (found,) = [row for row in rows(one.records.records) if row["kind"] == "agent"]
    return found


def test_publishing_ends_the_time_before(tmp_path: Path) -> None:
    drafted, published, again = days(tmp_path, desk(), desk(served=True), desk(served=True))
    assert (record(drafted)["state"], promotions(drafted)) == ("unpublished", [("unpublished", True)])
    assert record(published)["key"] == record(drafted)["key"]
    assert record(published)["state"] == "production"
    assert promotions(published) == promotions(again) == [("unpublished", False), ("production", True)]
    assert record(published)["state_since"] == record(again)["state_since"] == NOW + timedelta(days=1)
    assert not again.lifecycle.transitions.to_dict("records")


def test_a_disabled_agent_cannot_be_called(tmp_path: Path) -> None:
    _, disabled = days(tmp_path, desk(), desk(state="disabled"))
    assert (record(disabled)["state"], promotions(disabled)) == ("retired", [("unpublished", False)])


def test_without_the_signal_it_has_no_record(tmp_path: Path) -> None:
    lifecycle = SETTINGS.lifecycle.model_copy(update={"unpublished": None})
    (drafted,) = days(tmp_path, desk(), settings=SETTINGS.model_copy(update={"lifecycle": lifecycle}))
    assert {row["kind"] for row in rows(drafted.records.records)} == {"deployment"}


def test_a_failed_listing_ends_nothing(tmp_path: Path) -> None:
    def unread(world: EstateBuilder) -> None:
        project = world.foundry().desk("ai")
        for listing in ("agents", "agent_versions"):
            project.unread(listing)
        project.account.deployment("desk-chat")

    drafted, failed = days(tmp_path, desk(), unread)
    assert record(failed) == record(drafted)
    assert promotions(failed) == [("unpublished", True)]


@pytest.mark.parametrize("calls", ["desk-chat", "gone"])
def test_what_it_calls_stays_while_deployments_cannot_be_listed(tmp_path: Path, calls: str) -> None:
    def build(world: EstateBuilder) -> None:
        project = world.foundry().desk("ai")
        there = project.account.deployment("desk-chat")
        project.agent("desk", calls=there.replace("desk-chat", calls), model=calls)

    def unread(world: EstateBuilder) -> None:
        project = world.foundry().desk("ai")
        project.account.unread("deployments")
        endpoint = qualified_names.azure_part(
            qualified_names.azure(project.account.id, "deployments", calls), "endpoint"
        )
        project.agent("desk", calls=endpoint, model=calls)

    before, failed = days(tmp_path, build, unread)
    kept = ("stands_on_json", "missing_deployment", "model_elsewhere", "paths")
    evidence = [{name: _agent(one.records.evidence)[name] for name in kept} for one in (before, failed)]
    assert evidence[0] == evidence[1]
    assert bool(evidence[0]["missing_deployment"]) is (calls == "gone")
    assert _agent(failed.records.evidence)["unread_reason"]
    told = ("unregistered_reason", "missing_deployment", "behind")
    serving = [{name: _agent(one.records.serving, "kind")[name] for name in told} for one in (before, failed)]
    assert serving[0] == serving[1]


def _agent(table: Any, column: str = "subject_kind") -> dict[str, Any]:
    (row,) = [row for row in rows(table) if row[column] == "agent"]
    return row


@pytest.mark.parametrize("serves", ["1", None])
def test_what_is_said_of_an_older_version(tmp_path: Path, serves: str | None) -> None:
    def build(world: EstateBuilder) -> None:
        world.foundry().desk("ai").agent("desk", serves=serves)

    (one,) = days(tmp_path, build)
    (row,) = [row for row in rows(one.records.evidence) if row["subject_kind"] == "agent"]
    older = ", which serves version 1 while 2 is the latest" if serves else ""
    assert row["state_signal"] == f"published as desk-app{older}"
    versions = {link["qualified_name"] for link in rows(one.records.links) if link["kind"] == "agent_version"}
    assert {name.rsplit("/", 1)[-1] for name in versions} == {serves or "2"}


def test_tools_and_knowledge_are_relations_of_the_record(tmp_path: Path) -> None:
    def build(world: EstateBuilder) -> None:
        project = world.foundry().desk("ai")
        agent = project.governed("desk")
        helper = project.governed("helper")
        project.source.relate(
            Relation.AGENT_USED_BY_AGENT_VERSION, helper, qualified_names.azure_part(agent, "versions", "2")
        )

    (one,) = days(tmp_path, build)
    key = next(row["key"] for row in rows(one.records.records) if row["name"] == "desk")
    kinds = {link["kind"] for link in rows(one.records.links) if link["record_key"] == key}
    assert kinds >= {"agent", "agent_version", "connection", "endpoint", "deployment", "base_model"}
    agents = [link["qualified_name"] for link in rows(one.records.links) if link["record_key"] == key]
    assert any(name.endswith("/agents/helper") for name in agents)


def test_namesakes_of_the_classic_portal_are_records_of_their_own(tmp_path: Path) -> None:
    def build(world: EstateBuilder) -> None:
        project = world.foundry().desk("ai")
        project.governed("desk")
        project.classic("desk")

    keys = [
        [row["key"] for row in rows(one.records.records) if row["kind"] == "agent"] for one in days(tmp_path, build)
    ]
    assert keys == [["foundry/rg/ai/ai-desk/assistants/asst_desk", "foundry/rg/ai/ai-desk/desk"]]


@pytest.mark.parametrize(
    ("deployment", "title"),
    [
        ("azure://s/accounts/a/deployments/chat", "chat"),
        ("azure://s/workspaces/w/serverlessendpoints/e/deployment", "e"),
        ("azure://s/workspaces/w/onlineendpoints/e/deployments/blue", "e / blue"),
    ],
    ids=["foundry", "serverless", "online"],
)
def test_a_deployment_and_its_endpoint_name_each_other(deployment: str, title: str) -> None:
    endpoint = qualified_names.endpoint_of_deployment(deployment)
    assert endpoint is not None and endpoint != deployment
    assert qualified_names.deployment_at_endpoint(endpoint, title) == deployment


def test_other_names_are_of_no_deployment() -> None:
    assert qualified_names.endpoint_of_deployment("mlflow://m/models/deployment") is None
    assert qualified_names.endpoint_of_deployment(qualified_names.azure("/s/workspaces/w/models/m/versions/1")) is None
