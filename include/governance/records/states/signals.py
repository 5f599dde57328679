"""The lifecycle state of a version or an agent, from the signals its platform gives. The mapping is configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ...config.models import Lifecycle
from ...model.vocabularies import LifecycleState

NO_SIGNAL = "no alias, stage or tag"
ASKED_FOR = "asked for"


class Traffic(NamedTuple):
    """What one endpoint gives a version: percent of its traffic, percent of its mirrored traffic."""

    endpoint: str  # qualified name
    label: str  # what a person calls it
    percent: int | None = None
    mirror: int | None = None
    at: datetime | None = None  # the source's own date of it, where it has one


class Signal(NamedTuple):
    """One reason to think that something is in a state.

    asset: qualified name of the endpoint that gives it; None: the version itself. at: the source's own date of it.
    """

    state: str
    words: str
    asset: str | None = None
    at: datetime | None = None


def signals_of(  # noqa: PLR0913 - one argument per kind of signal
    stage: str | None,
    aliases: Sequence[str],
    tags: Mapping[str, str],
    settings: Lifecycle,
    *,
    traffic: Iterable[Traffic] = (),
    archived: bool | None = False,
    published: str | None = None,
    unpublished: str | None = None,
    dates: Mapping[str, datetime | None] | None = None,
    assumed: str | None = None,
) -> list[Signal]:
    """Every signal that means a state, the decisive one first.

    published: of an agent that is enabled and served, what serves it, in words. unpublished: of one that is enabled and
    not served, why it can be called all the same. dates: the source's own date of its
    stage, of an alias or of archiving, under "stage", the alias or "archived", where it has one. assumed: a state that
    somebody asks for and its platform does not say.
    """
    at = dates or {}
    found = [Signal(state, f"alias {alias}", at=at.get(alias)) for alias, state in _aliases(aliases, settings)]
    if state := _lookup(settings.stages, stage or ""):
        found.append(Signal(state, f"stage {stage}", at=at.get("stage")))
    if state := _tagged(tags, settings):
        found.append(Signal(state, f"tag {settings.tag}={tags[settings.tag].strip().lower()}"))
    found += _of_traffic(traffic, settings)
    if published and settings.published:
        found.append(Signal(settings.published, published, at=at.get("published")))
    if unpublished and settings.unpublished:
        found.append(Signal(settings.unpublished, unpublished))
    if archived and settings.archived:
        found.append(Signal(settings.archived, "archived at its source", at=at.get("archived")))
    if assumed:
        found.append(Signal(assumed, ASKED_FOR))
    return sorted(found, key=lambda signal: LifecycleState.rank(signal.state))


def state_called(name: str, settings: Lifecycle) -> str | None:
    """The state of that name, or that an alias, a stage or a value of the state's tag of that name means.

    Of several the one that counts most: a version with that name in all places would stand in it.
    """
    name = name.strip().lower()
    mappings = (settings.aliases, settings.stages, settings.tag_values)
    meant = {state for mapping in mappings if (state := _lookup(mapping, name))}
    return min(meant | ({name} & set(LifecycleState)), key=LifecycleState.rank, default=None)


def decisive(signals: Sequence[Signal]) -> Signal:
    """The signal that counts. Without any: development."""
    return signals[0] if signals else Signal("development", NO_SIGNAL)


def conflict_with_traffic(signals: Sequence[Signal], percent: int | None) -> str | None:
    """The state by other signals than traffic, in words, where it takes traffic and that is not production."""
    own = decisive([signal for signal in signals if signal.asset is None])
    at_odds = bool(percent) and own.words != NO_SIGNAL and own.state != "production"
    return f"{own.state} ({own.words})" if at_odds else None


def _aliases(aliases: Sequence[str], settings: Lifecycle) -> Iterator[tuple[str, str]]:
    for alias in sorted(aliases):
        if state := _lookup(settings.aliases, alias):
            yield alias, state


def _tagged(tags: Mapping[str, str], settings: Lifecycle) -> str | None:
    value = str(tags.get(settings.tag) or "").strip().lower() if settings.tag else ""
    return _lookup(settings.tag_values, value) or (value if value in set(LifecycleState) else None)


def _of_traffic(traffic: Iterable[Traffic], settings: Lifecycle) -> Iterator[Signal]:
    """The endpoint that gives most comes first."""
    for given in sorted(traffic, key=lambda item: (-(item.percent or 0), -(item.mirror or 0), item.endpoint)):
        if settings.traffic and (given.percent or 0) >= settings.traffic_from:
            words = f"{given.percent}% of the traffic of endpoint {given.label}"
            yield Signal(settings.traffic, words, given.endpoint, given.at)
        if settings.mirror_traffic and (given.mirror or 0) > 0:
            words = f"{given.mirror}% of the traffic of endpoint {given.label}, mirrored"
            yield Signal(settings.mirror_traffic, words, given.endpoint, given.at)


def _lookup(mapping: Mapping[str, str], name: str) -> str | None:
    return {key.lower(): state for key, state in mapping.items()}.get(name.lower()) if name else None
