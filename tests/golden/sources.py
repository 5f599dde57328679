"""Sources by hand, whole unless a case says otherwise: what was listed is counted, as the readers count it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.model.relations import Relation
from include.governance.staging.snapshot import Snapshot
from tests.support.azure_estates import SnapshotBuilder


class Source(SnapshotBuilder):
    """One source. Its collections are complete until `unread` says otherwise."""

    def __init__(self, name: str, platform: str, address: str) -> None:
        super().__init__(name, platform)
        self.address = address
        self._states: dict[str, tuple[ReadStatus, str]] = {}
        self._aside: list[tuple[str, str, str | None]] = []
        self._left_out: list[tuple[str, str, str | None]] = []

    def unread(self, collection: str, state: ReadStatus = ReadStatus.FAILED, reason: str = "HTTP 503") -> None:
        assert collection in self.listings, collection
        self._states[collection] = (state, reason)

    def quarantine(self, collection: str, native_id: str, qualified_name: str | None = None) -> None:
        self._aside.append((collection, native_id, qualified_name))

    def exclude(self, collection: str, native_id: str, qualified_name: str | None = None) -> None:
        self._left_out.append((collection, native_id, qualified_name))

    def snapshot(self, folder: Path, shuffle: int = 0) -> Snapshot:
        """Written below `folder`; shuffle: another order of its rows for each number but 0."""
        writer = self.writer(folder, shuffle)
        for collection, (kind, covers) in self.listings.items():
            state = writer.state(collection)
            state.seen = sum(name.startswith(covers) for name in writer.names(kind))
            state.state, state.reason = self._states.get(collection, (ReadStatus.COMPLETE, ""))
        for collection, native_id, name in self._aside:
            writer.quarantine(collection, native_id, "it could not be understood", name)
        for collection, native_id, name in self._left_out:
            writer.exclude(collection, native_id, name)
        return writer.close({"platform": self.platform, "address": self.address, "calls": 1})


class AzureSource(Source):
    """One source of one subscription, its own unless stated. access: whether it reads role assignments."""

    def __init__(self, name: str, platform: str, access: bool = True, subscription: str = "") -> None:
        self.subscription = f"/subscriptions/{subscription or f'sub-{name}'}"
        super().__init__(name, platform, f"https://management.azure.com{self.subscription}")
        if access:
            self.lists("role_assignments", AssetKind.ROLE_ASSIGNMENT, qualified_names.azure("/"))

    def provider(self, provider: str, group: str = "rg") -> str:
        return f"{self.subscription}/resourceGroups/{group}/providers/{provider}"

    def right(self, principal: str, rights: str, level: str = "resource", **can: bool | None) -> None:
        """An assignment to that identity; it may read and nothing else, unless `can` says so."""
        allowed = {"can_read": True, "can_write": False, "can_grant": False, "can_write_data": False, "broad": False}
        arm_id = f"{self.provider('Microsoft.Authorization')}/roleAssignments/{identity(principal, rights)}"
        self.add(
            AssetKind.ROLE_ASSIGNMENT, arm_id, rights,
            principal_id=principal, scope_level=level, rights=rights, **{**allowed, **can},
        )  # fmt: skip

    def access(self, name: str, **stated: Any) -> dict[str, Any]:
        """The columns of an endpoint, deployment or agent on access: sound, with a narrow right, or as stated."""
        principal = identity(self.source, name)
        self.right(principal, f"Reader on {name}")
        sound = {
            "runs_as": "its own identity",
            "principals_json": json_text.dump([principal]),
            "caller_auth": "Entra ID",
            "static_keys": False,
            "public_network": "disabled",
        }
        return {**sound, **stated}


def identity(*parts: str) -> str:
    """A GUID that is always the same for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def run_id(name: str) -> str:
    """A run's id as tracking servers make it: 32 hexadecimal digits."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, name).hex


def share(source: Source, deployment: str, endpoint: str, traffic: int | None, mirror: int | None = None) -> None:
    stated = {"traffic": traffic, "mirror_traffic": mirror}
    split = {name: percent for name, percent in stated.items() if percent is not None}
    source.relate(Relation.DEPLOYMENT_OF_ENDPOINT, deployment, endpoint, **split)
