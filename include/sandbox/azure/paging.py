"""Pages of a listing: nextLink with $skipToken, on the host that the client called."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from .answers import Answer, Request, error
from .resource_tree import Resource

_SIZES = {"models": 20, "components": 40}
_SIZE = 100


def page(request: Request, resources: Sequence[Resource], size: int | None) -> Answer:
    """One page of a listing.

    Args:
        size: items per page of every listing; None for the services' own sizes.
    """
    start = _start(request.query.get("$skiptoken"))
    if start is None:
        return error(400, "InvalidSkipToken", "The value of $skipToken is not one that this service gave.")
    kind = request.path.rstrip("/").rsplit("/", 1)[-1].lower()
    length = size or _SIZES.get(kind, _SIZE)
    top = request.query.get("$top", "")
    if top.isdecimal() and int(top) > 0:
        length = min(length, int(top))
    items, end = resources[start : start + length], start + length
    # a listing that $top cut still has a nextLink
    more = end < len(resources) or (bool(top) and bool(items) and start == 0)
    following = _next_link(request, end) if more else None
    return Answer(200, _body([resource.body for resource in items], following))


def _body(items: list[bytes], following: str | None) -> bytes:
    body = b'{"value":[' + b",".join(items) + b"]"
    if following:
        body += b',"nextLink":"' + following.encode() + b'"'
    return body + b"}"


def _next_link(request: Request, end: int) -> str:
    path, _, sent = request.target.partition("?")
    query = [pair for pair in parse_qsl(sent, keep_blank_values=True) if pair[0].lower() != "$skiptoken"]
    token = base64.b64encode(f"after {end}".encode()).decode()
    return f"{request.origin}{path}?{urlencode([*query, ('$skipToken', token)])}"


def _start(token: str | None) -> int | None:
    if token is None:
        return 0
    try:
        word, _, number = base64.b64decode(token, validate=True).decode().partition(" ")
        return int(number) if word == "after" else None
    except ValueError:
        return None
