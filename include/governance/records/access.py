"""Access: for every endpoint, deployment and agent, what it runs as, how callers come in, and what it may reach.

Rights are "at least": those through groups, through keys and on data planes with rules of their own stay unseen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pandas as pd

from ..config.models import Tags
from ..config.register import Register
from ..estate import Estate, MergedSnapshots
from ..model import json_text
from ..model.assets import AssetKind
from ..model.relations import Relation
from ..model.rows import Row
from ..model.tables import ACCESS
from ..model.vocabularies import GOVERNED_STATES
from ..staging.rows import rows as rows_of
from ..staging.snapshot import Snapshot
from .evidence.agent_versions import AgentVersions

_SUBJECTS = (AssetKind.ENDPOINT, AssetKind.DEPLOYMENT, AssetKind.AGENT)
_COLUMNS = ["qualified_name", "name", "container", "tags_json", "archived", "runs_as", "principals_json"]
_COLUMNS += ["caller_auth", "static_keys", "public_network"]
_STATIC = "static key"
_LEVELS = {"root": 100, "management group": 80, "subscription": 60, "resource group": 40, "resource": 20}
_LESS = (("can_grant", 0), ("can_write", 5), ("can_write_data", 10))
_COLLECTION = "role_assignments"
_OF_RIGHTS = ("rights_json", "rights", "widest_right", "width", "broad_rights", "unknown_reason")


def access_of(
    estate: Estate, evidence: pd.DataFrame, register: Register, tags: Tags, before: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per endpoint, deployment and agent with the columns of ACCESS, widest rights first, then by name.

    before: the rows of the last sync. While role assignments cannot all be read, the rights that it knew stay.
    """
    merged = estate.merged
    rights, connections = _Rights(estate, before), _Connections(merged)
    records = _records_of(merged, evidence)
    in_production = set(evidence.loc[evidence["in_production"].astype(bool), "record_key"])
    owners = {row["record_key"]: (row["owner_stated"], row["owner_name"]) for row in rows_of(evidence)}
    found: list[Row] = []
    for kind in _SUBJECTS:
        for snapshot, row in merged.rows(kind, [*_COLUMNS, *(["published"] if kind == AssetKind.AGENT else [])]):
            if row["archived"]:
                continue
            key = records.get(row["qualified_name"])
            stated = json_text.load(row["tags_json"]).get(tags.owner)
            person = register.person(stated) if stated else None
            owner = (stated, (person.name or person.id) if person else None) if stated else owners.get(key)
            found.append(
                {
                    **{name: row[name] for name in ACCESS.names if name in row},
                    "source": snapshot.source,
                    "kind": str(kind),
                    "label": row["name"],
                    "record_key": key,
                    "in_production": key in in_production or bool(row.get("published")),
                    "owner_stated": owner[0] if owner else None,
                    "owner_name": owner[1] if owner else None,
                    **connections.of(row),
                    **rights.of(row, _subscription(snapshot)),
                    "incomplete_reason": estate.coverage.why_listing_incomplete(
                        kind, row["qualified_name"], snapshot.source
                    ),
                }
            )
    ordered = sorted(found, key=lambda row: (-row["width"], row["qualified_name"]))
    return pd.DataFrame(ordered, columns=ACCESS.names)


