"""The api-versions that each service accepts: those its SDK sends (azure-ai-ml 1.35, cognitiveservices 14.1 ...)."""

from __future__ import annotations

import re

from .answers import Answer, Request, error

_ML = (
    *("2022-02-01-preview", "2023-04-01-preview", "2023-06-01-preview", "2023-08-01-preview", "2023-10-01"),
    *("2022-10-01-preview", "2024-01-01-preview", "2024-04-01-preview", "2024-10-01-preview"),
)
# path in lower case -> versions; the first match counts
_RULES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"^/mlflow/"), ()),
    (re.compile(r"^/history/v1\.0/"), ("v1.0",)),
    (re.compile(r"^/mferp/managementfrontend/"), ("2021-10-01-dataplanepreview",)),
    (re.compile(r"/accounts/[^/]+/projects/[^/]+/applications(/|$)"), ("2025-10-01-preview",)),
    (re.compile(r"/providers/microsoft\.cognitiveservices/"), ("2025-09-01", "2025-10-01-preview")),
    (re.compile(r"/providers/microsoft\.authorization/"), ("2022-04-01", "2022-05-01-preview")),
    (re.compile(r"/providers/microsoft\.machinelearningservices/"), _ML),
    (re.compile(r"^/foundry/[^/]+/api/projects/[^/]+/openai/"), ()),
    (re.compile(r"^/foundry/"), ("v1",)),
)


def refusal(request: Request) -> Answer | None:
    """400 for a missing or unknown api-version, else None."""
    path = request.path.lower()
    known = next((versions for pattern, versions in _RULES if pattern.search(path)), ())
    if not known:
        return None
    version = request.query.get("api-version")
    if not version:
        return error(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if version.lower() not in known:
        return error(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{version}' is invalid. The supported versions are '{','.join(known)}'.",
        )
    return None
