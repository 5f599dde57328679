"""What endpoints, deployments and agents run as and may reach."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ...model import json_text
from ...staging.judgement import Judgement
from ...staging.records import Records
from ...staging.rows import rows
from .links import CatalogLinks

_RULES = "access."


@dataclass(frozen=True)
class AccessRow:
    """Columns of ACCESS, with the failing rules and the page in the catalog.

    Attributes:
        width: 0 no right known ... 100 grants rights on the root.
        rights: In words, widest first.
        connections: {name, category, credential, target, qualified_name} each.
        rules: Ids of the access rules that fail.
    """

    qualified_name: str
    source: str | None
    kind: str
    label: str | None
    container: str | None
    record_key: str | None
    in_production: bool | None
    owner_name: str | None
    owner_stated: str | None
    runs_as: str | None
    caller_auth: str | None
    static_keys: bool | None
    public_network: str | None
    static_connections: str | None
    static_key_reason: str | None
    widest_right: str | None
    width: int | None
    broad_rights: str | None
    unknown_reason: str | None
    incomplete_reason: str | None
    rights: list[str]
    connections: list[dict[str, Any]]
    rules: list[str]
    link: str | None


_COMPUTED = ("rights", "connections", "rules", "link")
_COLUMNS = [field.name for field in fields(AccessRow) if field.name not in _COMPUTED]


def access_rows(records: Records | None, judgement: Judgement | None, links: CatalogLinks) -> list[AccessRow]:
    """One row per endpoint, deployment and agent: widest rights first, then those that break most rules, by name."""
    if records is None:
        return []
    broken = _broken_rules(judgement)
    listed = [
        AccessRow(
            **{name: row[name] for name in _COLUMNS},
            rights=json_text.load(row["rights_json"]) or [],
            connections=json_text.load(row["connections_json"]) or [],
            rules=sorted(broken.get(row["qualified_name"], ())),
            link=links.named(row["qualified_name"]),
        )
        for row in rows(records.access)
    ]
    return sorted(listed, key=lambda row: (-(row.width or 0), -len(row.rules), row.label or "", row.qualified_name))


def _broken_rules(judgement: Judgement | None) -> dict[str, set[str]]:
    broken: dict[str, set[str]] = {}
    for row in rows(judgement.findings) if judgement else ():
        if row["rule"].startswith(_RULES):
            broken.setdefault(row["subject"], set()).add(row["rule"])
    return broken
