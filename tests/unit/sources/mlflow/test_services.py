"""Services that answer MLflow's REST API: GitLab, Databricks with Unity Catalog."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.config.models import MlflowSource
from include.governance.estate import Estate
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.plan.entities import display_names
from include.governance.records import Past, resolve
from include.governance.rules import judge, load_suites
from include.governance.sources.mlflow.services import service_of
from include.governance.staging.folder import Folder
from include.governance.staging.rows import rows
from include.governance.staging.snapshot import Snapshot
from tests.support import databricks_server, gitlab_server
from tests.support.databricks_server import Databricks
from tests.support.gitlab_server import GitLab
from tests.support.judging import SHIPPED
from tests.support.resolving import NOW, REGISTER, SETTINGS
from tests.support.small_http import serving
from tests.unit.sources.mlflow.conftest import edges, ids, row

RUN = "0123456789abcdef" * 2


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    gitlab = GitLab()
    for experiment in range(1, 4):
        for number in range(3):
            metrics = [{"key": "auc", "value": 0.9, "timestamp": 1, "step": 0}]
            gitlab.run(str(experiment), f"run-{experiment}-{number}", metrics=metrics)
    gitlab.models = {"scorer": {"1.0.0": "run-2-0", "1.10.0": "run-3-1"}, "tagger": {"0.1.0-rc.1": "run-1-0"}}
    with serving(gitlab):
        yield gitlab


class Reads:
    """Reads one service, each time with the last snapshot."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        self.last: Snapshot | None = None

    def __call__(self, uri: str, token: str, **settings: Any) -> Snapshot:
        self.count += 1
        stated = {"name": "lab", "uri": uri, "token": token, "attempts": 1, "timeout_seconds": 20, **settings}
        folder = Folder(str(self.folder / str(self.count)))
        self.last = sources.read(MlflowSource(**stated), folder, from_environment, self.last)
        return self.last


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    return Reads(tmp_path)


def states(snapshot: Snapshot) -> dict[str, ReadStatus]:
    return {name: state.state for name, state in snapshot.collections().items()}


WHOLE = dict.fromkeys(
    ("experiments", "registered_models", "model_versions", "logged_models", "runs"), ReadStatus.COMPLETE
)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://gitlab.example.com/api/v4/projects/7/ml/mlflow", "gitlab"),
        ("https://git.example.com/gitlab/api/v4/projects/group%2Fproject/ml/mlflow/", "gitlab"),
        ("https://adb-1.2.azuredatabricks.net", "databricks"),
        ("https://dbc-1.cloud.databricks.com/", "databricks"),
        ("https://1.2.gcp.databricks.com", "databricks"),
        ("https://westeurope.api.azureml.ms/mlflow/v2.0/subscriptions/s/x", "azure_ml"),
        ("https://mlflow.example.com/databricks.com", "mlflow"),
        ("https://ana:pw@mlflow.example.com", "mlflow"),
    ],
    ids=["gitlab", "gitlab below a path", "azure", "aws", "gcp", "azureml", "a path", "own"],
)
def test_the_address_tells_what_answers(url: str, name: str) -> None:
    assert service_of(url).name == name
    assert service_of("https://x.example.com", "gitlab").name == "gitlab"


def test_gitlab_gives_the_runs_of_every_experiment(gitlab: GitLab, reads: Reads) -> None:
    snapshot = reads(gitlab.address, gitlab_server.TOKEN, page_size=2)
    assert states(snapshot) == {**WHOLE, "logged_models": ReadStatus.UNSUPPORTED}
    assert ids(snapshot, AssetKind.RUN) == {f"run-{one}-{number}" for one in (1, 2, 3) for number in range(3)}
    searched = [asked.body["experiment_ids"] for asked in gitlab.asked if asked.path.endswith("runs/search")]
    assert {len(ids) for ids in searched} == {1}
    assert not [asked for asked in gitlab.asked if "order_by" in {**asked.query, **asked.body}]


