"""Purview's error bodies, and what they mean to a caller.

Mostly `{"requestId", "errorCode", "errorMessage"}` with the codes of Atlas. A refused permission (403), an unknown path
and some others are `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...net.http import HttpFailure
from ..atlas_api.errors import to_request_failure as to_atlas_failure
from ..contract import RequestFailure

ALREADY_CLASSIFIED = frozenset({"ATLAS-400-00-01A", "ATLAS-400-00-01B"})
_LONGEST = 300


def to_request_failure(failure: HttpFailure, collection: str) -> RequestFailure:
    """Classifies a failed request; the message keeps the request id, which Microsoft's support asks for.

    Args:
        collection: id of the one that new assets are created in.
    """
    found = to_atlas_failure(failure)
    code, message, request_id = _parts(failure.body)
    sentence = failure.sentence
    if message and f"{code} {message}" not in sentence:
        sentence = f"{sentence.partition(f'HTTP {failure.status}')[0]}HTTP {failure.status}: {code} {message}"
    if request_id and request_id not in sentence:
        sentence = f"{sentence} (requestId {request_id})"
    found = replace(found, message=sentence, code=found.code or code)
    return replace(found, remedy=_remedy(failure.status, collection) or found.remedy)


def _remedy(status: int, collection: str) -> str:
    if status == 401:
        return (
            "Purview does not take the token: check the credential's tenant and client, `cloud` and `scope` of the "
            "catalog."
        )
    if status == 403:
        return f"Grant the identity the role Data Curator on the collection {collection}."
    return ""


def _parts(body: Any) -> tuple[str, str, str]:
    """(code, message, request id) of an error body of either shape, empty where it has none."""
    if not isinstance(body, dict):
        return "", "", ""
    inner = body.get("error")
    inner = inner if isinstance(inner, dict) else {}
    code = body.get("errorCode") or inner.get("code") or ""
    message = body.get("errorMessage") or inner.get("message") or ""
    request_id = body.get("requestId") or inner.get("requestId") or ""
    return str(code)[:_LONGEST], str(message)[:_LONGEST], str(request_id)[:_LONGEST]
