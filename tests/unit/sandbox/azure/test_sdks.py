"""The unmodified SDKs read the demo estate: what they list, and that nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.governance.sources.azure.session import AzureSession, open_session
from include.sandbox.azure import AzureEmulator, azure_emulator


@pytest.fixture(scope="module")
def azure() -> Iterator[AzureEmulator]:
    with azure_emulator(page_size=3) as running:
        yield running
        assert running.writes == []


@pytest.fixture(scope="module")
def session(azure: AzureEmulator) -> Iterator[AzureSession]:
    opened = open_session(azure.settings("azure_ml"), lambda _name: None)  # type: ignore[arg-type,return-value]
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ml(session: AzureSession) -> Any:
    return session.ml_client("rg-fraud", "ws-fraud", hook=lambda _answer: None)


def names(listing: Any) -> list[str]:
    return [item.name for item in listing]


def test_workspaces_of_the_subscription(ml: Any) -> None:
    assert "ws-fraud" in names(ml.workspaces.list(scope="subscription"))


def test_archived_models_show_when_asked_for(ml: Any) -> None:
    assert "session-rules" in names(ml.models.list(list_view_type="All"))
    assert "session-rules" not in names(ml.models.list())
    assert names(ml.models.list(list_view_type="ArchivedOnly")) == ["session-rules"]


def test_the_latest_version_is_the_newest(ml: Any) -> None:
    assert ml.models.get("payment-scoring", label="latest").version == "2"


def test_versions_endpoints_and_deployments(ml: Any) -> None:
    assert [model.version for model in ml.models.list("payment-scoring")] == ["1", "2"]
    assert ml.online_endpoints.get("payment-scoring").traffic == {"stable": 90, "candidate": 10}
    assert names(ml.online_deployments.list("payment-scoring")) == ["stable", "candidate", "shadow"]
    assert names(ml.components.list("train_forest")) == ["train_forest"]


def test_disabled_schedules_show_when_asked_for(ml: Any) -> None:
    assert names(ml.schedules.list()) == ["quarterly-retraining"]
    assert names(ml.schedules.list(list_view_type="All")) == ["quarterly-retraining", "nightly-drift"]


def test_children_of_a_pipeline_come_from_run_history(ml: Any) -> None:
    children = names(ml.jobs.list(parent_job_name="serene_lake_pipeline"))
    assert children == ["serene_lake_prepare", "serene_lake_train"]


def test_accounts_projects_and_deployments(session: AzureSession) -> None:
    cognitive = session.cognitive_client()
    assert "ai-assist" in names(cognitive.accounts.list())
    assert names(cognitive.projects.list("rg-assist", "ai-assist")) == ["ai-assist/claims", "ai-assist/helpdesk"]
    assert "gpt-chat" in names(cognitive.deployments.list("rg-assist", "ai-assist"))
    assert "careful" in names(cognitive.rai_policies.list("rg-assist", "ai-assist"))


def test_role_assignments_are_one_listing_of_the_subscription(session: AzureSession) -> None:
    client = session.authorization_client()
    scopes = {assignment.scope for assignment in client.role_assignments.list_for_subscription()}
    assert f"/subscriptions/{session.subscription}" in scopes
    roles = {role.role_name for role in client.role_definitions.list(f"/subscriptions/{session.subscription}")}
    assert {"Owner", "Contributor", "Reader"} <= roles


def test_a_project_is_read_at_its_own_endpoint(session: AzureSession) -> None:
    cognitive = session.cognitive_client()
    first = next(iter(cognitive.projects.list("rg-assist", "ai-assist")))
    project = session.project_client(first.properties.endpoints["AI Foundry API"])
    assert names(project.agents.list(limit=1)) == ["claims-assistant", "translator"]
    assert [one.version for one in project.agents.list_versions("claims-assistant")] == ["2", "1"]
    assert names(project.datasets.list()) == ["claim-letters"]
    assert names(project.indexes.list()) == ["policies"]
    assert names(project.connections.list()) == ["policy-search", "claims-tools"]
    assert "gpt-chat" in names(project.deployments.list())
