"""What of Purview's REST API is called: which calls take an api-version, and how many metered operations each is.

Which calls take it was read in Microsoft's SDK azure-purview-datamap 1.0.0b2 (Data Map data plane, 2023-09-01). Purview
meters each asset that is read or written, each relationship and each search; how it counts a bulk request is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

_V2 = r"/atlas/v2"


class Operation(NamedTuple):
    """One kind of call.

    Attributes:
        path: regular expression of the whole path below the base.
        takes_version: whether it is sent with an api-version.
        metered: the metered operations of a request, by its query (pairs) and its body.
    """

    method: str
    path: re.Pattern[str]
    takes_version: bool
    metered: Callable[[Any, Any], int]


def _one(_query: Any, _body: Any) -> int:
    return 1


def _named(query: Any, _body: Any) -> int:
    return sum(1 for name, _ in query or () if name.startswith("attr_"))


def _written(_query: Any, body: Any) -> int:
    """The entities, and the relationships that they state."""
    targets = (value for entity in body["entities"] for value in (entity.get("relationshipAttributes") or {}).values())
    return len(body["entities"]) + sum(len(value) if isinstance(value, list) else 1 for value in targets)


def _types(_query: Any, body: Any) -> int:
    return sum(len(typedefs) for typedefs in body.values())


def _operation(method: str, path: str, *, version: bool = False, count: Callable[[Any, Any], int] = _one) -> Operation:
    return Operation(method, re.compile(path), version, count)


OPERATIONS = (
    _operation("POST", f"{_V2}/entity/bulk", version=True, count=_written),
    _operation("DELETE", f"{_V2}/entity/guid/[^/]+"),
    _operation("GET", f"{_V2}/entity/guid/[^/]+"),
    _operation("GET", f"{_V2}/entity/bulk/uniqueAttribute/type/[^/]+", count=_named),
    _operation("POST", f"{_V2}/entity/guid/[^/]+/classifications"),
    _operation("DELETE", f"{_V2}/entity/guid/[^/]+/classification/[^/]+"),
    _operation("POST", f"{_V2}/entity/guid/[^/]+/businessmetadata"),
    _operation("PUT", f"{_V2}/entity/guid/[^/]+/labels"),
    _operation("POST", f"{_V2}/glossary/terms/[^/]+/assignedEntities"),
    _operation("POST", f"{_V2}/relationship"),
    _operation("GET", f"{_V2}/relationship/guid/[^/]+"),
    _operation("DELETE", f"{_V2}/relationship/guid/[^/]+"),
    _operation("GET", f"{_V2}/types/typedefs", version=True),
    _operation("POST", f"{_V2}/types/typedefs", count=_types),
    _operation("PUT", f"{_V2}/types/typedefs", count=_types),
    _operation("GET", f"{_V2}/types/entitydef/name/[^/]+"),
    _operation("POST", "/search/query", version=True),
)


def operation_of(method: str, path: str) -> Operation:
    """The kind of a call.

    Args:
        path: below the base.

    Raises:
        LookupError: it is none of those.
    """
    for operation in OPERATIONS:
        if operation.method == method and operation.path.fullmatch(path):
            return operation
    raise LookupError(f"{method} {path} is no call of the Data Map that is known here")