class _Rights:
    """Role assignments of all sources by identity. before: what the last sync knew."""

    def __init__(self, estate: Estate, before: pd.DataFrame | None) -> None:
        known = rows_of(before[before["unknown_reason"].isna()]) if before is not None else []
        self._known = {row["qualified_name"]: row for row in known}
        self._of: dict[str, list[Row]] = defaultdict(list)
        for _, row in estate.merged.rows(AssetKind.ROLE_ASSIGNMENT):
            self._of[str(row["principal_id"]).lower()].append(row)
        read = [(snapshot, snapshot.collections().get(_COLLECTION)) for snapshot in estate.snapshots]
        states = [state for _, state in read if state]
        self._unread = next((state.reason or "not read" for state in states if not state.is_whole), None)
        self._subscriptions = {_subscription(snapshot) for snapshot, state in read if state}

    def of(self, row: Row, subscription: str) -> Row:
        """The columns of ACCESS on rights. subscription: the one that the asset is in."""
        principals = json_text.load(row["principals_json"]) or []
        held = sorted(
            (assignment for principal in principals for assignment in self._of.get(principal, ())),
            key=lambda assignment: (-_width(assignment), str(assignment["rights"])),
        )
        words = list(dict.fromkeys(str(assignment["rights"]) for assignment in held))
        broad = list(dict.fromkeys(str(assignment["rights"]) for assignment in held if assignment["broad"]))
        read = {
            "rights_json": json_text.dump(words),
            "rights": ", ".join(words) or None,
            "widest_right": words[0] if words else None,
            "width": max((_width(assignment) for assignment in held), default=0),
            "broad_rights": ", ".join(broad) or None,
            "unknown_reason": self._unknown(row, subscription, principals, held),
        }
        known = self._known.get(row["qualified_name"])
        if self._unread and known and known["principals_json"] == row["principals_json"]:
            return _joined({name: known[name] for name in _OF_RIGHTS}, read)
        return read

    def _unknown(self, row: Row, subscription: str, principals: list[str], held: list[Row]) -> str | None:
        if not principals:
            return "the identity it runs as is not known" if row["runs_as"] else "what it runs as is not stated"
        if subscription not in self._subscriptions:
            return "role assignments are not read (`access: false`)"
        if self._unread:
            return f"role assignments were not all read: {self._unread}"
        unjudged = [str(assignment["rights"]) for assignment in held if assignment["can_write"] is None]
        return f"what a role allows is not known: {', '.join(unjudged)}" if unjudged else None


def _joined(known: Row, read: Row) -> Row:
    """The known rights and those that were read beside them, for an identity whose rights are in part unread.

    Which subscription a known right came from is not kept, so one that was taken away stays until all are read.
    """
    wider, other = (read, known) if read["width"] > known["width"] else (known, read)
    words = list(dict.fromkeys(json_text.load(wider["rights_json"]) + json_text.load(other["rights_json"])))
    broad = dict.fromkeys(text for row in (wider, other) for text in (row["broad_rights"] or "").split(", ") if text)
    return {
        "rights_json": json_text.dump(words),
        "rights": ", ".join(words) or None,
        "widest_right": words[0] if words else None,
        "width": wider["width"],
        "broad_rights": ", ".join(broad) or None,
        "unknown_reason": None,
    }


def _subscription(snapshot: Snapshot) -> str:
    """The subscription that a source reads; "" where its address names none."""
    return snapshot.address.lower().partition("/subscriptions/")[2].split("/")[0]


def _width(assignment: Row) -> int:
    level = _LEVELS.get(str(assignment["scope_level"]), 20)
    return level - next((less for column, less in _LESS if assignment[column]), 15)


class _Connections:
    """Connections by the agents that use them, and the static keys among them."""

    def __init__(self, merged: MergedSnapshots) -> None:
        columns = ["qualified_name", "name", "category", "credential", "target"]
        self._connections = {row["qualified_name"]: row for _, row in merged.rows(AssetKind.CONNECTION, columns)}
        agents = AgentVersions(merged).agents()
        self._used: dict[str, set[str]] = defaultdict(set)
        for connection, version in _edges(merged, Relation.CONNECTION_USED_BY_AGENT_VERSION):
            if version in agents:
                self._used[agents[version]].add(connection)

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


def _records_of(merged: MergedSnapshots, evidence: pd.DataFrame) -> dict[str, str]:
    """Endpoint, deployment or agent -> key of the record that depends on it while it can be called."""
    current = evidence[evidence["state"].isin(GOVERNED_STATES)]
    keys = dict(zip(current["qualified_name"], current["record_key"], strict=True))
    found = dict(keys)
    for model, deployment in sorted(_edges(merged, Relation.MODEL_DEPLOYED_IN)):
        if model in keys:
            found.setdefault(deployment, keys[model])
    for deployment, endpoint in sorted(_edges(merged, Relation.DEPLOYMENT_OF_ENDPOINT)):
        if deployment in found:
            found.setdefault(endpoint, found[deployment])
    return found


def _edges(merged: MergedSnapshots, relation: Relation) -> Iterator[tuple[str, str]]:
    edges = merged.edge_frame(relation)
    yield from zip(edges["from_name"], edges["to_name"], strict=True)
