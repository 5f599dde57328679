"""Role assignments of a subscription: which identity holds which role on which scope.

One listing for all identities, and one of the role definitions (api-version 2022-04-01, GET
/subscriptions/S/providers/Microsoft.Authorization/roleAssignments and .../roleDefinitions): the requests do not grow
with the identities. Listed are the assignments at, below and inherited by the subscription; rights through groups, keys
and data planes with rules of their own stay unseen.
Shape: {id, name, properties {scope, roleDefinitionId, principalId, principalType, condition, createdOn, createdBy}}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ...errors import SourceError
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadStatus
from ...model.rows import Row
from ..fields import identity, part
from ..items import take_item
from ..writer import SnapshotWriter
from .fields import ArmFields, arm_id, last_segment, resource_id, when
from .role_permissions import Role, role
from .sdk_pages import PageCapture, pages_via_sdk
from .session import AzureSession

_PROVIDER = "providers/Microsoft.Authorization"
_VERSION = {"api-version": "2022-04-01"}
_WIDE = ("root", "management group", "subscription", "resource group")
_LEVELS = (
    (re.compile(r"^/?$"), "root", "the tenant's root"),
    (
        re.compile(r"^/providers/microsoft\.management/managementgroups/([^/]+)/?$", re.I),
        "management group",
        "management group {}",
    ),
    (re.compile(r"^/subscriptions/([^/]+)/?$", re.I), "subscription", "subscription {}"),
    (re.compile(r"^/subscriptions/[^/]+/resourcegroups/([^/]+)/?$", re.I), "resource group", "resource group {}"),
)


class _RoleAssignments(NamedTuple):
    """The listing, as `reading.Listing` has it: an assignment is asked for by its id."""

    collection: str = "role_assignments"
    kinds: tuple[AssetKind, ...] = (AssetKind.ROLE_ASSIGNMENT,)
    covered: str = ""
    within: str = ""
    item: Callable[[str], str | None] = arm_id
    item_query: Mapping[str, str] = _VERSION


ROLE_ASSIGNMENTS = _RoleAssignments()


def read_role_assignments(session: AzureSession, writer: SnapshotWriter, fields: ArmFields) -> None:
    """Writes a row of Kind.ROLE_ASSIGNMENT for every assignment of the session's subscription.

    Never raises for what Azure does: the state of the collection "role_assignments" says how far it came. Where the
    role definitions cannot be listed, it is partial: assignments are listed, what they allow is null.
    """
    # An assignment inherited from a management group is named by that, not by the subscription
    state = writer.state(ROLE_ASSIGNMENTS.collection, kind=AssetKind.ROLE_ASSIGNMENT, covers=qualified_names.azure("/"))
    capture = PageCapture()
    client = session.authorization_client(raw_response_hook=capture)
    scope = f"/subscriptions/{session.subscription}"
    roles, refused = _roles(session, client, capture, scope)
    path = f"{scope}/{_PROVIDER}/roleAssignments"

    def take(item: dict[str, Any]) -> None:
        writer.add(AssetKind.ROLE_ASSIGNMENT, assignment_row(item, roles, fields))

    try:
        for page in pages_via_sdk(
            lambda: client.role_assignments.list_for_subscription(), path, _VERSION, capture, session.arm
        ):
            for item in page.items:
                state.seen += 1
                take_item(writer, state, item, take, fields.identify)
            state.pages += 1
    except SourceError as error:
        state.fail(error.message, error.remedy)
    if refused and state.state == ReadStatus.COMPLETE:
        state.state = ReadStatus.PARTIAL
        state.reason, state.remedy = f"what the roles allow is not known: {refused.message}", refused.remedy


def _roles(
    session: AzureSession, client: Any, capture: PageCapture, scope: str
) -> tuple[dict[str, Role], SourceError | None]:
    """Role definitions by their GUID: an assignment names the same one with or without a subscription in front."""
    roles: dict[str, Role] = {}
    path = f"{scope}/{_PROVIDER}/roleDefinitions"
    try:
        for page in pages_via_sdk(lambda: client.role_definitions.list(scope), path, _VERSION, capture, session.arm):
            for item in page.items:
                understood = role(item) if isinstance(item, dict) and isinstance(item.get("id"), str) else None
                if understood:
                    roles[last_segment(item["id"]).lower()] = understood
    except SourceError as error:
        return roles, error
    return roles, None


def assignment_row(item: Mapping[str, Any], roles: Mapping[str, Role], fields: ArmFields) -> Row:
    """A row of Kind.ROLE_ASSIGNMENT. roles: by the definition's GUID in lower case. Raises Malformed."""
    native_id, properties = resource_id(item), part(item, "properties")
    principal, scope = identity(properties, "principalId"), identity(properties, "scope")
    definition = identity(properties, "roleDefinitionId")
    held = roles.get(last_segment(definition).lower())
    level, where = scope_words(scope)
    strong = None if held is None else held.can_write or held.can_grant
    title = held.name if held else f"role {last_segment(definition)} (its definition is not listed)"
    return fields.row(
        qualified_name=qualified_names.azure(native_id),
        native_id=native_id,
        name=fields.text(item.get("name")) or last_segment(native_id),
        principal_id=principal.lower(),
        principal_type=fields.text(properties.get("principalType")),
        scope=fields.text(scope),
        scope_level=level,
        role=fields.text(title),
        role_type=fields.text(held.kind) if held else None,
        can_read=held.can_read if held else None,
        can_write=held.can_write if held else None,
        can_grant=held.can_grant if held else None,
        can_write_data=held.can_write_data if held else None,
        broad=None if strong is None else strong and level in _WIDE,
        rights=fields.text(f"{title} on {where}"),
        condition=fields.text(properties.get("condition")),
        created_by=fields.text(properties.get("createdBy")),
        created_at=when(properties, "createdOn"),
    )


def scope_words(scope: str) -> tuple[str, str]:
    """(scope_level, the scope in words): ("resource group", "resource group rg-ml")."""
    for pattern, level, words in _LEVELS:
        if match := pattern.match(scope):
            return level, words.format(*match.groups())
    segments = [segment for segment in scope.split("/") if segment]
    kind = segments[-2] if len(segments) > 1 else "resource"
    return "resource", f"{segments[-1]} ({kind})"
