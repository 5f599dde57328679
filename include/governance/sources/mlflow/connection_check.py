"""The connection check: each listing that a read asks for, one item of it.

Also for the MLflow of an Azure ML workspace, which has a client of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...config.models import MlflowSource
from ...errors import SourceError, Unsupported
from ...model.probe import Probe
from .client import ListingClient, Query

_LISTED = "can be listed"
_EMPTY = "can be listed; there are none"


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
