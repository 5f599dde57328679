"""The emulator's made-up identities. None of them exists anywhere."""

from __future__ import annotations

import uuid

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
TENANT_ID = "22222222-2222-2222-2222-222222222222"
CLIENT_ID = "33333333-3333-3333-3333-333333333333"
PRINCIPAL_ID = "44444444-4444-4444-4444-444444444444"  # the object id of CLIENT_ID
CLIENT_SECRET = "made-up-secret-of-the-stand-in"  # noqa: S105  (opens nothing)
PORT = 21443

MACHINE_LEARNING = "Microsoft.MachineLearningServices"
COGNITIVE = "Microsoft.CognitiveServices"
AUTHORIZATION = "Microsoft.Authorization"

_SPACE = uuid.UUID("55555555-5555-5555-5555-555555555555")


def guid(*parts: str) -> str:
    """A GUID that depends on nothing but its parts."""
    return str(uuid.uuid5(_SPACE, "/".join(parts).lower()))


def subscription_id(subscription: str = SUBSCRIPTION) -> str:
    """The ARM id of a subscription."""
    return f"/subscriptions/{subscription}"


def resource_id(group: str, kind: str, name: str) -> str:
    """The ARM id of a resource; `kind` is provider and type: Microsoft.MachineLearningServices/workspaces."""
    return f"{subscription_id()}/resourceGroups/{group}/providers/{kind}/{name}"
