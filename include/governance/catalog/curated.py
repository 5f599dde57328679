"""Curated fields: what stewards wrote on governed records, read back. They are read only, never written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import CatalogError
from ..model.curated_fields import CURATED_FIELDS, CURATED_METADATA
from ..net.http import HttpFailure
from ..staging.curated import Curated
from ..staging.plan import Key
from .atlas.client import Atlas, Entity, explained
from .marker import key_of

# A date picker stores midnight where the steward sits: half a day later it is that day in UTC, from UTC-11 to UTC+12
_HALF_A_DAY = timedelta(hours=12)
_LOST = "the record is not in the catalog any more"

Rows = Mapping[str, Mapping[str, Any]]


def read_curated(atlas: Atlas, known: Mapping[str, Key], last: Rows, now: datetime) -> Curated:
    """The curated fields of every known record, some hundred records a request.

    known: by record key, the entities that the ledger has. last: by record key, what was read last: where the fields
    cannot be read, that stands, with the reason. They are unknown then, never empty. Never raises for what the catalog
    does.
    """
    rows: dict[str, dict[str, Any]] = {}
    failure = ""
    keys = {entity: record for record, entity in known.items()}
    try:
        for entity in atlas.find(sorted(keys), relationships=False):
            record = keys[key_of(entity)]
            rows[record] = _row(record, known[record].qualified_name) | _fields(entity) | {"read_at": now}
    except (HttpFailure, CatalogError) as error:
        failure = (explained(error) if isinstance(error, HttpFailure) else error).message
    for record, key in known.items():
        if record not in rows:
            before = {**_row(record, key.qualified_name), **last.get(record, {})}
            rows[record] = before | {"reason": failure or _LOST}
    return Curated(rows, failure)


def _fields(entity: Entity) -> dict[str, str | None]:
    stated = (entity.get("businessAttributes") or {}).get(CURATED_METADATA) or {}
    return {name: _text(stated.get(name), field.type_name) for name, field in CURATED_FIELDS.items()}


def _text(value: Any, type_name: str) -> str | None:
    if value is None or value == "" or (type_name == "date" and value == 0):
        return None
    if type_name == "date" and isinstance(value, int | float):
        return str((datetime.fromtimestamp(value / 1000, UTC) + _HALF_A_DAY).date())
    return str(value).strip() or None


def _row(record: str, qualified_name: str) -> dict[str, Any]:
    empty = dict.fromkeys([*CURATED_FIELDS, "read_at", "reason"])
    return {"record_key": record, "qualified_name": qualified_name, **empty}
