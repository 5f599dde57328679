"""Whether a listing that ended without an error is believed: compared with what the last read had.

A server answers with a short list where a login lost a right, a page was dropped or a row moved between two pages. What
the last snapshot had and the listing lacks is therefore asked for by name: what exists is taken, what does not is gone,
what may not be read stays as last known. A loss that is too large is doubted. Of a service that leaves out of its
listings what it gives by name, such a listing is doubted once; the next read that finds the same believes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow.compute as pc

from ..config.sources.base import FailSafe
from ..errors import SourceError, SourceUnavailable
from ..model.assets import AssetKind
from ..model.read_status import ReadMode, ReadStatus
from ..staging.snapshot import CollectionState
from .carry_forward import CarryForward, among
from .clean_names import lacks_secret
from .former_rows import CONTAINED_BY, is_within
from .writer import SnapshotWriter

_CHECK_LOGIN = "Check what this login may read, and what stands between the server and here."
_MOST_NAMED = 3


class Lost(NamedTuple):
    """An asset of the last snapshot that the listing lacks, as its row has it. parent: what it was listed for."""

    qualified_name: str
    native_id: str
    name: str | None = None
    parent: str | None = None


# Asks the source for one asset: its item; None where it does not exist. Raises SourceError where that is not known.
LookUp = Callable[[Lost], Any]


class Comparison(NamedTuple):
    """What the items of one listing are compared with, and how what it lacks is asked for.

    Attributes:
        kinds: of the assets that it gives.
        within: what their names have in them besides what the collection covers.
        gives: whether it gives an asset with that native id, and not only something else refers to it.
        look_up: asks for one asset by name; None where the source offers no such call: numbers are compared.
        is_asked: whether to ask for that asset. Not for one that is gone with what contains it, of which another
            collection tells.
        take: takes an item that the listing lacked and `look_up` gave; None where the listing is doubted instead.
        keeps_unlisted: such a listing is believed once a second read in a row finds the same items by name only, and
            they are no more than a listing may lose at once: they stay as last known.
    """

    kinds: tuple[AssetKind, ...]
    within: str = ""
    gives: Callable[[str], bool] = lambda _: True
    look_up: LookUp | None = None
    is_asked: Callable[[Lost], bool] = lambda _: True
    take: Callable[[Any], None] | None = None
    keeps_unlisted: bool = False

    def has(self, native_id: str | None) -> bool:
        """Whether the listing gives an asset with that native id; what is only referred to may have none."""
        return native_id is not None and self.gives(native_id)


class _Answers(NamedTuple):
    """found: assets that exist, with their items. refused: those of which the source does not say.

    unasked: how many it was not asked.
    """

    found: list[tuple[Lost, Any]]
    refused: list[tuple[Lost, SourceError]]
    unasked: int


class FailSafeCheck:
    """Compares the listings of one read with the last snapshot.

    Args:
        settings: when a loss is doubted.
        last: the last snapshot; without one nothing is doubted. What the settings leave out now is no loss.
        writer: what this read has taken.
    """

    def __init__(self, settings: FailSafe, last: CarryForward, writer: SnapshotWriter) -> None:
        self._settings, self._last, self._writer = settings, last, writer
        self._found_lost: dict[AssetKind, tuple[tuple[int, ...], dict[str, Lost]]] = {}
        self._compared: dict[tuple[str, AssetKind], list[tuple[CollectionState, Comparison]]] = defaultdict(list)
        self._losses: dict[str, int] = {}

    def check(self, state: CollectionState, comparison: Comparison) -> None:
        """Doubts the collection where it lacks too much, or lacks what exists. Its items have all been taken.

        An item that may not be read by name stays as last known, with what it contains, and the collection is partial.
        """
        if state.state != ReadStatus.COMPLETE or state.mode != ReadMode.FULL or not state.kind:
            return
        self._compared[state.listing, comparison.kinds[0]].append((state, comparison))
        self._compare(state, comparison)
        if state.is_whole:
            self._ask_for_unlisted(state, comparison)

    def _compare(self, state: CollectionState, comparison: Comparison) -> None:
        lost = self._lost_of(state, comparison)
        if not lost or self._is_accepted(state):
            return
        before = self._count(state, comparison)
        answers, gone = self._ask(lost, comparison), len(lost)
        is_plausible = not self._is_too_much(before, len(lost))
        keeps = comparison.take is not None or (is_plausible and self._were_unlisted(state, comparison, answers.found))
        if keeps and not answers.unasked:
            gone -= len(answers.found)
        if comparison.take is not None and not answers.unasked:
            self._take(state, [item for _, item in answers.found], comparison.take)
        doubt = self._why_doubted(before, gone, answers, comparison, keeps=keeps)
        if comparison.keeps_unlisted and comparison.take is None:
            for asset, _ in answers.found:
                self._writer.note_unlisted(state.collection, asset.native_id, asset.qualified_name)
        gone_alone = sum(map(comparison.is_asked, lost))  # of what contains the others, another listing tells
        self._losses[state.collection] = gone_alone - (len(lost) - gone)
        if doubt is not None:
            self._doubt(state, f"the last read had {_of(state, before)}, this one has {before - gone:,}", doubt)
            return
        if answers.found and comparison.take is None:
            named = _named([asset for asset, _ in answers.found])
            state.reason = f"there by name and not listed, at the last read too, so kept as last known: {named}."
        if answers.refused:
            self._withhold(state, answers.refused)

    def check_sums(self) -> bool:
        """Doubts listings that each lack little, where together they lack too much. Returns whether there are any.

        A login that sees nothing any more empties the listings of all containers, each of which may have been short.
        """
        doubted = False
        for compared in self._compared.values():
            of_listing = [(state, comparison) for state, comparison in compared if state.is_whole or state.is_doubted]
            losing = [state for state, _ in of_listing if self._losses.get(state.collection)]
            believed = [state for state in losing if state.is_whole]
            if believed and len(losing) > 1:
                gone = sum(self._losses[state.collection] for state in losing)
                before = sum(self._count(state, comparison) for state, comparison in of_listing)
                if self._is_too_much(before, gone):
                    doubted = True
                    for state in believed:
                        numbers = f"{_of(state, before)} in all, this one has {before - gone:,}"
                        self._doubt(state, f"the last read had {numbers}", "")
        return doubted

    def _were_unlisted(self, state: CollectionState, comparison: Comparison, found: list[tuple[Lost, Any]]) -> bool:
        """Whether the last read found the same items by name, and not in the listing."""
        if not comparison.keeps_unlisted:
            return False
        before = {row["qualified_name"] for row in self._last.unlisted(state.collection)}
        return all(asset.qualified_name in before for asset, _ in found)

    def is_lost(self, kind: AssetKind, name: str) -> bool:
        """Whether the last snapshot had that asset and this one lacks it."""
        return name in self._lost(kind)

    def _lost_of(self, state: CollectionState, comparison: Comparison) -> list[Lost]:
        return [
            asset
            for kind in comparison.kinds
            for name, asset in self._lost(kind).items()
            if name.startswith(state.covers) and comparison.within in name and comparison.has(asset.native_id)
        ]

    def _lost(self, kind: AssetKind) -> dict[str, Lost]:
        """What the last snapshot had of that kind and this one lacks, by name. Cached until more has been read."""
        writer = self._writer
        not_taken = writer.not_taken_names()
        read = (len(writer.names(kind)), len(not_taken))
        if self._found_lost.get(kind, ((), {}))[0] != read:
            known, parent = among([*writer.names(kind), *not_taken]), CONTAINED_BY.get(kind)
            lost: dict[str, Lost] = {}
            for batch in self._last.assets(kind):
                gone = batch.filter(pc.invert(known(batch.column("qualified_name"))))
                columns = ("qualified_name", "native_id", "name", *([parent] if parent else []))
                for asset in (Lost(*row.values()) for row in gone.select(columns).to_pylist()):
                    if not is_within(asset.qualified_name, not_taken) and asset.parent not in not_taken:
                        lost[asset.qualified_name] = asset
            self._found_lost[kind] = read, lost
        return self._found_lost[kind][1]

    def _count(self, state: CollectionState, comparison: Comparison) -> int:
        """How many assets the last snapshot had in that collection."""
        count = 0
        for batch in (batch for kind in comparison.kinds for batch in self._last.assets(kind)):
            names = batch.column("qualified_name")
            of_it = pc.and_(pc.starts_with(names, state.covers), pc.match_substring(names, comparison.within))
            count += sum(map(comparison.has, batch.column("native_id").filter(of_it).to_pylist()))
        return count

    def _is_accepted(self, state: CollectionState) -> bool:
        accepted = self._last.snapshot.accepted.get(state.collection) if self._last.snapshot else None
        return accepted is not None and state.seen >= accepted

    def _ask(self, lost: list[Lost], comparison: Comparison) -> _Answers:
        """Asks for as many as the budget allows, up to the first request that gets no answer at all."""
        answers = _Answers([], [], 0)
        if comparison.look_up is None:
            return answers
        asked = [asset for asset in lost if lacks_secret(asset.native_id) and comparison.is_asked(asset)]
        sample = asked if len(asked) <= self._settings.lookups else _spread(asked, self._settings.lookups)
        for count, asset in enumerate(sample, 1):
            try:
                item = comparison.look_up(asset)
            except SourceError as error:
                answers.refused.append((asset, error))
                if isinstance(error, SourceUnavailable):
                    return answers._replace(unasked=len(asked) - count)
            else:
                answers.found.extend([] if item is None else [(asset, item)])
        return answers._replace(unasked=len(asked) - len(sample))

    def _ask_for_unlisted(self, state: CollectionState, comparison: Comparison) -> None:
        """Asks for what patterns left out while no listing showed it, once they do not: it may be gone since then."""
        look_up = comparison.look_up
        if look_up is None:
            return
        unlisted = [
            Lost(name, native_id)
            for name, native_id in self._last.selected_again(state.collection, comparison.kinds)
            if comparison.has(native_id) and not self._is_known(name, comparison.kinds)
        ]
        found: list[Any] = []
        for asset in unlisted[: self._settings.lookups]:
            try:
                item = look_up(asset)
            except SourceUnavailable:
                break
            except SourceError:
                continue
            if item is None:
                self._last.know_gone(asset.qualified_name)
            else:
                found.append(item)
        if comparison.take is not None:
            self._take(state, found, comparison.take)

    def _is_known(self, name: str, kinds: tuple[AssetKind, ...]) -> bool:
        return is_within(name, self._writer.not_taken_names()) or any(self._writer.has(kind, name) for kind in kinds)

    def _why_doubted(
        self, before: int, gone: int, answers: _Answers, comparison: Comparison, *, keeps: bool
    ) -> str | None:
        """Why the listing is not believed; empty where the numbers alone say so, None where it is."""
        found, refused, unasked = answers
        is_too_much = self._is_too_much(before, gone)
        if refused and (unasked or is_too_much):
            return f"asked for {len(refused):,} of them by name: {refused[0][1].message}"
        if found and (unasked or not keeps):
            then = "; what the next read finds so again is kept, and not doubted" if comparison.keeps_unlisted else ""
            return f"some of them are there when they are asked for by name{then}."
        return "" if is_too_much else None

    def _is_too_much(self, before: int, lost: int) -> bool:
        limits = self._settings
        emptied = lost == before >= limits.empty
        return emptied or (lost >= limits.least and 100 * lost > limits.threshold * before)

    def _take(self, state: CollectionState, found: list[Any], take: Callable[[Any], None]) -> None:
        for item in found:
            state.seen += 1
            take(item)
        if found:
            state.reason = f"{len(found):,} that the listing lacked were asked for by name."

    def _withhold(self, state: CollectionState, refused: list[tuple[Lost, SourceError]]) -> None:
        for asset, error in refused:
            self._writer.withhold(state.collection, asset.native_id, error.message, asset.qualified_name)
        first = refused[0][1]
        kept = f"neither listed nor readable by name, so kept as last known: {_named([one for one, _ in refused])}"
        state.withhold(len(refused), f"{state.reason} {kept}; {first.message}".strip(), first.remedy)

    def _doubt(self, state: CollectionState, numbers: str, why: str) -> None:
        sentence = f"{numbers}; it is not believed"
        state.doubt(
            f"{sentence}: {why}" if why else f"{sentence}.",
            f"{_CHECK_LOGIN} If they were removed on purpose, say so: "
            f"{accept_command(self._writer.source, state.collection)}.",
        )


def _of(state: CollectionState, count: int) -> str:
    return f"{count:,} {state.listing.replace('_', ' ')}"


def accept_command(source: str, collection: str) -> str:
    """What a person runs who says that the loss is meant."""
    return f"python -m include.governance accept {source} '{collection}'"


def _named(assets: list[Lost]) -> str:
    more = f" and {len(assets) - _MOST_NAMED:,} more" if len(assets) > _MOST_NAMED else ""
    return ", ".join(asset.name or asset.native_id for asset in assets[:_MOST_NAMED]) + more


def _spread(assets: list[Lost], count: int) -> list[Lost]:
    """So many of them, evenly over the list."""
    return [assets[index * len(assets) // count] for index in range(count)]
