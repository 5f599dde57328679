"""`check`: tests every connection before the first sync, and says what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from . import sources
from .config import Configuration
from .config.connections import Lookup, endpoint, from_environment
from .errors import CatalogError, ConfigurationError, GovernanceError
from .state.database import open_database


@dataclass(frozen=True)
class Check:
    """One connection's result. exit_code: 0 when ok, else that of its kind (2, 3 or 4)."""

    what: str
    ok: bool
    says: str
    remedy: str = ""
    exit_code: int = 0


def check(config: Configuration, lookup: Lookup = from_environment) -> list[Check]:
    """Configuration, suites, state database, every source (one small page each), the catalog. Writes nothing."""
    return list(_checks(config, lookup))


def _checks(config: Configuration, lookup: Lookup) -> Iterator[Check]:
    settings = config.settings
    yield Check(
        "configuration", True, f"{config.path}: {len(settings.sources)} sources, catalog {settings.catalog.name}"
    )
    yield _guarded("suites", lambda: _suites(config))
    yield _guarded("state database", lambda: str(open_database(config.database).url.render_as_string()))
    for source in settings.sources:
        yield _guarded(f"source {source.name}", partial(sources.test_connection, source, lookup))
    yield _guarded(f"catalog {settings.catalog.name}", lambda: _catalog(config, lookup))


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


def _catalog(config: Configuration, lookup: Lookup) -> str:
    from .catalog import open_catalog

    settings = config.settings.catalog
    catalog = open_catalog(endpoint(settings, settings.url, lookup), settings.model_copy(update={"attempts": 1}))
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
