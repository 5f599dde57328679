"""One bad item of a listing costs only that item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import StorageError
from ..staging.snapshot import CollectionState
from .fields import Malformed, noting_unparsed
from .writer import SnapshotWriter


class ItemId(NamedTuple):
    """How an item that was not parsed is named in the quarantine.

    native_id: its id as far as it can be read, free of secrets. qualified_name: None where its id does not say.
    """

    native_id: str
    qualified_name: str | None


def take_item(
    writer: SnapshotWriter,
    state: CollectionState,
    item: Any,
    take: Callable[[dict[str, Any]], None],
    identify: Callable[[Any], ItemId],
) -> None:
    """Passes one item to `take`; one that cannot be understood is quarantined, and of others the values that cannot.

    Args:
        writer: the snapshot's writer.
        state: of the collection that the item belongs to.
        item: anything that a server may send as an item.
        take: parses and writes it. What it raises besides OSError and MemoryError counts as the item's fault.
        identify: gives the id of an item that was not parsed. Must not raise.
    """
    try:
        if not isinstance(item, dict):
            raise Malformed("the item is not an object")
        with noting_unparsed() as unparsed:
            take(item)
    except (OSError, MemoryError, StorageError):  # ours, not the item's
        raise
    except Exception as error:  # noqa: BLE001 - whatever odd content makes a parser raise
        reason = str(error) if isinstance(error, Malformed) else f"{type(error).__name__} while reading a field"
        native_id, qualified_name = identify(item)
        writer.quarantine(state.collection, native_id, reason, qualified_name)
        writer.scrubber.take()  # what was removed from it must not count for the next item
    else:
        if unparsed:
            writer.note_unparsed(state.collection, *identify(item), unparsed)
            writer.scrubber.take()
