"""What Purview refuses that Atlas takes, in Purview's error bodies."""

from __future__ import annotations

import time
import uuid
from threading import Lock
from typing import Any

import orjson

from include.sandbox.azure.answers import Answer

from .calls import Call

AUDIENCES = ("https://purview.azure.net", "73c2949e-da2d-457a-9607-fcc665198967")
OPERATIONS_PER_UNIT = 25  # a second
LONGEST_TARGET = 8_192  # bytes of path and query
MOST_WRITTEN = 200
MOST_DELETED = 120
LARGEST_ASSET = 2_000_000
MOST_CONTACTS = 20


class Refused(Exception):
    """A request that is not passed on."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refusal(status: int, code: str, message: str, **headers: str) -> Refused:
    """With the error body of the v2 API and a request id."""
    body = {"requestId": str(uuid.uuid4()), "errorCode": code, "errorMessage": message}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refused(Answer(status, orjson.dumps(body), sent))


def invalid(message: str) -> Refused:
    """Invalid parameters."""
    return refusal(400, "ATLAS-400-00-01A", f"invalid parameters: {message}")


def unknown_path(path: str) -> Refused:
    """The answer of the gateway, in another shape."""
    body = {"error": {"code": "RequestInvalid", "message": f"The requested path {path} is not supported."}}
    return Refused(Answer(404, orjson.dumps(body)))


def check_version(call: Call, query: dict[str, list[str]], expected: str) -> None:
    """Raises Refused where the api-version is missing, unknown, or not taken."""
    stated = query.get("api-version")
    if not call.takes_version and stated:
        raise refusal(400, "InvalidRequest", f"{call.method} {call.path} takes no api-version.")
    if call.takes_version and stated != [expected]:
        raise refusal(400, "InvalidApiVersion", f"api-version must be {expected}, not {stated}.")


def check_entities(entities: list[dict[str, Any]]) -> None:
    """Raises Refused for too many assets, one that is too large, and contacts that are none."""
    if len(entities) > MOST_WRITTEN:
        raise invalid(f"{len(entities)} entities; at most {MOST_WRITTEN} are taken")
    for entity in entities:
        if len(orjson.dumps(entity)) > LARGEST_ASSET:
            raise refusal(413, "RequestEntityTooLarge", "The asset is larger than 2 MB.")
        _check_contacts(entity.get("contacts") or {})


def _check_contacts(contacts: dict[str, Any]) -> None:
    for kind, entries in contacts.items():
        if kind not in ("Owner", "Expert"):
            raise invalid(f"contacts has no {kind}")
        if len(entries) > MOST_CONTACTS:
            raise invalid(f"{len(entries)} contacts of the kind {kind}; at most {MOST_CONTACTS} are taken")
        for entry in entries:
            try:
                uuid.UUID(str(entry["id"]))
            except (KeyError, TypeError, ValueError):
                raise invalid(f"a contact of the kind {kind} has no object id of Entra") from None


def operations(query: dict[str, list[str]], entities: list[dict[str, Any]]) -> int:
    """What is metered: each asset read or written, and each relationship."""
    if entities:
        targets = [value for entity in entities for value in (entity.get("relationshipAttributes") or {}).values()]
        return len(entities) + sum(len(value) if isinstance(value, list) else 1 for value in targets if value)
    names = sum(len(values) for name, values in query.items() if name.startswith("attr_"))
    return max(1, names + len(query.get("guid", ())))


class Capacity:
    """The operations that the account's capacity units grant; what is over is answered 429.

    Args:
        units: of 25 operations a second each; 0 for no limit.
    """

    def __init__(self, units: float) -> None:
        self._rate = units * OPERATIONS_PER_UNIT
        self._left, self._since = self._rate, time.monotonic()
        self._lock = Lock()
        self.used = 0

    def use(self, count: int) -> None:
        """Raises Refused, with Retry-After, while more was used than is granted. A large request may overdraw once."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._rate, self._left + (now - self._since) * self._rate)
            self._since = now
            if self._rate and self._left <= 0:
                wait = int(-self._left / self._rate) + 1
                raise refusal(429, "TooManyRequests", "The capacity units are used up.", Retry_After=str(wait))
            self._left -= count
            self.used += count
