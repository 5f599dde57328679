"""Whether a listing that ended without an error is believed: compared with what the last read had.

A server answers with a short list where a login lost a right, a page was dropped or a row moved between two pages. What
the last snapshot had and the listing lacks is therefore asked for by name, and a loss that is too large is doubted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow.compute as pc

from ..config.sources.base import FailSafe
from ..errors import SourceError
from ..model.assets import CONTAINERS, AssetKind
from ..model.read_status import ReadMode, ReadStatus
from ..staging.snapshot import CollectionState
from .carry_forward import CarryForward, among, is_within
from .writer import SnapshotWriter

_CHECK_LOGIN = "Check what this login may read, and what stands between the server and here."


# The column of what contains an asset that is listed for it
_PARENTS = {AssetKind.RUN: "experiment", AssetKind.LOGGED_MODEL: "experiment"}


class Lost(NamedTuple):
    """An asset of the last snapshot that the listing lacks. native_id: as its row has it. parent: what contains it."""

    qualified_name: str
    native_id: str
    parent: str | None = None


# Asks the source for one asset: its item; None where it does not exist. Raises SourceError where that is not known.
LookUp = Callable[[Lost], Any]


class FailSafeCheck:
    """Compares the listings of one read with the last snapshot.

    Args:
        settings: when a loss is doubted.
        last: the last snapshot; without one nothing is doubted.
        writer: what this read has taken.
    """

    def __init__(self, settings: FailSafe, last: CarryForward, writer: SnapshotWriter) -> None:
        self._settings, self._last, self._writer = settings, last, writer
        self._found_lost: dict[AssetKind, tuple[tuple[int, ...], dict[str, Lost]]] = {}

    def check(
        self,
        state: CollectionState,
        look_up: LookUp | None = None,
        take: Callable[[Any], None] | None = None,
        is_lost_with_parent: Callable[[Lost], bool] = lambda _: False,
        within: str = "",
    ) -> None:
        """Doubts the collection where it lacks too much, or lacks what exists. Its items have all been taken.

        Args:
            state: of the collection.
            look_up: asks for one asset by name.
            take: takes an item that the listing lacked and `look_up` gave.
            is_lost_with_parent: whether that asset is gone with what contains it, of which another collection tells.
            within: what the names of the collection's assets have in them besides `covers`.
        """
        if state.state != ReadStatus.COMPLETE or state.mode != ReadMode.FULL or not state.kind:
            return
        # one listing of workspaces gives both kinds; an account's projects are listed for themselves
        kinds = CONTAINERS if within and state.kind in CONTAINERS else (AssetKind(state.kind),)
        lost = [
            asset
            for kind in kinds
            for name, asset in self._lost(kind).items()
            if name.startswith(state.covers) and within in name
        ]
        if not lost:
            return
        before = sum(self._count(state, kind, within) for kind in kinds)
        if self._is_accepted(state):
            return
        asked = [asset for asset in lost if not is_lost_with_parent(asset)] if look_up else []
        sample = asked if len(asked) <= self._settings.lookups else _spread(asked, self._settings.lookups)
        found, refusal = _looked_up(sample, look_up) if look_up else ([], None)
        if refusal is not None:
            self._doubt(state, before, len(lost), f"asked for one of them by name: {refusal.message}")
        elif found and (take is None or len(sample) < len(asked)):
            self._doubt(state, before, len(lost), "some of them are there when they are asked for by name.")
        else:
            self._take_found(state, found, take)
            self._compare(state, before, len(lost) - len(found))

    def is_lost(self, kind: AssetKind, name: str) -> bool:
        """Whether the last snapshot had that asset and this one lacks it."""
        return name in self._lost(kind)

    def _lost(self, kind: AssetKind) -> dict[str, Lost]:
        """What the last snapshot had of that kind and this one lacks, by name. Cached until more has been read."""
        writer = self._writer
        read = (len(writer.names(kind)), len(writer.quarantined_names()), len(writer.excluded_names))
        if self._found_lost.get(kind, ((), {}))[0] != read:
            known = among([*writer.names(kind), *writer.quarantined_names(), *writer.excluded_names])
            set_aside = writer.quarantined_names() | writer.excluded_names
            lost: dict[str, Lost] = {}
            for batch in self._last.snapshot.asset_batches(kind) if self._last.snapshot else ():
                gone = batch.filter(pc.invert(known(batch.column("qualified_name"))))
                parents = gone.column(_PARENTS[kind]).to_pylist() if kind in _PARENTS else [None] * gone.num_rows
                columns = (gone.column("qualified_name").to_pylist(), gone.column("native_id").to_pylist(), parents)
                for asset in map(Lost._make, zip(*columns, strict=True)):
                    if not is_within(asset.qualified_name, set_aside) and asset.parent not in set_aside:
                        lost[asset.qualified_name] = asset
            self._found_lost[kind] = read, lost
        return self._found_lost[kind][1]

    def _count(self, state: CollectionState, kind: AssetKind, within: str) -> int:
        """How many assets of that kind the last snapshot had in that collection."""
        count = 0
        for batch in self._last.snapshot.asset_batches(kind) if self._last.snapshot else ():
            names = batch.column("qualified_name")
            of_it = pc.and_(pc.starts_with(names, state.covers), pc.match_substring(names, within))
            count += pc.sum(of_it).as_py() or 0
        return count

    def _is_accepted(self, state: CollectionState) -> bool:
        accepted = self._last.snapshot.accepted.get(state.collection) if self._last.snapshot else None
        return accepted is not None and state.seen >= accepted

    def _take_found(self, state: CollectionState, found: list[Any], take: Callable[[Any], None] | None) -> None:
        for item in found if take else ():
            state.seen += 1
            take(item)  # type: ignore[misc]
        if found:
            state.reason = f"{len(found):,} that the listing lacked were asked for by name."

    def _compare(self, state: CollectionState, before: int, lost: int) -> None:
        limits = self._settings
        emptied = lost == before >= limits.empty
        shrunk = lost >= limits.least and 100 * lost > limits.threshold * before
        if emptied or shrunk:
            self._doubt(state, before, lost, "")

    def _doubt(self, state: CollectionState, before: int, lost: int, why: str) -> None:
        listing = state.listing.replace("_", " ")
        sentence = f"the last read had {before:,} {listing}, this one has {before - lost:,}; it is not believed"
        state.doubt(
            f"{sentence}: {why}" if why else f"{sentence}.",
            f"{_CHECK_LOGIN} If they were removed on purpose, say so: "
            f"{accept_command(self._writer.source, state.collection)}.",
        )


def accept_command(source: str, collection: str) -> str:
    """What a person runs who says that the loss is meant."""
    return f"python -m include.governance accept {source} '{collection}'"


def _looked_up(sample: list[Lost], look_up: LookUp) -> tuple[list[Any], SourceError | None]:
    """The items that exist, up to the first answer that does not tell, with that."""
    found: list[Any] = []
    for asset in sample:
        try:
            item = look_up(asset)
        except SourceError as error:
            return found, error
        if item is not None:
            found.append(item)
    return found, None


def _spread(assets: list[Lost], count: int) -> list[Lost]:
    """So many of them, evenly over the list."""
    return [assets[index * len(assets) // count] for index in range(count)]
