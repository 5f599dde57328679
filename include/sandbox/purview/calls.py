"""The calls of the Data Map that Atlas can answer too, as Microsoft's SDK azure-purview-datamap 1.0.0b2 sends them."""

from __future__ import annotations

import re
from typing import NamedTuple

V2 = "/atlas/v2"
# base path -> the api-version of its calls
BASES = {"/datamap/api": "2023-09-01", "/catalog/api": "2022-03-01-preview"}

# method and path below the base; * stands for one part. Those in the first list are sent with an api-version
_WITH_VERSION = """
    GET /atlas/v2/entity/bulk
    GET /atlas/v2/glossary
    GET /atlas/v2/glossary/*/detailed
    GET /atlas/v2/glossary/*/terms
    GET /atlas/v2/glossary/term/*
    GET /atlas/v2/glossary/terms/*/related
    GET /atlas/v2/types/typedefs
    GET /atlas/v2/types/typedefs/headers
    POST /atlas/v2/entity
    POST /atlas/v2/entity/bulk
    POST /atlas/v2/glossary/terms
    POST /entity/moveTo
    POST /search/query
    PUT /atlas/v2/glossary/*
    PUT /atlas/v2/glossary/*/partial
    PUT /atlas/v2/glossary/term/*
    PUT /atlas/v2/glossary/term/*/partial
"""
_WITHOUT = """
    DELETE /atlas/v2/entity/bulk
    DELETE /atlas/v2/entity/guid/*
    DELETE /atlas/v2/entity/guid/*/businessmetadata
    DELETE /atlas/v2/entity/guid/*/businessmetadata/*
    DELETE /atlas/v2/entity/guid/*/classification/*
    DELETE /atlas/v2/entity/guid/*/labels
    DELETE /atlas/v2/entity/uniqueAttribute/type/*
    DELETE /atlas/v2/entity/uniqueAttribute/type/*/classification/*
    DELETE /atlas/v2/entity/uniqueAttribute/type/*/labels
    DELETE /atlas/v2/glossary/*
    DELETE /atlas/v2/glossary/category/*
    DELETE /atlas/v2/glossary/term/*
    DELETE /atlas/v2/glossary/terms/*/assignedEntities
    DELETE /atlas/v2/relationship/guid/*
    DELETE /atlas/v2/types/typedef/name/*
    DELETE /atlas/v2/types/typedefs
    GET /atlas/v2/entity/bulk/uniqueAttribute/type/*
    GET /atlas/v2/entity/guid/*
    GET /atlas/v2/entity/guid/*/classification/*
    GET /atlas/v2/entity/guid/*/classifications
    GET /atlas/v2/entity/guid/*/header
    GET /atlas/v2/entity/uniqueAttribute/type/*
    GET /atlas/v2/glossary/*
    GET /atlas/v2/glossary/*/categories
    GET /atlas/v2/glossary/*/categories/headers
    GET /atlas/v2/glossary/*/terms/headers
    GET /atlas/v2/glossary/category/*
    GET /atlas/v2/glossary/category/*/related
    GET /atlas/v2/glossary/category/*/terms
    GET /atlas/v2/glossary/terms/*/assignedEntities
    GET /atlas/v2/lineage/*
    GET /atlas/v2/lineage/uniqueAttribute/type/*
    GET /atlas/v2/relationship/guid/*
    GET /atlas/v2/types/*/guid/*
    GET /atlas/v2/types/*/name/*
    POST /atlas/v2/entity/bulk/classification
    POST /atlas/v2/entity/guid/*/businessmetadata
    POST /atlas/v2/entity/guid/*/businessmetadata/*
    POST /atlas/v2/entity/guid/*/classifications
    POST /atlas/v2/entity/guid/*/labels
    POST /atlas/v2/entity/uniqueAttribute/type/*/classifications
    POST /atlas/v2/entity/uniqueAttribute/type/*/labels
    POST /atlas/v2/glossary
    POST /atlas/v2/glossary/categories
    POST /atlas/v2/glossary/category
    POST /atlas/v2/glossary/term
    POST /atlas/v2/glossary/terms/*/assignedEntities
    POST /atlas/v2/relationship
    POST /atlas/v2/types/typedefs
    PUT /atlas/v2/entity/guid/*
    PUT /atlas/v2/entity/guid/*/classifications
    PUT /atlas/v2/entity/guid/*/labels
    PUT /atlas/v2/entity/uniqueAttribute/type/*
    PUT /atlas/v2/entity/uniqueAttribute/type/*/classifications
    PUT /atlas/v2/entity/uniqueAttribute/type/*/labels
    PUT /atlas/v2/glossary/category/*
    PUT /atlas/v2/glossary/category/*/partial
    PUT /atlas/v2/relationship
    PUT /atlas/v2/types/typedefs
"""


class Call(NamedTuple):
    """One call. takes_version: whether it is sent with an api-version. stars: parts of its path that are given."""

    method: str
    path: str
    takes_version: bool
    pattern: re.Pattern[str]
    stars: int


def _calls(lines: str, takes_version: bool) -> list[Call]:
    parts = (line.split() for line in lines.split("\n") if line.strip())
    return [
        Call(method, path, takes_version, re.compile(path.replace("*", "[^/]+")), path.count("*"))
        for method, path in parts
    ]


# the most exact one first: /glossary/term/* before /glossary/*/terms
CALLS = sorted([*_calls(_WITH_VERSION, True), *_calls(_WITHOUT, False)], key=lambda call: call.stars)


def call_of(method: str, path: str) -> Call | None:
    """The call that a request makes, None where Purview has no such path.

    Args:
        path: below the base, percent-encoded.
    """
    return next((call for call in CALLS if call.method == method and call.pattern.fullmatch(path)), None)
