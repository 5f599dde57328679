"""Tasks made from the core's stages, and the core's errors as Airflow's outcomes.

A DAG file imports this module whenever it is parsed: what is heavy is imported when a task runs.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from include.governance.errors import (
    ConfigurationError,
    ExitCode,
    GovernanceError,
    SkippableError,
    StagingError,
    StorageError,
)
from include.governance.stages import REPORT, Stage
from include.governance.storage import storage_errors

if TYPE_CHECKING:
    from include.governance.reports import Page
    from include.governance.sync import Sync
    from include.governance.workspace import Workspace

_log = logging.getLogger("governance")

RETRIES: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=int(os.environ.get("GOVERNANCE_RETRY_SECONDS", "120"))),
    "retry_exponential_backoff": True,
}
# Azure throttles a principal: tasks that read Azure share this Airflow pool
AZURE_POOL = os.environ.get("GOVERNANCE_AZURE_POOL", "default_pool")


def stage_task(stage: Stage, **options: Any) -> Any:
    """A task that runs one stage of the sync that `begin` has begun.

    A stage that runs once per source becomes a task with the parameter `source`, to be mapped over the sources.

    Args:
        options: Arguments of Airflow's task decorator; they count before those that follow from the stage.
    """
    run = _per_source(stage) if stage.per_source else _once(stage)
    return task(**_options(stage) | options)(run)


@task
def begin() -> None:
    """Checks the configuration and begins the run in its mode, narrowed as its parameters say.

    The mode `apply` is what a sync calls publish.
    """
    from include.governance.model.vocabularies import SyncMode
    from include.governance.pipeline import keep_unread
    from include.governance.sync import Sync

    context = get_current_context()
    params = context["params"]
    mode = params["mode"]
    with airflow_outcomes():
        workspace = open_workspace()
        sync = Sync(
            workspace,
            context["run_id"],
            SyncMode.PUBLISH if mode == "apply" else SyncMode(mode),
            progress=_log.info,
            warn=_log.warning,
            only=frozenset(workspace.source(name).name for name in params.get("sources") or ()),
            record=(params.get("record") or "").strip(),
            removals_allowed_by=asked_by(context) if params.get("allow_removals") else "",
        )
        sync.begin()
        keep_unread(sync)


@task
def sources(azure: bool) -> list[str]:
    """Names of the sources that this sync reads: those of Azure, or the others."""
    from include.governance.config.source_kinds import AZURE, kind_of

    with airflow_outcomes():
        sync = _sync()
    configured = [source for source in sync.config.settings.sources if sync.reads(source.name)]
    return [source.name for source in configured if (kind_of(source).throttle == AZURE) == azure]


@task
def outcome(report: dict[str, Any]) -> None:
    """Fails for any exit code but 0: with the headline of the run report, what to do, and where the report is.

    Args:
        report: What the report task returned.
    """
    code = ExitCode(report["exit_code"])
    if code != ExitCode.DONE:
        said = " ".join(part for part in (report["headline"], report["remedy"]) if part)
        raise AirflowFailException(f"{said} Report: {report['page']} (exit code {code}: {code.meaning})")


@contextmanager
def airflow_outcomes() -> Iterator[None]:
    """A retriable error lets Airflow retry the task, a skippable one skips it, any other known one fails it at once."""
    try:
        with storage_errors():
            yield
    except SkippableError as error:
        raise AirflowSkipException(str(error)) from error
    except GovernanceError as error:
        raise _failure(str(error), error.retriable) from error


def _once(stage: Stage) -> Callable[[], Any]:
    def run() -> Any:
        return _run(stage)

    return run


def _per_source(stage: Stage) -> Callable[[str], Any]:
    def run(source: str) -> Any:
        get_current_context()["source_name"] = source
        return _run(stage, source)

    return run


def _run(stage: Stage, source: str = "") -> Any:
    """Runs the stage; returns where its result is staged, or the report's summary."""
    with airflow_outcomes():
        if stage is REPORT:
            return _report().summary()
        sync = _sync()
        result = stage.run(sync, source)
    raise_for(getattr(result, "error", None))
    return f"{sync.folder.path}/{stage.output.format(source=source)}"


def _report() -> Page:
    """Writes the run report, also of a run that never began: its configuration or its state database is wrong."""
    from include.governance.reports import write, write_unbegun
    from include.governance.sync import Sync

    run_id = get_current_context()["run_id"]
    try:
        workspace = open_workspace()
        workspace.engine  # noqa: B018  (opens the state database)
    except (ConfigurationError, StorageError) as error:
        unbegun = write_unbegun(run_id, error)
        _log.error("%s", unbegun.text)
        return unbegun
    try:
        sync = _sync()
    except StagingError:
        return write(Sync(workspace, run_id))
    page: Page = REPORT.run(sync)
    return page


def raise_for(error: dict[str, Any] | None) -> None:
    """Fails the task for the error of an outcome: publishing does not raise for what the catalog does.

    What the catalog has acknowledged is in the ledger: another try goes on from there.
    """
    if error:
        message = f"{error['message']} {error.get('remedy', '')}".strip()
        raise _failure(message, bool(error.get("retriable")))


def _failure(message: str, retriable: bool) -> AirflowException:
    return AirflowException(message) if retriable else AirflowFailException(message)


def _options(stage: Stage) -> dict[str, Any]:
    options: dict[str, Any] = {"task_id": stage.name, "doc_md": stage.description}
    if stage.runs_after_failures:
        options["trigger_rule"] = "all_done"
    if stage.per_source:
        options["map_index_template"] = "{{ source_name }}"
    return options | (RETRIES if stage.retries else {})


def asked_by(context: Any) -> str:
    """Who started this DAG run, as far as Airflow knows."""
    return getattr(context["dag_run"], "triggering_user_name", None) or "whoever started this DAG run"


def _sync() -> Sync:
    """The sync of this DAG run, whose id it has."""
    from include.governance.sync import Sync

    return Sync.resume(open_workspace(), get_current_context()["run_id"], _log.info, _log.warning)


def open_workspace() -> Workspace:
    """The workspace of the configuration that GOVERNANCE_CONFIG names, with Airflow's connections."""
    from governance_airflow.hooks.connections import from_airflow
    from include.governance.config import load
    from include.governance.workspace import Workspace

    return Workspace(load(), from_airflow)
