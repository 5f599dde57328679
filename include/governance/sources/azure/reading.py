"""What the readers of Azure ML and Foundry share: the course of a read, its collections' states, carrying forward."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from ...config.models import AzureSource
from ...errors import SourceError
from ...model import qualified_names
from ...model.assets import CONTAINERS, AssetKind
from ...model.read_status import ReadStatus
from ...net.http import Traffic
from ...staging.snapshot import CollectionState, Snapshot
from ..carry_forward import CarryForward, table_layout
from ..fail_safe import Comparison, FailSafeCheck, Lost
from ..former_rows import Selection
from ..writer import SnapshotWriter
from .crawler import Crawler, fail, settle
from .fields import ArmFields
from .session import AzureSession

SettingsT = TypeVar("SettingsT", bound=AzureSource)
# By the last collection in a qualified name, what the asset is listed below
_NESTED_IN = {
    "/versions/": (AssetKind.MODEL, AssetKind.AGENT, AssetKind.DATASET),
    "/deployments/": (AssetKind.ENDPOINT,),
    "/agentdeployments/": (AssetKind.ENDPOINT,),
}
CONTAINER_NOT_UNDERSTOOD = "what it stands in could not be understood."
CONTAINER_WITHHELD = "what it stands in is neither listed nor readable by name: {}"


class ListedContainer(Protocol):
    """A workspace, registry, account or project. title: how its collections are named."""

    title: str

    def covers(self, collection: str) -> str:
        """What the qualified names of everything in that collection begin with."""
        ...


class Listing(Protocol):
    """An entry of a connector's table of listings."""

    @property
    def collection(self) -> str:
        """Its name in the snapshot."""
        ...

    @property
    def kinds(self) -> tuple[AssetKind, ...]:
        """Of the rows it gives, that of its collection first."""
        ...

    @property
    def covered(self) -> str:
        """The ARM collection in which its items are."""
        ...

    @property
    def within(self) -> str:
        """What the names of its assets have in them besides what the collection covers."""
        ...

    @property
    def item(self) -> Callable[[str], str | None]:
        """Gives the address of one item by its native id: an ARM id, or a path below its container's own service.

        None for a row that this listing does not give: something else refers to it.
        """
        ...

    @property
    def item_query(self) -> Mapping[str, str]:
        """The query by which one item is asked for."""
        ...