def test_gitlabs_versions_are_semantic_and_lead_to_their_runs(gitlab: GitLab, reads: Reads) -> None:
    snapshot = reads(gitlab.address, gitlab_server.TOKEN)
    assert ids(snapshot, AssetKind.MODEL_VERSION) == {"scorer/1.0.0", "scorer/1.10.0", "tagger/0.1.0-rc.1"}
    version = row(snapshot, AssetKind.MODEL_VERSION, "scorer/1.10.0")
    assert (version["version"], version["stage"], version["aliases_json"]) == (None, None, "[]")
    assert display_names.model_version(version) == "v1.10.0 scorer"
    assert int(version["created_at"].timestamp()) == gitlab_server.CREATED
    assert display_names.link(AssetKind.MODEL_VERSION, version, snapshot) is None
    (edge,) = edges(snapshot, "run_produced_version", to_name=version["qualified_name"])
    assert edge["from_name"].endswith("/runs/run-3-1")


def test_gitlab_is_read_in_full_each_time_since_it_knows_no_filter(gitlab: GitLab, reads: Reads) -> None:
    for _ in range(2):
        snapshot = reads(gitlab.address, gitlab_server.TOKEN)
    assert snapshot.document["calls"] == 6  # experiments, models, models for their versions, runs of each experiment
    assert not [asked for asked in gitlab.asked if asked.body.get("filter")]


def test_what_gitlab_lists_no_more_is_asked_for_by_name(gitlab: GitLab, reads: Reads) -> None:
    reads(gitlab.address, gitlab_server.TOKEN)
    del gitlab.models["tagger"]
    snapshot = reads(gitlab.address, gitlab_server.TOKEN)
    assert snapshot.complete
    assert ids(snapshot, AssetKind.MODEL) == {"scorer"}


@pytest.mark.parametrize(
    ("project", "token", "words"),
    [("7", "another", "access token"), ("8", gitlab_server.TOKEN, "project")],
    ids=["token", "project"],
)
def test_gitlabs_refusals_are_told_as_gitlabs(
    gitlab: GitLab, reads: Reads, project: str, token: str, words: str
) -> None:
    state = reads(gitlab.address.replace("/7/", f"/{project}/"), token).collections()["experiments"]
    assert state.state == ReadStatus.FAILED
    assert words in state.remedy
    assert "username" not in state.remedy


@pytest.fixture
def started() -> Iterator[Any]:
    """Starts workspaces with these switches."""
    with ExitStack() as stack:

        def start(**switches: bool) -> Databricks:
            made = Databricks(**switches)
            for experiment in range(250):
                made.run(str(experiment), RUN if experiment == 200 else f"{experiment:032x}")
            made.logged = [
                {"info": {"model_id": f"m-{one:032x}", "experiment_id": str(one % 250)}} for one in range(120)
            ]
            made.models = {"old": {"1": f"{7:032x}"}}
            made.catalog_models = {"prod.risk.scorer": {"1": f"{9:032x}", "2": RUN}, "prod.risk.empty": {}}
            made.aliases = {"prod.risk.scorer": {"champion": "2"}}
            stack.enter_context(serving(made))
            return made

        yield start


def read_databricks(reads: Reads, workspace: Databricks, **settings: Any) -> Snapshot:
    return reads(workspace.url, databricks_server.TOKEN, service="databricks", **settings)


def test_databricks_gives_both_registries(started: Any, reads: Reads) -> None:
    workspace = started()
    snapshot = read_databricks(reads, workspace)
    assert states(snapshot) == WHOLE
    assert ids(snapshot, AssetKind.MODEL) == {"old", "prod.risk.scorer", "prod.risk.empty"}
    assert ids(snapshot, AssetKind.MODEL_VERSION) == {"old/1", "prod.risk.scorer/1", "prod.risk.scorer/2"}
    version = row(snapshot, AssetKind.MODEL_VERSION, "prod.risk.scorer/2")
    assert version["aliases_json"] == '["champion"]'
    assert "UC-1" in version["tags_json"]
    assert "governance.owner" in row(snapshot, AssetKind.MODEL, "prod.risk.scorer")["tags_json"]
    (edge,) = edges(snapshot, "run_produced_version", to_name=version["qualified_name"])
    assert edge["from_name"].endswith(f"/runs/{RUN}")


def test_databricks_searches_so_many_experiments_at_once_as_it_allows(started: Any, reads: Reads) -> None:
    workspace = started()
    snapshot = read_databricks(reads, workspace)
    assert len(ids(snapshot, AssetKind.RUN)) == 250
    assert len(ids(snapshot, AssetKind.LOGGED_MODEL)) == 120
    searches = [asked.body for asked in workspace.asked if asked.path.endswith("/runs/search")]
    assert [len(body["experiment_ids"]) for body in searches] == [100, 100, 50]


