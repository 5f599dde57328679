"""Asks for everything that a sync will need, one thing at a time; says what is wrong and how to fix it.

Nothing is left behind in a source, in the catalog, among the staged files or the reports. Only the state database is
made where there is none, and migrated where it is of an earlier release.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import sources
from .config import Configuration, load
from .config.models import Source
from .errors import ConfigurationError, ExitCode, GovernanceError, SkippableError, SourceUnavailable
from .scrub import Scrubber
from .staging.folder import Folder
from .storage import require_room
from .workspace import Workspace

_CONFIGURATION = "configuration"
_LONGEST_ERROR = 300


@dataclass(frozen=True)
class Check:
    """The result on one thing that a sync needs.

    Attributes:
        exit_code: That of the error, else DONE.
    """

    what: str
    ok: bool
    says: str
    remedy: str = ""
    exit_code: ExitCode = ExitCode.DONE


def check(path: Path | None = None) -> Iterator[Check]:
    """Configuration, suites, state, folders, every listing of every source, the catalog: in that order, as they come.

    Args:
        path: of governance.yaml; None as for `config.load`.
    """
    try:
        workspace = Workspace(load(path))
    except GovernanceError as error:
        yield _failed(_CONFIGURATION, error)
        return
    config = workspace.config
    of_sources, catalog = len(config.settings.sources), config.settings.catalog.name
    yield Check(_CONFIGURATION, True, f"{config.path}: {of_sources} sources, catalog {catalog}")
    yield _guarded("suites", partial(_suites, config))
    yield _guarded("state database", lambda: str(workspace.engine.url.render_as_string()))
    yield _guarded("staging", partial(_staging, config.staging))
    yield _guarded("reports", partial(require_room, config.reports))
    for source in config.settings.sources:
        yield from _source(source, workspace)
    yield from _catalog(workspace)


def _guarded(what: str, test: Callable[[], str]) -> Check:
    try:
        return Check(what, True, test())
    except SkippableError as error:
        return Check(what, True, f"{error.message.rstrip('.')}; a sync goes on without it")
    except GovernanceError as error:
        return _failed(what, error)


def _failed(what: str, error: GovernanceError) -> Check:
    return Check(what, False, error.message.rstrip(), error.remedy, error.exit_code)


def _suites(config: Configuration) -> str:
    from .rules import load_suites

    suites = load_suites(config.suite_files)
    if not suites:
        raise ConfigurationError("no suite is configured.", "Name suite files.", file=str(config.path), key="suites")
    return f"{sum(len(suite.rules) for suite in suites)} rules in {len(suites)} suites"


def _staging(address: str) -> str:
    """Of a folder of this machine the room; elsewhere a file is written, read and deleted."""
    if "://" not in address:
        return require_room(Path(address))
    try:
        _write_and_read(Folder(f"{address}/check-{uuid.uuid4().hex[:12]}"))
    except GovernanceError:
        raise
    except Exception as error:  # noqa: BLE001 - each driver of fsspec raises errors of its own
        raise ConfigurationError(
            f"it cannot be written and read ({_in_short(error)}).",
            "Check that its store is there and takes this login.",
            key="state.staging",
        ) from None
    return f"{address} can be written and read"


def _write_and_read(folder: Folder) -> None:
    try:
        folder.write_json("check.json", {})
        folder.read_json("check.json")
    except BaseException:
        with suppress(Exception):  # the first error says more
            folder.delete()
        raise
    folder.delete()


def _in_short(error: Exception) -> str:
    """The first line of what a driver says, without secrets."""
    line = next(iter(str(error).splitlines()), "")
    return Scrubber().text(f"{type(error).__name__}: {line}"[:_LONGEST_ERROR])


def _source(source: Source, workspace: Workspace) -> Iterator[Check]:
    """Its address and login, then every listing of a read; nothing more where it does not answer."""
    name = f"source {source.name}"
    try:
        says = sources.test_connection(source, workspace.lookup)
    except (ConfigurationError, SourceUnavailable) as error:
        yield _failed(name, error)
        return
    except GovernanceError as error:
        yield _failed(name, error)
    else:
        yield Check(name, True, says)
    try:
        for probe in sources.probes(source, workspace.lookup):
            yield _guarded(f"{name}: {probe.what}", probe.ask)
    except GovernanceError as error:
        yield _failed(name, error)


def _catalog(workspace: Workspace) -> Iterator[Check]:
    """Address and login, then what a sync reads of it before it writes, then whether it would take writes."""
    from .catalog import open_catalog, probes

    name = f"catalog {workspace.config.settings.catalog.name}"
    settings = workspace.config.settings.catalog.model_copy(update={"attempts": 1})
    try:
        opened = open_catalog(workspace.catalog_endpoint(), settings)
    except GovernanceError as error:
        yield _failed(name, error)
        return
    with closing(opened):
        for probe in probes(opened, workspace.config.settings.deployment):
            result = _guarded(f"{name}: {probe.what}" if probe.what else name, probe.ask)
            yield result
            if not probe.what and not result.ok:
                return
