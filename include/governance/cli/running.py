"""How a command runs a sync and how it ends: the report is written whatever happened, and its exit code is the end."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError, ExitCode, GovernanceError, StorageError
from ..model.vocabularies import SyncMode
from ..storage import storage_errors
from . import output

if TYPE_CHECKING:
    from ..reports import Page
    from ..sync import Sync
    from ..workspace import Workspace


def open_workspace(config: Path | None) -> Workspace:
    """The workspace of that configuration. Raises ConfigurationError."""
    from ..config import load
    from ..workspace import Workspace

    return Workspace(load(config))


def run_sync(
    config: Path | None,
    mode: SyncMode,
    *,
    adopts: bool = False,
    allows_removals: bool = False,
    only: list[str] | None = None,
    record: str = "",
    save_plan: Path | None = None,
) -> Page:
    """Runs all stages. Where one raises, or the configuration cannot be read, the report is written all the same.

    Args:
        allows_removals: a person says that everything that is gone was removed on purpose.
        only: names of the sources to read; without one, all.
        record: what the only record to be published is called; empty for all.
        save_plan: file for the plan.

    Raises:
        ConfigurationError: the configuration has a fault, or no source of that name.
        GovernanceError: of a stage, or what keeps the plan from being saved.
    """
    from .. import pipeline
    from ..sync import Sync, new_sync_id

    sync_id = new_sync_id("plan" if mode == SyncMode.PLAN else "sync")
    workspace = _workspace_of(config, sync_id)
    read = frozenset(workspace.source(name).name for name in only or ())
    shown = (output.progress, output.progress)
    sync = Sync(
        workspace,
        sync_id,
        mode,
        *shown,
        adopts=adopts,
        removals_allowed_by=getpass.getuser() if allows_removals else "",
        only=read,
        record=record,
    )
    page = _reported(sync, partial(pipeline.run_stages, sync))
    if save_plan is not None:
        from .. import saved_plans

        saved_plans.save(sync, save_plan)
        output.progress(
            f"The plan is in {save_plan}. To apply it: python -m include.governance apply --plan {save_plan}"
        )
    return page


def run_apply(config: Path | None, plan: Path) -> Page:
    """Applies a saved plan. The report is written also where it is refused.

    Raises:
        ConfigurationError: the configuration has a fault; the file is no plan, or one for another catalog.
        PlanOutdated: the plan does not hold any more.
    """
    from .. import saved_plans
    from ..stages import PUBLISH
    from ..sync import Sync, new_sync_id

    sync_id = new_sync_id("apply")
    workspace = _workspace_of(config, sync_id)
    saved = saved_plans.load(workspace, plan)
    sync = saved_plans.begin(Sync(workspace, sync_id, SyncMode.PUBLISH, output.progress, output.progress), saved)
    return _reported(sync, partial(PUBLISH.run, sync))


def run_reconcile(config: Path | None, mode: SyncMode) -> Page:
    """Compares what was published with the live catalog; in mode `publish` puts right what differs.

    Raises:
        ConfigurationError: the configuration has a fault.
        CatalogError: the catalog cannot be read, or belongs to another state database.
    """
    from ..stages import RECONCILE
    from ..sync import Sync, new_sync_id

    sync_id = new_sync_id("reconcile")
    sync = Sync(_workspace_of(config, sync_id), sync_id, mode, output.progress, output.progress)

    def run() -> None:
        sync.begin()
        RECONCILE.run(sync)

    return _reported(sync, run)


def finish(page: Page, as_json: bool, *, has_changes: bool = False) -> None:
    """Prints the report and ends the command. has_changes: with the code that says so, unless there is a fault."""
    if as_json:
        output.print_json(page.document.as_json())
    else:
        output.print_text(page.text)
    if page.unsaved:
        output.progress(f"Report: {page.html or 'not saved'}")
        output.failure(str(page.unsaved))
    raise SystemExit(ExitCode.CHANGES if has_changes and page.exit_code == ExitCode.DONE else page.exit_code)


def _workspace_of(config: Path | None, sync_id: str) -> Workspace:
    """The same, with a report of a run whose configuration cannot be read."""
    from .. import reports

    try:
        return open_workspace(config)
    except ConfigurationError as error:
        page = reports.write_unbegun(sync_id, error)
        error.data["report"] = str(page.html or "")
        raise


def _reported(sync: Sync, run: Callable[[], object]) -> Page:
    """The report of the run, which is written also where it raises."""
    from .. import reports

    try:
        with storage_errors():
            run()
    except GovernanceError as error:
        with suppress(GovernanceError):  # the error itself says more
            _report_failure(sync, error)
        raise
    page = reports.write(sync)
    with suppress(StorageError):  # the next sync deletes them
        sync.workspace.tidy(sync.sync_id)
    return page


def _report_failure(sync: Sync, failure: GovernanceError) -> None:
    """The report of a run that broke off; its path joins the error's data."""
    from .. import reports

    page = reports.write(sync, failure)
    if page.html:
        output.progress(f"Report of the run that broke off: {page.html}")
        failure.data["report"] = str(page.html)
    sync.workspace.tidy(sync.sync_id)  # staged files of old syncs may be what filled the disk
