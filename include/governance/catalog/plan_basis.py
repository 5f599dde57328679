"""What a plan rests on, of ledger and catalog: read when it is saved, and again before it is applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from ..model.rows import Row
from ..staging.plan import Key
from ..staging.plan_file import PlanBasis, fingerprint
from ..state.ledger import Ledger
from .contract import Catalog, Entity, RequestFailure
from .marker import Marker
from .read_back import active_edges, attributes_of, own_classifications


def plan_basis(
    catalog: Catalog, ledger: Ledger, deployment: str, keys: Iterable[Key], snapshots: Mapping[str, str]
) -> PlanBasis:
    """The basis of a plan for those entities as it is now.

    Args:
        deployment: names this installation.
        snapshots: by source, the folder of the last snapshot.

    Raises:
        CatalogError: the catalog cannot be read.
    """
    planned = sorted(set(keys))
    entries = ledger.entries()
    try:
        marker = Marker(catalog, ledger, deployment).find()
        found = {_text(entity.key): _content_of(entity) for entity in catalog.find(planned)}
    except RequestFailure as failure:
        raise failure.to_catalog_error() from None
    held = marker.attributes if marker else {}
    return PlanBasis(
        marker_id=ledger.marker_id(),
        ledger_revision=ledger.revision(),
        ledger={_text(key): fingerprint(asdict(entries[key])) for key in planned if key in entries},
        catalog_marker_id=str(held.get("marker_id") or ""),
        catalog_revision=int(held.get("ledger_revision") or 0),
        catalog={name: fingerprint(content) for name, content in found.items()},
        snapshots=dict(snapshots),
    )


def _content_of(entity: Entity) -> Row:
    """What a sync writes of it. What it never writes (labels, business metadata, others' marks) may change freely."""
    edges = {name: sorted(edge.guid for edge in active_edges(entity, name)) for name in entity.edges}
    return {
        "guid": entity.guid,
        "attributes": attributes_of(entity),
        "edges": {name: guids for name, guids in edges.items() if guids},
        "classifications": own_classifications(entity),
    }


def _text(key: Key) -> str:
    return f"{key.type_name} {key.qualified_name}"
