"""What endpoints, deployments and agents may reach, as the report shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...model import json_text
from ...staging.judgement import Judgement
from ...staging.records import Records
from ...staging.rows import rows

Document = dict[str, Any]

_RULES = "access."
_SHOWN = (
    "qualified_name", "source", "kind", "label", "container", "record_key", "in_production", "owner_name",
    "owner_stated", "runs_as", "caller_auth", "static_keys", "public_network", "static_connections",
    "static_key_reason", "widest_right", "width", "broad_rights", "unknown_reason", "incomplete_reason",
)  # fmt: skip


def access_rows(
    records: Records | None, judgement: Judgement | None, link: Callable[[str], str | None]
) -> list[Document]:
    """One row per endpoint, deployment and agent: widest rights first, then what breaks a rule, then by name."""
    if records is None:
        return []
    broken = _broken_rules(judgement)
    found = [
        {
            **{name: row[name] for name in _SHOWN},
            "rights": json_text.load(row["rights_json"]) or [],
            "connections": json_text.load(row["connections_json"]) or [],
            "rules": sorted(broken.get(row["qualified_name"], ())),
            "link": link(row["qualified_name"]),
        }
        for row in rows(records.access)
    ]
    return sorted(
        found, key=lambda row: (-(row["width"] or 0), -len(row["rules"]), row["label"] or "", row["qualified_name"])
    )


def _broken_rules(judgement: Judgement | None) -> dict[str, set[str]]:
    broken: dict[str, set[str]] = {}
    for row in rows(judgement.findings) if judgement else ():
        if row["rule"].startswith(_RULES):
            broken.setdefault(row["subject"], set()).add(row["rule"])
    return broken
