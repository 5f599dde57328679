"""How assets are called and linked to for a person.

A lineage graph shows about fifteen characters of a name, so what tells one thing from its neighbours comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.rows import Row
from ...model.vocabularies import Platform
from ...staging.snapshot import Snapshot

_ONE_TO_ONE = ("model", "serverless")  # deployments that have an endpoint of their own


def name(row: Row) -> str:
    """The name of an asset, or its native id where it has none."""
    return str(row["name"] or row["native_id"])


def version_text(row: Row) -> str:
    """A version as its source writes it: Azure's may be text, and be in the name only."""
    if row["version"] is not None:
        return str(row["version"])
    return str(row["name"] or "").removeprefix(str(row["model_name"] or "")).strip().removeprefix("v")


def model_version(row: Row) -> str:
    """A model version as "v3 fraud-scorer"."""
    return f"{_version(version_text(row))} {row['model_name']}"


def _version(text: str) -> str:
    """v3, 2024-11 as v2024-11, but beta as it is."""
    return f"v{text}" if text[:1].isdigit() else text


def base_model(row: Row) -> str:
    """A base model as "gpt-4o 2024-11-20"."""
    return " ".join(part for part in (row["model_name"] or row["name"], row["version"]) if part)


def dataset(row: Row) -> str:
    """v7 card-payments, where it has a version."""
    display, version = name(row), row.get("version")
    return f"{_version(version)} {_without(display, version)}" if version else display


def versioned(row: Row) -> str:
    """card-payments v7: for texts, where there is room."""
    display, version = name(row), row.get("version")
    return f"{_without(display, version)} {_version(version)}" if version else display


def _without(display: str, version: str) -> str:
    """The name without the version that its source appends."""
    return next(
        (display.removesuffix(end) for end in (f" v{version}", f":{version}") if display.endswith(end)), display
    )


def deployment(row: Row) -> str:
    """90% blue (credit-api): share of the traffic where an endpoint splits it, own name, endpoint. A shadow says so.

    A model's deployment has an endpoint of the same name, so its SKU tells the two apart.
    """
    if row["deployment_type"] in _ONE_TO_ONE:
        return f"{name(row)} ({row['sku']})" if row["sku"] else name(row)
    endpoint, _, own = name(row).rpartition(" / ")
    share = f"{row['traffic']}% " if row["traffic"] is not None else ""
    if not row["traffic"] and row["mirror_traffic"]:
        share = f"{row['mirror_traffic']}% mirror "
    return f"{share}{own} ({endpoint})" if endpoint else f"{share}{own}"


def agent_version(row: Row) -> str:
    """An agent version as "v2 claims-assistant"."""
    return f"{_version(row['version'])} {row['agent_name'] or name(row)}"


def tools(tools_json: str | None) -> list[str]:
    """One text per tool: "openapi refunds: https://... through the connection crm"."""
    found = []
    for tool in json_text.load(tools_json) or []:
        named = " ".join(str(tool[part]) for part in ("type", "name") if tool.get(part))
        reaches = f": {_joined(tool['reaches'])}" if tool.get("reaches") else ""
        through = f" through the connection {_joined(tool['connection'])}" if tool.get("connection") else ""
        found.append(f"{named}{reaches}{through}")
    return sorted(found)


def _joined(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


# Of a platform whose records do not link to their page: its path below the source's address
_PAGES: dict[tuple[str, AssetKind], Callable[[Row], str]] = {
    (Platform.MLFLOW, AssetKind.EXPERIMENT): lambda row: f"/#/experiments/{row['native_id']}",
    (Platform.MLFLOW, AssetKind.MODEL): lambda row: f"/#/models/{quote(row['native_id'], safe='')}",
    (Platform.MLFLOW, AssetKind.MODEL_VERSION): lambda row: (
        f"/#/models/{quote(row['model_name'], safe='')}/versions/{row['version']}"
    ),
    (Platform.MLFLOW, AssetKind.RUN): lambda row: (
        f"/#/experiments/{row['experiment'].rsplit('/', 1)[-1]}/runs/{row['native_id']}"
    ),
}


def link(kind: AssetKind, row: Row, snapshot: Snapshot) -> str | None:
    """The asset's page at its source: as the source states it, else in MLflow's UI where that is on the web."""
    if row.get("link"):
        return str(row["link"])
    page = _PAGES.get((snapshot.platform, kind)) if snapshot.address.startswith("http") else None
    if page is None or snapshot.document.get("service") not in (None, "mlflow"):
        return None  # a service that answers MLflow's REST API has pages of its own
    workspace = qualified_names.workspace_of(row["qualified_name"]) or snapshot.document.get("workspace")
    return snapshot.address.rstrip("/") + page(row) + (f"?workspace={quote(workspace, safe='')}" if workspace else "")
