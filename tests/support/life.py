"""One installation over many syncs: what its catalog and its history say, so that two can be compared."""

from __future__ import annotations

import time
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from include.governance import pipeline, reports
from include.governance.catalog import open_catalog
from include.governance.config import load
from include.governance.errors import ExitCode
from include.governance.model.catalog_types import ENTITY_TYPES
from include.governance.staging.plan import Key
from include.governance.staging.rows import rows
from include.governance.state.database import open_database
from include.governance.state.tables import lifecycle_transitions
from include.governance.sync import Sync, new_sync_id
from include.governance.workspace import Workspace

_MARK = ("verdict_provisional", "evidence_as_of", "description")
_MARKED_TYPES = {name for name, kind in ENTITY_TYPES.items() if "verdict_provisional" in kind.attributes}
_PROMOTION = "ai_promotion"

Dump = dict[Key, tuple[dict[str, Any], dict[str, list[str]], list[str]]]


@dataclass
class Life:
    """One installation. config: its governance.yaml, which may change between syncs."""

    config: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(load(self.config))

    def sync(self) -> tuple[ExitCode, Any]:
        """Its exit code and its run report."""
        sync = Sync(self.workspace, new_sync_id("life"))
        pipeline.run_stages(sync)
        page = reports.write(sync)
        return ExitCode(page.exit_code), page.document

    def dump(self) -> Dump:
        """Every entity of the installation as the catalog has it: attributes, edges, classifications."""
        workspace = self.workspace
        catalog = open_catalog(workspace.catalog_endpoint(), workspace.config.settings.catalog)
        keys = list(workspace.ledger.guids())
        try:
            found = {entity.key: entity for entity in catalog.find(keys)}
        finally:
            catalog.close()
        assert found.keys() == set(keys)
        names = {entity.guid: key.qualified_name for key, entity in found.items()}
        return {
            key: (
                {name: entity.attributes.get(name) for name in ENTITY_TYPES[key.type_name].attributes}
                | {name: entity.attributes.get(name) for name in ("name", "description", "owner")},
                {
                    attribute: sorted(names.get(edge.guid, "") for edge in edges if edge.is_active)
                    for attribute, edges in entity.edges.items()
                },
                sorted(entity.classifications),
            )
            for key, entity in found.items()
        }

    def close_state(self) -> None:
        """Ends this process's connections to the state database: SQLite then leaves nothing but the database."""
        self.workspace.engine.dispose()
        open_database.cache_clear()

    def lose_state(self) -> None:
        """Deletes the state database."""
        database = Path(str(self.workspace.engine.url.database))
        for file in database.parent.glob(f"{database.name}*"):
            file.unlink()
        open_database.cache_clear()

    def promotions(self) -> list[dict[str, Any]]:
        """All promotions of the state database."""
        return rows(self.workspace.history.promotions())

    def transitions(self) -> list[dict[str, Any]]:
        """All changes of lifecycle states that were seen, without the ids of the syncs that saw them."""
        columns = [column for column in lifecycle_transitions.columns if column.name not in _OF_ONE_SYNC]
        with self.workspace.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(*columns)).mappings()]


_OF_ONE_SYNC = ("transition_hash", "subject_hash", "run_id")


class Account(NamedTuple):
    """What catalog and history say, without what is particular to one installation and its clock."""

    entities: dict[tuple[str, str], Any]
    promotions: list[Any]
    transitions: list[Any]


@dataclass
class Rounds:
    """The times at which the estate changed: in place of a point in time stands the round that it falls into.

    own_name: what the installation's names hold and those of others do not, "" for nothing.
    """

    own_name: str = ""
    starts: list[int] = field(default_factory=list)

    def begin(self) -> None:
        """A new round, from this second on: syncs start at whole seconds."""
        self.starts.append(int(time.time()) * 1_000)

    def account(self, life: Life) -> Account:
        """Entities whose names do not hold `own_name` are shared with others, and left out."""
        dump = {key: said for key, said in life.dump().items() if self.own_name in key.qualified_name}
        # the name of a promotion is a hash of its time and of other names
        promotions = {
            key.qualified_name: str(self.plain(_of_promotion(said)))
            for key, said in dump.items()
            if key.type_name == _PROMOTION
        }
        entities = {}
        for key, (attributes, edges, classes) in dump.items():
            name = promotions.get(key.qualified_name, key.qualified_name)
            ends = {edge: sorted(promotions.get(end, end) for end in found) for edge, found in edges.items()}
            assert (key.type_name, self.plain(name)) not in entities, key
            entities[key.type_name, self.plain(name)] = self.plain([attributes, ends, classes])
        return Account(entities, self._rows(life.promotions()), _without_absences(self._rows(life.transitions())))

    def plain(self, value: Any) -> Any:
        """The value without points in time and without the installation's own name."""
        if isinstance(value, dict):
            return {name: self.plain(inner) for name, inner in value.items() if name != "qualified_name"}
        if isinstance(value, (list, tuple)):
            return [self.plain(inner) for inner in value]
        if hasattr(value, "timestamp"):
            value = round(value.timestamp() * 1_000)
        if isinstance(value, int) and value >= self.starts[0]:
            return f"round {bisect_right(self.starts, value)}"
        return value.replace(self.own_name, "own") if isinstance(value, str) and self.own_name else value

    def _rows(self, found: list[dict[str, Any]]) -> list[Any]:
        return sorted((self.plain(row) for row in found), key=str)


def _without_absences(transitions: list[Any]) -> list[Any]:
    """Without what was gone and was back in the same round: so little was lost that the listing was believed.

    A version is gone then, and a record of it that has no other is retired.
    """
    left = list(transitions)
    for gone in [row for row in transitions if row["to_state"] in ("gone", "retired")]:
        back = next((row for row in left if _is_return(gone, row)), None)
        if back is not None:
            left.remove(gone)
            left.remove(back)
    return left


def _is_return(gone: dict[str, Any], row: dict[str, Any]) -> bool:
    is_same = (row["subject"], row["seen_at_ms"]) == (gone["subject"], gone["seen_at_ms"])
    return bool(is_same and (row["from_state"], row["to_state"]) == (gone["to_state"], gone["from_state"]))


def _of_promotion(said: tuple[dict[str, Any], dict[str, list[str]], list[str]]) -> list[Any]:
    attributes, edges, _ = said
    return [edges.get("outputs"), edges.get("inputs"), attributes.get("state"), attributes.get("since")]


def assert_only_marked(before: Dump, after: Dump, name: str) -> None:
    """Nothing has changed but the mark that a verdict is provisional."""
    assert after.keys() == before.keys(), name
    for key, (attributes, edges, classes) in after.items():
        was = before[key]
        changed = {item for item in attributes if attributes[item] != was[0][item]}
        allowed = set(_MARK) if key.type_name in _MARKED_TYPES else set()
        assert changed <= allowed, (name, key, {item: (was[0][item], attributes[item]) for item in changed})
        assert (edges, classes) == was[1:], (name, key)
