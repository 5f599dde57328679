"""A plan that was saved, and a run that applies it: exactly that plan, or nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from . import __version__, catalog
from .catalog import Catalog
from .config.connections import without_credentials
from .errors import ConfigurationError, ExitCode, GovernanceError
from .stages import PUBLISH
from .staging.plan import Plan
from .staging.plan_file import PlanBasis, PlanFile
from .sync import HEAD, Sync
from .workspace import Workspace

_OWN_FILES = (HEAD, PUBLISH.output, PUBLISH.file())
_ANOTHER = "Make another one: plan --out FILE."


class PlanOutdated(GovernanceError):
    """What the plan rests on is otherwise now: nothing of it is written."""

    exit_code = ExitCode.PLAN_OUTDATED

    def __init__(self, why: str) -> None:
        super().__init__(f"the plan is not applied: {why}.", _ANOTHER)


def save(sync: Sync, path: Path) -> None:
    """Writes the plan of that sync into a file, with what it rests on, for which the catalog is read.

    Raises:
        CatalogError: the catalog cannot be read: such a plan could not be applied.
        StorageError: the file cannot be written.
    """
    workspace, plan = sync.workspace, Plan.load(sync.folder)
    with closing(catalog.open_catalog(workspace.catalog_endpoint(), sync.config.settings.catalog)) as opened:
        basis = _basis(sync, opened, plan)
    PlanFile(
        run_id=sync.sync_id,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        deployment=sync.config.settings.deployment,
        catalog=sync.config.settings.catalog.name,
        url=_url(workspace),
        basis=basis,
        plan=plan,
    ).write(path)


def load(workspace: Workspace, path: Path) -> PlanFile:
    """The plan in that file, which this installation made for this catalog.

    Raises:
        ConfigurationError: it is no plan, or one for another installation or catalog; or publishing is switched off.
        PlanOutdated: the run that made it has no staged files any more.
    """
    saved, settings = PlanFile.read(path), workspace.config.settings
    here = (settings.deployment, settings.catalog.name, _url(workspace))
    for what, planned, configured in zip(
        ("the installation", "the catalog", "a catalog at"),
        (saved.deployment, saved.catalog, saved.url),
        here,
        strict=True,
    ):
        if planned != configured:
            raise ConfigurationError(
                f"the plan was made for {what} {planned}, and this configuration is for {configured}.",
                _ANOTHER,
                file=str(path),
            )
    if settings.publish.enabled is False:
        raise ConfigurationError(
            "publishing is switched off.",
            "Set publish.enabled: true, or take the setting away: then only what is applied is written.",
            key="publish.enabled",
        )
    if not workspace.staging_folder(saved.run_id).exists(HEAD):
        raise PlanOutdated(
            f"the staged files of the run {saved.run_id}, which made it on {saved.made_at}, are not kept any more"
        )
    return saved


def begin(sync: Sync, saved: PlanFile) -> Sync:
    """Begins the run that applies the plan: it goes on from the staged files of the run that made it.

    Args:
        sync: a new one.

    Returns:
        The run, which reads what the former one read.
    """
    planned = Sync.resume(sync.workspace, saved.run_id)
    applying = sync.applying(planned)
    planned.folder.copy_to(applying.folder, but=_OWN_FILES)
    applying.begin()
    saved.plan.save(applying.folder)
    saved.basis.save(applying.folder)
    return applying


def require_current(sync: Sync, opened: Catalog) -> None:
    """Before the first write of a run that applies a plan. Raises PlanOutdated where something moved on since."""
    plan = Plan.load(sync.folder)
    if moved := PlanBasis.load(sync.folder).moved(_basis(sync, opened, plan)):
        raise PlanOutdated(moved)


def _basis(sync: Sync, opened: Catalog, plan: Plan) -> PlanBasis:
    workspace, keys = sync.workspace, (change.key for change in plan.changes)
    snapshots = workspace.history.snapshot_paths()
    return catalog.plan_basis(opened, workspace.ledger, sync.config.settings.deployment, keys, snapshots)


def _url(workspace: Workspace) -> str:
    return without_credentials(workspace.catalog_endpoint().url).rstrip("/")
