"""The fields that ARM resources share, scrubbed: dates and authors, tags, identity, container.

Shapes: systemData {createdAt, createdBy, createdByType, lastModifiedAt}, identity {type, principalId,
userAssignedIdentities {ARM id: {principalId, clientId}}}; every leaf is optional.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ...model import json_text, qualified_names
from ...model.rows import Row
from ...scrub import METADATA, Scrubber
from ..fields import Malformed, epoch_millis, flag, leaves, note_unparsed, part, text, word
from ..items import ItemId

_LONGEST_DOCUMENT = 64_000
_LONGEST_TEXT = 2_000
_NO_ID = "None"
_NO_DATE = "0001-01-01"
_NOBODY = "00000000-0000-0000-0000-000000000000"

_ARM_IDS = ("/subscriptions/", "/providers/")
_IDS = ("/subscriptions/", "azureml://")  # what the ids of ARM and of registries begin with


def when(record: Mapping[str, Any], field: str) -> int | None:
    """Epoch milliseconds of a field; None where it is missing or not understood.

    An ISO 8601 date (7 fractional digits are seen), or epoch seconds. The first day of the year 1 stands for none.
    """
    value = record.get(field)
    if value in (None, "", 0) or str(value).startswith(_NO_DATE):
        return None
    millis = _millis(value)
    if millis is None:
        note_unparsed(field, value)
    return millis


def _millis(value: Any) -> int | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return epoch_millis(int(value * 1000))
        date = datetime.fromisoformat(value)
        return epoch_millis(int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() * 1000))
    except (TypeError, ValueError, OverflowError):
        return None


def resource_id(item: Mapping[str, Any]) -> str:
    """The item's ARM id (or azureml:// id). Raises Malformed where there is none."""
    native_id = item.get("id")
    if not isinstance(native_id, str) or not native_id.strip("/"):
        raise Malformed("`id` is missing or not a text")
    return native_id


def arm_id(native_id: str) -> str | None:
    """The id, where it is one by which Azure Resource Manager is asked."""
    return native_id if native_id.lower().startswith(_ARM_IDS) else None


def last_segment(identifier: str) -> str:
    """What comes after the last slash."""
    return identifier.rstrip("/").rsplit("/", 1)[-1]


class ArmFields:
    """Reads fields of one source's resources; the scrubber removes secrets and counts them per row."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber

    def row(self, **columns: Any) -> Row:
        """The row with the secrets that were removed from it, and where they stood."""
        return {**columns, **self._scrubber.take_columns()}

    def text(self, value: Any, origin: str = METADATA) -> str | None:
        """A text, scrubbed; None for missing and empty."""
        cleaned = text(value)
        return self._scrubber.text(cleaned, origin) if cleaned else None

    def look(self, origin: str, value: Any) -> None:
        """Counts the secrets that lie open in a field of which nothing is kept, with where it stands."""
        self._scrubber.look(dict(leaves(value)), origin)

    def tags(self, tags: Any, origin: str = "tag") -> str:
        """A JSON object of texts; {} where there are none. Raises Malformed where it is no object."""
        if tags is None:
            return json_text.dump({})
        if not isinstance(tags, dict):
            raise Malformed("tags or properties are not an object")
        texts = {str(text(key) or ""): text(value) or "" for key, value in tags.items()}
        return json_text.dump(
            {self._scrubber.text(key): value for key, value in self._scrubber.mapping(texts, origin).items()}
        )

    def document(self, value: Any) -> str | None:
        """Any JSON value as a JSON text, scrubbed leaf by leaf, its texts cut to 2,000 characters; None for nothing.

        One that is longer than 64,000 characters all the same is left out, and says so.
        """
        if value in (None, {}, [], ""):
            return None
        document = json_text.dump(self._clean(value))
        return (
            document
            if len(document) <= _LONGEST_DOCUMENT
            else json_text.dump({"left out": f"{len(document)} characters"})
        )

    def _clean(self, value: Any, name: str = "") -> Any:
        if isinstance(value, str):
            shown = text(value) or ""
            return self._scrubber.pair(name, shown, "property")[:_LONGEST_TEXT] if name else self._scrubber.text(shown)
        if isinstance(value, dict):
            return {self._scrubber.text(str(key)): self._clean(part, str(key)) for key, part in value.items()}
        if isinstance(value, list):
            return [self._clean(part, name) for part in value]
        return value

    def placed(self, item: Mapping[str, Any], container: str | None, link: str | None = None) -> Row:
        """Columns: container, link, archived, created_by, created_at, updated_at, description, tags_json."""
        properties, system = part(item, "properties"), part(item, "systemData")
        return {
            "container": container,
            "link": link,
            "archived": bool(flag(properties, "isArchived")),
            "created_by": self.text(system.get("createdBy") or properties.get("createdBy")),
            "created_at": when(system, "createdAt") or when(properties, "creationTime"),
            "updated_at": when(system, "lastModifiedAt"),
            "description": self.text(properties.get("description"), "description"),
            "tags_json": self.tags(item.get("tags") or properties.get("tags")),
        }

    def identity(self, item: Mapping[str, Any]) -> Row:
        """Columns: runs_as, principals_json. Null where the resource states no identity of its own."""
        identity = part(item, "identity")
        if str(identity.get("type")).lower() == "none" or identity.get("principalId") == _NOBODY:
            identity = {key: value for key, value in identity.items() if key == "userAssignedIdentities"}
        principals = [identity["principalId"]] if identity.get("principalId") else []
        assigned = part(identity, "userAssignedIdentities")
        principals += [
            entry["principalId"] for entry in assigned.values() if isinstance(entry, dict) and entry.get("principalId")
        ]
        words = ["its own identity"] if identity.get("principalId") else []
        words += [f"user-assigned identity {last_segment(name)}" for name in sorted(assigned)]
        shown = {self.text(str(principal).lower()) or "" for principal in principals}
        return {
            "runs_as": self.text(" and ".join(words)) if words else None,
            "principals_json": json_text.dump(sorted(shown)),
        }

    def key(self, raw: str) -> str:
        """An id as it may be shown; if it contains a secret, a hash distinguishes it from others."""
        clean = self._scrubber.text(raw)
        return raw if clean == raw else f"{clean} {qualified_names.short_hash(raw)}"

    def identify(self, item: Any) -> ItemId:
        """How an item that was not parsed is named in the quarantine."""
        native_id = item.get("id") if isinstance(item, dict) else None
        shown = self.key(native_id) if isinstance(native_id, str) and native_id else _NO_ID
        return ItemId(shown, self.name_of(native_id))

    def name_of(self, raw: Any) -> str | None:
        """The qualified name of an item that was not parsed, by its id; None where that is no ARM or azureml:// id.

        Nor has an id in which a secret stands a name.
        """
        if not isinstance(raw, str) or not raw.startswith(_IDS) or " " in raw or self._scrubber.text(raw) != raw:
            return None
        return qualified_names.azure(raw)


def public_network(properties: Mapping[str, Any]) -> str | None:
    """enabled, disabled, selected networks; None where not stated."""
    stated = word(properties, "publicNetworkAccess")
    if stated is None:
        return None
    rules = properties.get("networkAcls")
    narrowed = isinstance(rules, dict) and str(rules.get("defaultAction", "")).lower() == "deny"
    return "selected networks" if stated.lower() == "enabled" and narrowed else stated.lower()
