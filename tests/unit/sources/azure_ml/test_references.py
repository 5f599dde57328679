"""Every shape that a reference takes, and what it is read as."""

from __future__ import annotations

import pytest

from include.governance.sources.azure_ml import references
from include.governance.sources.azure_ml.references import Workspaces

WS = "/subscriptions/S1/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
HERE = "azure://subscriptions/s1/resourcegroups/rg/providers/microsoft.machinelearningservices/workspaces/ws"
GUID = "3a59e976-9196-4817-92c5-da1e6dfae03c"


@pytest.fixture
def workspaces() -> Workspaces:
    known = Workspaces()
    known.know(GUID.upper(), WS)
    return known


@pytest.mark.parametrize(
    ("reference", "rule", "name", "version"),
    [
        (f"{WS}/data/tx/versions/3", "ARM id", f"{HERE}/data/tx/versions/3", "3"),
        (
            WS.replace("resourceGroups", "resourcegroups") + "/data/TX/versions/3",
            "ARM id",
            f"{HERE}/data/tx/versions/3",
            "3",
        ),
        (f"azureml:{WS}/data/tx/versions/3", "ARM id", f"{HERE}/data/tx/versions/3", "3"),
        (f"{WS}/data/tx", "ARM id", f"{HERE}/data/tx", None),
        ("azureml:tx:3", "azureml:NAME:VERSION", f"{HERE}/data/tx/versions/3", "3"),
        ("azureml:tx@latest", "azureml:NAME@LABEL", f"{HERE}/data/tx/labels/latest", None),
        (
            f"azureml://locations/westeurope/workspaces/{GUID}/data/tx/versions/3",
            "azureml://locations",
            f"{HERE}/data/tx/versions/3",
            "3",
        ),
        (
            "azureml://locations/westeurope/workspaces/other-guid/data/tx/versions/3",
            "azureml://locations",
            "azure://locations/westeurope/workspaces/other-guid/data/tx/versions/3",
            "3",
        ),
        (
            "azureml://subscriptions/S1/resourcegroups/rg/workspaces/ws/data/tx/versions/3",
            "azureml://subscriptions",
            f"{HERE}/data/tx/versions/3",
            "3",
        ),
        (
            "azureml://registries/Shared/data/tx/versions/3",
            "azureml://registries",
            "azure://registries/shared/data/tx/versions/3",
            "3",
        ),
        (
            WS.replace("workspaces/ws", "registries/Shared") + "/data/tx/versions/3",
            "registry ARM id",
            "azure://registries/shared/data/tx/versions/3",
            "3",
        ),
        (f"{WS}/data/my%20tx/versions/3", "ARM id", f"{HERE}/data/my%20tx/versions/3", "3"),
    ],
    ids=[
        "ARM id",
        "ARM id in other case",
        "azureml and ARM id",
        "ARM id without version",
        "name and version",
        "name and label",
        "location",
        "location of another workspace",
        "subscription",
        "registry",
        "registry ARM id",
        "escaped name",
    ],
)
def test_registered_assets(workspaces: Workspaces, reference: str, rule: str, name: str, version: str | None) -> None:
    found = references.asset(reference, WS, workspaces, "data")
    assert found is not None
    assert (found.rule, found.qualified_name, found.version) == (rule, name, version)


@pytest.mark.parametrize(
    ("reference", "rule", "datastore", "path"),
    [
        (
            "azureml://subscriptions/S1/resourcegroups/rg/workspaces/ws/datastores/lake/paths/tx/2024/",
            "azureml://subscriptions datastore",
            f"{HERE}/datastores/lake",
            "tx/2024",
        ),
        (
            f"azureml://workspaces/{GUID}/datastores/lake/paths/tx",
            "azureml://workspaces datastore",
            f"{HERE}/datastores/lake",
            "tx",
        ),
        ("azureml://datastores/lake/paths/tx/a.csv", "azureml://datastores", f"{HERE}/datastores/lake", "tx/a.csv"),
        (
            "azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.j1",
            "azureml://datastores",
            f"{HERE}/datastores/workspaceartifactstore",
            "ExperimentRun/dcid.j1",
        ),
        (
            "https://acc.blob.core.windows.net/c/a.csv",
            "https address",
            None,
            "https://acc.blob.core.windows.net/c/a.csv",
        ),
        (
            "https://acc.blob.core.windows.net/c/a.csv?sv=2022&sig=abc%3D",
            "https address",
            None,
            "https://acc.blob.core.windows.net/c/a.csv",
        ),
        ("https://api.example/export?year=2024", "https address", None, "https://api.example/export?year=2024"),
        ("wasbs://c@acc.blob.core.windows.net/p/a", "wasbs address", None, "https://acc.blob.core.windows.net/c/p/a"),
        ("abfss://fs@acc.dfs.core.windows.net/p", "abfss address", None, "https://acc.dfs.core.windows.net/fs/p"),
        ("https://bla", "https address", None, "https://bla"),
    ],
    ids=[
        "subscription",
        "workspace",
        "datastore",
        "artifact store",
        "blob",
        "blob with a key",
        "any address",
        "wasbs",
        "abfss",
        "no host",
    ],
)
def test_places_in_storage(workspaces: Workspaces, reference: str, rule: str, datastore: str | None, path: str) -> None:
    assert references.asset(reference, WS, workspaces, "data") is None
    assert references.path(reference, WS, workspaces) == (rule, datastore, path)


@pytest.mark.parametrize("reference", [None, "", 7, "${{parent.inputs.data}}", "string", "{}", "./data", "a b"])
def test_what_refers_to_nothing(workspaces: Workspaces, reference: object) -> None:
    assert references.asset(reference, WS, workspaces, "data") is None
    assert references.path(reference, WS, workspaces) is None


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("azureml://jobs/j1/outputs/artifacts/paths/model", ("j1", "job in model URI", False)),
        ("runs:/j1/model", ("j1", "job in model URI", False)),
        (
            "azureml://subscriptions/S/resourceGroups/r/workspaces/w/datastores/workspaceartifactstore/paths/"
            "ExperimentRun/dcid.j1/artifact",
            ("j1", "run in artifact path", True),
        ),
        ("azureml://datastores/workspaceblobstore/paths/azureml/j1/model/", ("j1", "run in artifact path", True)),
        ("azureml://datastores/workspaceblobstore/paths/LocalUpload/0123456789abcdef/model", None),
        ("azureml://datastores/b/paths/ServiceReplicated/0-1/LocalUpload/0123/model", None),
        ("https://acc.blob.core.windows.net/c/model", None),
        (None, None),
    ],
)
def test_the_job_in_a_models_address(uri: str | None, expected: object) -> None:
    assert references.job_in(uri) == expected
