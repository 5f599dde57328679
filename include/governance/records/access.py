"""Access: for every endpoint, deployment and agent, what it runs as, how callers come in, and what it may reach.

Rights are "at least": those through groups, through keys and on data planes with rules of their own stay unseen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from ..config.models import Tags
from ..config.register import Register
from ..model import json_text
from ..model.assets import AssetKind
from ..model.read_status import ReadStatus
from ..model.relations import Relation
from ..model.tables import ACCESS
from ..staging.rows import rows as rows_of
from ..staging.snapshot import Snapshot
from .evidence.latest_agent_version import latest_of

Row = dict[str, Any]

_SUBJECTS = (AssetKind.ENDPOINT, AssetKind.DEPLOYMENT, AssetKind.AGENT)
_COLUMNS = ["qualified_name", "name", "container", "tags_json", "archived", "runs_as", "principals_json"]
_COLUMNS += ["caller_auth", "static_keys", "public_network"]
_STATIC = "static key"
_LEVELS = {"root": 100, "management group": 80, "subscription": 60, "resource group": 40, "resource": 20}
_LESS = (("can_grant", 0), ("can_write", 5), ("can_write_data", 10))
_COLLECTION = "role_assignments"


def access_of(snapshots: Sequence[Snapshot], evidence: pd.DataFrame, register: Register, tags: Tags) -> pd.DataFrame:
    """One row per endpoint, deployment and agent with the columns of ACCESS, widest rights first, then by name."""
    rights, reaches = _Rights(snapshots), _Reaches(snapshots)
    records = _records_of(snapshots, evidence)
    owners = {row["record_key"]: (row["owner_stated"], row["owner_name"]) for row in rows_of(evidence)}
    found: dict[str, Row] = {}
    for snapshot in sorted(snapshots, key=lambda snapshot: snapshot.source):
        for kind in _SUBJECTS:
            for row in _assets(snapshot, kind):
                if row["archived"] or row["qualified_name"] in found:
                    continue
                key = records.get(row["qualified_name"])
                stated = json_text.load(row["tags_json"]).get(tags.owner)
                person = register.person(stated) if stated else None
                owner = (stated, (person.name or person.id) if person else None) if stated else owners.get(key)
                found[row["qualified_name"]] = {
                    **{name: row[name] for name in ACCESS.names if name in row},
                    "source": snapshot.source,
                    "kind": str(kind),
                    "label": row["name"],
                    "record_key": key,
                    "in_production": key is not None or bool(row.get("published")),
                    "owner_stated": owner[0] if owner else None,
                    "owner_name": owner[1] if owner else None,
                    **reaches.of(row),
                    **rights.of(row, _scope(snapshot)),
                    "incomplete_reason": _incomplete(snapshot, kind, row["qualified_name"]),
                }
    ordered = sorted(found.values(), key=lambda row: (-row["width"], row["qualified_name"]))
    return pd.DataFrame(ordered, columns=ACCESS.names)


class _Rights:
    """Role assignments of all sources by identity."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._of: dict[str, dict[str, Row]] = defaultdict(dict)
        for snapshot in snapshots:
            for row in snapshot.assets(AssetKind.ROLE_ASSIGNMENT).to_pylist():
                self._of[str(row["principal_id"]).lower()][row["qualified_name"]] = row
        states = [state for snapshot in snapshots for state in [snapshot.collections().get(_COLLECTION)] if state]
        self._unread = next(
            (state.reason or "not read" for state in states if state.state != ReadStatus.COMPLETE), None
        )
        self._asked = {_scope(snapshot) for snapshot in snapshots if _COLLECTION in snapshot.collections()}

    def of(self, row: Row, scope: str) -> Row:
        """scope: the subscription that the row stands in."""
        principals = json_text.load(row["principals_json"]) or []
        held = sorted(
            (assignment for principal in principals for assignment in self._of.get(principal, {}).values()),
            key=lambda assignment: (-_width(assignment), str(assignment["rights"])),
        )
        words = list(dict.fromkeys(str(assignment["rights"]) for assignment in held))
        broad = list(dict.fromkeys(str(assignment["rights"]) for assignment in held if assignment["broad"]))
        return {
            "rights_json": json_text.dump(words),
            "rights": ", ".join(words) or None,
            "widest_right": words[0] if words else None,
            "width": max((_width(assignment) for assignment in held), default=0),
            "broad_rights": ", ".join(broad) or None,
            "unknown_reason": self._unknown(row, scope, principals, held),
        }

    def _unknown(self, row: Row, scope: str, principals: list[str], held: list[Row]) -> str | None:
        if not principals:
            return "the identity it runs as is not known" if row["runs_as"] else "what it runs as is not stated"
        if scope not in self._asked:
            return "role assignments are not read (`access: false`)"
        if self._unread:
            return f"role assignments were not all read: {self._unread}"
        unjudged = [str(assignment["rights"]) for assignment in held if assignment["can_write"] is None]
        return f"what a role allows is not known: {', '.join(unjudged)}" if unjudged else None


