"""Curated fields: what stewards wrote on governed records, read back. A sync never writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import CatalogError
from ..model.curated_fields import CURATED_FIELDS, CURATED_METADATA
from ..staging.curated import Curated
from ..staging.plan import Key
from .contract import Catalog, Entity, RequestFailure

# A date picker stores midnight where the steward sits: half a day later it is that day in UTC, from UTC-11 to UTC+12
_HALF_A_DAY = timedelta(hours=12)
_NOT_IN_CATALOG = "the record is not in the catalog any more"

Rows = Mapping[str, Mapping[str, Any]]


def read_curated(catalog: Catalog, known: Mapping[str, Key], last: Rows, now: datetime) -> Curated:
    """The curated fields of every known record, some hundred records a request.

    Never raises for what the catalog does: fields that cannot be read are unknown, never empty, and keep their last
    values with the reason.

    Args:
        known: by record key, the entities that the ledger has.
        last: by record key, the row of the last successful read.
    """
    rows: dict[str, dict[str, Any]] = {}
    failure = ""
    records = {entity_key: record for record, entity_key in known.items()}
    try:
        for entity in catalog.find(sorted(records), relationships=False):
            record = records[entity.key]
            rows[record] = _row(record, entity.key.qualified_name) | _fields(entity) | {"read_at": now}
    except RequestFailure as error:
        failure = error.to_catalog_error().message
    except CatalogError as error:
        failure = error.message
    for record, key in known.items():
        if record not in rows:
            before = {**_row(record, key.qualified_name), **last.get(record, {})}
            rows[record] = before | {"reason": failure or _NOT_IN_CATALOG}
    return Curated(rows, failure)


def _fields(entity: Entity) -> dict[str, str | None]:
    values = entity.business_metadata.get(CURATED_METADATA) or {}
    return {name: _text(values.get(name), field.type_name) for name, field in CURATED_FIELDS.items()}


def _text(value: Any, type_name: str) -> str | None:
    if value is None or value == "" or (type_name == "date" and value == 0):
        return None
    if type_name == "date" and isinstance(value, int | float):
        return str((datetime.fromtimestamp(value / 1000, UTC) + _HALF_A_DAY).date())
    return str(value).strip() or None


def _row(record: str, qualified_name: str) -> dict[str, Any]:
    empty = dict.fromkeys([*CURATED_FIELDS, "read_at", "reason"])
    return {"record_key": record, "qualified_name": qualified_name, **empty}
