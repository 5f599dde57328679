"""The marker entity by which ledger and catalog recognise that they belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..model import qualified_names
from ..staging.plan import Entry, Key
from ..state.ledger import Ledger
from .contract import Catalog, Entity, RequestFailure
from .read_back import read_back
from .resend import resend_until_known

MARKER_TYPE = "ai_governance_deployment"
_MODEL_TYPE = "ai_governed_model"  # a catalog that lacks it has never been published to
_PAUSE_SECONDS = 5.0


class Marker:
    """The marker of one installation in one catalog.

    Args:
        deployment: names the installation.
    """

    def __init__(self, catalog: Catalog, ledger: Ledger, deployment: str) -> None:
        self._catalog, self._ledger = catalog, ledger
        self._key = Key(MARKER_TYPE, qualified_names.marker(deployment))
        self._deployment = deployment

    def verify(self, desired_keys: Iterable[Key], admit: Callable[[list[Entry]], list[Entry]] = list) -> str:
        """Rebuilds the ledger from the catalog where the two do not belong together. The catalog is only read.

        Args:
            desired_keys: what would be published.
            admit: what of the entities found may enter the ledger; raises where they are not this installation's.

        Returns:
            Why the ledger was rebuilt, as a sentence; empty when the catalog carries the ledger's marker.

        Raises:
            CatalogError: the catalog cannot be read.
        """
        try:
            return self._verify(desired_keys, admit)
        except RequestFailure as failure:
            raise failure.to_catalog_error() from None

    def ensure(self, **attributes: Any) -> None:
        """Writes the marker before anything else is written; sent again while its answer is lost.

        Args:
            attributes: of the marker, to be set. Without any, nothing is written where the marker is there.
        """
        own_id = self._ledger.marker_id()
        pause = min(self._catalog.settings.settle_seconds, _PAUSE_SECONDS)
        for attempt in resend_until_known(pause):
            marker = self.find() if not attributes else None
            if marker and marker.attributes.get("marker_id") == own_id:
                return
            with attempt:
                self.touch(**attributes)

    def touch(self, **attributes: Any) -> None:
        """Writes the marker. Where it exists and is given none, it only probes whether the catalog accepts writes."""
        self._catalog.touch(
            self._key,
            {
                "name": f"governance deployment {self._deployment}",
                "description": "This catalog is kept in step by an AI governance sync. Do not delete.",
                "marker_id": self._ledger.marker_id(),
                **attributes,
            },
        )

    def find(self) -> Entity | None:
        """The marker as the catalog has it."""
        return next(self._catalog.find([self._key], relationships=False), None)

    def _verify(self, desired_keys: Iterable[Key], admit: Callable[[list[Entry]], list[Entry]]) -> str:
        marker = self.find()
        marker_id = marker.attributes.get("marker_id") if marker else None
        own_id = self._ledger.marker_id()
        if marker_id == own_id:
            return ""
        known = self._ledger.entries()
        if marker is None and not known and _MODEL_TYPE not in self._catalog.entity_types():
            return ""
        keys = sorted({*desired_keys, *known})
        entries = admit(read_back(self._catalog, keys))
        if not known and not entries and not marker_id:
            return ""  # others publish into this catalog; the ledger, and a plan made against it, hold
        self._ledger.replace(entries, marker_id or own_id)
        if not known and not entries:
            return ""
        reason = _reason(marker_id, is_known=bool(known))
        return f"{reason}; the ledger was rebuilt: {len(entries)} of {len(keys)} entities are there"


def _reason(marker_id: str | None, is_known: bool) -> str:
    if not marker_id:
        return "the catalog does not carry our mark: new or wiped"
    if is_known:
        return "the catalog is another one than last time"
    return "the state database does not know this catalog"
