"""Tools, workflows and models, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from include.governance.scrub import Scrubber
from include.governance.sources.ai_foundry.agents import model_of
from include.governance.sources.ai_foundry.deployments import deployed
from include.governance.sources.ai_foundry.tools import tools_of
from include.governance.sources.ai_foundry.workflow import invoked_agents
from include.governance.sources.azure.fields import ArmFields

ML = "providers/Microsoft.MachineLearningServices"


def tool(stated: dict[str, Any]) -> Any:
    return tools_of({"tools": [stated]})[0]


@pytest.mark.parametrize(
    ("stated", "name", "reaches", "connections"),
    [
        ({"type": "function", "name": "refund", "parameters": {"server_url": "no"}}, "refund", (), ()),
        ({"type": "file_search", "vector_store_ids": ["v1", "v2"]}, None, ("v1", "v2"), ()),
        (
            {"type": "openapi", "openapi": {"name": "crm", "spec": {"servers": [{"url": "https://crm"}, 3]}}},
            "crm",
            ("https://crm",),
            (),
        ),
        (
            {
                "type": "openapi",
                "openapi": {
                    "name": "crm",
                    "spec": {},
                    "auth": {"type": "project_connection", "security_scheme": {"project_connection_id": "c1"}},
                },
            },
            "crm",
            (),
            ("c1",),
        ),
        (
            {"type": "bing_grounding", "bing_grounding": {"search_configurations": [{"project_connection_id": "b"}]}},
            None,
            (),
            ("b",),
        ),
        ({"type": "mcp", "server_label": "l", "connector_id": "x", "headers": {"server_url": "h"}}, "l", ("x",), ()),
        ({"type": "code_interpreter", "container": {"type": "auto"}}, None, (), ()),
        ({"type": "azure_function", "azure_function": {"function": {"name": "f"}}}, "f", (), ()),
        (
            {
                "type": "sharepoint_grounding_preview",
                "sharepoint_grounding_preview": {"project_connections": [{"project_connection_id": "sp"}]},
            },
            None,
            (),
            ("sp",),
        ),
        ({"type": "brand_new", "deep": {"base_url": "https://new"}}, None, ("https://new",), ()),
        ({}, None, (), ()),
    ],
)
def test_tools(
    stated: dict[str, Any], name: str | None, reaches: tuple[str, ...], connections: tuple[str, ...]
) -> None:
    found = tool(stated)
    assert (found.name, found.reaches, found.connections) == (name, reaches, connections)
    assert found.type == stated.get("type", "unknown")


@pytest.mark.parametrize("odd", [None, "text", 3, {}, [None, "x"]])
def test_odd_tools_are_left_out(odd: Any) -> None:
    assert tools_of({"tools": odd}) == []


def test_a_bottomless_tool_is_read_to_a_depth() -> None:
    deep: dict[str, Any] = {"type": "x"}
    for _ in range(500):
        deep = {"type": "x", "inner": deep}
    assert tool(deep).reaches == ()


@pytest.mark.parametrize(
    ("workflow", "agents"),
    [
        (None, None),
        ("a: [", None),
        ("x" * 300_000, None),
        ("!!python/object/apply:os.system ['true']", None),
        ("just text", []),
        ("- kind: InvokeAzureAgent\n  agent: {name: b}\n- kind: InvokeAzureAgent\n  agent: a\n", ["a", "b"]),
        ("- kind: InvokeAzureAgent\n  agent: {name: =Topic.Agent}\n", []),
        ("- kind: SendActivity\n  agent: {name: a}\n", []),
        ("a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n", []),
    ],
)
def test_agents_of_a_workflow(workflow: Any, agents: list[str] | None) -> None:
    assert invoked_agents(workflow) == agents


def test_aliases_do_not_multiply_the_work() -> None:
    lines = ["a0: &a0 [1, 1]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    assert invoked_agents("\n".join(lines)) == []


@pytest.mark.parametrize(
    ("model", "name", "rule"),
    [
        (
            {"name": "azureml://registries/azureml-meta/models/Llama/versions/4"},
            "base-models/azureml-meta/llama/4",
            "model.name",
        ),
        (
            {"name": "azureml://registries/mine/models/m/versions/2"},
            "registries/mine/models/m/versions/2",
            "model.name",
        ),
        (
            {
                "name": "m",
                "source": f"/subscriptions/S/resourceGroups/G/{ML}/workspaces/W/models/m/versions/2",
            },
            f"subscriptions/s/resourcegroups/g/{ML.lower()}/workspaces/w/models/m/versions/2",
            "model.source",
        ),
        (
            {"name": "gpt-4o", "format": "OpenAI", "version": "1"},
            "base-models/openai/gpt-4o/1",
            "model of the deployment",
        ),
        (
            {"name": "phi", "format": "Microsoft", "publisher": "MS", "version": "1"},
            "base-models/ms/phi/1",
            "model of the deployment",
        ),
        ({"name": "mine", "format": "Custom", "version": "1"}, None, ""),
        ({}, None, ""),
    ],
)
def test_models(model: dict[str, Any], name: str | None, rule: str) -> None:
    found = deployed(model, ArmFields(Scrubber()))
    assert (found.qualified_name, found.rule) == (f"azure://{name}" if name else None, rule)


def test_a_model_that_is_no_text_is_none() -> None:
    assert model_of({"model": {"id": "x"}}) is None
