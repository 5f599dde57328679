"""Rows of what a workspace or registry holds besides jobs and endpoints: models, data, datastores, schedules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...model import json_text, qualified_names
from ...model.rows import Row
from ..azure.fields import ArmFields, last_segment, resource_id
from ..fields import Malformed, flag, identity, part
from . import references
from .containers import Container
from .storage import Storage, credential_of, storage_address

_NUMBER = re.compile(r"[0-9]{1,18}")


class Assets:
    """Parses the items of one source. Every method raises Malformed for an item that cannot be understood."""

    def __init__(self, fields: ArmFields, storage: Storage, workspaces: references.Workspaces, suffix: str) -> None:
        self.fields, self.storage, self.workspaces, self.suffix = fields, storage, workspaces, suffix

    def model(self, item: Mapping[str, Any], container: Container) -> Row:
        """Container: properties {latestVersion, isArchived, tags, description}."""
        name, latest = identity(item, "name"), part(item, "properties").get("latestVersion")
        steps = ("model", f"{name}:{latest}", "details") if latest else ("model", "list")
        return self.fields.row(
            qualified_name=self._in(container, "models", name),
            native_id=resource_id(item),
            name=self.fields.text(name),
            aliases_json=json_text.dump({}),
            **self._placed(item, container, *steps),
        )

    def version(self, item: Mapping[str, Any], container: Container, model_name: str) -> Row:
        """Version: properties {modelUri, modelType, stage, jobName, flavors, properties, isAnonymous ...}."""
        native_id, properties = resource_id(item), part(item, "properties")
        version = _version(native_id)
        model = self._in(container, "models", model_name)
        stated = {
            "properties": properties.get("properties"),
            "flavors": sorted(part(properties, "flavors")),
            "origin": properties.get("originAssetId"),
            "created_by_type": part(item, "systemData").get("createdByType"),
            "isAnonymous": flag(properties, "isAnonymous"),
        }
        placed = self._placed(item, container, "model", f"{model_name}:{version}", "details")
        self.fields.look("flavor", properties.get("flavors"))
        return self.fields.row(
            qualified_name=qualified_names.azure_part(model, "versions", version),
            native_id=native_id,
            name=self.fields.text(f"{model_name} v{version}"),
            model=model,
            model_name=self.fields.text(model_name),
            version=int(version) if _NUMBER.fullmatch(version) else None,
            stage=self.fields.text(properties.get("stage")),
            status=self.fields.text(properties.get("provisioningState")),
            user=placed["created_by"],
            source_uri=self.fields.text(properties.get("modelUri")),
            aliases_json=json_text.dump([]),
            model_type=self.fields.text(properties.get("modelType")),
            anonymous=flag(properties, "isAnonymous") or None,
            properties_json=self.fields.document({key: value for key, value in stated.items() if value}),
            **placed,
        )

    def data_version(
        self, item: Mapping[str, Any], container: Container, data_name: str
    ) -> tuple[Row, str | None, str]:
        """(row, the datastore it lies in, the rule that says so). properties {dataUri, dataType, ...}."""
        native_id, properties = resource_id(item), part(item, "properties")
        version, stated = _version(native_id), properties.get("dataUri")
        reference = references.path(stated, container.id, self.workspaces)
        address = self.storage.address(reference, str(stated)) if reference else stated
        row = self.fields.row(
            qualified_name=qualified_names.azure_part(self._in(container, "data", data_name), "versions", version),
            native_id=native_id,
            name=self.fields.text(f"{data_name} v{version}"),
            version=self.fields.text(version),
            source_type=self.fields.text(properties.get("dataType")),
            source_uri=self.fields.text(address),
            **self._placed(item, container, "data", data_name, version, "details"),
        )
        return row, reference.datastore if reference else None, reference.rule if reference else ""

    def datastore(self, item: Mapping[str, Any], container: Container) -> Row:
        """properties {datastoreType, accountName, containerName | filesystem | fileShareName, endpoint, isDefault}."""
        properties, name = part(item, "properties"), identity(item, "name")
        address = storage_address(properties, self.suffix)
        kept = ("isDefault", "serviceDataAccessAuthIdentity", "subscriptionId", "resourceGroup")
        row = self.fields.row(
            qualified_name=self._in(container, "datastores", name),
            native_id=resource_id(item),
            name=self.fields.text(name),
            datastore_type=self.fields.text(properties.get("datastoreType")),
            storage_uri=self.fields.text(address),
            credential=credential_of(properties),
            properties_json=self.fields.document({key: properties[key] for key in kept if properties.get(key)}),
            **self._placed(item, container, "data", "datastore", name, "edit"),
        )
        self.storage.know(row["qualified_name"], row["storage_uri"])
        return row

    def schedule(self, item: Mapping[str, Any], container: Container) -> Row:
        """properties {isEnabled, displayName, trigger {triggerType, expression | frequency, interval}, action}."""
        properties, name = part(item, "properties"), identity(item, "name")
        trigger, action = part(properties, "trigger"), part(properties, "action")
        kept = {key: trigger[key] for key in ("startTime", "endTime", "timeZone", "schedule") if trigger.get(key)}
        for key in ("endpointInvocationDefinition", "monitorDefinition"):
            if action.get(key):
                kept[key] = sorted(part(action, key))
        job = part(action, "jobDefinition")
        if job:
            kept["job"] = {key: job[key] for key in ("jobType", "experimentName", "displayName") if job.get(key)}
        native_id = item.get("id") or f"{container.id}/schedules/{name}"
        return self.fields.row(
            qualified_name=self._in(container, "schedules", name),
            native_id=str(native_id),
            name=self.fields.text(properties.get("displayName") or name),
            enabled=bool(properties.get("isEnabled")),
            trigger=self.fields.text(_trigger(trigger)),
            action=self.fields.text(action.get("actionType")),
            properties_json=self.fields.document(kept),
            **self._placed(item, container, "jobs", "schedules"),
        )

    def _placed(self, item: Mapping[str, Any], container: Container, *steps: str) -> Row:
        return self.fields.placed(item, container.qualified_name, container.link(*steps))

    def _in(self, container: Container, *parts: str) -> str:
        return qualified_names.azure_part(container.assets, *parts)


def _version(native_id: str) -> str:
    """Text of the last segment: a registry's items carry the asset's name, not the version, in `name`."""
    if not re.search("/versions/[^/]+/?$", native_id, re.IGNORECASE):
        raise Malformed("`id` names no version")
    return last_segment(native_id)


def _trigger(trigger: Mapping[str, Any]) -> str:
    """cron 15 10 * * 1; every 2 weeks; else the trigger's type."""
    if expression := trigger.get("expression"):
        return f"cron {expression}"
    frequency, interval = trigger.get("frequency"), trigger.get("interval")
    if frequency and interval:
        unit = str(frequency).lower()
        return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"
    return str(trigger.get("triggerType") or "")