def _scope(snapshot: Snapshot) -> str:
    """The subscription that a source reads; "" where its address names none."""
    return str(snapshot.document.get("address") or "").lower().partition("/subscriptions/")[2].split("/")[0]


def _width(assignment: Row) -> int:
    level = _LEVELS.get(str(assignment["scope_level"]), 20)
    return level - next((less for column, less in _LESS if assignment[column]), 15)


class _Reaches:
    """Connections by what goes out through them, and the static keys among them."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        columns = ["qualified_name", "name", "category", "credential", "target"]
        self._connections = {
            row["qualified_name"]: row
            for snapshot in snapshots
            for row in snapshot.assets(AssetKind.CONNECTION, columns).to_pylist()
        }
        columns = ["qualified_name", "agent", "version", "is_latest"]
        found = [row for snapshot in snapshots for row in snapshot.assets(AssetKind.AGENT_VERSION, columns).to_pylist()]
        latest = {row["qualified_name"]: agent for agent, row in latest_of(found).items()}
        self._used: dict[str, set[str]] = defaultdict(set)
        for connection, version in _edges(snapshots, Relation.CONNECTION_USED_BY_AGENT_VERSION):
            if version in latest:
                self._used[latest[version]].add(connection)

    def of(self, row: Row) -> Row:
        used = [
            self._connections.get(name) or {"qualified_name": name, "name": name.rsplit("/", 1)[-1]}
            for name in sorted(self._used.get(row["qualified_name"], ()))
        ]
        static = [str(connection["name"]) for connection in used if connection.get("credential") == _STATIC]
        reasons = [f"callers may come with a static key ({row['caller_auth']})"] if row["static_keys"] else []
        reasons += [f"it reaches out with a static key through {', '.join(static)}"] if static else []
        return {
            "connections_json": json_text.dump(used),
            "static_connections": ", ".join(static) or None,
            "static_key_reason": "; ".join(reasons) or None,
        }


def _records_of(snapshots: Sequence[Snapshot], evidence: pd.DataFrame) -> dict[str, str]:
    """Endpoint, deployment or agent -> key of the record in production that stands on it."""
    standing = evidence[evidence["in_production"].astype(bool)]
    keys = dict(zip(standing["qualified_name"], standing["record_key"], strict=True))
    found = dict(keys)
    for model, deployment in sorted(_edges(snapshots, Relation.MODEL_DEPLOYED_IN)):
        if model in keys:
            found.setdefault(deployment, keys[model])
    for deployment, endpoint in sorted(_edges(snapshots, Relation.DEPLOYMENT_OF_ENDPOINT)):
        if deployment in found:
            found.setdefault(endpoint, found[deployment])
    return found


def _assets(snapshot: Snapshot, kind: AssetKind) -> Iterator[Row]:
    more = ["published"] if kind == AssetKind.AGENT else []
    yield from snapshot.assets(kind, [*_COLUMNS, *more]).to_pylist()


def _edges(snapshots: Sequence[Snapshot], kind: Relation) -> Iterator[tuple[str, str]]:
    for snapshot in snapshots:
        table = snapshot.relations(["kind", "from_name", "to_name"])
        kept = table.filter(pc.equal(table["kind"], str(kind)))
        yield from zip(kept["from_name"].to_pylist(), kept["to_name"].to_pylist(), strict=True)


def _incomplete(snapshot: Snapshot, kind: AssetKind, name: str) -> str | None:
    state = snapshot.covering(kind, name)
    whole = state is None or state.state in (ReadStatus.COMPLETE, ReadStatus.UNSUPPORTED)
    return None if whole or state is None else f"{state.collection} {state.state}: {state.reason}"
