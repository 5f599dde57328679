"""Purview's search as one of Atlas: by type and keywords, page by page with a continuation token."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

from .refusals import invalid

_DEFAULT_LIMIT, _MOST = 50, 1_000


def as_basic(body: dict[str, Any]) -> dict[str, Any]:
    """The body of Atlas' `search/basic`. Raises Refused for what Purview refuses, and for filters not known here."""
    if "offset" in body:
        raise invalid("search takes no offset")
    limit = body.get("limit") or _DEFAULT_LIMIT
    if not 0 < limit <= _MOST:
        raise invalid(f"limit must be between 1 and {_MOST}")
    types = list(_types(body.get("filter") or {}))
    return {
        "typeName": ",".join(types) or "_ALL_ENTITY_TYPES",
        "query": body.get("keywords") or None,
        "excludeDeletedEntities": True,
        "includeSubTypes": False,
        "limit": limit,
        "offset": _offset(body),
        "sortBy": "qualifiedName",
    }


def as_purview(body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The answer: hits carry neither collection nor status."""
    found = answer.get("entities") or []
    shown: dict[str, Any] = {
        "@search.count": answer.get("approximateCount", len(found)),
        "value": [_hit(header) for header in found],
    }
    if len(found) == (body.get("limit") or _DEFAULT_LIMIT):
        token = {"offset": _offset(body) + len(found), "of": _hash(body)}
        shown["continuationToken"] = base64.urlsafe_b64encode(orjson.dumps(token)).decode()
    return shown


def _hit(header: dict[str, Any]) -> dict[str, Any]:
    attributes = header.get("attributes") or {}
    return {
        "id": header["guid"],
        "name": attributes.get("name"),
        "qualifiedName": attributes.get("qualifiedName"),
        "entityType": header["typeName"],
        "@search.score": 1.0,
    }


def _types(condition: dict[str, Any]) -> Iterator[str]:
    for key, value in condition.items():
        if key == "entityType":
            yield str(value)
        elif key in ("and", "or"):
            for part in value:
                yield from _types(part)
        else:
            raise invalid(f"the filter {key} is not known here")


def _hash(body: dict[str, Any]) -> str:
    asked = {name: value for name, value in body.items() if name != "continuationToken"}
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _offset(body: dict[str, Any]) -> int:
    token = body.get("continuationToken")
    if not token:
        return 0
    try:
        held = orjson.loads(base64.urlsafe_b64decode(token))
        offset, of = int(held["offset"]), held["of"]
    except (ValueError, KeyError, TypeError):
        raise invalid("the continuationToken is none of this account's") from None
    if of != _hash(body):
        raise invalid("the continuationToken belongs to another search")
    return offset
