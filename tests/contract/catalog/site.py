"""One installation under test: its own state, its own names, a catalog that it shares with others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from include.governance.catalog import (
    Catalog,
    PublishSession,
    Reconciliation,
    adopt_promotions,
    heal,
    open_catalog,
    publish,
    reconcile,
    recover,
)
from include.governance.catalog.recovery import Recovered
from include.governance.estate import Coverage
from include.governance.model import qualified_names
from include.governance.model.catalog_types import ENTITY_TYPES, REFERENCES
from include.governance.model.rows import Row
from include.governance.plan.diff import plan
from include.governance.plan.removal import Removal
from include.governance.staging.outcome import Outcome
from include.governance.staging.plan import Key, Plan
from include.governance.staging.snapshot import Snapshot
from include.governance.state.database import open_database
from include.governance.state.ledger import Ledger
from tests.contract.catalog.dialects import Dialect
from tests.contract.catalog.inspector import Document

Address = tuple[str, str, str]

_QUICK = {
    "timeout_seconds": 20.0,
    "attempts": 3,
    "max_wait_seconds": 0.2,
    "settle_seconds": 3.0,
    "lock_wait_seconds": 30.0,
}


class Estate(Protocol):
    """What is to be published."""

    def table(self) -> pa.Table: ...

    def all_keys(self) -> list[Key]: ...


class Site:
    """address: url, user and password of the catalog. tag: unique; everything of this installation carries it."""

    def __init__(self, dialect: Dialect, address: Address, tag: str, folder: Path) -> None:
        self.dialect, self.tag = dialect, tag
        self.url, self.user, self.password = address
        self.database = f"sqlite:///{folder / 'state.db'}"
        self.inspector = dialect.inspector(*address)
        self.said: list[str] = []

    def lose_state(self, folder: Path) -> None:
        self.database = f"sqlite:///{folder / 'fresh.db'}"

    @property
    def ledger(self) -> Ledger:
        return Ledger(open_database(self.database), self.tag)

    def plan(self, estate: Estate, snapshots: Sequence[Snapshot] = (), removal: Removal | None = None) -> Plan:
        ledger = self.ledger
        made = plan(estate.table(), ledger.entries(), Coverage(snapshots), self.tag, removal=removal)
        return replace(made, ledger_revision=ledger.revision())

    def sync(
        self,
        estate: Estate,
        *,
        through: str = "",
        snapshots: Sequence[Snapshot] = (),
        password: str = "",
        run_id: str = "test-run",
        adopts: bool = False,
        removal: Removal | None = None,
        **settings: Any,
    ) -> Outcome:
        """Plans and publishes, as a run does. through: address of a proxy in front of the catalog."""
        url = through or self.url
        catalog = self.dialect.settings(name=self.tag, url=url, **{**_QUICK, **settings})
        opened = open_catalog(self.dialect.endpoint(url, self.user, password or self.password), catalog)
        try:
            session = PublishSession(
                opened,
                self.ledger,
                open_database(self.database),
                deployment=self.tag,
                run_id=run_id,
                desired_keys=estate.all_keys(),
                replan=lambda: self.plan(estate, snapshots, removal),
                show_progress=self.said.append,
                adopts=adopts,
            )
            return publish(self.plan(estate, snapshots, removal), session)
        finally:
            opened.close()

    def keys(self, type_name: str) -> list[Key]:
        """The entities of that type that the catalog's search finds as this installation's."""
        opened = self._opened()
        try:
            return [one.key for one in opened.listed(type_name, self.tag)]
        finally:
            opened.close()

    def adopt_promotions(self, versions: Sequence[str]) -> list[Row]:
        """What this installation takes over of the promotions that others manage."""
        opened = self._opened()
        try:
            return adopt_promotions(opened, self.ledger, self.tag, versions)
        finally:
            opened.close()

    def recover(self) -> Recovered | None:
        """What this installation takes over from the catalog before it resolves."""
        opened = self._opened()
        try:
            return recover(opened, self.ledger, self.tag)
        finally:
            opened.close()

    def reconcile(self) -> Reconciliation:
        """How the catalog differs from the ledger."""
        opened = self._opened()
        try:
            return reconcile(opened, self.ledger, self.tag)
        finally:
            opened.close()

    def heal(self, found: Reconciliation, *, through: str = "") -> Outcome:
        """Applies what reconciling planned. through: address of a proxy in front of the catalog."""
        opened, engine = self._opened(through), open_database(self.database)
        try:
            return heal(
                found, opened, self.ledger, engine, deployment=self.tag, run_id="heal", show_progress=self.said.append
            )
        finally:
            opened.close()

    def _opened(self, through: str = "") -> Catalog:
        url = through or self.url
        settings = self.dialect.settings(name=self.tag, url=url, **_QUICK)
        return open_catalog(self.dialect.endpoint(url, self.user, self.password), settings)

    # What the catalog has, asked of it directly

    def get(self, key: Key) -> Document | None:
        return self.inspector.get(key)

    def there(self, key: Key) -> Document:
        entity = self.get(key)
        assert entity is not None, f"{key} is not in the catalog"
        return entity

    def edges(self, key: Key, attribute: str) -> list[str]:
        """Qualified names at the other end of the live edges."""
        value = self.there(key)["relationshipAttributes"].get(attribute) or []
        live = [
            edge["guid"]
            for edge in (value if isinstance(value, list) else [value])
            if edge["relationshipStatus"] == "ACTIVE" and edge["entityStatus"] == "ACTIVE"
        ]
        return sorted(self.inspector.by_guid(guid)["attributes"]["qualifiedName"] for guid in live)

    def classifications(self, key: Key) -> list[str]:
        return sorted(item["typeName"] for item in self.there(key).get("classifications") or [])

    def count(self, key: Key) -> int:
        """How many live entities of the type carry that qualified name."""
        return self.inspector.count(key)

    def delete(self, keys: Sequence[Key], purge: bool = False) -> None:
        guids = [entity["guid"] for entity in map(self.get, keys) if entity]
        self.inspector.delete(guids)
        if purge:
            self.inspector.purge(guids)

    def delete_edges(self, key: Key, attribute: str) -> None:
        """What a person does who removes the relationships on the entity's page."""
        value = self.there(key)["relationshipAttributes"][attribute]
        for edge in value if isinstance(value, list) else [value]:
            self.inspector.delete_edge(edge["relationshipGuid"])

    @property
    def marker(self) -> Key:
        return Key("ai_governance_deployment", qualified_names.marker(self.tag))

    def classify(self, key: Key, name: str) -> None:
        self.inspector.classify(self.there(key)["guid"], name)

    def edit(self, key: Key, **attributes: Any) -> None:
        """What a curator does in the web UI."""
        self.inspector.edit(key, attributes)

    def lineage(self, key: Key, direction: str = "INPUT") -> set[tuple[str, str]]:
        """The edges that the catalog draws from that entity, as pairs of qualified names."""
        return self.inspector.lineage(self.there(key)["guid"], direction, depth=10)

    def dump(self, estate: Estate) -> dict[str, Any]:
        """All of the estate: attributes, live edges, classifications; the site's tag replaced by a neutral word."""
        names_by_guid: dict[str, str] = {}
        entities = {key: self.there(key) for key in estate.all_keys()}
        there = {
            name: Counter(self.inspector.containing(name, self.tag)) for name in {key.type_name for key in entities}
        }
        for key, entity in entities.items():
            times = there[key.type_name][key.qualified_name]
            assert times == 1, f"{key} is there {times} times"
            names_by_guid[entity["guid"]] = f"{key.type_name} {key.qualified_name}"
        return {
            self.neutral(f"{key.type_name} {key.qualified_name}"): self._dumped(key, entity, names_by_guid)
            for key, entity in entities.items()
        }

    def neutral(self, text: str) -> str:
        return text.replace(self.tag, "SITE")

    def _dumped(self, key: Key, entity: dict[str, Any], names_by_guid: dict[str, str]) -> dict[str, Any]:
        ours = {"name", "qualifiedName", "description", "owner", *ENTITY_TYPES[key.type_name].attributes}
        attributes = {name: value for name, value in entity["attributes"].items() if name in ours}
        edges: dict[str, list[str]] = {}
        for type_name, attribute in REFERENCES:
            value = entity["relationshipAttributes"].get(attribute) if type_name == key.type_name else None
            for edge in value if isinstance(value, list) else [value] if value else []:
                if edge["relationshipStatus"] == "ACTIVE" and edge["entityStatus"] == "ACTIVE":
                    edges.setdefault(attribute, []).append(self.neutral(names_by_guid[edge["guid"]]))
        return {
            "attributes": {
                name: self.neutral(value) if isinstance(value, str) else value for name, value in attributes.items()
            },
            "edges": {attribute: sorted(targets) for attribute, targets in edges.items()},
            "classifications": sorted(item["typeName"] for item in entity.get("classifications") or []),
        }
