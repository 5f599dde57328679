"""What an endpoint, deployment or agent runs as and may reach, as the catalog shows it."""

from __future__ import annotations

from ...model import json_text
from ...model.rows import Row
from ...staging.records import Records
from ...staging.rows import rows

_FROM_THE_ROW = ("runs_as", "caller_auth", "static_keys", "public_network")


class Access:
    """By qualified name: the access table of the records, over the asset's own row."""

    def __init__(self, records: Records) -> None:
        self._known: dict[str, Row] = {}
        for row in rows(records.access):
            self._known.setdefault(row["qualified_name"], row)

    def columns(self, asset: Row) -> Row:
        """Further columns of the asset's row: what mapping.py makes the access attributes of."""
        known = self._known.get(asset["qualified_name"], {})
        stated = {name: asset.get(name) if known.get(name) is None else known[name] for name in _FROM_THE_ROW}
        return {
            **stated,
            "rights_json": known.get("rights_json") if json_text.load(known.get("rights_json")) else None,
            "widest_right": known.get("widest_right"),
            "access_unknown": known.get("unknown_reason"),
            "static_connections": known.get("static_connections"),
            "owner": known.get("owner_name") or known.get("owner_stated"),
        }

    def classifications(self, asset: Row) -> list[str]:
        """The classifications that follow from what the asset may reach and how callers authenticate."""
        known = self._known.get(asset["qualified_name"])
        if known is None:
            return ["static key"] if asset.get("static_keys") else []
        marks = {"broad access": known["broad_rights"], "static key": known["static_key_reason"]}
        return [mark for mark, why in marks.items() if why]
