"""The machine learning service beside ARM: discovery of workspaces and registries, children of a run."""

from __future__ import annotations

from . import answers
from .answers import Answer, Request
from .resource_tree import Resource, ResourceTree
from .shapes import REGISTRIES

_RUN_STATES = {"NotStarted", "Running", "Completed", "Failed", "Canceled"}


class History:
    """The run history service and both discovery services.

    Args:
        base: the emulator's address.
    """

    def __init__(self, tree: ResourceTree, base: str) -> None:
        self.tree, self.base = tree, base

    def discovery(self) -> Answer:
        """GET a workspace's discoveryUrl, which the SDK calls without an api-version and without a token."""
        return answers.ok({"api": self.base, "history": self.base})

    def registry(self, request: Request) -> Answer:
        """GET /registrymanagement/v1.0/registries/R/discovery."""
        parts = request.path.rstrip("/").split("/")
        name = parts[4].lower() if len(parts) == 6 and parts[5] == "discovery" else ""
        registry = next((known for known in self.tree.of_kind(REGISTRIES) if known.name.lower() == name), None)
        if not registry:
            return answers.not_found(request.path, f"Registry {name} does not exist.")
        steps = registry.path.split("/")
        return answers.ok(
            {
                "registryName": registry.name,
                "primaryRegionResourceProviderUri": f"{self.base}/",
                "resourceGroup": steps[4],
                "subscriptionId": steps[2],
            }
        )

    def answer(self, request: Request) -> Answer:
        """GET /history/v1.0{workspace}/runs/P/children."""
        path = request.path[len("/history/v1.0") :].rstrip("/")
        workspace, _, inner = path.partition("/runs/")
        name, _, last = inner.partition("/")
        if last != "children" or not self.tree.get(f"{workspace}/jobs/{name}"):
            return answers.service_not_found(request.path)
        if not self.tree.may_read(f"{workspace}/jobs"):
            return answers.not_authorised("Microsoft.MachineLearningServices/workspaces/jobs/read", workspace)
        jobs = self.tree.listing(f"{workspace}/jobs") or []
        children = [_run(job, name) for job in jobs if parent_of(job).lower() == name.lower()]
        return answers.ok({"value": children, "continuationToken": None})


def parent_of(job: Resource) -> str:
    """Name of the job that this one is a child of, or empty."""
    properties = job.properties.get("properties") or {}
    return str(properties.get("azureml.pipelinerunid") or properties.get("azureml.parentRunId") or "")


def _run(job: Resource, parent: str) -> dict[str, object]:
    system = job.item.get("systemData") or {}
    status = job.properties.get("status")
    return {
        "runId": job.name,
        "parentRunId": parent,
        "rootRunId": parent,
        "experimentId": job.properties.get("experimentName"),
        "status": status if status in _RUN_STATES else "Running",
        "displayName": job.properties.get("displayName"),
        "name": job.name,
        "dataContainerId": f"dcid.{job.name}",
        "createdUtc": system.get("createdAt"),
        "startTimeUtc": system.get("createdAt"),
        "createdBy": {"userName": system.get("createdBy"), "upn": None},
        "runType": "azureml.StepRun",
        "properties": job.properties.get("properties") or {},
        "tags": job.properties.get("tags") or {},
        "hidden": False,
    }
