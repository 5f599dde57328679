"""Azure AI Foundry by hand: accounts with their projects, deployments, agents and the applications that serve them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.relations import Relation
from tests.golden.chain import OWNER, USE_CASE
from tests.golden.sources import AzureSource, share

_OF_ACCOUNT = (
    ("deployments", AssetKind.DEPLOYMENT, "deployments"),
    ("endpoints", AssetKind.ENDPOINT, "deployments"),
    ("projects", AssetKind.PROJECT, "projects"),
)
_OF_PROJECT = (
    ("agents", AssetKind.AGENT, "agents"),
    ("agent_versions", AssetKind.AGENT_VERSION, "agents"),
    ("classic_agents", AssetKind.AGENT, "assistants"),
    ("classic_agent_versions", AssetKind.AGENT_VERSION, "assistants"),
    ("connections", AssetKind.CONNECTION, "connections"),
    ("applications", AssetKind.ENDPOINT, "applications"),
    ("application_deployments", AssetKind.DEPLOYMENT, "applications"),
)
BASE_MODEL = qualified_names.base_model("OpenAI", "gpt-4o", "2024-11-20")


@dataclass(frozen=True)
class Assistant:
    """What an agent is: sound, or broken where a case says so.

    credential: of the connection that its latest version reaches out through; None: it uses none. served: by an
    application. access: its columns on access where they are not sound.
    """

    owner: str | None = OWNER
    use_case: str | None = USE_CASE
    described: bool = True
    secrets: int = 0
    state: str = "enabled"
    served: bool = True
    credential: str | None = "Entra ID"
    more_tags: Mapping[str, str] = field(default_factory=dict)
    access: Mapping[str, Any] = field(default_factory=dict)

    def tags(self) -> dict[str, str]:
        said = {"governance.owner": self.owner, "governance.use_case": self.use_case}
        return {**{tag: value for tag, value in said.items() if value}, **self.more_tags}


SOUND_ASSISTANT = Assistant()


class Foundry(AzureSource):
    def __init__(self, name: str, **scope: Any) -> None:
        super().__init__(name, "ai_foundry", **scope)
        self.lists("accounts", AssetKind.SOURCE, qualified_names.azure(self.subscription) + "/")
        self.add(
            AssetKind.BASE_MODEL, "", "gpt-4o 2024-11-20", qualified_name=BASE_MODEL,
            model_name="gpt-4o", version="2024-11-20", publisher="OpenAI", link=None,
        )  # fmt: skip

    def account(self, name: str) -> Account:
        return Account(self, name)

    def desk(self, name: str) -> Project:
        """The project NAME-desk of the account NAME."""
        return self.account(name).project(f"{name}-desk")


class Account:
    def __init__(self, source: Foundry, name: str) -> None:
        self.source, self.name = source, name
        self.id = f"{source.provider('Microsoft.CognitiveServices')}/accounts/{name}"
        self.container = source.add(AssetKind.SOURCE, self.id, name, platform="ai_foundry", subtype="AIServices")
        for collection, kind, part in _OF_ACCOUNT:
            source.lists(f"{name}/{collection}", kind, qualified_names.azure(self.id, part) + "/")

    def unread(self, collection: str, **how: Any) -> None:
        self.source.unread(f"{self.name}/{collection}", **how)

    def project(self, name: str) -> Project:
        return Project(self, name)

    def deployment(
        self,
        name: str,
        model: str | None = BASE_MODEL,
        *,
        reference: str | None = None,
        tags: Mapping[str, str] | None = None,
        stated: Mapping[str, Any] | None = None,
        **access: Any,
    ) -> str:
        """A model deployment, and the endpoint that it is. Returns the endpoint. access: where it is not sound.

        tags: owned and used unless stated. stated: columns of the deployment.
        """
        arm_id = f"{self.id}/deployments/{name}"
        deployment = qualified_names.azure(arm_id)
        endpoint = qualified_names.azure_part(deployment, "endpoint")
        said = SOUND_ASSISTANT.tags() if tags is None else dict(tags)
        shared = {"tags_json": json_text.dump(said), **self.source.access(name, **access)}
        self.source.add(
            AssetKind.DEPLOYMENT, arm_id, name, self.container, deployment_type="model", endpoint=endpoint,
            traffic=100, mirror_traffic=0, model_reference=reference, **{**shared, **(stated or {})},
        )  # fmt: skip
        self.source.add(
            AssetKind.ENDPOINT, arm_id, name, self.container, qualified_name=endpoint, endpoint_type="model", **shared
        )
        share(self.source, deployment, endpoint, 100, 0)
        if model:
            self.source.relate(Relation.MODEL_DEPLOYED_IN, model, deployment, "model of the deployment")
        return endpoint


class Project:
    def __init__(self, account: Account, name: str) -> None:
        self.account, self.source, self.name = account, account.source, name
        self.id = f"{account.id}/projects/{name}"
        self.container = self.source.add(AssetKind.PROJECT, self.id, name, account.container, platform="ai_foundry")
        self.source.relate(Relation.PART_OF_SOURCE, self.container, account.container)
        for collection, kind, part in _OF_PROJECT:
            self.source.lists(f"{name}/{collection}", kind, qualified_names.azure(self.id, part) + "/")

    def unread(self, collection: str, **how: Any) -> None:
        self.source.unread(f"{self.name}/{collection}", **how)

    def governed(self, name: str, assistant: Assistant = SOUND_ASSISTANT, **access: Any) -> str:
        """An agent with the deployment NAME-chat of gpt-4o behind it. access: of the deployment, where not sound."""
        return self.agent(name, assistant, calls=self.account.deployment(f"{name}-chat", **access))

    def agent(
        self,
        name: str,
        assistant: Assistant = SOUND_ASSISTANT,
        *,
        calls: str | None = None,
        model: str | None = None,
        flags: tuple[bool | None, bool | None] = (False, True),
        serves: str | None = None,
    ) -> str:
        """calls: the endpoint that its latest version, the second, calls. model: the name by which it does.

        flags: which its source calls the latest. serves: the version that its application names.
        """
        agent = qualified_names.azure(self.id, "agents", name)
        self._add(
            AssetKind.AGENT, agent, name, latest_version="2", state=assistant.state, published=assistant.served,
            tags_json=json_text.dump(assistant.tags()), description=f"{name} helps" if assistant.described else None,
            secrets_removed=assistant.secrets, **self.source.access(name, **assistant.access),
        )  # fmt: skip
        self.version(agent, name, 1, flags[0], assistant)
        version = self.version(agent, name, 2, flags[1], assistant, model)
        if calls:
            self.source.relate(Relation.ENDPOINT_USED_BY_AGENT_VERSION, calls, version, "deployment name")
        if assistant.credential:
            self.connect(version, f"{name}-search", assistant.credential)
        if assistant.served:
            self.serve(agent, name, serves)
        return agent

    def classic(self, name: str, assistant: Assistant = SOUND_ASSISTANT, *, calls: str | None = None) -> str:
        """An agent of the classic portal, with its only version. Nothing publishes it."""
        agent = qualified_names.azure(self.id, "assistants", f"asst_{name}")
        self._add(
            AssetKind.AGENT, agent, name, agent_type="classic", published=False,
            tags_json=json_text.dump(assistant.tags()), description=f"{name} helps" if assistant.described else None,
            secrets_removed=assistant.secrets, **self.source.access(name, **assistant.access),
        )  # fmt: skip
        version = qualified_names.azure_part(agent, "versions", "current")
        self._add(
            AssetKind.AGENT_VERSION, version, f"{name} current", agent=agent, agent_name=name, version="current",
            is_latest=True, tags_json="{}",
        )  # fmt: skip
        self.source.relate(Relation.VERSION_OF_AGENT, version, agent)
        if calls:
            self.source.relate(Relation.ENDPOINT_USED_BY_AGENT_VERSION, calls, version, "deployment name")
        if assistant.credential:
            self.connect(version, f"{name}-search", assistant.credential)
        return agent

    def version(
        self,
        agent: str,
        name: str,
        number: int,
        latest: bool | None,
        assistant: Assistant = SOUND_ASSISTANT,
        model: str | None = None,
    ) -> str:
        version = qualified_names.azure_part(agent, "versions", str(number))
        self._add(
            AssetKind.AGENT_VERSION, version, f"{name} v{number}", agent=agent, agent_name=name, version=str(number),
            is_latest=latest, tags_json=json_text.dump(assistant.tags()), model=model,
        )  # fmt: skip
        self.source.relate(Relation.VERSION_OF_AGENT, version, agent)
        return version

    def connect(self, version: str, name: str, credential: str) -> None:
        connection = qualified_names.azure(self.id, "connections", name)
        self._add(AssetKind.CONNECTION, connection, name, category="CognitiveSearch", credential=credential)
        self.source.relate(Relation.CONNECTION_USED_BY_AGENT_VERSION, connection, version, "tool")

    def serve(self, agent: str, name: str, version: str | None = None) -> None:
        """The application NAME-app, with the deployment that every application has. version: that it names."""
        endpoint = qualified_names.azure(self.id, "applications", f"{name}-app")
        access = {"tags_json": "{}", **self.source.access(f"{name}-app")}
        self._add(AssetKind.ENDPOINT, endpoint, f"{name}-app", endpoint_type="application", state="enabled", **access)
        deployment = qualified_names.azure_part(endpoint, "deployments", "live")
        self._add(
            AssetKind.DEPLOYMENT, deployment, f"{name}-app / live", deployment_type="agent", endpoint=endpoint, **access
        )
        self.source.relate(Relation.DEPLOYMENT_OF_ENDPOINT, deployment, endpoint, "application")
        named = {"version": version} if version else {}
        self.source.relate(Relation.AGENT_SERVED_BY_ENDPOINT, agent, endpoint, "agents of the application", **named)

    def _add(self, kind: AssetKind, qualified_name: str, title: str, **columns: Any) -> str:
        return self.source.add(kind, qualified_name, title, self.container, qualified_name=qualified_name, **columns)
