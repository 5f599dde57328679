"""The connection check: each listing that a read asks for, one item of it.

Also for the MLflow of an Azure ML workspace, which has a client of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from ...config.connections import Endpoint
from ...config.models import MlflowSource, Patterns
from ...errors import SourceError, Unsupported
from ...model.probe import Probe
from ..probing import each, listed
from .client import WORKSPACES, ListingClient, Query
from .rest import MlflowRestClient

_LISTED = "can be listed"
_EMPTY = "can be listed; there are none"


class _Workspace(NamedTuple):
    name: str
    client: MlflowRestClient
    probes: list[Probe]


def probes(client: ListingClient, settings: MlflowSource) -> Iterator[Probe]:
    """The listings of one server or store; those of runs and logged models need an experiment to ask with.

    Args:
        client: with a page size of 1.
        settings: which listings a read asks for.
    """
    experiments: list[str] = []

    def ask_experiments() -> str:
        found = client.page(Query("experiments"), None).records
        ids = (item.get("experiment_id") for item in found if isinstance(item, dict))
        experiments.extend(str(experiment) for experiment in ids if experiment)
        return _LISTED if found else _EMPTY

    yield Probe("experiments", ask_experiments)
    yield Probe("runs", _in_experiments(client, "runs", experiments))
    yield Probe("registered models", _listing(client, "registered_models"))
    yield Probe("model versions", _listing(client, "model_versions"))
    yield Probe("logged models", _in_experiments(client, "logged_models", experiments))
    if settings.prompts:
        yield Probe("prompts", _listing(client, "prompts"))


def _listing(client: ListingClient, collection: str) -> Callable[[], str]:
    return lambda: _LISTED if client.page(Query(collection), None).records else _EMPTY


def _in_experiments(client: ListingClient, collection: str, experiments: list[str]) -> Callable[[], str]:
    def ask() -> str:
        if not experiments:
            return "not asked for: no experiment is seen, and only those have some"
        return _LISTED if client.page(Query(collection, tuple(experiments)), None).records else _EMPTY

    return ask


def first_refusal(client: ListingClient, settings: MlflowSource) -> SourceError | None:
    """The error of the first listing that a read needs and that is refused; what is not offered is none."""
    for probe in probes(client, settings):
        try:
            probe.ask()
        except Unsupported:
            continue
        except SourceError as error:
            return error
    return None


def list_workspaces(endpoint: Endpoint, settings: MlflowSource, patterns: Patterns) -> list[str]:
    """Names of the workspaces that the login may see and the patterns allow. Raises SourceError."""
    client = MlflowRestClient(endpoint, settings)
    try:
        names, refused = client.workspaces()
    finally:
        client.close()
    if refused is not None:
        raise refused
    return [name for name in names if patterns.allows(name)]


def workspace_probes(endpoint: Endpoint, settings: MlflowSource, patterns: Patterns) -> Iterator[Probe]:
    """The listings of every workspace that a read reads.

    One whose experiments the login may not see is left out by a read, and told; so it is here.

    Args:
        settings: with a page size of 1.
    """
    names = yield from listed(WORKSPACES, lambda: list_workspaces(endpoint, settings, patterns))
    with ExitStack() as opened:
        workspaces: list[_Workspace] = []
        for name in names:
            client = MlflowRestClient(endpoint, settings.model_copy(update={"workspace": name, "workspaces": None}))
            opened.callback(client.close)
            workspaces.append(_Workspace(name, client, list(probes(client, settings))))
        if not names:
            return
        yield Probe(WORKSPACES, lambda: _leave_out(workspaces))
        for number, probe in enumerate(workspaces[0].probes if workspaces else ()):
            yield each(f"{probe.what} of the workspaces", workspaces, partial(_ask, number))


def _ask(number: int, workspace: _Workspace) -> str:
    return workspace.probes[number].ask()


def _leave_out(workspaces: list[_Workspace]) -> str:
    """Takes those out whose experiments are refused."""
    asked = len(workspaces)
    refused: list[str] = []
    for workspace in list(workspaces):
        try:
            workspace.probes[0].ask()
        except SourceError:
            if "experiments" in workspace.client.denied:
                refused.append(workspace.name)
                workspaces.remove(workspace)
    answer = f"{len(workspaces)} of {asked} are read"
    return f"{answer}; this login may not read {', '.join(refused)}" if refused else answer
