"""Probes that ask one question of many containers, and answer it in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Protocol, TypeVar

from ..errors import SourceError, Unsupported
from ..model.probe import Probe

_MOST_REMEDIES = 3
_MOST_NAMED = 3


class Named(Protocol):
    """A workspace, registry, account or project."""

    @property
    def name(self) -> str:
        """As people call it."""


T = TypeVar("T", bound=Named)
ListedT = TypeVar("ListedT")


def each(what: str, containers: Sequence[T], ask: Callable[[T], object]) -> Probe:
    """A probe that asks every container. `ask` raises SourceError; Unsupported where one does not offer it."""
    return Probe(what, lambda: _asked(containers, ask))


def listed(what: str, listing: Callable[[], list[ListedT]]) -> Generator[Probe, None, list[ListedT]]:
    """Returns what the listing gives. Where it is refused: nothing, after a probe that fails with that refusal.

    Args:
        what: as of a probe.
        listing: the containers that further probes ask. Raises SourceError.
    """
    try:
        return listing()
    except SourceError as error:
        yield _failed(what, error)
        return []


def _failed(what: str, error: SourceError) -> Probe:
    def ask() -> str:
        raise error

    return Probe(what, ask)


def _asked(containers: Sequence[T], ask: Callable[[T], object]) -> str:
    refused: list[SourceError] = []
    lacking: list[str] = []
    for container in containers:
        try:
            ask(container)
        except Unsupported:
            lacking.append(container.name)
        except SourceError as error:
            refused.append(error)
    if refused:
        raise refusal(refused, len(containers))
    if lacking and len(lacking) == len(containers):
        raise Unsupported("not offered there.")
    answer = f"{len(containers) - len(lacking)} of {len(containers)} answer"
    return f"{answer}; not offered by {', '.join(lacking[:_MOST_NAMED])}" if lacking else answer


def refusal(refused: Sequence[SourceError], asked: int, what: str = "") -> SourceError:
    """One error for all. asked: how many were. what: they are, in plural; empty where that is said elsewhere."""
    remedies = list(dict.fromkeys(error.remedy for error in refused))
    more = f" And {len(remedies) - _MOST_REMEDIES} more of the kind." if len(remedies) > _MOST_REMEDIES else ""
    first = refused[0]
    return SourceError(
        f"{len(refused)} of {asked} {what + ' ' if what else ''}may not be read: {first.message}",
        " ".join(remedies[:_MOST_REMEDIES]) + more,
        **first.data,
    )
