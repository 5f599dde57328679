"""Qualified names: the only place that builds them.

A qualified name is an asset's identity in snapshots, records, findings and the catalog. It is made of ids of the
source, never of display names, percent-encoded so that any legal name (apostrophes, quotes, emoji) is one segment.
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote

_DIGEST_CHARS = 12


def _join(scheme: str, *parts: str) -> str:
    return f"{scheme}://" + "/".join(quote(part, safe="@+=,~", errors="surrogatepass") for part in parts)


def short_hash(*parts: str) -> str:
    """First 12 hex characters of the SHA-256 over the parts, NUL-separated."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]


def source(kind: str, source_name: str) -> str:
    return _join(kind, source_name)


def experiment(source_name: str, experiment_id: str) -> str:
    return _join("mlflow", source_name, "experiments", experiment_id)


def run(source_name: str, run_id: str) -> str:
    return _join("mlflow", source_name, "runs", run_id)


def logged_model(source_name: str, model_id: str) -> str:
    return _join("mlflow", source_name, "logged-models", model_id)


def model(source_name: str, model_name: str) -> str:
    return _join("mlflow", source_name, "models", model_name)


def prompt(source_name: str, prompt_name: str) -> str:
    return _join("mlflow", source_name, "prompts", prompt_name)


def model_version(source_name: str, model_name: str, version: str) -> str:
    return _join("mlflow", source_name, "models", model_name, "versions", version)


def dataset(source_name: str, dataset_name: str, digest: str, source_uri: str) -> str:
    """Name, digest and source together are a dataset's identity: equal names with other content are other data."""
    return _join("mlflow", source_name, "datasets", dataset_name, digest or "no-digest", short_hash(source_uri))


def use_case(use_case_id: str) -> str:
    return _join("governance", "use-cases", use_case_id)


def record(key: str) -> str:
    return _join("governance", "records", key)


def promotion(record_key: str, version_qualified_name: str, state: str, since_ms: int) -> str:
    return _join(
        "governance", "records", record_key, "promotions", short_hash(version_qualified_name, state, str(since_ms))
    )


def marker(deployment: str) -> str:
    return _join("governance", "deployments", deployment)
