"""Connections of workspaces, accounts and projects: one shape in Azure ML and Foundry; no secret is ever asked for.

Shape: {id, name, properties {category, target, authType, isSharedToAll, createdByWorkspaceArmId, metadata,
expiryTime}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model import qualified_names
from ...model.rows import Row
from ..fields import Malformed, flag, identity, part
from .fields import ArmFields, resource_id, when

# authType, in lower case -> what a caller must hold
_CREDENTIALS = {
    "aad": "Entra ID",
    "managedidentity": "Entra ID",
    "projectmanagedidentity": "Entra ID",
    "accountmanagedidentity": "Entra ID",
    "agenticidentity": "Entra ID",
    "serviceprincipal": "Entra ID",
    "userentratoken": "user sign-in",
    "oauth2": "user sign-in",
    "delegatedsas": "user sign-in",
    "apikey": "static key",
    "accountkey": "static key",
    "accesskey": "static key",
    "sas": "static key",
    "pat": "static key",
    "usernamepassword": "static key",
    "customkeys": "static key",
    "none": "none",
}
_KEPT = ("metadata", "expiryTime", "group", "createdByWorkspaceArmId", "useWorkspaceManagedIdentity")


def credential_of(auth_type: object) -> str:
    """static key, Entra ID, user sign-in, none; unknown for an authType that nobody knows yet."""
    return _CREDENTIALS.get(str(auth_type or "").lower(), "unknown")


def connection_row(item: Mapping[str, Any], container: str, link: str | None, fields: ArmFields) -> Row:
    """A row of Kind.CONNECTION. Raises Malformed.

    A hub's or an account's connection seen from its project is that one connection: it is named by where it was made.
    """
    properties = part(item, "properties")
    native_id, name = resource_id(item), identity(item, "name")
    made_in = properties.get("createdByWorkspaceArmId")
    if isinstance(made_in, str) and made_in.startswith("/"):
        qualified_name, container = qualified_names.azure(made_in, "connections", name), qualified_names.azure(made_in)
    elif "/connections/" in native_id.lower():
        qualified_name = qualified_names.azure(native_id)
        container = qualified_name.rsplit("/connections/", 1)[0]
    else:  # older api-versions say linkedWorkspaces
        qualified_name = qualified_names.azure_part(container, "connections", name)
    if not qualified_name.rsplit("/", 1)[-1]:
        raise Malformed("`id` names no connection")
    placed = fields.placed(item, container, link)
    del placed["description"], placed["tags_json"]
    kept = {key: properties[key] for key in _KEPT if properties.get(key) not in (None, "", {}, [])}
    auth_type = fields.text(properties.get("authType"))
    return fields.row(
        qualified_name=qualified_name,
        native_id=native_id,
        name=fields.text(name),
        category=fields.text(properties.get("category")),
        auth_type=auth_type,
        credential=credential_of(auth_type),
        target=fields.text(properties.get("target")),
        shared=bool(flag(properties, "isSharedToAll")),
        properties_json=fields.document(kept),
        **{**placed, "created_at": placed["created_at"] or when(properties, "createdAt")},
    )
