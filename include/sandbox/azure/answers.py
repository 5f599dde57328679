"""HTTP answers, with errors in Azure's own wording."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from .names import CLIENT_ID, PRINCIPAL_ID


@dataclass
class Answer:
    """One HTTP answer; the body as it is sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Attributes:
        target: path and query as sent.
        path: percent-decoded, without doubled slashes.
        query: parameter in lower case -> its last value.
        origin: scheme and host as the client called them.
    """

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    origin: str


def ok(document: Any) -> Answer:
    """200 with a JSON document."""
    return Answer(200, orjson.dumps(document))


def error(status: int, code: str, message: str, **headers: str) -> Answer:
    """ARM's error body."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, orjson.dumps({"error": {"code": code, "message": message}}), sent)


def not_found(path: str, status_message: str = "") -> Answer:
    """ARM's 404."""
    return error(404, "ResourceNotFound", status_message or f"The Resource '{path.lstrip('/')}' was not found.")


def service_not_found(path: str) -> Answer:
    """The 404 of the machine learning service, with the additional info of its errors."""
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
    """ARM's 403."""
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
    """401 with the challenge that the SDKs read."""
    challenge = f'Bearer authorization_uri="{authority}", error="invalid_token", error_description="{message}"'
    return error(401, code, message, WWW_Authenticate=challenge)


def not_a_read(method: str) -> Answer:
    """405 for every write."""
    return error(405, "MethodNotAllowed", f"This emulator only answers reads; {method} would change something.")
