"""Tests every connection before the first sync; says what is wrong and how to fix it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import sources
from .config import Configuration
from .errors import CatalogError, ConfigurationError, ExitCode, GovernanceError
from .storage import require_room
from .workspace import Workspace


@dataclass(frozen=True)
class Check:
    """One connection's result.

    Attributes:
        exit_code: That of the error, else DONE.
    """

    what: str
    ok: bool
    says: str
    remedy: str = ""
    exit_code: ExitCode = ExitCode.DONE


def check(workspace: Workspace) -> list[Check]:
    """Tests configuration, suites, state, folders, every source (one small page each), the catalog. Stages nothing."""
    return list(_checks(workspace))


def _checks(workspace: Workspace) -> Iterator[Check]:
    config = workspace.config
    sources_count, catalog = len(config.settings.sources), config.settings.catalog.name
    yield Check("configuration", True, f"{config.path}: {sources_count} sources, catalog {catalog}")
    yield _guarded("suites", lambda: _suites(config))
    yield _guarded("state database", lambda: str(workspace.engine.url.render_as_string()))
    if "://" not in config.staging:
        yield _guarded("staging", lambda: require_room(Path(config.staging)))
    yield _guarded("reports", lambda: require_room(config.reports))
    for source in config.settings.sources:
        yield _guarded(f"source {source.name}", partial(sources.test_connection, source, workspace.lookup))
    yield _guarded(f"catalog {catalog}", lambda: _catalog(workspace))


def _guarded(what: str, test: Callable[[], str]) -> Check:
    try:
        return Check(what, True, test())
    except GovernanceError as error:
        return Check(what, False, error.message, error.remedy, error.exit_code)


def _suites(config: Configuration) -> str:
    from .rules import load_suites

    suites = load_suites(config.suite_files)
    if not suites:
        raise ConfigurationError("no suite is configured.", "Name suite files.", file=str(config.path), key="suites")
    return f"{sum(len(suite.rules) for suite in suites)} rules in {len(suites)} suites"


def _catalog(workspace: Workspace) -> str:
    from .catalog import open_catalog

    settings = workspace.config.settings.catalog.model_copy(update={"attempts": 1})
    catalog = open_catalog(workspace.catalog_endpoint(), settings)
    try:
        server = catalog.check()
        known = catalog.entity_types()
    finally:
        catalog.close()
    if "Process" not in known:
        raise CatalogError(
            f"{server} has no base types (Process, DataSet).",
            "Start it with its stock models folder.",
        )
    ours = "knows our types" if "ai_governed_model" in known else "is new to our types"
    return f"{server}, {ours}"
