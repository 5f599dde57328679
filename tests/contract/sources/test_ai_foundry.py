"""Azure AI Foundry, read by the unmodified SDKs from the stand-in; its two planes fail apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from include.governance.model.assets import AssetKind
from include.governance.staging.snapshot import Snapshot
from include.sandbox.azure.loader import Document
from include.sandbox.azure.names import COGNITIVE, resource_id
from tests.contract.sources.belief import BeliefContract
from tests.contract.sources.contract import SourceContract
from tests.contract.sources.foundry_estate import ACCOUNT, INSTRUCTIONS, PROJECT, SECRETS, EstateSize, foundry
from tests.contract.sources.stand_in_wire import StandInHooks, named
from tests.contract.sources.tables import texts
from tests.contract.sources.wire import Calls, FaultContract

_ACCOUNT, _PROJECT = ACCOUNT, f"{ACCOUNT}/{PROJECT}"
_OF_ACCOUNT = ("models", "deployments", "endpoints", "content_policies", "connections", "projects")
_OF_PROJECT = ("connections", "applications", "application_deployments", "agents", "agent_versions", "evaluations")
_OF_CLASSIC = ("classic_agents", "classic_agent_versions")
_WHOLE = ("datasets", "indexes", "evaluation_rules")  # the service pages none of them in the stand-in
_PROJECT_ID = f"{resource_id('rg-a', f'{COGNITIVE}/accounts', ACCOUNT)}/projects/{PROJECT}"


def _below(*fields: str, path: str, bad: str) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str]]:
    """Leaves of a data plane's record these fields, and nonsense. path: of its id below the project."""

    def spoiled(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
        return {**{field: record[field] for field in fields}, bad: "nonsense"}, f"{_PROJECT_ID}/{path.format(**record)}"

    return spoiled


class Foundry(StandInHooks):
    platform = "ai_foundry"
    narrowed: ClassVar[dict[str, Any]] = {"projects": {"deny": ["no such project"]}}
    stated: ClassVar[dict[str, Any]] = {"preview": True}
    collections: ClassVar[tuple[str, ...]] = (
        "accounts",
        *(f"{_ACCOUNT}/{listing}" for listing in _OF_ACCOUNT),
        *(f"{_PROJECT}/{listing}" for listing in (*_OF_PROJECT, *_OF_CLASSIC, *_WHOLE)),
    )
    single_page: ClassVar[tuple[str, ...]] = (
        *("accounts", f"{_ACCOUNT}/projects"),
        *(f"{_PROJECT}/{listing}" for listing in _WHOLE),
    )
    derived_from: ClassVar[dict[str, str]] = {
        f"{_ACCOUNT}/endpoints": f"{_ACCOUNT}/deployments",
        f"{_PROJECT}/application_deployments": f"{_PROJECT}/applications",
        f"{_PROJECT}/agent_versions": f"{_PROJECT}/agents",
        f"{_PROJECT}/classic_agent_versions": f"{_PROJECT}/classic_agents",
    }
    secrets: ClassVar[tuple[str, ...]] = tuple(SECRETS.values())

    def estate(self) -> list[Document]:
        return foundry(EstateSize())

    def large(self) -> tuple[list[Document], list[Document]]:
        few = EstateSize(15, 15, 15, 15, 3, 40, 5, 80, 8)
        return foundry(few), foundry(EstateSize(60, 60, 60, 60, 3, 160, 5, 320, 32))

    def calls_besides_pages(self, snapshot: Snapshot) -> int:
        """What a listing tells besides has no pages of its own: those of deployments and classic agents count twice."""
        states = snapshot.collections()
        return -sum(states[name].pages for name in (f"{_ACCOUNT}/endpoints", f"{_PROJECT}/classic_agent_versions"))


class TestFoundry(Foundry, SourceContract):
    """What does not depend on the plane."""

    def test_no_instruction_passes(self, where: str, tmp_path: Path) -> None:
        self.read(where, tmp_path)
        assert not [file for file, text in texts(tmp_path) if INSTRUCTIONS in text]


@pytest.mark.heavy  # pages and errors of Resource Manager are those of the contract on Azure ML
class TestControlPlane(Foundry, FaultContract, BeliefContract):
    calls: ClassVar[dict[str, Calls]] = {
        f"{_ACCOUNT}/deployments": Calls(
            r"/accounts/acct/deployments\?", "value", named, AssetKind.DEPLOYMENT, brings=(AssetKind.ENDPOINT,)
        ),
        f"{_ACCOUNT}/content_policies": Calls(r"/raiPolicies\?", "value", named, AssetKind.CONTENT_POLICY),
        f"{_ACCOUNT}/connections": Calls(r"/accounts/acct/connections\?", "value", named, AssetKind.CONNECTION),
        f"{_PROJECT}/connections": Calls(r"/projects/p1/connections\?", "value", named, AssetKind.CONNECTION),
        f"{_PROJECT}/applications": Calls(
            r"/applications\?", "value", named, AssetKind.ENDPOINT, brings=(AssetKind.DEPLOYMENT,)
        ),
        f"{_PROJECT}/application_deployments": Calls(
            r"/agentDeployments\?", "value", named, AssetKind.DEPLOYMENT, f"{_PROJECT}/applications", several=True
        ),
    }
    paged = f"{_ACCOUNT}/deployments"
    item_paths: ClassVar[dict[str, str]] = {
        f"{_ACCOUNT}/deployments": r"/accounts/acct/deployments/[^/]+\?",
        f"{_ACCOUNT}/content_policies": r"/raiPolicies/[^/]+\?",
        f"{_ACCOUNT}/connections": r"/accounts/acct/connections/[^/]+\?",
        f"{_PROJECT}/connections": r"/projects/p1/connections/[^/]+\?",
        f"{_PROJECT}/applications": r"/applications/[^/]+\?",
        f"{_PROJECT}/application_deployments": r"/agentDeployments/[^/]+\?",
    }
    optional = f"{_PROJECT}/applications"


class TestDataPlane(Foundry, FaultContract, BeliefContract):
    token = "last_id"
    calls: ClassVar[dict[str, Calls]] = {
        f"{_PROJECT}/agents": Calls(
            r"/agents\?",
            "data",
            _below("id", "name", path="agents/{name}", bad="versions"),
            AssetKind.AGENT,
            brings=(AssetKind.AGENT_VERSION,),
        ),
        f"{_PROJECT}/agent_versions": Calls(
            r"/agents/[^/]+/versions\?",
            "data",
            _below("id", "name", "version", path="agents/{name}/versions/{version}", bad="definition"),
            AssetKind.AGENT_VERSION,
            f"{_PROJECT}/agents",
            nth=1,  # the agents' listing brings the first, the latest
            several=True,
        ),
        f"{_PROJECT}/classic_agents": Calls(
            r"/assistants\?",
            "data",
            _below("id", "name", path="assistants/{id}", bad="tool_resources"),
            AssetKind.AGENT,
            brings=(AssetKind.AGENT_VERSION,),
        ),
        f"{_PROJECT}/evaluations": Calls(
            r"/evals\?", "data", _below("id", path="evals/{id}", bad="metadata"), AssetKind.EVALUATION
        ),
    }
    paged = f"{_PROJECT}/agents"
    item_paths: ClassVar[dict[str, str]] = {
        f"{_PROJECT}/agents": r"/agents/[^/]+\?",
        f"{_PROJECT}/agent_versions": r"/agents/[^/]+/versions/[^/]+\?",
        f"{_PROJECT}/evaluations": r"/evals/",
    }
    optional = f"{_PROJECT}/evaluations"
