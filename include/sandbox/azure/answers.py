"""What goes back over the wire, and Azure's own wording of errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from .names import CLIENT_ID, PRINCIPAL_ID


@dataclass
class Answer:
    """One HTTP answer. body: bytes as sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request. path: percent-decoded, no doubled slashes. origin: scheme and host as the client called them.

    target: path and query as sent. query: names in lower case -> last value.
    """

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    origin: str


def ok(document: Any) -> Answer:
    return Answer(200, orjson.dumps(document))


def error(status: int, code: str, message: str, **headers: str) -> Answer:
    """ARM's error body."""
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, orjson.dumps({"error": {"code": code, "message": message}}), shown)


def not_found(path: str, status_message: str = "") -> Answer:
    return error(404, "ResourceNotFound", status_message or f"The Resource '{path.lstrip('/')}' was not found.")


def service_not_found(path: str) -> Answer:
    """A 404 of the machine learning service, with all that its errors carry."""
    info = {
        "ComponentName": "managementfrontend",
        "Correlation": {"operation": "0" * 32, "request": "0" * 16},
        "Environment": "westeurope",
        "Location": "westeurope",
        "Time": datetime.now(UTC).isoformat(),
    }
    body = {
        "code": "NotFound",
        "message": "The specified resource was not found.",
        "details": [{"code": "NotFound", "message": f"Not found: {path}", "details": [], "additionalInfo": []}],
        "additionalInfo": [{"type": kind, "info": {"value": value}} for kind, value in info.items()],
    }
    return Answer(404, orjson.dumps({"error": body}))


def not_authorised(action: str, scope: str) -> Answer:
    return error(
        403,
        "AuthorizationFailed",
        f"The client '{CLIENT_ID}' with object id '{PRINCIPAL_ID}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
    )


def no_data_action(action: str) -> Answer:
    """A data plane's 403."""
    message = (
        f"The principal `{PRINCIPAL_ID}` lacks the required data action `{action}` to perform `GET` operation. "
        "Please assign a role that has it, such as Azure AI User."
    )
    return error(403, "PermissionDenied", message)


def no_token(code: str, message: str, authority: str) -> Answer:
    challenge = f'Bearer authorization_uri="{authority}", error="invalid_token", error_description="{message}"'
    return error(401, code, message, WWW_Authenticate=challenge)


def not_a_read(method: str) -> Answer:
    return error(405, "MethodNotAllowed", f"This stand-in only answers what reads; {method} would change something.")