class AzureReading(ABC, Generic[SettingsT]):
    """The state of one read of one scope; the items themselves go directly to the writer.

    Attributes:
        platform: its name in the snapshot.
        nested_traffic: requests that were not sent through the session.
    """

    platform: ClassVar[str]

    def __init__(
        self,
        settings: SettingsT,
        session: AzureSession,
        writer: SnapshotWriter,
        since: Snapshot | None,
        filters: tuple[str, ...],
        selected: Mapping[AssetKind, Selection],
        cleared: Mapping[AssetKind, Collection[str]] | None = None,
    ) -> None:
        """Filters: what decides which items are read, and how. selected, cleared: see CarryForward."""
        self.settings, self.session, self.writer = settings, session, writer
        self.scope = session.scope
        self.address = session.cloud.resource_manager + self.scope
        layout = qualified_names.short_hash(*table_layout())
        fingerprint = qualified_names.short_hash(self.address, *filters, layout)
        self.last = CarryForward(since, fingerprint, self.address, selected=selected, cleared=cleared)
        self.fail_safe = FailSafeCheck(settings.fail_safe, self.last, writer)
        self.fields = ArmFields(writer.scrubber)
        self.crawler = Crawler(writer, self.fields, settings.concurrency, self.last.offered)
        self.nested_traffic = Traffic()
        self._settlements: list[Callable[[], None]] = []

    def run(self) -> Snapshot:
        """Reads, carries forward what could not be read, and closes the snapshot."""
        started, began_ms = time.perf_counter(), int(time.time() * 1000)
        try:
            self._read()
            self._read_access()
        finally:
            self._close()
        self._carry_forward()
        self.last.exclude_unlisted(self.writer)
        return self.writer.close(self._document(began_ms, time.perf_counter() - started))

    @abstractmethod
    def _read(self) -> None:
        """Crawls all listings, and records how far each collection was read."""

    @abstractmethod
    def _why_unread(self, former: CollectionState) -> str | None:
        """Why a collection of the last snapshot was not asked for: its container could not be listed or understood.

        None where nothing is wrong: its container is gone or excluded, or the settings no longer ask for it.
        """

    def _close(self) -> None:
        self.crawler.close()

    def _carried_collections(self) -> list[CollectionState]:
        """The collections for which the last snapshot is carried forward."""
        return list(self.writer.states.values())

    def _read_access(self) -> None:
        if not self.settings.access:
            return
        from .access import ROLE_ASSIGNMENTS, read_role_assignments

        read_role_assignments(self.session, self.writer, self.fields)
        self._compare(self.writer.state(ROLE_ASSIGNMENTS.collection), ROLE_ASSIGNMENTS, None)

    def _exclude(self, state: CollectionState, native_id: str) -> None:
        """Records an item that the patterns exclude."""
        self.writer.exclude(state.collection, self.fields.key(native_id), self.fields.name_of(native_id))

    # ---------------------------------------------------------------------------------------- states

    def _listing_state(self, listing: Listing) -> CollectionState:
        """The state of a listing of the whole scope."""
        covers, (kind, *also) = qualified_names.azure(self.scope) + "/", listing.kinds
        return self.writer.state(listing.collection, kind=kind, covers=covers, also=tuple(also))

    def _state(self, container: ListedContainer, listing: Listing) -> CollectionState:
        """The state of a listing of one container."""
        name, covers = f"{container.title}/{listing.collection}", container.covers(listing.covered)
        kind, *also = listing.kinds
        return self.writer.state(name, kind=kind, covers=covers, also=tuple(also))

    def _settle_nested(self, container: ListedContainer, above: Listing, below: Listing) -> None:
        """What is listed once per item of another listing was read as far as that listing was."""
        outer, state = self._state(container, above), self._state(container, below)
        settle(state)
        if outer is state:
            return
        if outer.state == ReadStatus.UNSUPPORTED:
            state.state, state.reason = ReadStatus.UNSUPPORTED, outer.reason
        elif not outer.is_whole:
            listed = above.collection.replace("_", " ")
            fail(state, f"{listed} could not all be listed: {outer.reason}", outer.remedy)

    def _settle_derived(self, state: CollectionState, origin: CollectionState, seen: int) -> None:
        """Assets that are derived from the items of another listing were read as far as that listing was."""
        state.pages, state.seen = origin.pages, seen
        if origin.state == ReadStatus.UNSUPPORTED:
            state.state, state.reason = ReadStatus.UNSUPPORTED, origin.reason
        elif not origin.is_whole:
            fail(state, origin.reason, origin.remedy)

    def _verify_scope(self, listing: Listing) -> None:
        """Doubts a listing of the whole scope that ended and lacks too much of the last read, or lacks what exists."""
        self._compare(self._listing_state(listing), listing, None)

    def _verify(self, container: ListedContainer, listing: Listing) -> None:
        """The same for a listing of one container, whose state is settled."""
        self._compare(self._state(container, listing), listing, container)

    def _verify_nested(self, container: ListedContainer, above: Listing, below: Listing) -> None:
        """The same for what is listed once per item of another listing, which was verified: as far as that was read."""
        settle_below = partial(self._settle_nested, container, above, below)
        settle_below()
        self._settlements.append(settle_below)
        self._verify(container, below)

    def _verify_sums(self) -> None:
        """Doubts listings that only together lack too much; what is read below them is not known then either."""
        if self.fail_safe.check_sums():
            for settle_below in self._settlements:
                settle_below()

    def _compare(self, state: CollectionState, listing: Listing, container: ListedContainer | None) -> None:
        comparison = Comparison(
            listing.kinds,
            listing.within,
            gives=lambda native_id: listing.item(native_id) is not None,
            look_up=partial(self._look_up, listing, container),
            is_asked=lambda lost: not self._is_lost_with_parent(lost),
            # what is in a container would not be read any more
            keeps_unlisted=not set(CONTAINERS) & set(listing.kinds),
        )
        self.fail_safe.check(state, comparison)

    def _look_up(self, listing: Listing, container: ListedContainer | None, lost: Lost) -> Any:
        """One item; None where it does not exist, or is listed by another name. Raises SourceError."""
        address = str(listing.item(lost.native_id))
        try:
            if container is None or address.startswith("/"):
                return self.session.arm.get(address, listing.item_query)
            answer = self._ask_service(container, address, listing.item_query)
        except SourceError as error:
            if error.data.get("status") == 404:
                return None
            raise
        versions = answer.get("value") if isinstance(answer, dict) else None
        item = next(iter(versions), None) if isinstance(versions, list) else answer
        return None if item is None or self._is_listed(item, listing, container) else answer

    def _is_listed(self, item: Any, listing: Listing, container: ListedContainer) -> bool:
        """Whether the name that the item itself states is one that was listed."""
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str):
            return False
        listed = qualified_names.azure_part(container.covers(listing.covered).rstrip("/"), name)
        return any(self.writer.has(kind, listed) for kind in listing.kinds)

    @abstractmethod
    def _ask_service(self, container: Any, path: str, query: Mapping[str, str]) -> Any:
        """The answer of the service that lists what is in that container. path: below the container there.

        Raises SourceError.
        """

    def _is_lost_with_parent(self, lost: Lost) -> bool:
        """Whether it is a version or a deployment of an asset that is not listed any more."""
        for segment, kinds in _NESTED_IN.items():
            above, is_nested, _ = lost.qualified_name.rpartition(segment)
            if is_nested:
                return any(self.fail_safe.is_lost(kind, above) for kind in kinds)
        return False

    # ---------------------------------------------------------------------------------------- carrying forward

    def _carry_forward(self) -> None:
        """Also of containers that could not be listed, or not be understood, this time."""
        for former in self.last.former_collections():
            if former.collection in self.writer.states:
                continue
            reason = self._why_unread(former)
            if reason is not None:
                kind = AssetKind(former.kind) if former.kind else None
                fail(self.writer.state(former.collection, kind=kind, covers=former.covers), reason)
        self.last.carry_collections(self.writer, self._carried_collections())

    def _why_container_unread(self, former: CollectionState, listings: list[CollectionState]) -> str | None:
        """Why the container of that collection could not be asked, although its listing was read to its end."""
        quarantined = self.writer.quarantined_names(*(state.collection for state in listings))
        if any(former.covers.startswith(f"{name}/") for name in quarantined):
            return CONTAINER_NOT_UNDERSTOOD
        withheld = (why for name, why in self.writer.withheld.items() if former.covers.startswith(f"{name}/"))
        reason = next(withheld, None)
        return None if reason is None else CONTAINER_WITHHELD.format(reason)

    def _document(self, began_ms: int, seconds: float) -> dict[str, Any]:
        sent, nested = self.session.traffic, self.nested_traffic
        return {
            "platform": self.platform,
            "address": self.address,
            "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "full_read_at_ms": began_ms,
            "fingerprint": self.last.fingerprint,
            "seconds": round(seconds, 3),
            "calls": sent.calls + nested.calls,
            "retries": sent.retries + nested.retries,
            "seconds_waiting": round(sent.seconds + nested.seconds, 3),
            "remaining_reads": sent.remaining,
        }
