"""How a listing of MLflow is collected: its pages, how far it was read, whether it is believed, what is carried on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import pyarrow.compute as pc

from ...config.models import MlflowSource, Patterns
from ...errors import SourceError, Unsupported
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadMode, ReadStatus
from ...staging.snapshot import CollectionState
from ..carry_forward import CarryForward, among
from ..fail_safe import Comparison, FailSafeCheck, Lost
from ..former_rows import CONTAINED_BY, Mask, within
from ..items import ItemId, take_item
from ..writer import SnapshotWriter
from .client import Pager, Query, Record
from .incremental import Watermarks
from .parse import Parser
from .refusals import CHANGED

# What the names of the assets begin with that state relations of their own
_STATED_BY = {
    AssetKind.RUN: lambda source: qualified_names.run(source, ""),
    AssetKind.LOGGED_MODEL: lambda source: qualified_names.logged_model(source, ""),
    AssetKind.MODEL_VERSION: lambda source: qualified_names.model(source, ""),
}
_REFERRED = {AssetKind.RUN: (AssetKind.DATASET,)}


class CollectionReading:
    """What every listing of one read is collected with.

    Attributes:
        experiment_ids: those to search in, in the order in which they were listed.
        experiments_known: whether they are all.
    """

    def __init__(self, settings: MlflowSource, pager: Pager, writer: SnapshotWriter, last: CarryForward) -> None:
        self.settings, self.pager, self.writer, self.last = settings, pager, writer, last
        self.watermarks = Watermarks(last.unchanged if pager.filters_runs else None, settings)
        self.fail_safe = FailSafeCheck(settings.fail_safe, last, writer)
        self.parser = Parser(settings.name, writer.scrubber)
        self.experiment_ids: dict[str, None] = {}
        self.experiments_known = False

    def _mode(self) -> ReadMode:
        return ReadMode.INCREMENTAL if self.watermarks.is_usable else ReadMode.FULL

    def _can_list(self, collection: str) -> bool:
        """Runs and logged models are listed by experiment: without experiments there is nothing to list."""
        state = self.writer.state(collection, self._mode())
        if not self.experiment_ids and not self.experiments_known:
            state.fail("the experiments could not be listed, so neither could what is in them.")
        if not self.experiment_ids:
            self._verify(state)
        return bool(self.experiment_ids)

    def _collect(
        self,
        query: Query,
        take: Callable[[Record], None],
        id_fields: tuple[str, ...],
        *,
        patterns: Patterns | None = None,
        then: tuple[Query, ...] = (),
        mode: ReadMode = ReadMode.FULL,
    ) -> None:
        """Reads all pages of one listing.

        Args:
            query: the listing.
            take: parses and writes one item.
            id_fields: where the id of an item is that cannot be parsed.
            patterns: which names are read; None for all.
            then: the listings that will be read next, to be prefetched.
            mode: of the collection.
        """
        state = self.writer.state(query.collection, mode)

        def identify(item: Any) -> ItemId:
            return ItemId(self.parser.display_id(item, id_fields), self.parser.name_of(query.collection, item))

        def take_allowed(item: Record) -> None:
            if patterns is None or patterns.allows(str(item.get("name") or "")):
                take(item)
            else:
                self.writer.exclude(query.collection, *identify(item))

        def take_one(item: Any) -> None:
            take_item(self.writer, state, item, take_allowed, identify)

        self._read_pages(query, then, state, take_one)
        if query.experiment_ids and state.state == ReadStatus.COMPLETE and not self.experiments_known:
            state.fail("the experiments were not all listed, so what is in the missing ones is not known.")
        self._verify(state, take_one)

    def _read_pages(
        self, query: Query, then: tuple[Query, ...], state: CollectionState, take_one: Callable[[Any], None]
    ) -> None:
        """Passes every item of the listing on, and records how far it was read."""
        try:
            for page in self.pager.pages(query, then):
                for item in page.records:
                    state.seen += 1
                    take_one(item)
                state.pages += 1
        except Unsupported as error:
            if state.pages or self.last.offered(query.collection, absent=bool(error.data.get("absent"))):
                state.fail(f"{error.message} It did before.", "Check the MLflow server and what stands before it.")
            else:
                state.state, state.reason = ReadStatus.UNSUPPORTED, error.message
        except SourceError as error:
            if state.pages and error.data.get("status") in (401, 403):
                state.fail(f"page {state.pages + 1} was refused, those before were not: {error.message}", CHANGED)
            else:
                state.fail(error.message, error.remedy)

    def _verify(self, state: CollectionState, take_one: Callable[[Any], None] | None = None) -> None:
        """Doubts a listing that ended and lacks too much of the last read, or lacks what exists."""
        comparison = Comparison(
            self.writer.kinds_of(state),
            look_up=lambda lost: self.pager.item(state.collection, lost.native_id),
            is_asked=lambda lost: not self._is_lost_with_parent(lost),
            take=take_one,
        )
        self.fail_safe.check(state, comparison)

    def _is_lost_with_parent(self, lost: Lost) -> bool:
        """Whether it is a version of a model, or a run of an experiment, that is not listed any more."""
        model, is_version, _ = lost.qualified_name.rpartition("/versions/")
        if is_version:
            return self.fail_safe.is_lost(AssetKind.MODEL, model)
        return lost.parent is not None and self.fail_safe.is_lost(AssetKind.EXPERIMENT, lost.parent)

    def _carry_forward(
        self, kind: AssetKind, collection: str, columns: tuple[str, ...], but: Collection[str] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Carries forward what this listing did not give; yields those columns of it.

        All of it if the listing is incomplete or was read by watermark; else the items in quarantine, and what is
        withheld or in something that is.
        but: qualified names that are left out, since they are still to be read.
        """
        state = self.writer.state(collection, self._mode())
        whole = state.mode == ReadMode.FULL and (state.is_whole or state.state == ReadStatus.UNSUPPORTED)
        fresh, carried = among([*self.writer.names(kind), *but]), set[str]()
        parts: Iterable[tuple[str, Mask | None]] = self._not_given(kind, collection) if whole else [("native_id", None)]
        for column, mask in parts:
            for batch in self.last.carry_assets(self.writer, state, kind, mask, column=column, but=but):
                if whole:
                    carried.update(batch.column("qualified_name").to_pylist())
                yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
        if whole and not carried:
            return
        if kind in _STATED_BY:
            stated_by = among(carried) if whole else _without(_STATED_BY[kind](self.settings.name), fresh)
            self.last.carry_relations(self.writer, stated_by, _REFERRED.get(kind, ()))

    def _not_given(self, kind: AssetKind, collection: str) -> Iterator[tuple[str, Mask]]:
        """What a whole listing did not give although it is there, or may be: a column, and which of its values."""
        if quarantined := self.writer.quarantined_ids(collection):
            yield "native_id", among(quarantined)
        if withheld := self.writer.withheld:
            yield "qualified_name", within(withheld)
            if kind in CONTAINED_BY:
                yield CONTAINED_BY[kind], among(withheld)


def _without(prefix: str, fresh: Mask) -> Mask:
    """All assets whose names have that prefix, but the fresh ones. Their names need not be held in memory."""
    return lambda column: pc.and_(pc.starts_with(column, prefix), pc.invert(fresh(column)))