@pytest.mark.parametrize(
    ("switches", "models"),
    [({"registry": False}, {"prod.risk.scorer", "prod.risk.empty"}), ({"catalog": False}, {"old"})],
    ids=["no registry of its own", "no metastore"],
)
def test_databricks_with_one_registry_is_whole(
    started: Any, reads: Reads, switches: dict[str, bool], models: set[str]
) -> None:
    snapshot = read_databricks(reads, started(**switches))
    assert states(snapshot) == WHOLE
    assert ids(snapshot, AssetKind.MODEL) == models


def test_databricks_without_any_registry_does_not_offer_models(started: Any, reads: Reads) -> None:
    snapshot = read_databricks(reads, started(registry=False, catalog=False))
    assert states(snapshot) == {
        **WHOLE,
        **dict.fromkeys(("registered_models", "model_versions"), ReadStatus.UNSUPPORTED),
    }
    assert snapshot.complete


def test_unity_catalog_may_be_left_out(started: Any, reads: Reads) -> None:
    workspace = started()
    snapshot = read_databricks(reads, workspace, unity_catalog=False)
    assert ids(snapshot, AssetKind.MODEL) == {"old"}
    assert not [path for path in workspace.paths() if path.startswith("unity-catalog")]


def test_models_that_patterns_leave_out_cost_no_call(started: Any, reads: Reads) -> None:
    workspace = started()
    snapshot = read_databricks(reads, workspace, models={"deny": ["prod.risk.empty"]})
    asked = [asked.one("name") for asked in workspace.asked if asked.path.endswith("registered-models/get")]
    assert asked == ["prod.risk.scorer"]
    assert "prod.risk.empty" not in ids(snapshot, AssetKind.MODEL)


def test_a_model_that_unity_catalog_drops_is_asked_for_by_name(started: Any, reads: Reads) -> None:
    workspace = started()
    read_databricks(reads, workspace, full_read_hours=0)
    del workspace.catalog_models["prod.risk.empty"]
    snapshot = read_databricks(reads, workspace, full_read_hours=0)
    assert snapshot.complete
    assert ids(snapshot, AssetKind.MODEL) == {"old", "prod.risk.scorer"}


def test_databricks_refusals_are_told_as_its_own(started: Any, reads: Reads) -> None:
    workspace = started()
    state = reads(workspace.url, "wrong", service="databricks").collections()["experiments"]
    assert "USE CATALOG" in state.remedy
    assert "username" not in state.remedy


def findings(snapshot: Snapshot) -> dict[str, set[str]]:
    """By version in production, the rules that speak of it; those of the records too, by their label."""
    records = resolve(Estate.of([snapshot]), REGISTER, SETTINGS, Past(), NOW).records
    judgement = judge(records, load_suites(SHIPPED))
    assert not judgement.rule_errors
    found: dict[str, set[str]] = {one["label"]: set() for one in rows(records.evidence) if one["in_production"]}
    for one in rows(judgement.findings):
        found.setdefault(one["subject_label"], set()).add(one["rule"])
    return found


@pytest.mark.heavy
def test_the_truth_about_gitlabs_versions(gitlab: GitLab, reads: Reads) -> None:
    """Runs with metrics, no data; owner and use are tags of the models."""
    gitlab.tags = {"governance.owner": "ana", "governance.use_case": "UC-1"}
    missing = {"lineage.dataset.missing"}
    versions = ("scorer v1.0.0", "scorer v1.10.0", "tagger v0.1.0-rc.1")
    assert findings(reads(gitlab.address, gitlab_server.TOKEN)) == dict.fromkeys(versions, missing)


@pytest.mark.heavy
def test_the_truth_about_unity_catalogs_versions(started: Any, reads: Reads) -> None:
    """A run without data and metrics; the owner is a tag of the model, the use one of the version."""
    snapshot = read_databricks(reads, started())
    assert findings(snapshot) == {
        "prod.risk.scorer v2": {"lineage.dataset.missing", "evaluation.metrics.missing"},
    }
